//! Where a page ended.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use imagehub_policy::TenantId;
use sha2::{Digest as _, Sha256};

use super::{ImageQuery, Order};
use crate::domain::FieldError;

/// A place in a tenant's images: the number that the last image of a page is sorted by.
///
/// Written out, it is bound by a checksum to the tenant, the filters and the order it was made
/// for, so one that is cut short, edited or used elsewhere is refused. The checksum needs no
/// secret: a cursor tells nothing and opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor(pub(crate) i64);

impl Cursor {
    /// The opaque text for a URL; the query's limit and place do not matter.
    pub fn encode(self, tenant: &TenantId, query: &ImageQuery) -> String {
        let place = self.0.to_be_bytes();
        let mut bytes = place.to_vec();
        bytes.extend(checksum(place, tenant, query));
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads what [`Cursor::encode`] wrote for the same tenant, filters and order.
    pub fn decode(
        encoded: &str,
        tenant: &TenantId,
        query: &ImageQuery,
    ) -> Result<Self, FieldError> {
        const REFUSED: FieldError = FieldError("not a cursor of this list");
        let bytes = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| REFUSED)?;
        let (place, sum) = bytes.split_first_chunk::<8>().ok_or(REFUSED)?;
        if sum == checksum(*place, tenant, query) {
            Ok(Self(i64::from_be_bytes(*place)))
        } else {
            Err(REFUSED)
        }
    }
}

fn checksum(place: [u8; 8], tenant: &TenantId, query: &ImageQuery) -> [u8; 8] {
    let mut hash = Sha256::new();
    hash.update(place);
    let parts = [
        tenant.as_str(),
        query.tag.as_ref().map_or("", |tag| tag.as_str()),
        query.text.as_deref().unwrap_or(""),
        query.album.as_ref().map_or("", |album| album.as_str()),
        match query.order {
            Order::Newest => "newest",
            Order::Oldest => "oldest",
            Order::Taken => "taken",
        },
        if query.deleted { "deleted" } else { "" },
    ];
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let mut sum = [0; 8];
    sum.copy_from_slice(&hash.finalize()[..8]);
    sum
}
