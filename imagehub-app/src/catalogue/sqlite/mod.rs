//! The catalogue in a SQLite file: for one application process on one machine.

mod albums;
mod attempts;
mod image_row;
mod images;
mod invite_links;
mod leases;
mod listing;
mod members;
mod pool;
mod rows;
mod schema;
mod shares;
mod signing_keys;
mod tenants;
mod tokens;
mod transfer;
mod users;

use async_trait::async_trait;

pub use pool::SqliteCatalogue;

use super::{Catalogue, Result};

#[async_trait]
impl Catalogue for SqliteCatalogue {
    async fn ping(&self) -> Result<()> {
        self.read(|db| schema::check(db)).await
    }
}
