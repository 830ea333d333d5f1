//! What is exported of one name.

use std::collections::HashMap;

use imagehub_policy::{TenantId, Username};

use super::super::entry::Entry;
use super::super::moment::from_millis;
use super::super::stored::parsed;
use super::super::{
    AlbumId, AlbumTitle, CatalogueError, ImageId, InviteLinks as _, LinkSecret, NewAlbum,
    Tokens as _,
};
use super::image_record::{self, Fields};
use super::shares::read_share;
use super::transfer::Stage;
use super::{RedisCatalogue, scripts};

/// Images or share links of a tenant in one round trip.
const BATCH: usize = 200;

/// Albums of a tenant in one round trip: each comes with all its images.
const ALBUM_BATCH: usize = 5;

impl RedisCatalogue {
    pub(super) async fn exported_keys(&self) -> Result<Vec<Entry>, CatalogueError> {
        let keys = self.listed_keys(from_millis(0)?).await?;
        Ok(keys.into_iter().map(Entry::SigningKey).collect())
    }

    /// Exports what a stage has of a name, from after a place on, and answers the place to go on
    /// after, if there may be more.
    pub(super) async fn export_of(
        &self,
        stage: Stage,
        name: &str,
        after: Option<&str>,
        entries: &mut Vec<Entry>,
    ) -> Result<Option<String>, CatalogueError> {
        match stage {
            Stage::SigningKeys => {}
            Stage::Users => entries.extend(self.exported_user(user(name)?).await?),
            Stage::GoneUsers => entries.push(self.exported_gone_user(user(name)?).await?),
            Stage::Tenants => {
                entries.extend(self.tenant(&tenant(name)?).await?.map(Entry::Tenant));
            }
            Stage::Roles => entries.extend(self.exported_roles(&tenant(name)?).await?),
            Stage::InviteLinks => {
                let tenant = tenant(name)?;
                let links = self.invite_links(&tenant, from_millis(0)?).await?;
                let entry = |link| Entry::InviteLink(tenant.clone(), link);
                entries.extend(links.into_iter().map(entry));
            }
            Stage::Tokens => {
                let user = user(name)?;
                let tokens = self.tokens_of(&user, from_millis(0)?).await?;
                let entry = |token| Entry::Token(user.clone(), token);
                entries.extend(tokens.into_iter().map(entry));
            }
            Stage::Images => return self.export_images(&tenant(name)?, after, entries).await,
            Stage::Albums => return self.export_albums(&tenant(name)?, after, entries).await,
            Stage::Shares => return self.export_shares(&tenant(name)?, after, entries).await,
        }
        Ok(None)
    }

    async fn exported_user(&self, name: Username) -> Result<Option<Entry>, CatalogueError> {
        let user = self.user(&name).await?;
        let password_hash: Option<String> = self.user_field(&name, "password_hash").await?;
        let generation = self.session_generation(&name).await?;
        // Between the questions the account may have been deleted.
        let (Some(user), Some(_)) = (user, &password_hash) else {
            return Ok(None);
        };
        Ok(Some(Entry::User {
            name,
            password_hash,
            created_at: user.created_at,
            generation,
        }))
    }

    async fn exported_gone_user(&self, name: Username) -> Result<Entry, CatalogueError> {
        let generation = self.session_generation(&name).await?;
        Ok(Entry::User {
            name,
            password_hash: None,
            created_at: from_millis(0)?,
            generation,
        })
    }

    async fn exported_roles(&self, tenant: &TenantId) -> Result<Vec<Entry>, CatalogueError> {
        let members = self.member_list(tenant).await?;
        let members = members
            .into_iter()
            .map(|member| Entry::Membership(tenant.clone(), member));
        let offers = self.offers_of(tenant).await?;
        Ok(members
            .chain(offers.into_iter().map(Entry::Invitation))
            .collect())
    }

    async fn export_images(
        &self,
        tenant: &TenantId,
        after: Option<&str>,
        entries: &mut Vec<Entry>,
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
            entries.extend(image.map(|image| Entry::Image(tenant.clone(), image)));
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
        entries: &mut Vec<Entry>,
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
            entries.push(Entry::Album {
                tenant: tenant.clone(),
                album: read_album(id, fields)?,
                cover: fields
                    .get("cover")
                    .map(|id| parsed(id, ImageId::parse))
                    .transpose()?,
                images: images
                    .iter()
                    .map(|id| parsed(id, ImageId::parse))
                    .collect::<Result<_, _>>()?,
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
        entries: &mut Vec<Entry>,
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
            let share = read_share(parsed(secret, LinkSecret::parse)?, fields)?;
            entries.push(Entry::Share(tenant.clone(), share));
        }
        Ok(stored
            .last()
            .filter(|_| stored.len() == BATCH)
            .map(|(secret, _)| secret.clone()))
    }
}

fn read_album(id: &str, fields: &Fields) -> Result<NewAlbum, CatalogueError> {
    let text = |name: &str| {
        let value = fields.get(name).map(String::as_str);
        value.ok_or_else(|| CatalogueError::Damaged(format!("album {id}: {name}")))
    };
    Ok(NewAlbum {
        id: parsed(id, AlbumId::parse)?,
        title: parsed(text("title")?, AlbumTitle::parse)?,
        created_by: user(text("created_by")?)?,
        created_at: from_millis(parsed(text("created_at")?, str::parse)?)?,
    })
}

fn user(name: &str) -> Result<Username, CatalogueError> {
    parsed(name, Username::parse)
}

fn tenant(name: &str) -> Result<TenantId, CatalogueError> {
    parsed(name, TenantId::parse)
}
