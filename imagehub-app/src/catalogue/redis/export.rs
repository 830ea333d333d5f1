//! What is exported of one name.

use std::collections::HashMap;

use imagehub_policy::{TenantId, Username};

use super::super::moment::{from_millis, to_millis};
use super::super::stored::parsed;
use super::super::{
    CatalogueError, Digest, ImageId, ImageRecord, InviteLinks as _, Record, Tokens as _,
};
use super::image_record::{self, Fields};
use super::transfer::Stage;
use super::{RedisCatalogue, scripts};

/// Images or share links of a tenant in one round trip.
const BATCH: usize = 200;

/// Albums of a tenant in one round trip: each comes with all its images.
const ALBUM_BATCH: usize = 5;

impl RedisCatalogue {
    pub(super) async fn exported_keys(&self) -> Result<Vec<Record>, CatalogueError> {
        let keys = self.listed_keys(from_millis(0)?).await?;
        let keys = keys.into_iter().map(|key| Record::SigningKey {
            kid: key.kid,
            public_key: Digest::new(key.public_key).hex(),
            last_use: to_millis(key.last_use),
            listed_until: to_millis(key.listed_until),
        });
        Ok(keys.collect())
    }

    /// Exports what a stage has of a name, from after a place on, and answers the place to go on
    /// after, if there may be more.
    pub(super) async fn export_of(
        &self,
        stage: Stage,
        name: &str,
        after: Option<&str>,
        records: &mut Vec<Record>,
    ) -> Result<Option<String>, CatalogueError> {
        match stage {
            Stage::SigningKeys => {}
            Stage::Users => records.extend(self.exported_user(&user(name)?).await?),
            Stage::GoneUsers => records.push(self.exported_gone_user(&user(name)?).await?),
            Stage::Tenants => records.extend(self.exported_tenant(&tenant(name)?).await?),
            Stage::Roles => records.extend(self.exported_roles(&tenant(name)?).await?),
            Stage::InviteLinks => records.extend(self.exported_invite_links(&tenant(name)?).await?),
            Stage::Tokens => records.extend(self.exported_tokens(&user(name)?).await?),
            Stage::Images => return self.export_images(&tenant(name)?, after, records).await,
            Stage::Albums => return self.export_albums(&tenant(name)?, after, records).await,
            Stage::Shares => return self.export_shares(&tenant(name)?, after, records).await,
        }
        Ok(None)
    }

    async fn exported_user(&self, name: &Username) -> Result<Option<Record>, CatalogueError> {
        let user = self.user(name).await?;
        let hash = self.user_field(name, "password_hash").await?;
        let generation = self.session_generation(name).await?;
        // Between the questions the account may have been deleted.
        Ok(user.filter(|_| hash.is_some()).map(|user| Record::User {
            name: name.to_string(),
            password_hash: hash,
            created_at: to_millis(user.created_at),
            generation,
        }))
    }

    async fn exported_gone_user(&self, name: &Username) -> Result<Record, CatalogueError> {
        Ok(Record::User {
            name: name.to_string(),
            password_hash: None,
            created_at: 0,
            generation: self.session_generation(name).await?,
        })
    }

    async fn exported_tenant(&self, name: &TenantId) -> Result<Option<Record>, CatalogueError> {
        Ok(self.tenant(name).await?.map(|tenant| Record::Tenant {
            name: tenant.name.to_string(),
            plan: tenant.plan.as_str().to_owned(),
            created_at: to_millis(tenant.created_at),
            keep_metadata: tenant.keep_metadata,
        }))
    }

    async fn exported_roles(&self, tenant: &TenantId) -> Result<Vec<Record>, CatalogueError> {
        let members = self.member_list(tenant).await?;
        let members = members.into_iter().map(|member| Record::Membership {
            tenant: tenant.to_string(),
            user: member.user.to_string(),
            role: member.role.as_str().to_owned(),
            since: to_millis(member.since),
        });
        let offers = self.offers_of(tenant).await?;
        let offers = offers.into_iter().map(|offer| Record::Invitation {
            tenant: tenant.to_string(),
            user: offer.user.to_string(),
            role: offer.role.as_str().to_owned(),
            invited_at: to_millis(offer.invited_at),
        });
        Ok(members.chain(offers).collect())
    }

    async fn exported_invite_links(
        &self,
        tenant: &TenantId,
    ) -> Result<Vec<Record>, CatalogueError> {
        let links = self.invite_links(tenant, from_millis(0)?).await?;
        let links = links.into_iter().map(|link| Record::InviteLink {
            tenant: tenant.to_string(),
            secret: link.secret.as_str().to_owned(),
            role: link.role.as_str().to_owned(),
            created_by: link.created_by.to_string(),
            created_at: to_millis(link.created_at),
            until: to_millis(link.until),
        });
        Ok(links.collect())
    }

    async fn exported_tokens(&self, user: &Username) -> Result<Vec<Record>, CatalogueError> {
        let tokens = self.tokens_of(user, from_millis(0)?).await?;
        let tokens = tokens.into_iter().map(|token| Record::Token {
            user: user.to_string(),
            jti: token.jti,
            name: token.name.as_str().to_owned(),
            tenant: token.tenant.to_string(),
            role: token.role.as_str().to_owned(),
            created_at: to_millis(token.created_at),
            expires_at: to_millis(token.expires_at),
            last_use: token.last_use.map(to_millis),
        });
        Ok(tokens.collect())
    }

    async fn export_images(
        &self,
        tenant: &TenantId,
        after: Option<&str>,
        records: &mut Vec<Record>,
    ) -> Result<Option<String>, CatalogueError> {
        let script = &scripts::EXPORT_IMAGES;
        let mut export = script.prepare_invoke();
        export
            .arg(tenant.as_str())
            .arg(after.unwrap_or("-inf"))
            .arg(BATCH);
        let stored: Vec<(String, i64, Fields)> = self.connection.script(&export).await?;
        for (id, _, fields) in &stored {
            let id = parsed(id, ImageId::parse)?;
            let image = image_record::read(&id, fields)?;
            records.extend(image.map(|image| exported_image(tenant, &image)));
        }
        Ok(stored
            .last()
            .filter(|_| stored.len() == BATCH)
            .map(|(_, ordinal, _)| ordinal.to_string()))
    }

    async fn export_albums(
        &self,
        tenant: &TenantId,
        after: Option<&str>,
        records: &mut Vec<Record>,
    ) -> Result<Option<String>, CatalogueError> {
        let script = &scripts::EXPORT_ALBUMS;
        let mut export = script.prepare_invoke();
        export
            .arg(tenant.as_str())
            .arg(after.unwrap_or("-inf"))
            .arg(ALBUM_BATCH);
        let stored: Vec<(String, i64, Fields, Vec<String>)> =
            self.connection.script(&export).await?;
        for (id, _, fields, images) in &stored {
            records.push(Record::Album {
                tenant: tenant.to_string(),
                id: id.clone(),
                title: text(fields, "title")?,
                cover: fields.get("cover").cloned(),
                images: images.clone(),
                created_by: text(fields, "created_by")?,
                created_at: number(fields, "created_at")?,
            });
        }
        Ok(stored
            .last()
            .filter(|_| stored.len() == ALBUM_BATCH)
            .map(|(_, ordinal, ..)| ordinal.to_string()))
    }

    async fn export_shares(
        &self,
        tenant: &TenantId,
        after: Option<&str>,
        records: &mut Vec<Record>,
    ) -> Result<Option<String>, CatalogueError> {
        let script = &scripts::EXPORT_SHARES;
        let mut export = script.prepare_invoke();
        export
            .arg(tenant.as_str())
            .arg(after.map_or("-".to_owned(), |secret| format!("({secret}")))
            .arg(BATCH);
        let stored: Vec<(String, HashMap<String, String>)> =
            self.connection.script(&export).await?;
        for (secret, fields) in &stored {
            let time = |name| fields.get(name).map(|_| number(fields, name)).transpose();
            records.push(Record::Share {
                tenant: tenant.to_string(),
                secret: secret.clone(),
                image: fields.get("image").cloned(),
                album: fields.get("album").cloned(),
                until: time("until")?,
                created_by: text(fields, "created_by")?,
                created_at: number(fields, "created_at")?,
                revoked_at: time("revoked_at")?,
            });
        }
        Ok(stored
            .last()
            .filter(|_| stored.len() == BATCH)
            .map(|(secret, _)| secret.clone()))
    }
}

fn exported_image(tenant: &TenantId, image: &ImageRecord) -> Record {
    Record::Image {
        tenant: tenant.to_string(),
        id: image.id.to_string(),
        digest: image.digest.hex(),
        media_type: image.media_type.as_str().to_owned(),
        bytes: image.bytes,
        width: image.width,
        height: image.height,
        thumbnail_type: image.thumbnail_type.as_str().to_owned(),
        placeholder: image.placeholder.encode(),
        title: image.title.as_str().to_owned(),
        tags: image.tags.texts().into_iter().map(str::to_owned).collect(),
        uploaded_by: image.uploaded_by.to_string(),
        uploaded_at: to_millis(image.uploaded_at),
        deleted_at: image.deleted_at.map(to_millis),
    }
}

fn user(name: &str) -> Result<Username, CatalogueError> {
    parsed(name, Username::parse)
}

fn tenant(name: &str) -> Result<TenantId, CatalogueError> {
    parsed(name, TenantId::parse)
}

fn text(fields: &Fields, name: &str) -> Result<String, CatalogueError> {
    let value = fields.get(name).cloned();
    value.ok_or_else(|| CatalogueError::Damaged(format!("a record without {name}")))
}

fn number(fields: &Fields, name: &str) -> Result<i64, CatalogueError> {
    parsed(&text(fields, name)?, str::parse)
}
