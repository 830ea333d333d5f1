//! The headers by which the filter tells whatever stands behind it who is asking.

use crate::decide::Identity;
use serde::Deserialize;

/// Every header of this family that a client sends is removed.
pub const PREFIX: &str = "x-imagehub-";
/// The user's name.
pub const USER: &str = "x-imagehub-user";
/// The tenant the route belongs to.
pub const TENANT: &str = "x-imagehub-tenant";
/// The user's role in that tenant.
pub const ROLE: &str = "x-imagehub-role";
/// That tenant's plan.
pub const PLAN: &str = "x-imagehub-plan";
/// On responses: the filter's version and the hash of its policy.
pub const FILTER: &str = "x-imagehub-filter";
/// The client's address, attested by the edge.
pub const CLIENT: &str = "x-imagehub-client";

/// What of an identity a header tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IdentityHeader {
    /// [`USER`].
    User,
    /// [`TENANT`].
    Tenant,
    /// [`ROLE`].
    Role,
    /// [`PLAN`].
    Plan,
}

impl IdentityHeader {
    /// Those that are set unless the policy names others.
    pub(crate) const DEFAULT: [Self; 2] = [Self::User, Self::Tenant];

    /// The header's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => USER,
            Self::Tenant => TENANT,
            Self::Role => ROLE,
            Self::Plan => PLAN,
        }
    }

    /// Its value for an identity; `None` where the identity has no such part.
    pub fn value(self, identity: &Identity) -> Option<&str> {
        match self {
            Self::User => Some(identity.user.as_str()),
            Self::Tenant => identity.tenant.as_ref().map(|tenant| tenant.as_str()),
            Self::Role => identity.role.map(|role| role.as_str()),
            Self::Plan => identity.plan.as_ref().map(|plan| plan.as_str()),
        }
    }
}
