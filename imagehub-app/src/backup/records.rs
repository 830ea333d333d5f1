//! A catalogue's records in a file, one JSON object a line.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use futures_util::stream::{BoxStream, try_unfold};
use futures_util::{StreamExt as _, TryStreamExt as _};
use imagehub_policy::TenantId;
use tokio::fs::File;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, BufWriter};
use tokio::sync::mpsc;

use super::{BackupError, Progress};
use crate::catalogue::{Catalogue, Record};
use crate::domain::ImageId;
use crate::file_permissions;

/// The records of a finished backup.
pub const FILE: &str = "records.jsonl";
/// The records while their files are being copied.
pub const UNFINISHED: &str = "records.unfinished";
/// The records of a finished backup while they are being written.
pub const WHOLE: &str = "records.whole";
/// Records written at a time.
const BATCH: usize = 200;
/// Records between two lines of progress.
const REPORT_EVERY: u64 = 10_000;

/// An image, by its tenant and id.
pub type ImageName = (TenantId, ImageId);

/// Records in a file. It holds password hashes and links' secrets.
pub struct Records {
    path: PathBuf,
}

impl Records {
    /// The records of a finished backup.
    pub fn of_backup(folder: &Path) -> Result<Self, BackupError> {
        let path = folder.join(FILE);
        if path.exists() {
            Ok(Self { path })
        } else {
            Err(BackupError::NoBackup(folder.to_owned()))
        }
    }

    /// Reads a whole catalogue into a folder. What was there is no backup from now on.
    pub async fn read(
        catalogue: &dyn Catalogue,
        folder: &Path,
        report: Progress<'_>,
    ) -> Result<Self, BackupError> {
        let records = Self {
            path: folder.join(UNFINISHED),
        };
        let (sender, mut receiver) = mpsc::channel(BATCH);
        let write = async {
            let mut file = create(&records.path)?;
            let mut count = 0_u64;
            while let Some(record) = receiver.recv().await {
                write_line(&mut file, &record).await?;
                count += 1;
                if count.is_multiple_of(REPORT_EVERY) {
                    report(&format!("{count} records read"));
                }
            }
            file.flush().await?;
            report(&format!("all {count} records read"));
            Ok::<_, BackupError>(())
        };
        let export = async { Ok(catalogue.export(sender).await?) };
        tokio::try_join!(export, write)?;
        match tokio::fs::remove_file(folder.join(FILE)).await {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(records),
        }
    }

    /// Makes these the records of a finished backup, without those of images that have no files.
    pub async fn finish(self, gone: &[ImageName]) -> Result<(), BackupError> {
        let whole = self.path.with_file_name(WHOLE);
        let mut file = create(&whole)?;
        let mut records = self.without(gone).await?;
        while let Some(record) = records.try_next().await? {
            write_line(&mut file, &record).await?;
        }
        file.flush().await?;
        file.get_ref().sync_all().await?;
        tokio::fs::remove_file(&self.path).await?;
        Ok(tokio::fs::rename(whole, self.path.with_file_name(FILE)).await?)
    }

    /// Writes them into a catalogue, without those of images that have no files.
    pub async fn write_to(
        &self,
        catalogue: &dyn Catalogue,
        gone: &[ImageName],
        report: Progress<'_>,
    ) -> Result<(), BackupError> {
        let mut batches = self.without(gone).await?.try_chunks(BATCH);
        let mut count = 0;
        while let Some(batch) = batches.next().await {
            let batch = batch.map_err(|error| error.1)?;
            catalogue.import(&batch).await?;
            count += batch.len() as u64;
            if count.is_multiple_of(REPORT_EVERY) {
                report(&format!("{count} records written"));
            }
        }
        report(&format!("all {count} records written"));
        Ok(())
    }

    /// The records, in their order. Albums and links may still refer to what was left out: where
    /// they are written, that is left out as well.
    async fn without(
        &self,
        gone: &[ImageName],
    ) -> Result<BoxStream<'static, Result<Record, BackupError>>, BackupError> {
        let gone: HashSet<ImageName> = gone.iter().cloned().collect();
        let is_there = move |record: &Record| match record {
            Record::Image { tenant, image } => !gone.contains(&(tenant.clone(), image.id.clone())),
            _ => true,
        };
        let records = self.stream().await?;
        let kept = records.try_filter(move |record| std::future::ready(is_there(record)));
        Ok(kept.boxed())
    }

    /// The records, in their order.
    pub async fn stream(
        &self,
    ) -> Result<BoxStream<'static, Result<Record, BackupError>>, BackupError> {
        let lines = BufReader::new(File::open(&self.path).await?).lines();
        let path = self.path.clone();
        let records = try_unfold((lines, path), |(mut lines, path)| async move {
            let Some(line) = lines.next_line().await? else {
                return Ok(None);
            };
            match serde_json::from_str::<Record>(&line) {
                Ok(record) => Ok(Some((record, (lines, path)))),
                Err(error) => Err(BackupError::Unreadable {
                    path,
                    cause: error.to_string(),
                }),
            }
        });
        Ok(records.boxed())
    }
}

fn create(path: &Path) -> std::io::Result<BufWriter<File>> {
    Ok(BufWriter::new(File::from_std(file_permissions::file(
        path,
    )?)))
}

async fn write_line(file: &mut BufWriter<File>, record: &Record) -> std::io::Result<()> {
    let mut line = serde_json::to_vec(record).map_err(std::io::Error::other)?;
    line.push(b'\n');
    file.write_all(&line).await
}
