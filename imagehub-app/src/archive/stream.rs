//! The archive as a stream: no more of it is in memory than one piece of one file.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::stream::{self, BoxStream};
use futures_util::{Stream, StreamExt as _};
use time::OffsetDateTime;
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, DateTime, ZipWriter};

#[cfg(test)]
mod tests;

/// A file to go into an archive.
pub struct File {
    /// Its name, which no other has.
    pub name: String,
    /// When it was made.
    pub made_at: OffsetDateTime,
    /// Its size in bytes.
    pub size: u64,
    /// That many bytes.
    pub bytes: BoxStream<'static, Result<Bytes, io::Error>>,
}

/// An archive on its way out. Dropping it, as when the client goes away, ends all its work.
pub struct Archive<Files> {
    files: Files,
    zip: Option<ZipWriter<StreamWriter<Sink>>>,
    written: Sink,
    open: Option<File>,
}

impl<Files: Stream<Item = Result<File, io::Error>> + Unpin> Archive<Files> {
    /// The archive of these files, each opened when its turn comes.
    pub fn of(files: Files) -> Self {
        let written = Sink::default();
        Self {
            files,
            zip: Some(ZipWriter::new_stream(written.clone())),
            written,
            open: None,
        }
    }

    /// Its bytes. A failure in the midst of it ends the stream with an error, so that nobody takes
    /// half an archive for a whole one.
    pub fn into_stream(self) -> impl Stream<Item = Result<Bytes, io::Error>> {
        stream::try_unfold(self, Self::piece)
    }

    async fn piece(mut self) -> Result<Option<(Bytes, Self)>, io::Error> {
        while let Some(zip) = &mut self.zip {
            match &mut self.open {
                None => self.advance().await?,
                Some(file) => match file.bytes.next().await.transpose()? {
                    Some(bytes) => {
                        let left = file.size.checked_sub(bytes.len() as u64);
                        file.size = left.ok_or_else(|| wrong_size(file))?;
                        zip.write_all(&bytes)?;
                    }
                    None if file.size > 0 => return Err(wrong_size(file)),
                    None => self.open = None,
                },
            }
            let piece = self.written.take();
            if !piece.is_empty() {
                return Ok(Some((piece, self)));
            }
        }
        Ok(None)
    }

    /// Begins the next file, or the archive's end.
    async fn advance(&mut self) -> Result<(), io::Error> {
        let Some(file) = self.files.next().await.transpose()? else {
            if let Some(zip) = self.zip.take() {
                zip.finish()?;
            }
            return Ok(());
        };
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .large_file(file.size >= u64::from(u32::MAX))
            .last_modified_time(moment(file.made_at));
        if let Some(zip) = &mut self.zip {
            zip.start_file(file.name.as_str(), options)?;
        }
        self.open = Some(file);
        Ok(())
    }
}

fn wrong_size(file: &File) -> io::Error {
    io::Error::other(format!("{} has not the size it is to have", file.name))
}

/// A time as zip archives keep it, in UTC; outside of what they can say, their first moment.
fn moment(time: OffsetDateTime) -> DateTime {
    u16::try_from(time.year())
        .ok()
        .and_then(|year| {
            DateTime::from_date_and_time(
                year,
                time.month().into(),
                time.day(),
                time.hour(),
                time.minute(),
                time.second(),
            )
            .ok()
        })
        .unwrap_or_default()
}

/// Where the archive is written to until it is sent on.
#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Sink {
    fn take(&self) -> Bytes {
        let mut written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *written).into()
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        written.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
