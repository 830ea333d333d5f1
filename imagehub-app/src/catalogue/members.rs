//! The members' part of the catalogue.

use async_trait::async_trait;
use imagehub_policy::{Role, TenantId, Username};
use time::OffsetDateTime;

use super::Result;
use crate::domain::{Invitation, Member, Membership, RoleChange};

/// Invitations one tenant may have waiting at a time.
pub const MAX_INVITATIONS: usize = 100;

/// Who belongs to which tenant in what role, and who is invited.
#[async_trait]
pub trait Members {
    /// What the user may do in one tenant; `None` for a stranger and for an unknown tenant alike.
    async fn membership(&self, tenant: &TenantId, user: &Username) -> Result<Option<Membership>>;

    /// The tenant's members, by name.
    async fn members(&self, tenant: &TenantId) -> Result<Vec<Member>>;

    /// Invitations waiting for the user, oldest first.
    async fn invitations_of(&self, name: &Username) -> Result<Vec<Invitation>>;

    /// Invitations to the tenant that nobody has accepted yet, by user name.
    async fn invitations_to(&self, tenant: &TenantId) -> Result<Vec<Invitation>>;

    /// Gives a member another role at once, or invites somebody who is not yet one (a second
    /// invitation replaces the first). Who gets a lower role does not get the old one back by a
    /// link: those are withdrawn that the user made or that give more than the user has now.
    ///
    /// `CatalogueError::NotFound` for an unknown user or tenant,
    /// `CatalogueError::LastOwner` when it would leave the tenant without an owner,
    /// `CatalogueError::TooMany` at [`MAX_INVITATIONS`] that nobody has accepted yet.
    async fn set_role(
        &self,
        tenant: &TenantId,
        user: &Username,
        role: Role,
        now: OffsetDateTime,
    ) -> Result<RoleChange>;

    /// Turns the user's invitation into a membership, and returns its role. Accepting once more
    /// returns the role the member has.
    ///
    /// `CatalogueError::NotFound` without an invitation, `CatalogueError::TooManyTenants`
    /// (the invitation stays).
    async fn accept_invitation(
        &self,
        tenant: &TenantId,
        user: &Username,
        now: OffsetDateTime,
    ) -> Result<Role>;

    /// Takes an invitation of the user's own back. `CatalogueError::NotFound` if there is none.
    async fn decline_invitation(&self, tenant: &TenantId, user: &Username) -> Result<()>;

    /// Removes a member, or withdraws an invitation, as `by` wants it. With a member go the API
    /// tokens that the member has for the tenant and the invite links that the member made; with
    /// one whom somebody else removes, all of the tenant's links, any of which the member may know.
    ///
    /// `CatalogueError::NotFound` for somebody who is neither,
    /// `CatalogueError::LastOwner` for the only owner.
    async fn remove_member(&self, tenant: &TenantId, user: &Username, by: &Username) -> Result<()>;
}
