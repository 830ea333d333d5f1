//! Tokens.

use async_trait::async_trait;
use imagehub_policy::{Role, TenantId, Username};
use time::OffsetDateTime;

use super::super::*;

#[async_trait]
impl super::super::Tokens for super::RedisCatalogue {
    async fn create_token(&self, _user: &Username, _new: &ApiToken) -> Result<(), CatalogueError> {
        Err(super::super::missing())
    }
    async fn tokens_of(
        &self,
        _user: &Username,
        _now: OffsetDateTime,
    ) -> Result<Vec<ApiToken>, CatalogueError> {
        Err(super::super::missing())
    }
    async fn revoke_token(&self, _user: &Username, _jti: &str) -> Result<(), CatalogueError> {
        Err(super::super::missing())
    }
    async fn use_token(
        &self,
        _user: &Username,
        _jti: &str,
        _now: OffsetDateTime,
    ) -> Result<bool, CatalogueError> {
        Err(super::super::missing())
    }
    async fn session_generation(&self, _user: &Username) -> Result<u64, CatalogueError> {
        Err(super::super::missing())
    }
    async fn is_session_good(
        &self,
        _user: &Username,
        _generation: u64,
        _jti: &str,
    ) -> Result<bool, CatalogueError> {
        Err(super::super::missing())
    }
    async fn end_session(
        &self,
        _user: &Username,
        _jti: &str,
        _until: OffsetDateTime,
    ) -> Result<(), CatalogueError> {
        Err(super::super::missing())
    }
    async fn sign_out_everywhere(&self, _user: &Username) -> Result<(), CatalogueError> {
        Err(super::super::missing())
    }
}
