//! The catalogue in Redis: for any number of application processes.
//!
//! What one change touches is changed by one script, so that others see all of it or nothing.
//! Redis may be away when the application starts and at any time later: calls then fail within
//! two seconds, and succeed again when it is back.

mod albums;
mod connection;
mod forgetting;
mod image_record;
mod images;
mod import;
mod invite_links;
mod kept;
mod keys;
mod leases;
mod listing;
mod people;
mod scripts;
mod security;
mod shares;
mod tags;
mod tenants;
mod tokens;
mod transfer;

use async_trait::async_trait;
use imagehub_policy::{Plan, Role, TenantId, Username};
use time::OffsetDateTime;

use self::connection::Connection;
use self::listing::Searching;
use super::{
    AttemptId, AttemptLimit, AttemptOutcome, AttemptSubject, Catalogue, CatalogueError, Cursor,
    ImageQuery, Inserted, Page, PublishedKey,
};
use crate::domain::{
    Digest, Grants, ImageEdit, ImageId, ImageRecord, Invitation, Member, Membership, NewImage,
    NewUser, RoleChange, TagCount, TenantRecord, Usage, User,
};

/// A catalogue in Redis, behind one shared connection.
pub struct RedisCatalogue {
    connection: Connection,
    searching: Searching,
}

impl RedisCatalogue {
    /// Prepares to use the Redis at `url` (`redis://host:port/db`), without connecting yet; only
    /// a URL that cannot be one is refused.
    pub fn new(url: &str) -> Result<Self, CatalogueError> {
        Ok(Self {
            connection: Connection::new(url)?,
            searching: Searching::default(),
        })
    }
}

fn done(answer: &str) -> Result<(), CatalogueError> {
    match answer {
        "done" => Ok(()),
        other => Err(refusal(other)),
    }
}

/// What a script answers when it changes nothing.
fn refusal(answer: &str) -> CatalogueError {
    match answer {
        "taken" => CatalogueError::Taken,
        "not_found" => CatalogueError::NotFound,
        "too_many_tenants" => CatalogueError::TooManyTenants,
        "last_owner" => CatalogueError::LastOwner,
        "too_many" => CatalogueError::TooMany,
        "signed_out" => CatalogueError::SignedOut,
        other => CatalogueError::Damaged(format!("a script answered {other:?}")),
    }
}

#[async_trait]
impl Catalogue for RedisCatalogue {
    async fn ping(&self) -> Result<(), CatalogueError> {
        self.connection.check_for_changes().await
    }

    async fn create_user(&self, new: &NewUser) -> Result<(), CatalogueError> {
        self.make_user(new).await
    }

    async fn find_user(&self, name: &Username) -> Result<Option<User>, CatalogueError> {
        self.user(name).await
    }

    async fn password_hash(&self, name: &Username) -> Result<Option<String>, CatalogueError> {
        self.user_field(name, "password_hash").await
    }

    async fn tenants_of(&self, name: &Username) -> Result<Grants, CatalogueError> {
        self.grants(name).await
    }

    async fn membership(
        &self,
        tenant: &TenantId,
        user: &Username,
    ) -> Result<Option<Membership>, CatalogueError> {
        self.member(tenant, user).await
    }

    async fn invitations_of(&self, name: &Username) -> Result<Vec<Invitation>, CatalogueError> {
        self.offers(name).await
    }

    async fn create_tenant(
        &self,
        name: &TenantId,
        owner: &Username,
        plan: &Plan,
        now: OffsetDateTime,
    ) -> Result<(), CatalogueError> {
        self.make_tenant(name, owner, plan, now).await
    }

    async fn find_tenant(&self, name: &TenantId) -> Result<Option<TenantRecord>, CatalogueError> {
        self.tenant(name).await
    }

    async fn set_plan(&self, tenant: &TenantId, plan: &Plan) -> Result<(), CatalogueError> {
        self.set_tenant_field(tenant, "plan", plan.as_str()).await
    }

    async fn members(&self, tenant: &TenantId) -> Result<Vec<Member>, CatalogueError> {
        self.member_list(tenant).await
    }

    async fn invitations_to(&self, tenant: &TenantId) -> Result<Vec<Invitation>, CatalogueError> {
        self.offers_of(tenant).await
    }

    async fn set_role(
        &self,
        tenant: &TenantId,
        user: &Username,
        role: Role,
        now: OffsetDateTime,
    ) -> Result<RoleChange, CatalogueError> {
        self.change_role(tenant, user, role, now).await
    }

    async fn accept_invitation(
        &self,
        tenant: &TenantId,
        user: &Username,
        now: OffsetDateTime,
    ) -> Result<Role, CatalogueError> {
        self.accept(tenant, user, now).await
    }

    async fn decline_invitation(
        &self,
        tenant: &TenantId,
        user: &Username,
    ) -> Result<(), CatalogueError> {
        self.decline(tenant, user).await
    }

    async fn remove_member(
        &self,
        tenant: &TenantId,
        user: &Username,
        by: &Username,
    ) -> Result<(), CatalogueError> {
        self.remove(tenant, user, by).await
    }

    async fn insert_image(
        &self,
        new: &NewImage,
        quota: Option<u64>,
    ) -> Result<Inserted, CatalogueError> {
        self.add_image(new, quota).await
    }

    async fn find_image(
        &self,
        tenant: &TenantId,
        id: &ImageId,
    ) -> Result<Option<ImageRecord>, CatalogueError> {
        self.image(tenant, id).await
    }

    async fn find_recorded(
        &self,
        tenant: &TenantId,
        id: &ImageId,
    ) -> Result<Option<ImageRecord>, CatalogueError> {
        self.recorded_image(tenant, id).await
    }

    async fn place_of(
        &self,
        tenant: &TenantId,
        id: &ImageId,
    ) -> Result<Option<Cursor>, CatalogueError> {
        self.place(tenant, id).await
    }

    async fn find_by_digest(
        &self,
        tenant: &TenantId,
        digest: &Digest,
    ) -> Result<Option<ImageRecord>, CatalogueError> {
        self.image_of_digest(tenant, digest).await
    }

    async fn list_images(
        &self,
        tenant: &TenantId,
        query: &ImageQuery,
    ) -> Result<Page, CatalogueError> {
        self.page(tenant, query).await
    }

    async fn edit_image(
        &self,
        tenant: &TenantId,
        id: &ImageId,
        edit: &ImageEdit,
    ) -> Result<ImageRecord, CatalogueError> {
        self.change_image(tenant, id, edit).await
    }

    async fn delete_image(
        &self,
        tenant: &TenantId,
        id: &ImageId,
        now: OffsetDateTime,
    ) -> Result<ImageRecord, CatalogueError> {
        self.hide_image(tenant, id, now).await
    }

    async fn begin_attempt(
        &self,
        subject: &AttemptSubject,
        limit: AttemptLimit,
        now: OffsetDateTime,
    ) -> Result<AttemptOutcome, CatalogueError> {
        self.count_attempt(subject, limit, now).await
    }

    async fn release_attempt(
        &self,
        subject: &AttemptSubject,
        attempt: &AttemptId,
    ) -> Result<(), CatalogueError> {
        self.uncount_attempt(subject, attempt).await
    }

    async fn publish_key(&self, key: &PublishedKey) -> Result<(), CatalogueError> {
        self.list_key(key).await
    }

    async fn live_keys(&self, now: OffsetDateTime) -> Result<Vec<PublishedKey>, CatalogueError> {
        self.listed_keys(now).await
    }

    async fn set_password(
        &self,
        name: &Username,
        generation: u64,
        hash: &str,
    ) -> Result<u64, CatalogueError> {
        self.change_password(name, generation, hash).await
    }

    async fn delete_user(&self, name: &Username) -> Result<(), CatalogueError> {
        self.forget_user(name).await
    }

    async fn set_keep_metadata(&self, tenant: &TenantId, keep: bool) -> Result<(), CatalogueError> {
        let keep = if keep { "1" } else { "0" };
        self.set_tenant_field(tenant, "keep_metadata", keep).await
    }

    async fn image_ids(&self, tenant: &TenantId) -> Result<Vec<ImageId>, CatalogueError> {
        self.all_images(tenant).await
    }

    async fn delete_tenant(&self, tenant: &TenantId) -> Result<(), CatalogueError> {
        self.forget_tenant(tenant).await
    }

    async fn usage(&self, tenant: &TenantId) -> Result<Usage, CatalogueError> {
        self.counted(tenant).await
    }

    async fn is_recorded(&self, tenant: &TenantId, id: &ImageId) -> Result<bool, CatalogueError> {
        self.is_indexed(tenant, id).await
    }

    async fn restore_image(
        &self,
        tenant: &TenantId,
        id: &ImageId,
    ) -> Result<ImageRecord, CatalogueError> {
        self.show_image(tenant, id).await
    }

    async fn purge_image(&self, tenant: &TenantId, id: &ImageId) -> Result<(), CatalogueError> {
        self.forget_image(tenant, id).await
    }

    async fn purge_deleted_before(
        &self,
        time: OffsetDateTime,
    ) -> Result<Vec<(TenantId, ImageId)>, CatalogueError> {
        self.forget_deleted_before(time).await
    }

    async fn tags(
        &self,
        tenant: &TenantId,
        prefix: &str,
        limit: usize,
    ) -> Result<Vec<TagCount>, CatalogueError> {
        self.counted_tags(tenant, prefix, limit).await
    }
}
