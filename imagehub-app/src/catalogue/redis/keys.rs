//! Every key in Redis. Names cannot contain a colon, so keys cannot run into each other; a tag
//! may, and therefore stands last.

use imagehub_policy::{TenantId, Username};

use super::super::{AttemptSubject, ImageId};

/// The version of this layout.
pub(super) const SCHEMA: &str = "imagehub:schema";

/// Hash: key id → a published key.
pub(super) const SIGNING_KEYS: &str = "imagehub:signing-keys";

/// Hash of a user's record.
pub(super) fn user(name: &str) -> String {
    format!("imagehub:user:{name}")
}

/// Set of the tenants a user belongs to.
pub(super) fn user_tenants(name: &Username) -> String {
    format!("imagehub:user:{name}:tenants")
}

/// Set of the tenants a user is invited to.
pub(super) fn user_invitations(name: &Username) -> String {
    format!("imagehub:user:{name}:invitations")
}

/// Hash of a tenant's record.
pub(super) fn tenant(name: &str) -> String {
    format!("imagehub:tenant:{name}")
}

/// Hash: user → role and since when.
pub(super) fn members(tenant: &str) -> String {
    format!("imagehub:tenant:{tenant}:members")
}

/// Hash: user → role offered and when.
pub(super) fn invitations(tenant: &str) -> String {
    format!("imagehub:tenant:{tenant}:invitations")
}

/// The ordinal of the tenant's newest image.
pub(super) fn ordinal(tenant: &TenantId) -> String {
    format!("imagehub:tenant:{tenant}:ordinal")
}

/// Sorted set: image ids by ordinal.
pub(super) fn images(tenant: &TenantId) -> String {
    format!("imagehub:tenant:{tenant}:images")
}

/// Hash: digest → image id.
pub(super) fn digests(tenant: &TenantId) -> String {
    format!("imagehub:tenant:{tenant}:digests")
}

/// Hash of an image's record.
pub(super) fn image(tenant: &TenantId, id: &ImageId) -> String {
    format!("imagehub:tenant:{tenant}:image:{id}")
}

/// Sorted set: ids of the images with a tag, by ordinal.
pub(super) fn tag(tenant: &TenantId, tag: &str) -> String {
    format!("imagehub:tenant:{tenant}:tag:{tag}")
}

/// Sorted set: counted attempts by time.
pub(super) fn attempts(subject: &AttemptSubject) -> String {
    format!("imagehub:attempts:{}", subject.as_key())
}
