//! Reading a file of the store's directory in blocks.

use std::fs::File;
use std::io::{ErrorKind, IoSliceMut};
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use futures_util::stream::{BoxStream, try_unfold};
use rustix::io::{Errno, ReadWriteFlags, preadv2};

use super::BlobError;

/// Bytes read at a time of what is in memory already: as many as fit into 64 KB together with an
/// answer's head. The server sends a block in one go then; larger ones take it twice the time.
const AT_ONCE: u64 = 60 * 1024;
/// Bytes read at a time from the disk, by a thread that may wait for it.
const FROM_DISK: u64 = 256 * 1024;

/// These bytes of a file. One that ends before them ends the stream with an error.
pub(super) fn blocks(
    file: File,
    range: Range<u64>,
) -> BoxStream<'static, Result<Bytes, BlobError>> {
    let reading = Reading {
        file: Arc::new(file),
        rest: range,
        last: Bytes::new(),
        may_be_in_memory: true,
    };
    try_unfold(reading, Reading::next).boxed()
}

struct Reading {
    file: Arc<File>,
    rest: Range<u64>,
    /// The block before this one. Once its reader is done with it, it becomes the next.
    last: Bytes,
    /// Not every file system can tell what is in memory.
    may_be_in_memory: bool,
}

impl Reading {
    async fn next(mut self) -> Result<Option<(Bytes, Self)>, BlobError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let mut block = std::mem::take(&mut self.last)
            .try_into_mut()
            .unwrap_or_default();
        if !self.read_from_memory(&mut block)? {
            block = self.read_from_disk(block).await?;
        }
        if block.is_empty() {
            let missing = self.rest.end - self.rest.start;
            return Err(BlobError::Unavailable(format!(
                "a file ended {missing} bytes early while it was read"
            )));
        }
        self.rest.start += block.len() as u64;
        self.last = block.freeze();
        Ok(Some((self.last.clone(), self)))
    }

    /// Whether there was anything to read without waiting.
    fn read_from_memory(&mut self, block: &mut BytesMut) -> Result<bool, BlobError> {
        if !self.may_be_in_memory {
            return Ok(false);
        }
        block.resize(self.wanted(AT_ONCE), 0);
        let mut into = [IoSliceMut::new(block)];
        match preadv2(
            &self.file,
            &mut into,
            self.rest.start,
            ReadWriteFlags::NOWAIT,
        ) {
            Ok(read) => {
                block.truncate(read);
                Ok(true)
            }
            Err(Errno::AGAIN | Errno::INTR) => Ok(false),
            Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => {
                self.may_be_in_memory = false;
                Ok(false)
            }
            Err(error) => Err(std::io::Error::from(error).into()),
        }
    }

    async fn read_from_disk(&self, mut block: BytesMut) -> Result<BytesMut, BlobError> {
        block.resize(self.wanted(FROM_DISK), 0);
        let (file, at) = (Arc::clone(&self.file), self.rest.start);
        let read = tokio::task::spawn_blocking(move || {
            loop {
                match file.read_at(&mut block, at) {
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    Ok(read) => {
                        block.truncate(read);
                        return Ok(block);
                    }
                    Err(error) => return Err(BlobError::from(error)),
                }
            }
        });
        read.await
            .map_err(|error| BlobError::Unavailable(error.to_string()))?
    }

    fn wanted(&self, most: u64) -> usize {
        let left = self.rest.end - self.rest.start;
        usize::try_from(left.min(most)).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::TryStreamExt as _;

    use super::*;

    fn content() -> Vec<u8> {
        (0..700_001_u32).map(|n| n.to_le_bytes()[1]).collect()
    }

    fn file(content: &[u8]) -> File {
        let file = tempfile::tempfile().unwrap();
        file.write_all_at(content, 0).unwrap();
        file
    }

    async fn read(reading: BoxStream<'static, Result<Bytes, BlobError>>) -> Vec<u8> {
        reading.try_collect::<Vec<_>>().await.unwrap().concat()
    }

    #[tokio::test]
    async fn a_file_is_read_whole_and_in_parts_from_memory_and_from_disk() {
        let content = content();
        for range in [0..700_001, 5..6, 61_439..122_881, 699_999..700_001, 9..9] {
            let expected = &content[range.start as usize..range.end as usize];
            let from_memory = blocks(file(&content), range.clone());
            assert!(read(from_memory).await == expected, "{range:?}");
            let reading = Reading {
                file: Arc::new(file(&content)),
                rest: range.clone(),
                last: Bytes::new(),
                may_be_in_memory: false,
            };
            let from_disk = try_unfold(reading, Reading::next).boxed();
            assert!(read(from_disk).await == expected, "{range:?}");
        }
    }

    #[tokio::test]
    async fn a_reader_that_keeps_its_blocks_keeps_them_as_they_were() {
        let content = content();
        let kept: Vec<Bytes> = blocks(file(&content), 0..700_001)
            .try_collect()
            .await
            .unwrap();
        assert!(kept.concat() == content);
    }

    #[tokio::test]
    async fn a_file_that_ends_early_is_an_error_and_no_endless_reading() {
        let short = file(&content());
        let mut reading = blocks(short.try_clone().unwrap(), 0..700_001);
        reading.try_next().await.unwrap();
        short.set_len(100).unwrap();
        assert!(matches!(
            reading.try_next().await,
            Err(BlobError::Unavailable(_))
        ));
    }
}
