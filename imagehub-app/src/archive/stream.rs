//! The archive as a stream: no more of it is in memory than one piece of one file, and its directory.

use std::io;

use bytes::Bytes;
use futures_util::stream::{self, BoxStream};
use futures_util::{Stream, StreamExt as _};
use time::OffsetDateTime;

use super::format::{Entry, central_directory, dos_time};

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
    /// Their CRC-32.
    pub crc32: u32,
    /// That many bytes.
    pub bytes: BoxStream<'static, Result<Bytes, io::Error>>,
}

/// An archive on its way out. Dropping it, as when the client goes away, ends all its work.
pub struct Archive<Files> {
    files: Files,
    entries: Vec<Entry>,
    /// The bytes so far.
    written: u64,
    state: State,
}

/// What comes next.
enum State {
    NextFile,
    Bytes(Open),
    Done,
}

/// The file that is being written.
struct Open {
    bytes: BoxStream<'static, Result<Bytes, io::Error>>,
    left: u64,
    crc32: crc32fast::Hasher,
}

impl<Files: Stream<Item = Result<File, io::Error>> + Unpin> Archive<Files> {
    /// The archive of these files, each opened when its turn comes.
    pub fn of(files: Files) -> Self {
        Self {
            files,
            entries: Vec::new(),
            written: 0,
            state: State::NextFile,
        }
    }

    /// Its bytes. A failure in the midst of it ends the stream with an error, so that nobody takes
    /// half an archive for a whole one.
    pub fn into_stream(self) -> impl Stream<Item = Result<Bytes, io::Error>> {
        stream::try_unfold(self, Self::piece)
    }

    async fn piece(mut self) -> Result<Option<(Bytes, Self)>, io::Error> {
        let piece = loop {
            match &mut self.state {
                State::NextFile => break self.advance().await?,
                State::Bytes(file) => match file.bytes.next().await.transpose()? {
                    Some(bytes) => {
                        let Some(left) = file.left.checked_sub(bytes.len() as u64) else {
                            return Err(self.other_than_recorded());
                        };
                        file.left = left;
                        file.crc32.update(&bytes);
                        break bytes;
                    }
                    None if !self.is_as_recorded() => return Err(self.other_than_recorded()),
                    None => self.state = State::NextFile,
                },
                State::Done => return Ok(None),
            }
        };
        self.written += piece.len() as u64;
        Ok(Some((piece, self)))
    }

    /// The head of the next file, or the archive's end.
    async fn advance(&mut self) -> Result<Bytes, io::Error> {
        let Some(file) = self.files.next().await.transpose()? else {
            self.state = State::Done;
            return Ok(central_directory(&self.entries, self.written).into());
        };
        let entry = Entry {
            name: file.name,
            size: file.size,
            crc32: file.crc32,
            made_at: dos_time(file.made_at),
            offset: self.written,
        };
        let header = entry.local_header();
        self.entries.push(entry);
        self.state = State::Bytes(Open {
            bytes: file.bytes,
            left: file.size,
            crc32: crc32fast::Hasher::new(),
        });
        Ok(header.into())
    }

    fn is_as_recorded(&self) -> bool {
        match (&self.state, self.entries.last()) {
            (State::Bytes(file), Some(entry)) => {
                file.left == 0 && file.crc32.clone().finalize() == entry.crc32
            }
            _ => false,
        }
    }

    fn other_than_recorded(&self) -> io::Error {
        let name = self.entries.last().map_or("", |entry| &entry.name);
        io::Error::other(format!("{name} is not what was recorded"))
    }
}
