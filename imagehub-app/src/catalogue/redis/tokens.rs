//! API tokens and sessions.

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use imagehub_policy::{TenantId, Username};
use time::OffsetDateTime;

use super::super::codec::{parsed, stored_role, stored_time};
use super::super::{CatalogueError, Result, Tokens};
use super::{RedisCatalogue, keys, scripts};
use crate::domain::timestamp::to_millis;
use crate::domain::{ApiToken, MAX_TOKENS, TokenName};

/// A use is noted when the last note is this old.
const NOTE_EVERY: Duration = Duration::from_secs(60);

/// An ended session is remembered at least this long, should Redis's clock and the application's
/// differ.
const REMEMBER: Duration = Duration::from_secs(60 * 60);

#[async_trait]
impl Tokens for RedisCatalogue {
    async fn create_token(&self, user: &Username, generation: u64, new: &ApiToken) -> Result<()> {
        let mut create = scripts::CREATE_TOKEN.prepare_invoke();
        create
            .arg(user.as_str())
            .arg(&new.jti)
            .arg(new.tenant.as_str())
            .arg(to_millis(new.created_at))
            .arg(MAX_TOKENS)
            .arg(generation)
            .arg(&["name", new.name.as_str(), "role", new.role.as_str()])
            .arg("expires_at")
            .arg(to_millis(new.expires_at));
        if let Some(last_use) = new.last_use {
            create.arg("last_use").arg(to_millis(last_use));
        }
        self.change(&create).await
    }

    async fn tokens_of(&self, user: &Username, now: OffsetDateTime) -> Result<Vec<ApiToken>> {
        let stored: Vec<(String, HashMap<String, String>)> =
            self.script(&scripts::TOKENS_OF.arg(user.as_str())).await?;
        let mut tokens = Vec::with_capacity(stored.len());
        for (jti, fields) in stored {
            let token = read_token(jti, &fields)?;
            if token.expires_at > now {
                tokens.push(token);
            }
        }
        tokens.sort_by(|a, b| (b.created_at, &a.jti).cmp(&(a.created_at, &b.jti)));
        Ok(tokens)
    }

    async fn revoke_token(&self, user: &Username, jti: &str) -> Result<()> {
        self.change(scripts::REVOKE_TOKEN.arg(user.as_str()).arg(jti))
            .await
    }

    async fn use_token(&self, user: &Username, jti: &str, now: OffsetDateTime) -> Result<bool> {
        self.script(
            scripts::USE_TOKEN
                .arg(user.as_str())
                .arg(jti)
                .arg(to_millis(now))
                .arg(millis(NOTE_EVERY)),
        )
        .await
    }

    async fn session_generation(&self, user: &Username) -> Result<u64> {
        let generation: Option<u64> = self
            .command(
                redis::cmd("HGET")
                    .arg(keys::generations())
                    .arg(user.as_str()),
            )
            .await?;
        Ok(generation.unwrap_or(0))
    }

    async fn is_session_good(&self, user: &Username, generation: u64, jti: &str) -> Result<bool> {
        let mut ask = redis::pipe();
        ask.hget(keys::generations(), user.as_str());
        ask.exists(keys::ended_session(user, jti));
        let (present, ended): (Option<u64>, bool) = self.pipeline(ask.atomic()).await?;
        Ok(!ended && present.unwrap_or(0) == generation)
    }

    async fn end_session(&self, user: &Username, jti: &str, until: OffsetDateTime) -> Result<()> {
        self.change(
            scripts::END_SESSION
                .arg(user.as_str())
                .arg(jti)
                .arg(to_millis(until))
                .arg(millis(REMEMBER)),
        )
        .await
    }

    async fn sign_out_everywhere(&self, user: &Username) -> Result<()> {
        self.change(&scripts::SIGN_OUT_EVERYWHERE.arg(user.as_str()))
            .await
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

fn read_token(jti: String, fields: &HashMap<String, String>) -> Result<ApiToken> {
    let damaged = |name: &str| CatalogueError::Damaged(format!("token {jti}: {name}"));
    let text = |name: &str| {
        let value = fields.get(name).map(String::as_str);
        value.ok_or_else(|| damaged(name))
    };
    let time = |text: &str| stored_time(text.parse().map_err(|_| damaged(text))?);
    Ok(ApiToken {
        name: parsed(text("name")?, TokenName::parse)?,
        tenant: parsed(text("tenant")?, TenantId::parse)?,
        role: stored_role(text("role")?)?,
        created_at: time(text("created_at")?)?,
        expires_at: time(text("expires_at")?)?,
        last_use: fields.get("last_use").map(|at| time(at)).transpose()?,
        jti,
    })
}
