//! What is known about people, tenants and images, behind one trait with two stores: a SQLite
//! file and Redis. Both pass the same tests; every change is atomic in both.

mod albums;
mod codec;
mod cursor;
mod error;
mod images;
mod invite_links;
mod leases;
pub mod redis;
mod security;
mod shares;
pub mod sqlite;
mod tokens;
mod transfer;

use std::sync::Arc;

use async_trait::async_trait;
use imagehub_policy::{Plan, Role, TenantId, Username};
use time::OffsetDateTime;

pub use albums::Albums;
pub use cursor::Cursor;
pub use error::CatalogueError;
pub use images::{ImageQuery, Inserted, Order, Page};
pub use invite_links::InviteLinks;
pub use leases::{CatalogueId, Lease, Leases};
pub use security::{AttemptId, AttemptLimit, AttemptOutcome, AttemptSubject, PublishedKey};
pub use shares::Shares;
pub use tokens::Tokens;
pub use transfer::{Record, Transfer};

use crate::domain::{
    Digest, Grants, ImageEdit, ImageId, ImageRecord, Invitation, Member, Membership, NewImage,
    NewUser, RoleChange, TagCount, TenantRecord, Usage, User,
};

/// Tenants one user may belong to, the one of the user's own name always counted. It keeps a
/// session token, which lists them all, well under its 8 KiB.
pub const MAX_TENANTS_PER_USER: usize = 24;

/// Invitations one tenant may have waiting at a time.
pub const MAX_INVITATIONS: usize = 100;

/// A catalogue shared by every request.
pub type SharedCatalogue = Arc<dyn Catalogue>;

/// The port to the store of records.
///
/// Times are kept to the millisecond. Any call may fail with [`CatalogueError::Unavailable`];
/// only other errors are named below.
#[async_trait]
pub trait Catalogue:
    Albums + InviteLinks + Leases + Shares + Tokens + Transfer + Send + Sync + 'static
{
    /// Answers `Ok` if the store can serve now, within two seconds either way.
    async fn ping(&self) -> Result<(), CatalogueError>;

    /// Creates a user together with the tenant of the same name, which the user owns.
    ///
    /// [`CatalogueError::Taken`] if a user or a tenant has the name.
    async fn create_user(&self, new: &NewUser) -> Result<(), CatalogueError>;

    /// The user of that name.
    async fn find_user(&self, name: &Username) -> Result<Option<User>, CatalogueError>;

    /// The user's password hash, a PHC string.
    async fn password_hash(&self, name: &Username) -> Result<Option<String>, CatalogueError>;

    /// Gives the user another password, and ends every session and API token with the same
    /// change. `generation` is that of before the old password was proven; returned is the one
    /// of now.
    ///
    /// [`CatalogueError::NotFound`] if there is no such user, [`CatalogueError::SignedOut`] if
    /// the generation is not the present one: another change came first.
    async fn set_password(
        &self,
        name: &Username,
        generation: u64,
        hash: &str,
    ) -> Result<u64, CatalogueError>;

    /// Forgets a user: memberships, invitations, invite links made by the user, tokens; and with
    /// them every tenant that nobody else belongs to, as [`Catalogue::delete_tenant`] does. The
    /// name may be taken anew; its session generation grows.
    ///
    /// [`CatalogueError::NotFound`] if there is no such user, [`CatalogueError::LastOwner`] if a
    /// tenant with other members would be left without an owner: then nothing changes.
    async fn delete_user(&self, name: &Username) -> Result<(), CatalogueError>;

    /// Every tenant the user belongs to, with role and plan; empty for an unknown user.
    async fn tenants_of(&self, name: &Username) -> Result<Grants, CatalogueError>;

    /// What the user may do in one tenant; `None` for a stranger and for an unknown tenant alike.
    async fn membership(
        &self,
        tenant: &TenantId,
        user: &Username,
    ) -> Result<Option<Membership>, CatalogueError>;

    /// Invitations waiting for the user, oldest first.
    async fn invitations_of(&self, name: &Username) -> Result<Vec<Invitation>, CatalogueError>;

    /// Creates a tenant owned by `owner`.
    ///
    /// [`CatalogueError::Taken`] if a tenant or another user has the name,
    /// [`CatalogueError::NotFound`] if there is no such user,
    /// [`CatalogueError::TooManyTenants`] if the owner is in [`MAX_TENANTS_PER_USER`] already.
    async fn create_tenant(
        &self,
        name: &TenantId,
        owner: &Username,
        plan: &Plan,
        now: OffsetDateTime,
    ) -> Result<(), CatalogueError>;

    /// The tenant of that name.
    async fn find_tenant(&self, name: &TenantId) -> Result<Option<TenantRecord>, CatalogueError>;

    /// Puts the tenant on another plan. [`CatalogueError::NotFound`] if there is no such tenant.
    async fn set_plan(&self, tenant: &TenantId, plan: &Plan) -> Result<(), CatalogueError>;

    /// Sets whether images are served with the metadata they come with, from the next upload on.
    /// [`CatalogueError::NotFound`] if there is no such tenant.
    async fn set_keep_metadata(&self, tenant: &TenantId, keep: bool) -> Result<(), CatalogueError>;

    /// Ids of all of the tenant's images, deleted ones included.
    async fn image_ids(&self, tenant: &TenantId) -> Result<Vec<ImageId>, CatalogueError>;

    /// Forgets a tenant and everything in it. The blobs are to be deleted *after* this, by the ids
    /// of before: the name may be somebody else's already.
    /// [`CatalogueError::NotFound`] if there is no such tenant.
    async fn delete_tenant(&self, tenant: &TenantId) -> Result<(), CatalogueError>;

    /// What the tenant's images take; nothing for an unknown tenant. Costs the same however many
    /// there are.
    async fn usage(&self, tenant: &TenantId) -> Result<Usage, CatalogueError>;

    /// The tenant's members, by name.
    async fn members(&self, tenant: &TenantId) -> Result<Vec<Member>, CatalogueError>;

    /// Invitations to the tenant that nobody has accepted yet, by user name.
    async fn invitations_to(&self, tenant: &TenantId) -> Result<Vec<Invitation>, CatalogueError>;

    /// Gives a member another role at once, or invites somebody who is not yet one (a second
    /// invitation replaces the first). Who gets a lower role does not get the old one back by a
    /// link: those are withdrawn that the user made or that give more than the user has now.
    ///
    /// [`CatalogueError::NotFound`] for an unknown user or tenant,
    /// [`CatalogueError::LastOwner`] when it would leave the tenant without an owner,
    /// [`CatalogueError::TooMany`] at [`MAX_INVITATIONS`] that nobody has accepted yet.
    async fn set_role(
        &self,
        tenant: &TenantId,
        user: &Username,
        role: Role,
        now: OffsetDateTime,
    ) -> Result<RoleChange, CatalogueError>;

    /// Turns the user's invitation into a membership, and returns its role. Accepting once more
    /// returns the role the member has.
    ///
    /// [`CatalogueError::NotFound`] without an invitation, [`CatalogueError::TooManyTenants`]
    /// (the invitation stays).
    async fn accept_invitation(
        &self,
        tenant: &TenantId,
        user: &Username,
        now: OffsetDateTime,
    ) -> Result<Role, CatalogueError>;

    /// Takes an invitation of the user's own back. [`CatalogueError::NotFound`] if there is none.
    async fn decline_invitation(
        &self,
        tenant: &TenantId,
        user: &Username,
    ) -> Result<(), CatalogueError>;

    /// Removes a member, or withdraws an invitation, as `by` wants it. With a member go the API
    /// tokens that the member has for the tenant and the invite links that the member made; with
    /// one whom somebody else removes, all of the tenant's links, any of which the member may know.
    ///
    /// [`CatalogueError::NotFound`] for somebody who is neither,
    /// [`CatalogueError::LastOwner`] for the only owner.
    async fn remove_member(
        &self,
        tenant: &TenantId,
        user: &Username,
        by: &Username,
    ) -> Result<(), CatalogueError>;

    /// Records an image whose blobs are in place. If the tenant has an image of the same digest,
    /// that one is returned, restored if it was deleted, and the caller then deletes its own blobs.
    ///
    /// [`CatalogueError::NotFound`] if there is no such tenant,
    /// [`CatalogueError::QuotaExceeded`] if the tenant's counted bytes would be more than `quota`.
    async fn insert_image(
        &self,
        new: &NewImage,
        quota: Option<u64>,
    ) -> Result<Inserted, CatalogueError>;

    /// The image of that id in that tenant, unless it is deleted.
    async fn find_image(
        &self,
        tenant: &TenantId,
        id: &ImageId,
    ) -> Result<Option<ImageRecord>, CatalogueError>;

    /// The image of that id in that tenant, deleted or not.
    async fn find_recorded(
        &self,
        tenant: &TenantId,
        id: &ImageId,
    ) -> Result<Option<ImageRecord>, CatalogueError>;

    /// The place of an image in the lists of those that are not deleted: what comes after it is the
    /// next one, in either order. `None` if there is no such image, or it is deleted.
    async fn place_of(
        &self,
        tenant: &TenantId,
        id: &ImageId,
    ) -> Result<Option<Cursor>, CatalogueError>;

    /// Whether anything is recorded under that id, deleted images included: if so, its blobs must
    /// stay.
    async fn is_recorded(&self, tenant: &TenantId, id: &ImageId) -> Result<bool, CatalogueError>;

    /// The image with these bytes in that tenant, deleted or not: lets an upload skip the work of
    /// decoding.
    async fn find_by_digest(
        &self,
        tenant: &TenantId,
        digest: &Digest,
    ) -> Result<Option<ImageRecord>, CatalogueError>;

    /// One page of a tenant's images.
    async fn list_images(
        &self,
        tenant: &TenantId,
        query: &ImageQuery,
    ) -> Result<Page, CatalogueError>;

    /// Changes title or tags, and returns the image as it is now.
    /// [`CatalogueError::NotFound`] if there is no such image.
    async fn edit_image(
        &self,
        tenant: &TenantId,
        id: &ImageId,
        edit: &ImageEdit,
    ) -> Result<ImageRecord, CatalogueError>;

    /// Deletes an image so that it can be restored: it leaves lists, tags, albums' counts and
    /// searches, keeps its place in them for later, and its bytes go on counting.
    /// [`CatalogueError::NotFound`] if there is no such image, or it is deleted already.
    async fn delete_image(
        &self,
        tenant: &TenantId,
        id: &ImageId,
        now: OffsetDateTime,
    ) -> Result<ImageRecord, CatalogueError>;

    /// Takes a deletion back: the image is where it was. One that is not deleted is returned as
    /// it is. [`CatalogueError::NotFound`] if nothing is recorded under the id.
    async fn restore_image(
        &self,
        tenant: &TenantId,
        id: &ImageId,
    ) -> Result<ImageRecord, CatalogueError>;

    /// Forgets a deleted image for good; its blobs are to be deleted *after* this.
    /// [`CatalogueError::NotFound`] if there is no deleted image of that id.
    async fn purge_image(&self, tenant: &TenantId, id: &ImageId) -> Result<(), CatalogueError>;

    /// Forgets, for good, some of the images that were deleted before a time, of any tenant: at
    /// most 100. Their blobs are to be deleted *after* this. Empty when there are none.
    async fn purge_deleted_before(
        &self,
        time: OffsetDateTime,
    ) -> Result<Vec<(TenantId, ImageId)>, CatalogueError>;

    /// Tags of the tenant's images that begin with `prefix`, whatever its case, the most used
    /// first, and of the equally used ones in the order of their characters; at most `limit`.
    async fn tags(
        &self,
        tenant: &TenantId,
        prefix: &str,
        limit: usize,
    ) -> Result<Vec<TagCount>, CatalogueError>;

    /// Counts one attempt as failed *before* it is judged, so that parallel guesses cannot slip
    /// past the limit; an attempt that turns out well is taken back with
    /// [`Catalogue::release_attempt`]. A refused attempt is not counted.
    async fn begin_attempt(
        &self,
        subject: &AttemptSubject,
        limit: AttemptLimit,
        now: OffsetDateTime,
    ) -> Result<AttemptOutcome, CatalogueError>;

    /// Takes one counted attempt back.
    async fn release_attempt(
        &self,
        subject: &AttemptSubject,
        attempt: &AttemptId,
    ) -> Result<(), CatalogueError>;

    /// Publishes a process's public key, or prolongs it: `listed_until` and `last_use` only grow.
    /// Keys that were listed until before its last use are forgotten.
    async fn publish_key(&self, key: &PublishedKey) -> Result<(), CatalogueError>;

    /// The published keys that are still to be listed at `now`.
    async fn live_keys(&self, now: OffsetDateTime) -> Result<Vec<PublishedKey>, CatalogueError>;
}
