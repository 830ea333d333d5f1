//! Connections, and the threads that block on them.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex as StdMutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};
use thread_local::ThreadLocal;
use tokio::sync::{Mutex, Semaphore};

use super::super::{CatalogueError, Result};
use super::schema;
use crate::file_permissions;

/// Reads at a time; each has a thread and a connection.
const READERS: usize = 4;

/// A catalogue in a SQLite file, in WAL mode and synced to disk at every commit.
///
/// One connection writes, since SQLite lets only one, and others read beside it: one of each thread
/// that looks records up, and a few on threads that may block.
pub struct SqliteCatalogue {
    path: PathBuf,
    writer: Arc<Mutex<Connection>>,
    idle: Arc<StdMutex<Vec<Connection>>>,
    reading: Arc<Semaphore>,
    own: ThreadLocal<Connection>,
}

impl SqliteCatalogue {
    /// Opens the file, and makes it when there is none.
    ///
    /// [`CatalogueError::OtherSchema`] if another version of this program wrote it.
    pub async fn open(path: &Path) -> Result<Self> {
        let path = path.to_owned();
        let opened = path.clone();
        let writer = blocking(move || {
            keep_private(&opened)?;
            let mut connection = connect(&opened)?;
            schema::create(&mut connection)?;
            Ok(connection)
        })
        .await?;
        Ok(Self {
            path,
            writer: Arc::new(Mutex::new(writer)),
            idle: Arc::default(),
            reading: Arc::new(Semaphore::new(READERS)),
            own: ThreadLocal::new(),
        })
    }

    /// Looks a few records up by an index, on this thread: in WAL mode a reader waits for no writer,
    /// and another thread would cost more than the question.
    pub(super) fn look_up<T>(&self, question: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        question(self.own.get_or_try(|| connect(&self.path))?)
    }

    /// Runs a query that may take long, on a thread that may block. It sees one state of the
    /// catalogue only if it is one statement or opens a transaction itself.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&mut Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let permit = Arc::clone(&self.reading)
            .acquire_owned()
            .await
            .map_err(unavailable)?;
        let idle = Arc::clone(&self.idle);
        let path = self.path.clone();
        blocking(move || {
            let _permit = permit;
            let reused = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let mut connection = reused.map_or_else(|| connect(&path), Ok)?;
            let answer = query(&mut connection);
            idle.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(connection);
            answer
        })
        .await
    }

    /// Runs a change in a transaction, which is committed and on disk when this returns `Ok`, and
    /// rolled back when the change fails.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Transaction<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let mut writer = Arc::clone(&self.writer).lock_owned().await;
        blocking(move || {
            let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let answer = change(&transaction)?;
            transaction.commit()?;
            Ok(answer)
        })
        .await
    }
}

/// What SQLite makes beside the file later is as private as the file.
fn keep_private(path: &Path) -> Result<()> {
    file_permissions::keep(path).map_err(unavailable)?;
    for beside in ["-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(beside);
        let beside = PathBuf::from(name);
        if beside.exists() {
            file_permissions::keep(&beside).map_err(unavailable)?;
        }
    }
    Ok(())
}

fn connect(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // All that are ever used, lists in their many forms included.
    connection.set_prepared_statement_cache_capacity(128);
    Ok(connection)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(unavailable)?
}

fn unavailable(error: impl std::fmt::Display) -> CatalogueError {
    CatalogueError::Unavailable(error.to_string())
}

impl From<rusqlite::Error> for CatalogueError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::NoSpace(error.to_string()),
            _ => Self::Unavailable(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_full_disk_is_told_from_a_store_that_is_away_and_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("catalogue.sqlite");
        let catalogue = SqliteCatalogue::open(&path).await.unwrap();
        // As many pages as there are: what needs another one finds the disk full.
        let full = "CREATE TABLE filler (bytes); PRAGMA max_page_count = 1;
                    INSERT INTO filler VALUES (zeroblob(1000000));";
        let change = catalogue.write(|change| Ok(change.execute_batch(full)?));
        assert!(matches!(change.await, Err(CatalogueError::NoSpace(_))));
        let there = "SELECT count(*) FROM sqlite_schema WHERE name = 'filler'";
        let found = catalogue.read(|reader| Ok(reader.query_row(there, [], |row| row.get(0))?));
        let found: u32 = found.await.unwrap();
        assert_eq!(found, 0);
    }
}
