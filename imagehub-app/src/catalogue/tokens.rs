//! Which tokens are still good: API tokens that people made, sessions that have not ended.

use async_trait::async_trait;
use imagehub_policy::Username;
use time::OffsetDateTime;

use super::Result;
use crate::domain::ApiToken;

/// The records of tokens.
#[async_trait]
pub trait Tokens: Send + Sync {
    /// Records a token before it is handed out. `CatalogueError::NotFound` if the user is not
    /// in such a tenant, `CatalogueError::TooMany` at [`MAX_TOKENS`](crate::domain::MAX_TOKENS)
    /// that have not ended at `created_at`, `CatalogueError::SignedOut` if `generation`, that of
    /// the session it is made in, is not the present one.
    async fn create_token(&self, user: &Username, generation: u64, new: &ApiToken) -> Result<()>;

    /// The user's tokens that have neither ended at `now` nor been revoked, newest first.
    async fn tokens_of(&self, user: &Username, now: OffsetDateTime) -> Result<Vec<ApiToken>>;

    /// Revokes a token for good. `CatalogueError::NotFound` if the user has no such token.
    async fn revoke_token(&self, user: &Username, jti: &str) -> Result<()>;

    /// Whether the user's API token is still good at `now`: neither revoked nor ended. Notes its
    /// use, at most once a minute.
    async fn use_token(&self, user: &Username, jti: &str, now: OffsetDateTime) -> Result<bool>;

    /// The number that the user's sessions carry: 0 at first, and for a name nobody has. It grows
    /// when the user signs out everywhere, and when the account is deleted (so that a later owner
    /// of the name does not meet old sessions); it never shrinks.
    async fn session_generation(&self, user: &Username) -> Result<u64>;

    /// Whether a session is still good: of the user's present generation, and not ended.
    async fn is_session_good(&self, user: &Username, generation: u64, jti: &str) -> Result<bool>;

    /// Ends one session. It is remembered until `until`, when its token has expired anyway.
    async fn end_session(&self, user: &Username, jti: &str, until: OffsetDateTime) -> Result<()>;

    /// Ends every session of the user and revokes every API token.
    async fn sign_out_everywhere(&self, user: &Username) -> Result<()>;
}
