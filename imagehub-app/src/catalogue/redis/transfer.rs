//! The whole catalogue as records, one name after the other.

use std::collections::HashMap;

use async_trait::async_trait;
use imagehub_policy::{TenantId, Username};
use redis::{FromRedisValue, Script};
use tokio::sync::mpsc::Sender;

use super::super::codec::{parsed, stored_time};
use super::super::{
    CatalogueError, InviteLinks as _, Members as _, Record, Result, SigningKeys as _, Tenants as _,
    Tokens as _, Transfer, Users as _,
};
use super::image_record::{self, Fields};
use crate::domain::{AlbumId, AlbumTitle, ImageId, LinkSecret, NewAlbum};

use super::shares::read_share;
use super::{RedisCatalogue, keys, scripts};

/// Names, images or share links in one round trip.
const BATCH: usize = 200;

/// Albums in one round trip: each comes with all its images.
const ALBUM_BATCH: usize = 5;

#[async_trait]
impl Transfer for RedisCatalogue {
    async fn export(&self, records: Sender<Record>) -> Result<()> {
        // Nobody who receives any more is no failure.
        match self.export_all(&Records(records)).await {
            Err(Ended::Failed(error)) => Err(error),
            Ok(()) | Err(Ended::NobodyReceives) => Ok(()),
        }
    }

    async fn import(&self, records: &[Record]) -> Result<()> {
        for record in records {
            self.import_record(record).await?;
        }
        Ok(())
    }

    async fn is_empty(&self) -> Result<bool> {
        // Nothing is claimed: who asks may not mean this Redis.
        for names in [keys::users(), keys::tenants()] {
            let count = redis::Cmd::zcard(names);
            if self.unchecked_command::<u64>(&count).await? > 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Why an export ends early.
enum Ended {
    Failed(CatalogueError),
    NobodyReceives,
}

impl From<CatalogueError> for Ended {
    fn from(error: CatalogueError) -> Self {
        Self::Failed(error)
    }
}

struct Records(Sender<Record>);

impl Records {
    async fn send(&self, record: Record) -> Result<(), Ended> {
        let sent = self.0.send(record).await;
        sent.map_err(|_| Ended::NobodyReceives)
    }
}

impl RedisCatalogue {
    async fn export_all(&self, records: &Records) -> Result<(), Ended> {
        for key in self.live_keys(stored_time(0)?).await? {
            records.send(Record::SigningKey(key)).await?;
        }
        let users = self.names(&keys::users()).await?;
        for name in &users {
            self.export_user(user(name)?, records).await?;
        }
        for name in self.names(&keys::gone_users()).await? {
            let name = user(&name)?;
            let gone = Record::User {
                generation: self.session_generation(&name).await?,
                name,
                password_hash: None,
                created_at: stored_time(0)?,
            };
            records.send(gone).await?;
        }
        let names = self.names(&keys::tenants()).await?;
        let tenants = names.iter().map(|name| parsed(name, TenantId::parse));
        let tenants: Vec<TenantId> = tenants.collect::<Result<_, _>>()?;
        for tenant in &tenants {
            if let Some(tenant) = self.find_tenant(tenant).await? {
                records.send(Record::Tenant(tenant)).await?;
            }
        }
        for tenant in &tenants {
            self.export_people(tenant, records).await?;
        }
        for name in &users {
            let user = user(name)?;
            for token in self.tokens_of(&user, stored_time(0)?).await? {
                let user = user.clone();
                records.send(Record::Token { user, token }).await?;
            }
        }
        for tenant in &tenants {
            self.export_images(tenant, records).await?;
            self.export_albums(tenant, records).await?;
            self.export_shares(tenant, records).await?;
        }
        Ok(())
    }

    /// All names of a sorted set.
    async fn names(&self, set: &str) -> Result<Vec<String>> {
        let mut names: Vec<String> = Vec::new();
        loop {
            let from = names
                .last()
                .map_or("-".to_owned(), |last| format!("({last}"));
            let mut command = redis::cmd("ZRANGE");
            command.arg(set).arg(from).arg("+");
            command.arg(&["BYLEX", "LIMIT", "0"]).arg(BATCH);
            let some: Vec<String> = self.command(&command).await?;
            let more = some.len() == BATCH;
            names.extend(some);
            if !more {
                return Ok(names);
            }
        }
    }

    async fn export_user(&self, name: Username, records: &Records) -> Result<(), Ended> {
        let user = self.find_user(&name).await?;
        let password_hash: Option<String> = self.user_field(&name, "password_hash").await?;
        let generation = self.session_generation(&name).await?;
        // Between the questions the account may have been deleted.
        let (Some(user), Some(_)) = (user, &password_hash) else {
            return Ok(());
        };
        let record = Record::User {
            name,
            password_hash,
            created_at: user.created_at,
            generation,
        };
        records.send(record).await
    }

    async fn export_people(&self, tenant: &TenantId, records: &Records) -> Result<(), Ended> {
        for member in self.members(tenant).await? {
            let tenant = tenant.clone();
            records.send(Record::Membership { tenant, member }).await?;
        }
        for offer in self.invitations_to(tenant).await? {
            records.send(Record::Invitation(offer)).await?;
        }
        for link in self.invite_links(tenant, stored_time(0)?).await? {
            let tenant = tenant.clone();
            records.send(Record::InviteLink { tenant, link }).await?;
        }
        Ok(())
    }

    /// What a script tells of a tenant from after a place on, at most `batch`.
    async fn batch<T: FromRedisValue>(
        &self,
        script: &Script,
        tenant: &TenantId,
        after: &str,
        batch: usize,
    ) -> Result<Vec<T>> {
        let mut invocation = script.prepare_invoke();
        invocation.arg(tenant.as_str()).arg(after).arg(batch);
        self.script(&invocation).await
    }

    async fn export_images(&self, tenant: &TenantId, records: &Records) -> Result<(), Ended> {
        let mut after = "-inf".to_owned();
        loop {
            let script = &scripts::EXPORT_IMAGES;
            let stored: Vec<(String, i64, Fields)> =
                self.batch(script, tenant, &after, BATCH).await?;
            for (id, _, fields) in &stored {
                if let Some(image) = image_record::read(&parsed(id, ImageId::parse)?, fields)? {
                    let (tenant, image) = (tenant.clone(), Box::new(image));
                    records.send(Record::Image { tenant, image }).await?;
                }
            }
            match stored.last() {
                Some((_, ordinal, _)) if stored.len() == BATCH => after = ordinal.to_string(),
                _ => return Ok(()),
            }
        }
    }

    async fn export_albums(&self, tenant: &TenantId, records: &Records) -> Result<(), Ended> {
        let mut after = "-inf".to_owned();
        loop {
            let script = &scripts::EXPORT_ALBUMS;
            let stored: Vec<(String, i64, Fields, Vec<String>)> =
                self.batch(script, tenant, &after, ALBUM_BATCH).await?;
            for (id, _, fields, images) in &stored {
                let cover = fields.get("cover").map(|id| parsed(id, ImageId::parse));
                let images = images.iter().map(|id| parsed(id, ImageId::parse));
                let album = Record::Album {
                    tenant: tenant.clone(),
                    album: read_album(id, fields)?,
                    cover: cover.transpose()?,
                    images: images.collect::<Result<_, _>>()?,
                };
                records.send(album).await?;
            }
            match stored.last() {
                Some((_, ordinal, ..)) if stored.len() == ALBUM_BATCH => {
                    after = ordinal.to_string();
                }
                _ => return Ok(()),
            }
        }
    }

    async fn export_shares(&self, tenant: &TenantId, records: &Records) -> Result<(), Ended> {
        let mut after = "-".to_owned();
        loop {
            let script = &scripts::EXPORT_SHARES;
            let stored: Vec<(String, HashMap<String, String>)> =
                self.batch(script, tenant, &after, BATCH).await?;
            for (secret, fields) in &stored {
                let tenant = tenant.clone();
                let share = read_share(parsed(secret, LinkSecret::parse)?, fields)?;
                records.send(Record::Share { tenant, share }).await?;
            }
            match stored.last() {
                Some((secret, _)) if stored.len() == BATCH => after = format!("({secret}"),
                _ => return Ok(()),
            }
        }
    }
}

fn read_album(id: &str, fields: &Fields) -> Result<NewAlbum> {
    let text = |name: &str| {
        let value = fields.get(name).map(String::as_str);
        value.ok_or_else(|| CatalogueError::Damaged(format!("album {id}: {name}")))
    };
    Ok(NewAlbum {
        id: parsed(id, AlbumId::parse)?,
        title: parsed(text("title")?, AlbumTitle::parse)?,
        created_by: user(text("created_by")?)?,
        created_at: stored_time(parsed(text("created_at")?, str::parse)?)?,
    })
}

fn user(name: &str) -> Result<Username> {
    parsed(name, Username::parse)
}
