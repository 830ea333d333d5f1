//! Invite links: who has one, and is signed in, becomes a member.

use imagehub_policy::{Role, Username};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::LinkSecret;
use super::timestamp::milliseconds;

/// Invite links one tenant may have at a time.
pub const MAX_INVITE_LINKS: usize = 100;

/// An invite link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InviteLink {
    /// What makes the link.
    pub secret: LinkSecret,
    /// The role it gives.
    pub role: Role,
    /// By whom it was made.
    pub created_by: Username,
    /// When.
    #[serde(with = "milliseconds")]
    pub created_at: OffsetDateTime,
    /// When it ends.
    #[serde(with = "milliseconds")]
    pub until: OffsetDateTime,
}
