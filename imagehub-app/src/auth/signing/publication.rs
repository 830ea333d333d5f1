//! Signing tokens, and listing the keys they may be signed with.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use imagehub_policy::{Keys, TenantId, Username, assemble, signing_input};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::KeyFile;
use crate::catalogue::{CatalogueError, PublishedKey, SharedCatalogue};
use crate::domain::{Grants, Membership};
use crate::throttle::Throttle;

/// How long a session token is valid.
pub const SESSION_SECONDS: i64 = 3600;

/// A key outlives its last token by this much: the leeway for clocks, and a little.
const LEEWAY: Duration = Duration::from_secs(60);

/// A key is listed for this much longer than the token at hand needs, so that publishing it is
/// one write in a while and not one a log-in.
const AHEAD: Duration = Duration::from_secs(3600);

/// A list of keys so long, in bytes, is worth a warning: filters read no more than twice of it.
const MANY_KEYS: usize = 32 * 1024;

/// The catalogue is asked for other processes' keys at most this often.
const REFRESH: Duration = Duration::from_secs(1);

/// What a session token is to say.
#[derive(Debug, Clone)]
pub struct SessionClaims<'a> {
    /// `iss`, from the policy.
    pub issuer: &'a str,
    /// `aud`, from the policy.
    pub audience: &'a str,
    /// `sub`.
    pub user: &'a Username,
    /// `gen`: the generation of the user's sessions that this one is of.
    pub generation: u64,
    /// `tenants`.
    pub grants: &'a Grants,
}

/// What an API token is to say.
#[derive(Debug, Clone)]
pub struct ApiClaims<'a> {
    /// `iss`, from the policy.
    pub issuer: &'a str,
    /// `aud`, from the policy.
    pub audience: &'a str,
    /// `sub`.
    pub user: &'a Username,
    /// `jti`, which the catalogue knows it by.
    pub jti: &'a str,
    /// The one tenant in `tenants`.
    pub tenant: &'a TenantId,
    /// The most it may do there, and the plan at the time.
    pub grant: &'a Membership,
    /// `exp`.
    pub expires_at: OffsetDateTime,
}

/// A token, ready to hand out.
#[derive(Debug, Clone)]
pub struct SignedToken {
    /// The compact JWS.
    pub token: String,
    /// When it ceases to be valid.
    pub expires_at: OffsetDateTime,
}

/// This process's signing key and everybody's public keys.
pub struct SigningKeys {
    own: KeyFile,
    catalogue: SharedCatalogue,
    state: Mutex<State>,
    refreshing: tokio::sync::Mutex<Option<Instant>>,
    away: Throttle,
}

struct State {
    /// Until when the catalogue lists the own key.
    listed_until: Option<OffsetDateTime>,
    others: BTreeMap<String, PublishedKey>,
    keys: Arc<Keys>,
}

impl SigningKeys {
    /// Takes the key into use. Nothing is asked of the catalogue yet: it may be away.
    pub fn new(own: KeyFile, catalogue: SharedCatalogue) -> Self {
        let mut state = State {
            listed_until: None,
            others: BTreeMap::new(),
            keys: Arc::default(),
        };
        state.rebuild(&own);
        Self {
            own,
            catalogue,
            state: Mutex::new(state),
            refreshing: tokio::sync::Mutex::default(),
            away: Throttle::new(),
        }
    }

    /// Signs a session that begins now, and lasts an hour. The key is published first, so that no
    /// token exists that another process could not verify.
    pub async fn sign(
        &self,
        claims: &SessionClaims<'_>,
        now: OffsetDateTime,
    ) -> Result<SignedToken, CatalogueError> {
        let expiry = now + Duration::from_secs(SESSION_SECONDS.unsigned_abs());
        let payload = json!({
            "iss": claims.issuer,
            "aud": claims.audience,
            "sub": claims.user.as_str(),
            "jti": new_jti(),
            "gen": claims.generation,
            "tenants": claims.grants.iter().map(tenant_claim).collect::<BTreeMap<_, _>>(),
        });
        self.sign_payload(payload, now, expiry).await
    }

    /// Signs an API token. The key stays listed for as long as the token may be used.
    pub async fn sign_api(
        &self,
        claims: &ApiClaims<'_>,
        now: OffsetDateTime,
    ) -> Result<SignedToken, CatalogueError> {
        let tenant = BTreeMap::from([tenant_claim((claims.tenant, claims.grant))]);
        let payload = json!({
            "iss": claims.issuer,
            "aud": claims.audience,
            "sub": claims.user.as_str(),
            "jti": claims.jti,
            "use": "api",
            "tenants": tenant,
        });
        self.sign_payload(payload, now, claims.expires_at).await
    }

    async fn sign_payload(
        &self,
        mut payload: Value,
        now: OffsetDateTime,
        expires_at: OffsetDateTime,
    ) -> Result<SignedToken, CatalogueError> {
        self.publish_until(expires_at + LEEWAY, now).await?;
        payload["iat"] = now.unix_timestamp().into();
        payload["exp"] = expires_at.unix_timestamp().into();
        let input = signing_input(self.own.kid(), &payload);
        let signature = self.own.sign(input.as_bytes());
        Ok(SignedToken {
            token: assemble(&input, &signature),
            expires_at: expires_at.replace_nanosecond(0).unwrap_or(expires_at),
        })
    }

    /// The public keys known here, to verify with: the own one always, others as last seen.
    pub fn verifying_keys(&self) -> Arc<Keys> {
        Arc::clone(&self.lock().keys)
    }

    /// Asks the catalogue for other processes' keys, at most once a second however many ask, and
    /// returns all. Worth calling when a token names an unknown key. While the catalogue is away
    /// the last known keys are returned.
    pub async fn refresh(&self, now: OffsetDateTime) -> Arc<Keys> {
        let mut refreshed_at = self.refreshing.lock().await;
        if refreshed_at.is_none_or(|at| at.elapsed() >= REFRESH) {
            match self.catalogue.live_keys(now).await {
                Ok(live) => self.learn(live),
                Err(error) => {
                    if let Some(left_out) = self.away.admit() {
                        tracing::warn!(%error, left_out, "other processes' keys are as last known");
                    }
                }
            }
            *refreshed_at = Some(Instant::now());
        }
        self.verifying_keys()
    }

    /// The JSON Web Key Set (RFC 7517) of all live keys. It never waits for the catalogue; see
    /// [`SigningKeys::refresh`].
    pub fn jwks(&self, now: OffsetDateTime) -> String {
        let state = self.lock();
        jwks_of(
            &self.own,
            state.others.values().filter(|key| key.listed_until > now),
        )
    }

    async fn publish_until(
        &self,
        needed: OffsetDateTime,
        now: OffsetDateTime,
    ) -> Result<(), CatalogueError> {
        if self
            .lock()
            .listed_until
            .is_some_and(|until| until >= needed)
        {
            return Ok(());
        }
        let listed_until = needed + AHEAD;
        self.catalogue
            .publish_key(&PublishedKey {
                kid: self.own.kid().to_owned(),
                public_key: self.own.public_key(),
                last_use: now,
                listed_until,
            })
            .await?;
        self.lock().listed_until = Some(listed_until);
        Ok(())
    }

    fn learn(&self, live: Vec<PublishedKey>) {
        let mut state = self.lock();
        let others: BTreeMap<_, _> = live
            .into_iter()
            .filter(|key| key.kid != self.own.kid())
            .map(|key| (key.kid.clone(), key))
            .collect();
        let changed = !others.keys().eq(state.others.keys());
        state.others = others;
        if changed {
            state.rebuild(&self.own);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn rebuild(&mut self, own: &KeyFile) {
        let jwks = jwks_of(own, self.others.values());
        if jwks.len() > MANY_KEYS {
            let (keys, bytes) = (self.others.len() + 1, jwks.len());
            tracing::warn!(
                keys,
                bytes,
                "the list of keys is half as long as filters read"
            );
        }
        match Keys::from_jwks(jwks.as_bytes()) {
            Ok(keys) => self.keys = Arc::new(keys),
            Err(error) => tracing::error!(%error, "the published keys are damaged, kept the old"),
        }
    }
}

/// A `jti` that nobody can guess: 128 random bits.
pub fn new_jti() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 16]>())
}

fn tenant_claim<'a>((tenant, grant): (&'a TenantId, &'a Membership)) -> (&'a str, Value) {
    let role = grant.role.as_str();
    let plan = grant.plan.as_str();
    (tenant.as_str(), json!({ "role": role, "plan": plan }))
}

fn jwks_of<'a>(own: &KeyFile, others: impl Iterator<Item = &'a PublishedKey>) -> String {
    let own = jwk(own.kid(), &own.public_key());
    let others = others.map(|key| jwk(&key.kid, &key.public_key));
    let keys: Vec<Value> = std::iter::once(own).chain(others).collect();
    json!({ "keys": keys }).to_string()
}

fn jwk(kid: &str, public_key: &[u8; 32]) -> Value {
    json!({
        "kty": "OKP",
        "crv": "Ed25519",
        "alg": "EdDSA",
        "use": "sig",
        "kid": kid,
        "x": URL_SAFE_NO_PAD.encode(public_key),
    })
}

#[cfg(test)]
mod tests;
