//! What an import does with each record. A record of something that is not there is skipped: it
//! came to be while the export was under way, after that part of it was done.

use imagehub_policy::{TenantId, Username};
use redis::ScriptInvocation;

use super::super::codec::search_text;
use super::super::{PublishedKey, Record, Result};
use super::{RedisCatalogue, image_record, keys, refusal, scripts};
use crate::domain::timestamp::to_millis;
use crate::domain::{
    ApiToken, Audience, Digest, ImageId, ImageRecord, InviteLink, NewAlbum, Share, ShareTarget,
};

impl RedisCatalogue {
    pub(super) async fn import_record(&self, record: &Record) -> Result<()> {
        match record {
            Record::SigningKey(key) => self.import_key(key).await,
            Record::User {
                name,
                password_hash,
                created_at,
                generation,
            } => {
                self.imported(
                    scripts::IMPORT_USER
                        .arg(name.as_str())
                        .arg(password_hash.as_deref().unwrap_or(""))
                        .arg(to_millis(*created_at))
                        .arg(*generation),
                )
                .await
            }
            Record::Tenant(tenant) => {
                self.imported(
                    scripts::IMPORT_TENANT
                        .arg(tenant.name.as_str())
                        .arg(tenant.plan.as_str())
                        .arg(to_millis(tenant.created_at))
                        .arg(u8::from(tenant.keep_metadata)),
                )
                .await
            }
            Record::Membership { tenant, member } => {
                let role = format!("{} {}", member.role.as_str(), to_millis(member.since));
                self.import_role("member", tenant, &member.user, role).await
            }
            Record::Invitation(offer) => {
                let role = format!("{} {}", offer.role.as_str(), to_millis(offer.invited_at));
                self.import_role("invitation", &offer.tenant, &offer.user, role)
                    .await
            }
            Record::InviteLink { tenant, link } => self.import_invite_link(tenant, link).await,
            Record::Token { user, token } => self.import_token(user, token).await,
            Record::Image { tenant, image } => self.import_image(tenant, image).await,
            Record::Album {
                tenant,
                album,
                cover,
                images,
            } => {
                self.import_album(tenant, album, cover.as_ref(), images)
                    .await
            }
            Record::Share { tenant, share } => self.import_share(tenant, share).await,
        }
    }

    async fn import_key(&self, key: &PublishedKey) -> Result<()> {
        let (last_use, listed_until) = (to_millis(key.last_use), to_millis(key.listed_until));
        let public_key = Digest::new(key.public_key).hex();
        self.command(
            redis::cmd("HSETNX")
                .arg(keys::signing_keys())
                .arg(&key.kid)
                .arg(format!("{public_key} {last_use} {listed_until}")),
        )
        .await
    }

    async fn import_role(
        &self,
        kind: &str,
        tenant: &TenantId,
        user: &Username,
        role: String,
    ) -> Result<()> {
        self.imported(
            scripts::IMPORT_ROLE
                .arg(kind)
                .arg(tenant.as_str())
                .arg(user.as_str())
                .arg(role),
        )
        .await
    }

    async fn import_invite_link(&self, tenant: &TenantId, link: &InviteLink) -> Result<()> {
        self.imported(
            scripts::IMPORT_INVITE_LINK
                .arg(tenant.as_str())
                .arg(link.secret.as_str())
                .arg(to_millis(link.created_at))
                .arg(&["role", link.role.as_str()])
                .arg(&["created_by", link.created_by.as_str()])
                .arg("until")
                .arg(to_millis(link.until)),
        )
        .await
    }

    async fn import_token(&self, user: &Username, token: &ApiToken) -> Result<()> {
        let mut import = scripts::IMPORT_TOKEN.prepare_invoke();
        import
            .arg(user.as_str())
            .arg(&token.jti)
            .arg(token.tenant.as_str())
            .arg(to_millis(token.created_at))
            .arg(&["name", token.name.as_str(), "role", token.role.as_str()])
            .arg("expires_at")
            .arg(to_millis(token.expires_at));
        if let Some(last_use) = token.last_use {
            import.arg("last_use").arg(to_millis(last_use));
        }
        self.imported(&import).await
    }

    async fn import_image(&self, tenant: &TenantId, image: &ImageRecord) -> Result<()> {
        let deleted_at = image.deleted_at.map(|at| to_millis(at).to_string());
        let mut import = scripts::IMPORT_IMAGE.prepare_invoke();
        import
            .arg(tenant.as_str())
            .arg(image.id.as_str())
            .arg(image.digest.hex())
            .arg(deleted_at.as_deref().unwrap_or(""))
            .arg(search_text(image));
        for (field, value) in image_record::write(image) {
            import.arg(field).arg(value);
        }
        self.imported(&import).await
    }

    async fn import_album(
        &self,
        tenant: &TenantId,
        album: &NewAlbum,
        cover: Option<&ImageId>,
        images: &[ImageId],
    ) -> Result<()> {
        let mut import = scripts::IMPORT_ALBUM.prepare_invoke();
        import
            .arg(tenant.as_str())
            .arg(album.id.as_str())
            .arg(cover.map_or("", ImageId::as_str))
            .arg(album.title.as_str())
            .arg(album.created_by.as_str())
            .arg(to_millis(album.created_at));
        for image in images {
            import.arg(image.as_str());
        }
        self.imported(&import).await
    }

    async fn import_share(&self, tenant: &TenantId, share: &Share) -> Result<()> {
        let (kind, id) = match &share.target {
            ShareTarget::Image(id) => ("image", id),
            ShareTarget::Album(id) => ("album", id),
        };
        let until = match share.audience {
            Audience::Tenant => None,
            Audience::Anyone { until } => Some(to_millis(until).to_string()),
        };
        let revoked_at = share.revoked_at.map(|at| to_millis(at).to_string());
        let mut import = scripts::IMPORT_SHARE.prepare_invoke();
        import
            .arg(tenant.as_str())
            .arg(share.secret.as_str())
            .arg(kind)
            .arg(id.as_str())
            .arg(until.as_deref().unwrap_or("+inf"))
            .arg(to_millis(share.created_at))
            .arg(revoked_at.as_deref().unwrap_or(""))
            .arg(&["created_by", share.created_by.as_str()]);
        if let Some(until) = &until {
            import.arg(&["until", until]);
        }
        self.imported(&import).await
    }

    async fn imported(&self, import: &ScriptInvocation<'_>) -> Result<()> {
        match self.script::<String>(import).await?.as_str() {
            "done" | "skipped" => Ok(()),
            other => Err(refusal(other)),
        }
    }
}
