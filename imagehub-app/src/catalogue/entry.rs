//! The records of a transfer with their fields read into types.

use imagehub_policy::{Plan, TenantId, Username};
use time::OffsetDateTime;

use super::moment::{from_millis, to_millis};
use super::stored::{parsed, stored_role};
use super::{
    AlbumId, AlbumTitle, ApiToken, Audience, CatalogueError, Digest, ImageId, ImageRecord,
    Invitation, InviteLink, LinkSecret, MediaType, Member, NewAlbum, Placeholder, PublishedKey,
    Record, Share, ShareTarget, Tags, TenantRecord, Title, TokenName,
};

/// A [`Record`] whose fields keep their rules.
#[derive(Debug, Clone)]
pub(super) enum Entry {
    SigningKey(PublishedKey),
    User {
        name: Username,
        password_hash: Option<String>,
        created_at: OffsetDateTime,
        generation: u64,
    },
    Tenant(TenantRecord),
    Membership(TenantId, Member),
    Invitation(Invitation),
    InviteLink(TenantId, InviteLink),
    Token(Username, ApiToken),
    Image(TenantId, ImageRecord),
    Album {
        tenant: TenantId,
        album: NewAlbum,
        cover: Option<ImageId>,
        images: Vec<ImageId>,
    },
    Share(TenantId, Share),
}

impl From<Entry> for Record {
    fn from(entry: Entry) -> Self {
        match entry {
            Entry::SigningKey(key) => Self::SigningKey {
                kid: key.kid,
                public_key: Digest::new(key.public_key).hex(),
                last_use: to_millis(key.last_use),
                listed_until: to_millis(key.listed_until),
            },
            Entry::User {
                name,
                password_hash,
                created_at,
                generation,
            } => Self::User {
                name: name.to_string(),
                password_hash,
                created_at: to_millis(created_at),
                generation,
            },
            Entry::Tenant(tenant) => Self::Tenant {
                name: tenant.name.to_string(),
                plan: tenant.plan.as_str().to_owned(),
                created_at: to_millis(tenant.created_at),
                keep_metadata: tenant.keep_metadata,
            },
            Entry::Membership(tenant, member) => Self::Membership {
                tenant: tenant.to_string(),
                user: member.user.to_string(),
                role: member.role.as_str().to_owned(),
                since: to_millis(member.since),
            },
            Entry::Invitation(invitation) => Self::Invitation {
                tenant: invitation.tenant.to_string(),
                user: invitation.user.to_string(),
                role: invitation.role.as_str().to_owned(),
                invited_at: to_millis(invitation.invited_at),
            },
            Entry::InviteLink(tenant, link) => Self::InviteLink {
                tenant: tenant.to_string(),
                secret: link.secret.as_str().to_owned(),
                role: link.role.as_str().to_owned(),
                created_by: link.created_by.to_string(),
                created_at: to_millis(link.created_at),
                until: to_millis(link.until),
            },
            Entry::Token(user, token) => Self::Token {
                user: user.to_string(),
                jti: token.jti,
                name: token.name.as_str().to_owned(),
                tenant: token.tenant.to_string(),
                role: token.role.as_str().to_owned(),
                created_at: to_millis(token.created_at),
                expires_at: to_millis(token.expires_at),
                last_use: token.last_use.map(to_millis),
            },
            Entry::Image(tenant, image) => Self::Image {
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
            },
            Entry::Album {
                tenant,
                album,
                cover,
                images,
            } => Self::Album {
                tenant: tenant.to_string(),
                id: album.id.to_string(),
                title: album.title.as_str().to_owned(),
                cover: cover.map(|id| id.to_string()),
                images: images.iter().map(ImageId::to_string).collect(),
                created_by: album.created_by.to_string(),
                created_at: to_millis(album.created_at),
            },
            Entry::Share(tenant, share) => {
                let (image, album) = match share.target {
                    ShareTarget::Image(id) => (Some(id.to_string()), None),
                    ShareTarget::Album(id) => (None, Some(id.to_string())),
                };
                Self::Share {
                    tenant: tenant.to_string(),
                    secret: share.secret.as_str().to_owned(),
                    image,
                    album,
                    until: match share.audience {
                        Audience::Tenant => None,
                        Audience::Anyone { until } => Some(to_millis(until)),
                    },
                    created_by: share.created_by.to_string(),
                    created_at: to_millis(share.created_at),
                    revoked_at: share.revoked_at.map(to_millis),
                }
            }
        }
    }
}

/// [`CatalogueError::Damaged`] if a field breaks its rule.
impl TryFrom<&Record> for Entry {
    type Error = CatalogueError;

    fn try_from(record: &Record) -> Result<Self, CatalogueError> {
        Ok(match record {
            Record::SigningKey {
                kid,
                public_key,
                last_use,
                listed_until,
            } => Self::SigningKey(PublishedKey {
                kid: kid.clone(),
                public_key: digest(public_key)?.sha256(),
                last_use: from_millis(*last_use)?,
                listed_until: from_millis(*listed_until)?,
            }),
            Record::User {
                name,
                password_hash,
                created_at,
                generation,
            } => Self::User {
                name: user(name)?,
                password_hash: password_hash.clone(),
                created_at: from_millis(*created_at)?,
                generation: *generation,
            },
            Record::Tenant {
                name,
                plan,
                created_at,
                keep_metadata,
            } => Self::Tenant(TenantRecord {
                name: tenant(name)?,
                plan: parsed(plan, Plan::parse)?,
                created_at: from_millis(*created_at)?,
                keep_metadata: *keep_metadata,
            }),
            Record::Membership {
                tenant: of,
                user: member,
                role,
                since,
            } => Self::Membership(
                tenant(of)?,
                Member {
                    user: user(member)?,
                    role: stored_role(role)?,
                    since: from_millis(*since)?,
                },
            ),
            Record::Invitation {
                tenant: to,
                user: invited,
                role,
                invited_at,
            } => Self::Invitation(Invitation {
                tenant: tenant(to)?,
                user: user(invited)?,
                role: stored_role(role)?,
                invited_at: from_millis(*invited_at)?,
            }),
            Record::InviteLink {
                tenant: to,
                secret,
                role,
                created_by,
                created_at,
                until,
            } => Self::InviteLink(
                tenant(to)?,
                InviteLink {
                    secret: parsed(secret, LinkSecret::parse)?,
                    role: stored_role(role)?,
                    created_by: user(created_by)?,
                    created_at: from_millis(*created_at)?,
                    until: from_millis(*until)?,
                },
            ),
            Record::Token { .. } => token(record)?,
            Record::Image { .. } => image(record)?,
            Record::Album {
                tenant: of,
                id,
                title,
                cover,
                images,
                created_by,
                created_at,
            } => Self::Album {
                tenant: tenant(of)?,
                album: NewAlbum {
                    id: parsed(id, AlbumId::parse)?,
                    title: parsed(title, AlbumTitle::parse)?,
                    created_by: user(created_by)?,
                    created_at: from_millis(*created_at)?,
                },
                cover: cover.as_deref().map(image_id).transpose()?,
                images: images
                    .iter()
                    .map(|id| image_id(id))
                    .collect::<Result<_, _>>()?,
            },
            Record::Share { .. } => share(record)?,
        })
    }
}

fn token(record: &Record) -> Result<Entry, CatalogueError> {
    let Record::Token {
        user: of,
        jti,
        name,
        tenant: scope,
        role,
        created_at,
        expires_at,
        last_use,
    } = record
    else {
        return Err(CatalogueError::Damaged("not a token".to_owned()));
    };
    let token = ApiToken {
        jti: jti.clone(),
        name: parsed(name, TokenName::parse)?,
        tenant: tenant(scope)?,
        role: stored_role(role)?,
        created_at: from_millis(*created_at)?,
        expires_at: from_millis(*expires_at)?,
        last_use: last_use.map(from_millis).transpose()?,
    };
    Ok(Entry::Token(user(of)?, token))
}

fn image(record: &Record) -> Result<Entry, CatalogueError> {
    let Record::Image {
        tenant: of,
        id,
        digest: hex,
        media_type: format,
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
        return Err(CatalogueError::Damaged("not an image".to_owned()));
    };
    let image = ImageRecord {
        id: image_id(id)?,
        digest: digest(hex)?,
        media_type: media_type(format)?,
        bytes: *bytes,
        width: *width,
        height: *height,
        thumbnail_type: media_type(thumbnail_type)?,
        placeholder: parsed(placeholder, |text| Placeholder::decode(text).ok_or(()))?,
        title: parsed(title, Title::parse)?,
        tags: Tags::parse(tags.iter().map(String::as_str))
            .map_err(|_| CatalogueError::Damaged(format!("{tags:?}")))?,
        uploaded_by: user(uploaded_by)?,
        uploaded_at: from_millis(*uploaded_at)?,
        deleted_at: deleted_at.map(from_millis).transpose()?,
    };
    Ok(Entry::Image(tenant(of)?, image))
}

fn share(record: &Record) -> Result<Entry, CatalogueError> {
    let Record::Share {
        tenant: of,
        secret,
        image,
        album,
        until,
        created_by,
        created_at,
        revoked_at,
    } = record
    else {
        return Err(CatalogueError::Damaged("not a share link".to_owned()));
    };
    let share = Share {
        secret: parsed(secret, LinkSecret::parse)?,
        target: match (image, album) {
            (Some(id), None) => ShareTarget::Image(image_id(id)?),
            (None, Some(id)) => ShareTarget::Album(parsed(id, AlbumId::parse)?),
            _ => return Err(CatalogueError::Damaged("a link to nothing".to_owned())),
        },
        audience: match until {
            None => Audience::Tenant,
            Some(until) => Audience::Anyone {
                until: from_millis(*until)?,
            },
        },
        created_by: user(created_by)?,
        created_at: from_millis(*created_at)?,
        revoked_at: revoked_at.map(from_millis).transpose()?,
    };
    Ok(Entry::Share(tenant(of)?, share))
}

fn user(text: &str) -> Result<Username, CatalogueError> {
    parsed(text, Username::parse)
}

fn tenant(text: &str) -> Result<TenantId, CatalogueError> {
    parsed(text, TenantId::parse)
}

fn image_id(text: &str) -> Result<ImageId, CatalogueError> {
    parsed(text, ImageId::parse)
}

fn digest(hex: &str) -> Result<Digest, CatalogueError> {
    parsed(hex, |hex| Digest::from_hex(hex).ok_or(()))
}

fn media_type(text: &str) -> Result<MediaType, CatalogueError> {
    parsed(text, |text| MediaType::parse(text).ok_or(()))
}
