//! What a tenant's images take.

/// What a tenant's images take of its quota. Thumbnails are not counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Images, deleted ones not counted.
    pub images: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Deleted images that can still be restored.
    pub deleted_images: u64,
    /// Their bytes, which count until they are gone for good.
    pub deleted_bytes: u64,
}

impl Usage {
    /// What counts against the quota, in bytes.
    pub fn counted_bytes(self) -> u64 {
        self.bytes.saturating_add(self.deleted_bytes)
    }
}
