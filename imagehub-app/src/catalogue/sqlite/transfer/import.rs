//! Writing one record, unless it is there already.

use rusqlite::{Connection, params};

use super::super::super::{CatalogueError, Record, Result};
use super::super::{image_row, invite_links, shares, tokens};
use crate::domain::timestamp::to_millis;

pub(super) fn write(db: &Connection, record: &Record) -> Result<()> {
    match record {
        Record::SigningKey(key) => {
            db.prepare_cached(
                "INSERT INTO signing_keys (kid, public_key, last_use, listed_until)
                 VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
            )?
            .execute(params![
                key.kid,
                key.public_key,
                to_millis(key.last_use),
                to_millis(key.listed_until),
            ])?;
        }
        Record::User {
            name,
            password_hash,
            created_at,
            generation,
        } => {
            if let Some(hash) = password_hash {
                db.prepare_cached(
                    "INSERT INTO users (name, password_hash, created_at) VALUES (?1, ?2, ?3)
                     ON CONFLICT DO NOTHING",
                )?
                .execute(params![name.as_str(), hash, to_millis(*created_at)])?;
            }
            let generation = i64::try_from(*generation)
                .map_err(|_| CatalogueError::Damaged(format!("generation {generation}")))?;
            if generation > 0 {
                // Never shrinks, so that no session that was ended is good again.
                db.prepare_cached(
                    "INSERT INTO session_generations (user, generation) VALUES (?1, ?2)
                     ON CONFLICT DO UPDATE SET generation = max(generation, excluded.generation)",
                )?
                .execute(params![name.as_str(), generation])?;
            }
        }
        Record::Tenant(tenant) => {
            db.prepare_cached(
                "INSERT INTO tenants (name, plan, created_at, keep_metadata)
                 VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
            )?
            .execute(params![
                tenant.name.as_str(),
                tenant.plan.as_str(),
                to_millis(tenant.created_at),
                tenant.keep_metadata,
            ])?;
        }
        Record::Membership { tenant, member } => {
            db.prepare_cached(
                "INSERT INTO memberships (tenant, user, role, since)
                 SELECT tenants.name, users.name, ?3, ?4 FROM tenants JOIN users
                 WHERE tenants.name = ?1 AND users.name = ?2 ON CONFLICT DO NOTHING",
            )?
            .execute(params![
                tenant.as_str(),
                member.user.as_str(),
                member.role.as_str(),
                to_millis(member.since),
            ])?;
        }
        Record::Invitation(invitation) => {
            db.prepare_cached(
                "INSERT INTO invitations (tenant, user, role, invited_at)
                 SELECT tenants.name, users.name, ?3, ?4 FROM tenants JOIN users
                 WHERE tenants.name = ?1 AND users.name = ?2 ON CONFLICT DO NOTHING",
            )?
            .execute(params![
                invitation.tenant.as_str(),
                invitation.user.as_str(),
                invitation.role.as_str(),
                to_millis(invitation.invited_at),
            ])?;
        }
        Record::InviteLink { tenant, link } => invite_links::write(db, tenant, link)?,
        Record::Token { user, token } => tokens::write(db, user, token)?,
        Record::Image { tenant, image } => {
            image_row::write(db, tenant, image)?;
        }
        Record::Album {
            tenant,
            album,
            cover,
            images,
        } => {
            let written = db
                .prepare_cached(
                    "INSERT INTO albums (tenant, id, title, cover, created_by, created_at)
                     SELECT name, ?2, ?3, ?4, ?5, ?6 FROM tenants WHERE name = ?1
                     ON CONFLICT DO NOTHING",
                )?
                .execute(params![
                    tenant.as_str(),
                    album.id.as_str(),
                    album.title.as_str(),
                    cover.as_ref().map(|id| id.as_str()),
                    album.created_by.as_str(),
                    to_millis(album.created_at),
                ])?;
            if written > 0 {
                let ordinal = db.last_insert_rowid();
                let mut put = db.prepare_cached(
                    "INSERT INTO album_images (album, deleted, ordinal, taken_order)
                     SELECT ?1, deleted_at IS NOT NULL, ordinal, taken_order FROM images
                     WHERE tenant = ?2 AND id = ?3 ON CONFLICT DO NOTHING",
                )?;
                for image in images {
                    put.execute(params![ordinal, tenant.as_str(), image.as_str()])?;
                }
            }
        }
        Record::Share { tenant, share } => shares::write(db, tenant, share)?,
    }
    Ok(())
}
