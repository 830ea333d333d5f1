//! The catalogue in a SQLite file: for one application process on one machine.

mod albums;
mod image_row;
mod images;
mod invite_links;
mod leases;
mod listing;
mod people;
mod pool;
mod schema;
mod security;
mod shares;
mod tenants;
mod tokens;
mod transfer;

use std::path::Path;

use async_trait::async_trait;
use imagehub_policy::{Plan, Role, TenantId, Username};
use time::OffsetDateTime;

use self::pool::Pool;
use super::{
    AttemptId, AttemptLimit, AttemptOutcome, AttemptSubject, Catalogue, CatalogueError, Cursor,
    ImageQuery, Inserted, Page, PublishedKey,
};
use crate::domain::{
    Digest, Grants, ImageEdit, ImageId, ImageRecord, Invitation, Member, Membership, NewImage,
    NewUser, RoleChange, TagCount, TenantRecord, Usage, User,
};

/// A catalogue in a SQLite file, in WAL mode and synced to disk at every commit.
pub struct SqliteCatalogue {
    pool: Pool,
}

impl SqliteCatalogue {
    /// Opens the file, and makes it when there is none.
    ///
    /// [`CatalogueError::OtherSchema`] if another version of this program wrote it.
    pub async fn open(path: &Path) -> Result<Self, CatalogueError> {
        Ok(Self {
            pool: Pool::open(path.to_owned()).await?,
        })
    }
}

#[async_trait]
impl Catalogue for SqliteCatalogue {
    async fn ping(&self) -> Result<(), CatalogueError> {
        self.pool.read(|db| schema::check(db)).await
    }

    async fn create_user(&self, new: &NewUser) -> Result<(), CatalogueError> {
        let new = new.clone();
        self.pool
            .write(move |db| people::create_user(db, &new))
            .await
    }

    async fn find_user(&self, name: &Username) -> Result<Option<User>, CatalogueError> {
        self.pool.look_up(|db| people::find_user(db, name))
    }

    async fn password_hash(&self, name: &Username) -> Result<Option<String>, CatalogueError> {
        self.pool.look_up(|db| people::password_hash(db, name))
    }

    async fn tenants_of(&self, name: &Username) -> Result<Grants, CatalogueError> {
        self.pool.look_up(|db| people::tenants_of(db, name))
    }

    async fn membership(
        &self,
        tenant: &TenantId,
        user: &Username,
    ) -> Result<Option<Membership>, CatalogueError> {
        self.pool
            .look_up(|db| tenants::membership(db, tenant, user))
    }

    async fn invitations_of(&self, name: &Username) -> Result<Vec<Invitation>, CatalogueError> {
        let name = name.clone();
        self.pool
            .read(move |db| people::invitations_of(db, &name))
            .await
    }

    async fn create_tenant(
        &self,
        name: &TenantId,
        owner: &Username,
        plan: &Plan,
        now: OffsetDateTime,
    ) -> Result<(), CatalogueError> {
        let (name, owner, plan) = (name.clone(), owner.clone(), plan.clone());
        self.pool
            .write(move |db| tenants::create(db, &name, &owner, &plan, now))
            .await
    }

    async fn find_tenant(&self, name: &TenantId) -> Result<Option<TenantRecord>, CatalogueError> {
        self.pool.look_up(|db| tenants::find(db, name))
    }

    async fn set_plan(&self, tenant: &TenantId, plan: &Plan) -> Result<(), CatalogueError> {
        let (tenant, plan) = (tenant.clone(), plan.clone());
        self.pool
            .write(move |db| tenants::set_plan(db, &tenant, &plan))
            .await
    }

    async fn members(&self, tenant: &TenantId) -> Result<Vec<Member>, CatalogueError> {
        let tenant = tenant.clone();
        self.pool
            .read(move |db| tenants::members(db, &tenant))
            .await
    }

    async fn invitations_to(&self, tenant: &TenantId) -> Result<Vec<Invitation>, CatalogueError> {
        let tenant = tenant.clone();
        self.pool
            .read(move |db| tenants::invitations_to(db, &tenant))
            .await
    }

    async fn set_role(
        &self,
        tenant: &TenantId,
        user: &Username,
        role: Role,
        now: OffsetDateTime,
    ) -> Result<RoleChange, CatalogueError> {
        let (tenant, user) = (tenant.clone(), user.clone());
        self.pool
            .write(move |db| tenants::set_role(db, &tenant, &user, role, now))
            .await
    }

    async fn accept_invitation(
        &self,
        tenant: &TenantId,
        user: &Username,
        now: OffsetDateTime,
    ) -> Result<Role, CatalogueError> {
        let (tenant, user) = (tenant.clone(), user.clone());
        self.pool
            .write(move |db| tenants::accept_invitation(db, &tenant, &user, now))
            .await
    }

    async fn decline_invitation(
        &self,
        tenant: &TenantId,
        user: &Username,
    ) -> Result<(), CatalogueError> {
        let (tenant, user) = (tenant.clone(), user.clone());
        self.pool
            .write(move |db| tenants::found(tenants::withdraw_invitation(db, &tenant, &user)?))
            .await
    }

    async fn remove_member(
        &self,
        tenant: &TenantId,
        user: &Username,
        by: &Username,
    ) -> Result<(), CatalogueError> {
        let (tenant, user, by) = (tenant.clone(), user.clone(), by.clone());
        self.pool
            .write(move |db| tenants::remove_member(db, &tenant, &user, &by))
            .await
    }

    async fn insert_image(
        &self,
        new: &NewImage,
        quota: Option<u64>,
    ) -> Result<Inserted, CatalogueError> {
        let new = new.clone();
        self.pool
            .write(move |db| images::insert(db, &new, quota))
            .await
    }

    async fn find_image(
        &self,
        tenant: &TenantId,
        id: &ImageId,
    ) -> Result<Option<ImageRecord>, CatalogueError> {
        let found = self.find_recorded(tenant, id).await?;
        Ok(found.filter(|record| record.deleted_at.is_none()))
    }

    async fn find_recorded(
        &self,
        tenant: &TenantId,
        id: &ImageId,
    ) -> Result<Option<ImageRecord>, CatalogueError> {
        self.pool
            .look_up(|db| images::find_recorded(db, tenant, id))
    }

    async fn place_of(
        &self,
        tenant: &TenantId,
        id: &ImageId,
    ) -> Result<Option<Cursor>, CatalogueError> {
        self.pool.look_up(|db| listing::place_of(db, tenant, id))
    }

    async fn find_by_digest(
        &self,
        tenant: &TenantId,
        digest: &Digest,
    ) -> Result<Option<ImageRecord>, CatalogueError> {
        self.pool
            .look_up(|db| images::find_by_digest(db, tenant, digest))
    }

    async fn list_images(
        &self,
        tenant: &TenantId,
        query: &ImageQuery,
    ) -> Result<Page, CatalogueError> {
        let (tenant, query) = (tenant.clone(), query.clone());
        self.pool
            .read(move |db| listing::list(db, &tenant, &query))
            .await
    }

    async fn edit_image(
        &self,
        tenant: &TenantId,
        id: &ImageId,
        edit: &ImageEdit,
    ) -> Result<ImageRecord, CatalogueError> {
        let (tenant, id, edit) = (tenant.clone(), id.clone(), edit.clone());
        self.pool
            .write(move |db| images::edit(db, &tenant, &id, &edit))
            .await
    }

    async fn delete_image(
        &self,
        tenant: &TenantId,
        id: &ImageId,
        now: OffsetDateTime,
    ) -> Result<ImageRecord, CatalogueError> {
        let (tenant, id) = (tenant.clone(), id.clone());
        self.pool
            .write(move |db| images::delete(db, &tenant, &id, now))
            .await
    }

    async fn begin_attempt(
        &self,
        subject: &AttemptSubject,
        limit: AttemptLimit,
        now: OffsetDateTime,
    ) -> Result<AttemptOutcome, CatalogueError> {
        let subject = subject.clone();
        self.pool
            .write(move |db| security::begin_attempt(db, &subject, limit, now))
            .await
    }

    async fn release_attempt(
        &self,
        subject: &AttemptSubject,
        attempt: &AttemptId,
    ) -> Result<(), CatalogueError> {
        let (subject, attempt) = (subject.clone(), attempt.clone());
        self.pool
            .write(move |db| security::release_attempt(db, &subject, &attempt))
            .await
    }

    async fn publish_key(&self, key: &PublishedKey) -> Result<(), CatalogueError> {
        let key = key.clone();
        self.pool
            .write(move |db| security::publish_key(db, &key))
            .await
    }

    async fn live_keys(&self, now: OffsetDateTime) -> Result<Vec<PublishedKey>, CatalogueError> {
        self.pool.read(move |db| security::live_keys(db, now)).await
    }

    async fn set_password(
        &self,
        name: &Username,
        generation: u64,
        hash: &str,
    ) -> Result<u64, CatalogueError> {
        let (name, hash) = (name.clone(), hash.to_owned());
        self.pool
            .write(move |db| people::set_password(db, &name, generation, &hash))
            .await
    }

    async fn delete_user(&self, name: &Username) -> Result<(), CatalogueError> {
        let name = name.clone();
        self.pool
            .write(move |db| people::delete_user(db, &name))
            .await
    }

    async fn set_keep_metadata(&self, tenant: &TenantId, keep: bool) -> Result<(), CatalogueError> {
        let tenant = tenant.clone();
        self.pool
            .write(move |db| tenants::set_keep_metadata(db, &tenant, keep))
            .await
    }

    async fn image_ids(&self, tenant: &TenantId) -> Result<Vec<ImageId>, CatalogueError> {
        let tenant = tenant.clone();
        self.pool
            .read(move |db| tenants::image_ids(db, &tenant))
            .await
    }

    async fn delete_tenant(&self, tenant: &TenantId) -> Result<(), CatalogueError> {
        let tenant = tenant.clone();
        self.pool
            .write(move |db| tenants::delete(db, &tenant))
            .await
    }

    async fn usage(&self, tenant: &TenantId) -> Result<Usage, CatalogueError> {
        self.pool
            .look_up(|db| Ok(tenants::usage(db, tenant)?.unwrap_or_default()))
    }

    async fn is_recorded(&self, tenant: &TenantId, id: &ImageId) -> Result<bool, CatalogueError> {
        self.pool.look_up(|db| images::is_recorded(db, tenant, id))
    }

    async fn restore_image(
        &self,
        tenant: &TenantId,
        id: &ImageId,
    ) -> Result<ImageRecord, CatalogueError> {
        let (tenant, id) = (tenant.clone(), id.clone());
        self.pool
            .write(move |db| images::restore(db, &tenant, &id))
            .await
    }

    async fn purge_image(&self, tenant: &TenantId, id: &ImageId) -> Result<(), CatalogueError> {
        let (tenant, id) = (tenant.clone(), id.clone());
        self.pool
            .write(move |db| images::purge(db, &tenant, &id))
            .await
    }

    async fn purge_deleted_before(
        &self,
        time: OffsetDateTime,
    ) -> Result<Vec<(TenantId, ImageId)>, CatalogueError> {
        self.pool
            .write(move |db| images::purge_deleted_before(db, time))
            .await
    }

    async fn tags(
        &self,
        tenant: &TenantId,
        prefix: &str,
        limit: usize,
    ) -> Result<Vec<TagCount>, CatalogueError> {
        let (tenant, prefix) = (tenant.clone(), prefix.to_owned());
        self.pool
            .read(move |db| listing::tags(db, &tenant, &prefix, limit))
            .await
    }
}
