//! Where a page ended.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use imagehub_policy::TenantId;
use sha2::{Digest as _, Sha256};

use super::FieldError;

/// A place in a tenant's images: the ordinal of the last image of a page.
///
/// Written out, it is bound by a checksum to the tenant and the filters it was made for, so one
/// that is cut short, edited or used elsewhere is refused. The checksum needs no secret: a cursor
/// tells nothing and opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor(pub(crate) i64);

impl Cursor {
    /// The opaque text for a URL.
    pub fn encode(self, tenant: &TenantId, tag: Option<&str>, text: Option<&str>) -> String {
        let ordinal = self.0.to_be_bytes();
        let mut bytes = ordinal.to_vec();
        bytes.extend(checksum(ordinal, tenant, tag, text));
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads what [`Cursor::encode`] wrote for the same tenant and filters.
    pub fn decode(
        encoded: &str,
        tenant: &TenantId,
        tag: Option<&str>,
        text: Option<&str>,
    ) -> Result<Self, FieldError> {
        const REFUSED: FieldError = FieldError("not a cursor of this list");
        let bytes = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| REFUSED)?;
        let (ordinal, sum) = bytes.split_first_chunk::<8>().ok_or(REFUSED)?;
        if sum == checksum(*ordinal, tenant, tag, text) {
            Ok(Self(i64::from_be_bytes(*ordinal)))
        } else {
            Err(REFUSED)
        }
    }
}

fn checksum(ordinal: [u8; 8], tenant: &TenantId, tag: Option<&str>, text: Option<&str>) -> [u8; 8] {
    let mut hash = Sha256::new();
    hash.update(ordinal);
    for part in [tenant.as_str(), tag.unwrap_or(""), text.unwrap_or("")] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let mut sum = [0; 8];
    sum.copy_from_slice(&hash.finalize()[..8]);
    sum
}
