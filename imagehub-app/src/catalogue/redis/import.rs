//! What an import does with each record. A record of something that is not there is skipped: it
//! came to be while the export was under way, after that part of it was done.

use imagehub_policy::{Plan, Role, TenantId, Username};
use redis::ScriptInvocation;

use super::super::moment::from_millis;
use super::super::stored::parsed;
use super::super::{
    AlbumId, AlbumTitle, CatalogueError, Digest, ImageId, LinkSecret, MediaType, NewImage,
    Placeholder, Record, Tags, Title, TokenName,
};
use super::{RedisCatalogue, image_record, keys, refusal, scripts};

impl RedisCatalogue {
    pub(super) async fn import_record(&self, record: &Record) -> Result<(), CatalogueError> {
        match record {
            Record::SigningKey { .. } => self.import_key(record).await,
            Record::User { .. } | Record::Tenant { .. } => self.import_named(record).await,
            Record::Membership { .. } | Record::Invitation { .. } => self.import_role(record).await,
            Record::InviteLink { .. } | Record::Token { .. } => self.import_access(record).await,
            Record::Image { .. } => self.import_image(record).await,
            Record::Album { .. } => self.import_album(record).await,
            Record::Share { .. } => self.import_share(record).await,
        }
    }

    async fn import_key(&self, record: &Record) -> Result<(), CatalogueError> {
        let Record::SigningKey {
            kid,
            public_key,
            last_use,
            listed_until,
        } = record
        else {
            return Ok(());
        };
        let public_key = parsed(public_key, |hex| Digest::from_hex(hex).ok_or(()))?;
        self.connection
            .command(
                redis::cmd("HSETNX")
                    .arg(keys::signing_keys())
                    .arg(kid)
                    .arg(format!("{} {last_use} {listed_until}", public_key.hex())),
            )
            .await
    }

    async fn import_named(&self, record: &Record) -> Result<(), CatalogueError> {
        let script = match record {
            Record::User { .. } => &scripts::IMPORT_USER,
            _ => &scripts::IMPORT_TENANT,
        };
        let mut import = script.prepare_invoke();
        match record {
            Record::User {
                name,
                password_hash,
                created_at,
                generation,
            } => import
                .arg(user(name)?.as_str())
                .arg(password_hash.as_deref().unwrap_or(""))
                .arg(created_at)
                .arg(generation),
            Record::Tenant {
                name,
                plan,
                created_at,
                keep_metadata,
            } => import
                .arg(tenant(name)?.as_str())
                .arg(parsed(plan, Plan::parse)?.as_str())
                .arg(created_at)
                .arg(u8::from(*keep_metadata)),
            _ => return Ok(()),
        };
        self.imported(&import).await
    }

    async fn import_role(&self, record: &Record) -> Result<(), CatalogueError> {
        let (kind, tenant_name, user_name, role, at) = match record {
            Record::Membership {
                tenant,
                user,
                role,
                since,
            } => ("member", tenant, user, role, since),
            Record::Invitation {
                tenant,
                user,
                role,
                invited_at,
            } => ("invitation", tenant, user, role, invited_at),
            _ => return Ok(()),
        };
        let script = &scripts::IMPORT_ROLE;
        let mut import = script.prepare_invoke();
        import
            .arg(kind)
            .arg(tenant(tenant_name)?.as_str())
            .arg(user(user_name)?.as_str())
            .arg(format!("{} {at}", checked_role(role)?));
        self.imported(&import).await
    }

    /// Imports an invite link or an API token.
    async fn import_access(&self, record: &Record) -> Result<(), CatalogueError> {
        let script = match record {
            Record::InviteLink { .. } => &scripts::IMPORT_INVITE_LINK,
            _ => &scripts::IMPORT_TOKEN,
        };
        let mut import = script.prepare_invoke();
        match record {
            Record::InviteLink {
                tenant: tenant_name,
                secret,
                role,
                created_by,
                created_at,
                until,
            } => import
                .arg(tenant(tenant_name)?.as_str())
                .arg(parsed(secret, LinkSecret::parse)?.as_str())
                .arg(created_at)
                .arg(&["role", checked_role(role)?])
                .arg(&["created_by", user(created_by)?.as_str()])
                .arg("until")
                .arg(until),
            Record::Token {
                user: user_name,
                jti,
                name,
                tenant: tenant_name,
                role,
                created_at,
                expires_at,
                last_use,
            } => {
                import
                    .arg(user(user_name)?.as_str())
                    .arg(jti)
                    .arg(tenant(tenant_name)?.as_str())
                    .arg(created_at)
                    .arg(&["name", parsed(name, TokenName::parse)?.as_str()])
                    .arg(&["role", checked_role(role)?])
                    .arg("expires_at")
                    .arg(expires_at);
                if let Some(last_use) = last_use {
                    import.arg("last_use").arg(last_use);
                }
                &mut import
            }
            _ => return Ok(()),
        };
        self.imported(&import).await
    }

    async fn import_image(&self, record: &Record) -> Result<(), CatalogueError> {
        let Record::Image {
            tenant: tenant_name,
            id,
            digest,
            media_type,
            bytes,
            width,
            height,
            thumbnail_type,
            placeholder,
            title,
            tags,
            uploaded_by,
            uploaded_at,
            deleted_at,
        } = record
        else {
            return Ok(());
        };
        let format = |text: &str| parsed(text, |text| MediaType::parse(text).ok_or(()));
        let image = NewImage {
            id: parsed(id, ImageId::parse)?,
            tenant: tenant(tenant_name)?,
            digest: parsed(digest, |hex| Digest::from_hex(hex).ok_or(()))?,
            media_type: format(media_type)?,
            bytes: *bytes,
            width: *width,
            height: *height,
            thumbnail_type: format(thumbnail_type)?,
            placeholder: parsed(placeholder, |text| Placeholder::decode(text).ok_or(()))?,
            title: parsed(title, Title::parse)?,
            tags: Tags::parse(tags.iter().map(String::as_str))
                .map_err(|_| CatalogueError::Damaged(format!("tags of image {id}")))?,
            uploaded_by: user(uploaded_by)?,
            uploaded_at: from_millis(*uploaded_at)?,
        };
        let script = &scripts::IMPORT_IMAGE;
        let mut import = script.prepare_invoke();
        import
            .arg(image.tenant.as_str())
            .arg(image.id.as_str())
            .arg(image.digest.hex())
            .arg(deleted_at.map_or_else(String::new, |at| at.to_string()));
        for (field, value) in image_record::write(&image) {
            import.arg(field).arg(value);
        }
        self.imported(&import).await
    }

    async fn import_album(&self, record: &Record) -> Result<(), CatalogueError> {
        let Record::Album {
            tenant: tenant_name,
            id,
            title,
            cover,
            images,
            created_by,
            created_at,
        } = record
        else {
            return Ok(());
        };
        let title = parsed(title, AlbumTitle::parse)?;
        let created_by = user(created_by)?;
        let created_at = created_at.to_string();
        let mut fields = vec![
            ("title", title.as_str()),
            ("created_by", created_by.as_str()),
            ("created_at", created_at.as_str()),
        ];
        if let Some(cover) = cover {
            fields.push(("cover", cover));
        }
        let script = &scripts::IMPORT_ALBUM;
        let mut import = script.prepare_invoke();
        import
            .arg(tenant(tenant_name)?.as_str())
            .arg(parsed(id, AlbumId::parse)?.as_str())
            .arg(2 * fields.len());
        for (field, value) in fields {
            import.arg(field).arg(value);
        }
        for image in images {
            import.arg(image);
        }
        self.imported(&import).await
    }

    async fn import_share(&self, record: &Record) -> Result<(), CatalogueError> {
        let Record::Share {
            tenant: tenant_name,
            secret,
            image,
            album,
            until,
            created_by,
            created_at,
            revoked_at,
        } = record
        else {
            return Ok(());
        };
        let (kind, id) = match (image, album) {
            (Some(id), None) => ("image", id),
            (None, Some(id)) => ("album", id),
            _ => {
                let what = "a share link of an image or an album".to_owned();
                return Err(CatalogueError::Damaged(what));
            }
        };
        let until = until.map(|until| until.to_string());
        let script = &scripts::IMPORT_SHARE;
        let mut import = script.prepare_invoke();
        import
            .arg(tenant(tenant_name)?.as_str())
            .arg(parsed(secret, LinkSecret::parse)?.as_str())
            .arg(kind)
            .arg(parsed(id, ImageId::parse)?.as_str())
            .arg(until.as_deref().unwrap_or("+inf"))
            .arg(created_at)
            .arg(revoked_at.map_or_else(String::new, |at| at.to_string()))
            .arg(&["created_by", user(created_by)?.as_str()]);
        if let Some(until) = &until {
            import.arg(&["until", until]);
        }
        self.imported(&import).await
    }

    async fn imported(&self, import: &ScriptInvocation<'_>) -> Result<(), CatalogueError> {
        match self.connection.script::<String>(import).await?.as_str() {
            "done" | "skipped" => Ok(()),
            other => Err(refusal(other)),
        }
    }
}

fn user(name: &str) -> Result<Username, CatalogueError> {
    parsed(name, Username::parse)
}

fn tenant(name: &str) -> Result<TenantId, CatalogueError> {
    parsed(name, TenantId::parse)
}

/// A role's text, if it is one.
fn checked_role(role: &str) -> Result<&'static str, CatalogueError> {
    parsed(role, |text| Role::parse(text).map(Role::as_str).ok_or(()))
}
