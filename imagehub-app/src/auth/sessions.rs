//! Sessions: begun from the catalogue, verified with the same code as the filter's, and judged by
//! the catalogue at every request.

use std::cell::RefCell;
use std::sync::Arc;

use futures_util::future::try_join;
use imagehub_policy::{
    Claims, Keys, Policy, RequestHead, Timestamp, TokenError, TokenKind, Username, VerifiedTokens,
    Via, find_credential,
};
use thread_local::ThreadLocal;
use time::OffsetDateTime;

use crate::auth::signing::{SessionClaims, SigningKeys};
use crate::catalogue::{CatalogueError, SharedCatalogue};
use crate::domain::Grants;
use crate::error::AppError;

/// A session that was just begun or renewed.
pub struct Session {
    /// The token.
    pub token: String,
    /// Whose it is.
    pub user: Username,
    /// What it lets the user do.
    pub grants: Grants,
    /// The generation of the user's sessions that it is of.
    pub generation: u64,
}

/// Begins, verifies and ends sessions.
pub struct Sessions {
    /// This process's key, and everybody's.
    pub keys: SigningKeys,
    catalogue: SharedCatalogue,
    /// The tokens that each worker has seen: no signature is verified under a lock.
    verified: ThreadLocal<RefCell<VerifiedTokens>>,
}

impl Sessions {
    /// Sessions signed with these keys.
    pub fn new(keys: SigningKeys, catalogue: SharedCatalogue) -> Self {
        Self {
            keys,
            catalogue,
            verified: ThreadLocal::new(),
        }
    }

    /// A fresh session, saying what the catalogue says now. For who has just proven to be the
    /// user; see [`Sessions::renew`] for who has a session. The generation is that of *before* the
    /// proof, so that a new password or a sign-out everywhere meanwhile ends this session, too.
    pub async fn begin(
        &self,
        user: &Username,
        generation: u64,
        policy: &Policy,
    ) -> Result<Session, AppError> {
        let grants = self.catalogue.tenants_of(user).await?;
        let claims = SessionClaims {
            issuer: policy.issuer(),
            audience: policy.audience(),
            user,
            generation,
            grants: &grants,
        };
        let signed = self.keys.sign(&claims, OffsetDateTime::now_utc()).await?;
        Ok(Session {
            token: signed.token,
            user: user.clone(),
            grants,
            generation,
        })
    }

    /// A fresh session for who has one, which goes on: of the same generation, and only while it
    /// is good, however long ago the request began that asks for it. An API token never becomes a
    /// session, which would reach further and could not be revoked with it.
    pub async fn renew(&self, claims: &Claims, policy: &Policy) -> Result<Session, AppError> {
        refuse_programs(claims)?;
        if crate::clock::now().secs() >= claims.exp {
            return Err(AppError::Unauthenticated);
        }
        let fresh = self.begin(&claims.sub, claims.generation, policy).await?;
        // Asked last, so that what ends meanwhile is not renewed.
        self.with(claims, async { Ok(fresh) }).await
    }

    /// Ends the session for good.
    pub async fn end(&self, claims: &Claims) -> Result<(), AppError> {
        let seconds = i64::try_from(claims.exp).unwrap_or(i64::MAX);
        let until = OffsetDateTime::from_unix_timestamp(seconds)
            .unwrap_or_else(|_| OffsetDateTime::now_utc())
            + std::time::Duration::from_secs(imagehub_policy::LEEWAY_SECONDS);
        Ok(self
            .catalogue
            .end_session(&claims.sub, &claims.jti, until)
            .await?)
    }

    /// Whose valid token the request carries, and how; `None` without any credential. Whether the
    /// catalogue still holds with it is for [`Sessions::with`].
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
        if claims.kind == TokenKind::Api && credential.via == Via::Cookie {
            return Err(AppError::Unauthenticated);
        }
        Ok(Some((claims, credential.via)))
    }

    /// Whose good session the request carries, if any; an API token is none.
    pub async fn person(
        &self,
        head: &RequestHead<'_>,
        policy: &Policy,
    ) -> Result<Username, AppError> {
        let found = self.of(head, policy).await?;
        let (claims, _) = found.ok_or(AppError::Unauthenticated)?;
        refuse_programs(&claims)?;
        self.with(&claims, async { Ok(()) }).await?;
        Ok(claims.sub.clone())
    }

    /// Whether the request carries a session, and that is over.
    pub async fn is_over(&self, head: &RequestHead<'_>, policy: &Policy) -> bool {
        let judged = async {
            match self.of(head, policy).await? {
                Some((claims, _)) => self.with(&claims, async { Ok(()) }).await,
                None => Ok(()),
            }
        };
        matches!(judged.await, Err(AppError::Unauthenticated))
    }

    /// What a lookup finds, if the token is still good: its session has not ended, or it has not
    /// been revoked. Both are asked of the catalogue at the same time.
    pub async fn with<T>(
        &self,
        claims: &Claims,
        lookup: impl Future<Output = Result<T, CatalogueError>>,
    ) -> Result<T, AppError> {
        let (good, found) = try_join(self.is_good(claims), lookup).await?;
        if good {
            Ok(found)
        } else {
            Err(AppError::Unauthenticated)
        }
    }

    async fn is_good(&self, claims: &Claims) -> Result<bool, CatalogueError> {
        let (catalogue, user) = (&self.catalogue, &claims.sub);
        match claims.kind {
            TokenKind::Session => {
                catalogue
                    .is_session_good(user, claims.generation, &claims.jti)
                    .await
            }
            TokenKind::Api => {
                let now = OffsetDateTime::now_utc();
                catalogue.use_token(user, &claims.jti, now).await
            }
        }
    }

    fn verify(
        &self,
        token: &[u8],
        keys: &Keys,
        policy: &Policy,
    ) -> Result<Arc<Claims>, TokenError> {
        let now = crate::clock::now();
        let mut verified = self.verified.get_or_default().borrow_mut();
        verified.verify(token, keys, policy.issuer(), policy.audience(), now)
    }
}

/// Refuses an API token what only a person may do.
pub fn refuse_programs(claims: &Claims) -> Result<(), AppError> {
    match claims.kind {
        TokenKind::Session => Ok(()),
        TokenKind::Api => Err(AppError::Forbidden),
    }
}

/// Whether a session is past half of its life, so that a cookie should be issued anew.
pub fn past_half_life(claims: &Claims, now: Timestamp) -> bool {
    now.secs() > claims.iat + claims.exp.saturating_sub(claims.iat) / 2
}

#[cfg(test)]
mod tests;
