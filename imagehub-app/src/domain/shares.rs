//! Share links: one image or one album, shown to who has the link.

use std::time::Duration;

use imagehub_policy::Username;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::timestamp::milliseconds;
use super::{AlbumId, ImageId, LinkSecret};

/// Share links one tenant may have, ended ones not counted.
pub const MAX_SHARES: usize = 10_000;

/// What a link shows.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShareTarget {
    /// One image.
    Image(ImageId),
    /// An album, with what is in it when somebody looks.
    Album(AlbumId),
}

/// Whom a link works for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Members of the tenant.
    Tenant,
    /// Anyone who has it, until a time.
    Anyone {
        /// When it ends.
        #[serde(with = "milliseconds")]
        until: OffsetDateTime,
    },
}

/// A share link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// What makes the link.
    pub secret: LinkSecret,
    /// What it shows.
    pub target: ShareTarget,
    /// Whom it works for.
    pub audience: Audience,
    /// By whom it was made.
    pub created_by: Username,
    /// When.
    #[serde(with = "milliseconds")]
    pub created_at: OffsetDateTime,
    /// When it was revoked, if it was. A revoked link stays known, so that its visitors can be told.
    #[serde(with = "milliseconds::option")]
    pub revoked_at: Option<OffsetDateTime>,
}

impl Share {
    /// Whether the link is over: revoked, or past its time.
    pub fn is_over(&self, now: OffsetDateTime) -> bool {
        let past = matches!(self.audience, Audience::Anyone { until } if until <= now);
        past || self.revoked_at.is_some()
    }
}

/// How long a link that is over stays known, so that its visitors can be told.
pub const OVER_SHARES_KEPT: Duration = Duration::from_secs(365 * 24 * 60 * 60);
