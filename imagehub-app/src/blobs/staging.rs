//! Files on their way in: written and hashed as the bytes arrive, nameless to everybody else.

use std::fs::TryLockError;
use std::io::{BufRead as _, BufReader, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::fs::File;
use tokio::io::{AsyncWriteExt as _, BufWriter};
use tokio::sync::OnceCell;

use super::checked::{Checked, Sums};
use super::{BlobError, ORIGINAL};
use crate::domain::{Digest, ImageId};

/// The folder of unfinished files. Every process works in one of its own inside it, held by a
/// lock that ends with the process; what killed processes left goes when the next one starts, and
/// with every sweep. A living process removes its files itself, however long an upload takes.
/// Nothing is made before it is needed.
#[derive(Debug, Clone)]
pub struct Staging {
    root: PathBuf,
    own: Arc<OnceCell<Arc<Own>>>,
}

/// A process's own folder.
#[derive(Debug)]
struct Own {
    folder: PathBuf,
    held: Mutex<std::fs::File>,
}

/// Beside each process's folder, the file that it holds.
const HELD: &str = "held";
/// Who makes or removes folders here holds this file meanwhile.
const LOCK: &str = "lock";
/// Bytes gathered before they are written.
const BUFFER: usize = 128 * 1024;

impl Staging {
    /// The one in this folder.
    pub fn at(root: PathBuf) -> Self {
        Self {
            root,
            own: Arc::default(),
        }
    }

    /// Makes the folder if need be, and removes what killed processes left in it.
    pub async fn open(&self) -> Result<(), BlobError> {
        self.own().await.map(drop)
    }

    async fn own(&self) -> Result<&Arc<Own>, BlobError> {
        let make = || {
            let root = self.root.clone();
            blocking(move || {
                std::fs::create_dir_all(&root)?;
                let _lock = lock(&root.join(LOCK))?;
                remove_abandoned(&root)?;
                let folder = root.join(ImageId::random().as_str());
                let held = Mutex::new(lock(&folder.with_extension(HELD))?);
                std::fs::create_dir(&folder)?;
                Ok(Arc::new(Own { folder, held }))
            })
        };
        self.own.get_or_try_init(make).await
    }

    /// Removes what killed processes left. Returns how many files and folders that were.
    pub async fn sweep(&self) -> Result<usize, BlobError> {
        self.own().await?;
        let root = self.root.clone();
        blocking(move || {
            let _lock = lock(&root.join(LOCK))?;
            remove_abandoned(&root)
        })
        .await
    }

    /// A new file that takes at most `limit` bytes.
    pub async fn file(&self, limit: u64) -> Result<StagedFile, BlobError> {
        let own = self.own().await?;
        let path = own.folder.join(format!("{}.upload", ImageId::random()));
        let file = match File::create_new(&path).await {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                self.make_again(own).await?;
                File::create_new(&path).await?
            }
            created => created?,
        };
        Ok(StagedFile {
            file: BufWriter::with_capacity(BUFFER, file),
            sums: Sums::default(),
            limit,
            own: Arc::clone(own),
            entry: Entry(path),
        })
    }
}

impl Staging {
    /// Makes this process's folder once more: somebody has removed it, perhaps with all of them.
    async fn make_again(&self, own: &Arc<Own>) -> Result<(), BlobError> {
        let (root, own) = (self.root.clone(), Arc::clone(own));
        blocking(move || {
            make_folder(&root)?;
            let _lock = lock(&root.join(LOCK))?;
            let file = open_lock(&own.folder.with_extension(HELD))?;
            match file.try_lock() {
                Ok(()) => *own.held.lock().unwrap_or_else(PoisonError::into_inner) = file,
                // It is still held, by this process.
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => return Err(error),
            }
            make_folder(&own.folder)
        })
        .await
    }
}

fn make_folder(path: &Path) -> std::io::Result<()> {
    match std::fs::create_dir(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        made => made,
    }
}

/// Removes everything but the folders of living processes.
fn remove_abandoned(root: &Path) -> std::io::Result<usize> {
    let mut removed = 0;
    for entry in std::fs::read_dir(root)? {
        let path = entry?.path();
        let lock_of = path.with_extension(HELD);
        if path.ends_with(LOCK) || is_held(&lock_of) {
            continue;
        }
        removed += usize::from(path != lock_of);
        drop(Entry(path));
    }
    Ok(removed)
}

fn is_held(lock: &Path) -> bool {
    std::fs::File::open(lock).is_ok_and(|file| file.try_lock_shared().is_err())
}

fn lock(path: &Path) -> std::io::Result<std::fs::File> {
    let file = open_lock(path)?;
    file.lock()?;
    Ok(file)
}

fn open_lock(path: &Path) -> std::io::Result<std::fs::File> {
    std::fs::File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T, BlobError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => Ok(done?),
        Err(error) => Err(BlobError::Unavailable(error.to_string())),
    }
}

/// A file being written. Dropped before [`StagedFile::finish`], it is gone.
#[derive(Debug)]
pub struct StagedFile {
    file: BufWriter<File>,
    sums: Sums,
    limit: u64,
    own: Arc<Own>,
    entry: Entry,
}

impl StagedFile {
    /// Appends a chunk. [`BlobError::TooLarge`] leaves the file as it was before the chunk.
    pub async fn write(&mut self, chunk: &[u8]) -> Result<(), BlobError> {
        if self.len().saturating_add(chunk.len() as u64) > self.limit {
            return Err(BlobError::TooLarge { limit: self.limit });
        }
        self.file.write_all(chunk).await?;
        self.sums.update(chunk);
        Ok(())
    }

    /// Bytes written so far.
    pub fn len(&self) -> u64 {
        self.sums.bytes
    }

    /// Whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes what is still to be written. To disk it goes with the image it becomes.
    pub async fn finish(mut self) -> Result<Staged, BlobError> {
        self.file.flush().await?;
        Ok(Staged {
            own: self.own,
            entry: self.entry,
            checked: self.sums.finish(),
        })
    }
}

/// A whole file, not yet anybody's. Dropped, it is gone.
#[derive(Debug)]
pub struct Staged {
    own: Arc<Own>,
    entry: Entry,
    checked: Checked,
}

impl Staged {
    /// Where it is, until it is stored.
    pub fn path(&self) -> &Path {
        &self.entry.0
    }

    /// The SHA-256 of its bytes.
    pub fn digest(&self) -> Digest {
        self.checked.digest
    }

    /// Its size.
    pub fn bytes(&self) -> u64 {
        self.checked.bytes
    }

    /// An empty folder beside it, for what is made of it.
    pub async fn folder_beside(&self) -> Result<StagedFolder, BlobError> {
        let path = self.own.folder.join(ImageId::random().as_str());
        tokio::fs::create_dir(&path).await?;
        Ok(StagedFolder { entry: Entry(path) })
    }
}

/// A folder that an image's files are put into. Dropped, it is gone with all that is in it.
#[derive(Debug)]
pub struct StagedFolder {
    entry: Entry,
}

impl StagedFolder {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.entry.0
    }

    /// All its files are there but the original, which is the staged file.
    pub async fn with_original(self, staged: Staged) -> Result<StagedPicture, BlobError> {
        tokio::fs::rename(staged.path(), self.path().join(ORIGINAL)).await?;
        Ok(self.complete(staged.checked))
    }

    /// All its files are there. The original was written by a process that is not believed: what it
    /// wrote is hashed here.
    pub async fn with_its_original(self) -> Result<StagedPicture, BlobError> {
        let path = self.path().join(ORIGINAL);
        let hashing = blocking(move || {
            if !std::fs::symlink_metadata(&path)?.is_file() {
                return Err(std::io::Error::other("the original is no file"));
            }
            let mut file = BufReader::with_capacity(BUFFER, std::fs::File::open(&path)?);
            let mut sums = Sums::default();
            loop {
                let piece = file.fill_buf()?;
                if piece.is_empty() {
                    return Ok(sums.finish());
                }
                sums.update(piece);
                let read = piece.len();
                file.consume(read);
            }
        });
        Ok(self.complete(hashing.await?))
    }

    fn complete(self, original: Checked) -> StagedPicture {
        StagedPicture {
            entry: self.entry,
            original,
        }
    }
}

/// An image's files, complete, not yet anybody's. Dropped, they are gone.
#[derive(Debug)]
pub struct StagedPicture {
    pub(super) entry: Entry,
    original: Checked,
}

impl StagedPicture {
    /// What the original's bytes come to.
    pub fn original(&self) -> Checked {
        self.original
    }
}

/// A file or folder that is removed when dropped, unless it has been renamed away.
#[derive(Debug)]
pub(super) struct Entry(pub(super) PathBuf);

impl Entry {
    /// What is there stays.
    pub(super) fn keep(self) {
        std::mem::forget(self);
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let removed = if self.0.is_dir() {
            std::fs::remove_dir_all(&self.0)
        } else {
            std::fs::remove_file(&self.0)
        };
        if let Err(error) = removed
            && error.kind() != ErrorKind::NotFound
        {
            tracing::warn!(path = %self.0.display(), %error, "a staged file stays behind");
        }
    }
}

impl From<std::io::Error> for BlobError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::NoSpace,
            _ => Self::Unavailable(error.to_string()),
        }
    }
}
