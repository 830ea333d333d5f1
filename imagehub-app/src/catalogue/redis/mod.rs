//! The catalogue in Redis: for any number of application processes.
//!
//! What one change touches is changed by one script, so that others see all of it or nothing.
//! Redis may be away when the application starts and at any time later: calls then fail within
//! two seconds, and succeed again when it is back.

mod albums;
mod attempts;
mod connection;
mod forgetting;
mod image_record;
mod images;
mod import;
mod invite_links;
mod kept;
mod keys;
mod leases;
mod listing;
mod members;
mod scripts;
mod shares;
mod signing_keys;
mod tags;
mod tenants;
mod tokens;
mod transfer;
mod users;

use ::redis::ScriptInvocation;
use async_trait::async_trait;

pub use connection::RedisCatalogue;

use super::{Catalogue, CatalogueError, Result};

impl RedisCatalogue {
    /// Runs a script that answers "done", or why it changed nothing.
    async fn change(&self, script: &ScriptInvocation<'_>) -> Result<()> {
        match self.script::<String>(script).await?.as_str() {
            "done" => Ok(()),
            other => Err(refusal(other)),
        }
    }
}

/// What a script answers when it changes nothing.
fn refusal(answer: &str) -> CatalogueError {
    match answer {
        "taken" => CatalogueError::Taken,
        "not_found" => CatalogueError::NotFound,
        "too_many_tenants" => CatalogueError::TooManyTenants,
        "last_owner" => CatalogueError::LastOwner,
        "too_many" => CatalogueError::TooMany,
        "signed_out" => CatalogueError::SignedOut,
        other => CatalogueError::Damaged(format!("a script answered {other:?}")),
    }
}

#[async_trait]
impl Catalogue for RedisCatalogue {
    async fn ping(&self) -> Result<()> {
        self.check_for_changes().await
    }
}
