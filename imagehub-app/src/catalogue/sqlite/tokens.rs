//! API tokens and sessions.

use async_trait::async_trait;
use imagehub_policy::{TenantId, Username};
use rusqlite::{Connection, Row, Transaction, params};
use time::OffsetDateTime;

use super::super::codec::{stored_role, stored_time};
use super::super::{CatalogueError, Result, Tokens};
use super::SqliteCatalogue;
use super::members::role_of;
use super::rows::{self, found, refuse_full, text};
use crate::domain::timestamp::to_millis;
use crate::domain::{ApiToken, MAX_TOKENS, TokenName};

/// A use is noted when the last note is this old, in milliseconds.
const NOTE_EVERY: i64 = 60_000;

/// What [`read`] reads.
pub(super) const COLUMNS: &str = "jti, name, tenant, role, created_at, expires_at, last_use";

/// Writes a token, unless it is there already or its user or tenant is not.
pub(super) fn write(db: &Connection, user: &Username, new: &ApiToken) -> Result<()> {
    db.execute(
        "INSERT INTO tokens (user, jti, name, tenant, role, created_at, expires_at, last_use)
         SELECT users.name, ?2, ?3, tenants.name, ?5, ?6, ?7, ?8 FROM users JOIN tenants
         WHERE users.name = ?1 AND tenants.name = ?4
         ON CONFLICT DO NOTHING",
        params![
            user.as_str(),
            new.jti,
            new.name.as_str(),
            new.tenant.as_str(),
            new.role.as_str(),
            to_millis(new.created_at),
            to_millis(new.expires_at),
            new.last_use.map(to_millis),
        ],
    )?;
    Ok(())
}

/// Reads a row of [`COLUMNS`].
pub(super) fn read(row: &Row<'_>) -> Result<ApiToken> {
    Ok(ApiToken {
        jti: row.get(0)?,
        name: text(row, 1, TokenName::parse)?,
        tenant: text(row, 2, TenantId::parse)?,
        role: stored_role(&row.get::<_, String>(3)?)?,
        created_at: stored_time(row.get(4)?)?,
        expires_at: stored_time(row.get(5)?)?,
        last_use: row.get::<_, Option<i64>>(6)?.map(stored_time).transpose()?,
    })
}

/// A change that a session began is refused when the session is over.
pub(super) fn refuse_signed_out(db: &Connection, user: &Username, generation: u64) -> Result<()> {
    if self::generation(db, user)? == generation {
        Ok(())
    } else {
        Err(CatalogueError::SignedOut)
    }
}

pub(super) fn generation(db: &Connection, user: &Username) -> Result<u64> {
    let query = "SELECT generation FROM session_generations WHERE user = ?1";
    let generation = rows::first(db, query, [user.as_str()], |row| Ok(row.get(0)?))?;
    Ok(generation.map_or(0, i64::unsigned_abs))
}

pub(super) fn sign_out_everywhere(db: &Transaction<'_>, user: &Username) -> Result<()> {
    db.execute(
        "INSERT INTO session_generations (user, generation) VALUES (?1, 1)
         ON CONFLICT DO UPDATE SET generation = generation + 1",
        [user.as_str()],
    )?;
    // Those that ended are of an older generation now.
    for part in ["tokens", "ended_sessions"] {
        db.execute(
            &format!("DELETE FROM {part} WHERE user = ?1"),
            [user.as_str()],
        )?;
    }
    Ok(())
}

#[async_trait]
impl Tokens for SqliteCatalogue {
    async fn create_token(&self, user: &Username, generation: u64, new: &ApiToken) -> Result<()> {
        let (user, new) = (user.clone(), new.clone());
        self.write(move |db| {
            refuse_signed_out(db, &user, generation)?;
            if role_of(db, &new.tenant, &user)?.is_none() {
                return Err(CatalogueError::NotFound);
            }
            let created_at = to_millis(new.created_at);
            db.execute(
                "DELETE FROM tokens WHERE user = ?1 AND expires_at <= ?2",
                params![user.as_str(), created_at],
            )?;
            refuse_full(
                db,
                "SELECT count(*) FROM tokens WHERE user = ?1",
                [user.as_str()],
                MAX_TOKENS,
            )?;
            write(db, &user, &new)
        })
        .await
    }

    async fn tokens_of(&self, user: &Username, now: OffsetDateTime) -> Result<Vec<ApiToken>> {
        let user = user.clone();
        self.read(move |db| {
            rows::all(
                db,
                &format!(
                    "SELECT {COLUMNS} FROM tokens
                     WHERE user = ?1 AND expires_at > ?2 ORDER BY created_at DESC, jti"
                ),
                (user.as_str(), to_millis(now)),
                read,
            )
        })
        .await
    }

    async fn revoke_token(&self, user: &Username, jti: &str) -> Result<()> {
        let (user, jti) = (user.clone(), jti.to_owned());
        self.write(move |db| {
            found(db.execute(
                "DELETE FROM tokens WHERE user = ?1 AND jti = ?2",
                (user.as_str(), jti),
            )?)
        })
        .await
    }

    async fn use_token(&self, user: &Username, jti: &str, now: OffsetDateTime) -> Result<bool> {
        let now = to_millis(now);
        let query = "SELECT last_use FROM tokens WHERE user = ?1 AND jti = ?2 AND expires_at > ?3";
        let of = (user.as_str(), jti, now);
        let last_use: Option<Option<i64>> =
            self.look_up(|db| rows::first(db, query, of, |row| Ok(row.get(0)?)))?;
        match last_use {
            None => Ok(false),
            Some(Some(noted)) if now.saturating_sub(noted) < NOTE_EVERY => Ok(true),
            Some(_) => {
                let (user, jti) = (user.clone(), jti.to_owned());
                self.write(move |db| {
                    let noted = db.execute(
                        "UPDATE tokens SET last_use = ?3
                         WHERE user = ?1 AND jti = ?2 AND expires_at > ?3",
                        (user.as_str(), jti, now),
                    )?;
                    Ok(noted > 0)
                })
                .await
            }
        }
    }

    async fn session_generation(&self, user: &Username) -> Result<u64> {
        self.look_up(|db| generation(db, user))
    }

    async fn is_session_good(&self, user: &Username, generation: u64, jti: &str) -> Result<bool> {
        self.look_up(|db| {
            // In this order, a sign-out between the two questions is not missed.
            let ended: bool = db
                .prepare_cached(
                    "SELECT EXISTS (SELECT 1 FROM ended_sessions WHERE user = ?1 AND jti = ?2)",
                )?
                .query_row((user.as_str(), jti), |row| row.get(0))?;
            Ok(!ended && self::generation(db, user)? == generation)
        })
    }

    async fn end_session(&self, user: &Username, jti: &str, until: OffsetDateTime) -> Result<()> {
        let (user, jti) = (user.clone(), jti.to_owned());
        self.write(move |db| {
            let now = to_millis(OffsetDateTime::now_utc());
            db.execute("DELETE FROM ended_sessions WHERE until <= ?1", [now])?;
            db.execute(
                "INSERT INTO ended_sessions (user, jti, until) VALUES (?1, ?2, ?3)
                 ON CONFLICT DO UPDATE SET until = max(until, excluded.until)",
                (user.as_str(), &jti, to_millis(until)),
            )?;
            Ok(())
        })
        .await
    }

    async fn sign_out_everywhere(&self, user: &Username) -> Result<()> {
        let user = user.clone();
        self.write(move |db| sign_out_everywhere(db, &user)).await
    }
}
