//! What the bytes of a file come to: size and checksums.

use sha2::{Digest as _, Sha256};

use crate::domain::Digest;

/// Size and checksums of a whole file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checked {
    /// Its size.
    pub bytes: u64,
    /// The SHA-256 of its bytes.
    pub digest: Digest,
    /// Their CRC-32, which zip archives want before the bytes.
    pub crc32: u32,
}

/// Both checksums, as the bytes go by.
#[derive(Debug, Default)]
pub(super) struct Sums {
    pub(super) bytes: u64,
    sha256: Sha256,
    crc32: crc32fast::Hasher,
}

impl Sums {
    pub(super) fn update(&mut self, piece: &[u8]) {
        self.bytes += piece.len() as u64;
        self.sha256.update(piece);
        self.crc32.update(piece);
    }

    pub(super) fn finish(self) -> Checked {
        Checked {
            bytes: self.bytes,
            digest: Digest::new(self.sha256.finalize().into()),
            crc32: self.crc32.finalize(),
        }
    }
}
