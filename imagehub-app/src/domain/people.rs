//! Users, tenants and who belongs to what.

use std::collections::BTreeMap;

use imagehub_policy::{Plan, Role, TenantId, Username};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::timestamp::milliseconds;

/// A user to be created, with the tenant of the same name.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// The user's name, and the tenant's.
    pub name: Username,
    /// The password's hash, a PHC string.
    pub password_hash: String,
    /// The tenant's plan.
    pub plan: Plan,
    /// When.
    pub created_at: OffsetDateTime,
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The user's name.
    pub name: Username,
    /// When the user signed up.
    pub created_at: OffsetDateTime,
}

/// A tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantRecord {
    /// The tenant's name.
    pub name: TenantId,
    /// The plan it is on.
    pub plan: Plan,
    /// When it was created.
    #[serde(with = "milliseconds")]
    pub created_at: OffsetDateTime,
    /// Whether images are served with the metadata they came with.
    pub keep_metadata: bool,
}

/// What somebody is in a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The member's role.
    pub role: Role,
    /// The tenant's plan.
    pub plan: Plan,
}

/// Every tenant of a user.
pub type Grants = BTreeMap<TenantId, Membership>;

/// One member of a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The member's name.
    pub user: Username,
    /// The member's role.
    pub role: Role,
    /// Since when.
    #[serde(with = "milliseconds")]
    pub since: OffsetDateTime,
}

/// An invitation that has not been accepted yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// The tenant it is to.
    pub tenant: TenantId,
    /// The user it is for.
    pub user: Username,
    /// The role it gives.
    pub role: Role,
    /// When it was made.
    #[serde(with = "milliseconds")]
    pub invited_at: OffsetDateTime,
}

/// What setting a role came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoleChange {
    /// A member has the role now.
    Changed,
    /// Somebody who is not a member is invited.
    Invited,
}
