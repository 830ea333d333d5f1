//! Sessions: begun from the catalogue, verified with the same code as the filter's.

use std::sync::{Arc, Mutex, PoisonError};

use imagehub_policy::{
    Claims, Keys, Policy, RequestHead, Timestamp, TokenError, Username, VerifiedTokens, Via,
    find_credential,
};
use time::OffsetDateTime;

use crate::catalogue::{Grants, SharedCatalogue};
use crate::error::AppError;
use crate::signing::{SessionClaims, SigningKeys};

/// A session that was just begun or renewed.
pub struct Session {
    /// The token.
    pub token: String,
    /// Whose it is.
    pub user: Username,
    /// What it lets the user do.
    pub grants: Grants,
}

/// Begins and verifies sessions.
pub struct Sessions {
    /// This process's key, and everybody's.
    pub keys: SigningKeys,
    catalogue: SharedCatalogue,
    verified: Mutex<VerifiedTokens>,
}

impl Sessions {
    /// Sessions signed with these keys.
    pub fn new(keys: SigningKeys, catalogue: SharedCatalogue) -> Self {
        Self {
            keys,
            catalogue,
            verified: Mutex::default(),
        }
    }

    /// A fresh session, saying what the catalogue says now.
    pub async fn begin(&self, user: &Username, policy: &Policy) -> Result<Session, AppError> {
        let grants = self.catalogue.tenants_of(user).await?;
        let claims = SessionClaims {
            issuer: policy.issuer(),
            audience: policy.audience(),
            user,
            grants: &grants,
        };
        let signed = self.keys.sign(&claims, OffsetDateTime::now_utc()).await?;
        Ok(Session {
            token: signed.token,
            user: user.clone(),
            grants,
        })
    }

    /// Whose valid session the request carries, and how; `None` without any credential.
    pub async fn of(
        &self,
        head: &RequestHead<'_>,
        policy: &Policy,
    ) -> Result<Option<(Arc<Claims>, Via)>, AppError> {
        let Some(credential) = find_credential(head).map_err(|_| AppError::Unauthenticated)? else {
            return Ok(None);
        };
        let keys = self.keys.verifying_keys();
        let claims = match self.verify(credential.token, &keys, policy) {
            Err(TokenError::UnknownKey) => {
                // Signed by another process whose key is newer than our list of keys.
                let keys = self.keys.refresh(OffsetDateTime::now_utc()).await;
                self.verify(credential.token, &keys, policy)
            }
            judged => judged,
        };
        let claims = claims.map_err(|_| AppError::Unauthenticated)?;
        Ok(Some((claims, credential.via)))
    }

    fn verify(
        &self,
        token: &[u8],
        keys: &Keys,
        policy: &Policy,
    ) -> Result<Arc<Claims>, TokenError> {
        let now = crate::clock::now();
        let mut verified = self.verified.lock().unwrap_or_else(PoisonError::into_inner);
        verified.verify(token, keys, policy.issuer(), policy.audience(), now)
    }
}

/// Whether a session is past half of its life, so that a cookie should be issued anew.
pub(super) fn past_half_life(claims: &Claims, now: Timestamp) -> bool {
    now.secs() > claims.iat + claims.exp.saturating_sub(claims.iat) / 2
}
