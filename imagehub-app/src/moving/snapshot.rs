//! A catalogue's records in a file, one JSON object a line.

use std::path::{Path, PathBuf};

use futures_util::stream::{BoxStream, try_unfold};
use futures_util::{StreamExt as _, TryStreamExt as _};
use tokio::fs::File;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, BufWriter};

use super::consistent::{Consistent, ImageName};
use super::{MovingError, Progress};
use crate::catalogue::{Catalogue, Record};

/// Records written to one transaction's worth of import.
const BATCH: usize = 200;

/// Records in a file.
pub struct Snapshot {
    path: PathBuf,
}

impl Snapshot {
    /// The records in that file.
    pub fn at(path: PathBuf) -> Self {
        Self { path }
    }

    /// Reads the whole catalogue into the file, which appears when it is whole.
    pub async fn take(&self, from: &dyn Catalogue, say: Progress<'_>) -> Result<(), MovingError> {
        let mut file = Unfinished::create(&self.path).await?;
        let mut place = None;
        let mut count = 0_u64;
        loop {
            let (records, next) = from.export(place.as_ref()).await?;
            for record in &records {
                file.write(record).await?;
            }
            count += records.len() as u64;
            place = next;
            if place.is_none() {
                break;
            }
        }
        file.finish(&self.path).await?;
        say(&format!("{count} records read"));
        Ok(())
    }

    /// Leaves out what refers to images that are gone.
    pub async fn drop_images(&self, gone: &[ImageName]) -> Result<(), MovingError> {
        let mut file = Unfinished::create(&self.path).await?;
        let mut consistent = Consistent::without(gone.iter().cloned());
        let mut records = self.records().await?;
        while let Some(record) = records.try_next().await? {
            if let Some(record) = consistent.pass(record) {
                file.write(&record).await?;
            }
        }
        file.finish(&self.path).await
    }

    /// Writes the records into a catalogue, but for those of images that are gone.
    pub async fn bring(
        &self,
        to: &dyn Catalogue,
        gone: &[ImageName],
        say: Progress<'_>,
    ) -> Result<(), MovingError> {
        let mut consistent = Consistent::without(gone.iter().cloned());
        let records = self.records().await?.try_filter_map(|record| {
            let passed = consistent.pass(record);
            async move { Ok(passed) }
        });
        let mut batches = std::pin::pin!(records.try_chunks(BATCH));
        let mut count = 0_u64;
        while let Some(batch) = batches.next().await {
            let batch = batch.map_err(|error| error.1)?;
            to.import(&batch).await?;
            count += batch.len() as u64;
        }
        say(&format!("{count} records written"));
        Ok(())
    }

    /// The records, in their order.
    pub async fn records(
        &self,
    ) -> Result<BoxStream<'static, Result<Record, MovingError>>, MovingError> {
        let lines = BufReader::new(File::open(&self.path).await?).lines();
        let path = self.path.clone();
        let records = try_unfold((lines, path), |(mut lines, path)| async move {
            let Some(line) = lines.next_line().await? else {
                return Ok(None);
            };
            match serde_json::from_str::<Record>(&line) {
                Ok(record) => Ok(Some((record, (lines, path)))),
                Err(error) => Err(MovingError::Unreadable {
                    path,
                    cause: error.to_string(),
                }),
            }
        });
        Ok(records.boxed())
    }
}

/// A file beside the one that it becomes when it is whole.
struct Unfinished {
    file: BufWriter<File>,
    path: PathBuf,
}

impl Unfinished {
    async fn create(whole: &Path) -> Result<Self, MovingError> {
        let path = whole.with_extension("unfinished");
        let file = BufWriter::new(File::create(&path).await?);
        Ok(Self { file, path })
    }

    async fn write(&mut self, record: &Record) -> Result<(), MovingError> {
        let mut line = serde_json::to_vec(record).map_err(std::io::Error::other)?;
        line.push(b'\n');
        Ok(self.file.write_all(&line).await?)
    }

    async fn finish(mut self, whole: &Path) -> Result<(), MovingError> {
        self.file.flush().await?;
        self.file.get_ref().sync_all().await?;
        Ok(tokio::fs::rename(&self.path, whole).await?)
    }
}
