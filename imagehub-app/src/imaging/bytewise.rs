//! A buffered file for readers that ask for one byte at a time, as an entropy decoder does.

use std::io::{ErrorKind, Read, Result};

/// Bytes that are read of a file at a time.
const READ_AT_ONCE: usize = 64 * 1024;

/// As [`std::io::BufReader`], with a way for single bytes that is short enough to be compiled into
/// the reader's loop: a twelfth of the time that decoding a photograph takes.
pub(super) struct Bytewise<R> {
    inner: R,
    buffer: Box<[u8]>,
    /// What of the buffer is still to be read.
    next: usize,
    end: usize,
}

impl<R: Read> Bytewise<R> {
    pub(super) fn new(inner: R) -> Self {
        Self {
            inner,
            buffer: vec![0; READ_AT_ONCE].into_boxed_slice(),
            next: 0,
            end: 0,
        }
    }

    #[cold]
    fn refill(&mut self) -> Result<()> {
        self.next = 0;
        self.end = 0;
        self.end = self.inner.read(&mut self.buffer)?;
        Ok(())
    }
}

impl<R: Read> Read for Bytewise<R> {
    fn read(&mut self, out: &mut [u8]) -> Result<usize> {
        if self.next == self.end {
            self.refill()?;
        }
        let some = out.len().min(self.end - self.next);
        out[..some].copy_from_slice(&self.buffer[self.next..self.next + some]);
        self.next += some;
        Ok(some)
    }

    #[inline(always)]
    fn read_exact(&mut self, out: &mut [u8]) -> Result<()> {
        if let [one] = out
            && self.next < self.end
        {
            *one = self.buffer[self.next];
            self.next += 1;
            return Ok(());
        }
        read_all(self, out)
    }
}

#[cold]
fn read_all(from: &mut impl Read, mut out: &mut [u8]) -> Result<()> {
    while !out.is_empty() {
        match from.read(out) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(some) => out = &mut out[some..],
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_in_their_order_however_they_are_asked_for_and_end_where_they_end() {
        let bytes: Vec<u8> = (0..3 * READ_AT_ONCE + 5).map(|n| (n % 251) as u8).collect();
        let mut reader = Bytewise::new(&bytes[..]);
        let mut seen = Vec::new();
        let mut length = 0;
        while seen.len() + length <= bytes.len() {
            let mut piece = vec![0; length];
            reader.read_exact(&mut piece).unwrap();
            seen.extend(piece);
            length = if length == 1 { 1009 } else { 1 };
        }
        reader.read_to_end(&mut seen).unwrap();
        assert!(seen == bytes);
        let past = reader.read_exact(&mut [0]).unwrap_err();
        assert_eq!(past.kind(), ErrorKind::UnexpectedEof);
    }
}
