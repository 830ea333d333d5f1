//! A catalogue's records in a file, one JSON object a line.

use std::path::{Path, PathBuf};

use futures_util::stream::{BoxStream, try_unfold};
use futures_util::{StreamExt as _, TryStreamExt as _};
use sha2::{Digest as _, Sha256};
use tokio::fs::File;
use tokio::io::{
    AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, BufWriter,
};

use super::consistent::{Consistent, ImageName};
use super::{MovingError, Progress};
use crate::catalogue::{Catalogue, Digest, Record};
use crate::private;

/// Records written to one transaction's worth of import.
const BATCH: usize = 200;
/// Records between two lines of progress.
const SAY_EVERY: u64 = 10_000;

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
        let mut file = Unfinished::create(&self.path)?;
        let mut place = None;
        let mut count = Count::default();
        loop {
            let (records, next) = from.export(place.as_ref()).await?;
            for record in &records {
                file.write(record).await?;
            }
            if count.add(records.len()) {
                say(&format!("{} records read", count.records));
            }
            place = next;
            if place.is_none() {
                break;
            }
        }
        file.finish(&self.path).await?;
        say(&format!("all {} records read", count.records));
        Ok(())
    }

    /// Leaves out what refers to images that are gone.
    pub async fn drop_images(&self, gone: &[ImageName]) -> Result<(), MovingError> {
        let mut file = Unfinished::create(&self.path)?;
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
        let mut all = 0_u64;
        let mut lines = self.records().await?;
        while lines.try_next().await?.is_some() {
            all += 1;
        }
        let mut consistent = Consistent::without(gone.iter().cloned());
        let records = self.records().await?.try_filter_map(|record| {
            let passed = consistent.pass(record);
            async move { Ok(passed) }
        });
        let mut batches = std::pin::pin!(records.try_chunks(BATCH));
        let mut count = Count::default();
        while let Some(batch) = batches.next().await {
            let batch = batch.map_err(|error| error.1)?;
            to.import(&batch).await?;
            if count.add(batch.len()) {
                say(&format!("{} of {all} records written", count.records));
            }
        }
        let left_out = all - count.records;
        say(&format!(
            "{} records written, {left_out} left out",
            count.records
        ));
        Ok(())
    }

    /// How many images are among the records.
    pub async fn images(&self) -> Result<u64, MovingError> {
        let mut count = 0;
        let mut records = self.records().await?;
        while let Some(record) = records.try_next().await? {
            count += u64::from(matches!(record, Record::Image { .. }));
        }
        Ok(count)
    }

    /// The SHA-256 of the file.
    pub async fn digest(&self) -> Result<String, MovingError> {
        let mut file = File::open(&self.path).await?;
        let mut hash = Sha256::new();
        let mut chunk = vec![0; 256 * 1024];
        loop {
            let read = file.read(&mut chunk).await?;
            if read == 0 {
                return Ok(Digest::new(hash.finalize().into()).hex());
            }
            hash.update(&chunk[..read]);
        }
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

/// Counts, and tells when it is time to say how far it is.
#[derive(Default)]
struct Count {
    records: u64,
}

impl Count {
    fn add(&mut self, more: usize) -> bool {
        let before = self.records / SAY_EVERY;
        self.records += more as u64;
        self.records / SAY_EVERY > before
    }
}

/// A file beside the one that it becomes when it is whole. It holds password hashes and links'
/// secrets.
struct Unfinished {
    file: BufWriter<File>,
    path: PathBuf,
}

impl Unfinished {
    fn create(whole: &Path) -> Result<Self, MovingError> {
        let path = whole.with_extension("unfinished");
        let file = BufWriter::new(File::from_std(private::file(&path)?));
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
