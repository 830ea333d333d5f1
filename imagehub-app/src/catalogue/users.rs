//! The users' part of the catalogue.

use async_trait::async_trait;
use imagehub_policy::Username;

use super::Result;
use crate::domain::{Grants, NewUser, User};

/// Users: who they are, their passwords, and where they belong.
#[async_trait]
pub trait Users {
    /// Creates a user together with the tenant of the same name, which the user owns.
    ///
    /// `CatalogueError::Taken` if a user or a tenant has the name.
    async fn create_user(&self, new: &NewUser) -> Result<()>;

    /// The user of that name.
    async fn find_user(&self, name: &Username) -> Result<Option<User>>;

    /// The user's password hash, a PHC string.
    async fn password_hash(&self, name: &Username) -> Result<Option<String>>;

    /// Gives the user another password, and ends every session and API token with the same
    /// change. `generation` is that of before the old password was proven; returned is the one
    /// of now.
    ///
    /// `CatalogueError::NotFound` if there is no such user, `CatalogueError::SignedOut` if
    /// the generation is not the present one: another change came first.
    async fn set_password(&self, name: &Username, generation: u64, hash: &str) -> Result<u64>;

    /// Forgets a user: memberships, invitations, invite links made by the user, tokens; and with
    /// them every tenant that nobody else belongs to, as [`Tenants::delete_tenant`] does. The
    /// name may be taken anew; its session generation grows.
    ///
    /// `CatalogueError::NotFound` if there is no such user, `CatalogueError::LastOwner` if a
    /// tenant with other members would be left without an owner: then nothing changes.
    ///
    /// [`Tenants::delete_tenant`]: super::Tenants::delete_tenant
    async fn delete_user(&self, name: &Username) -> Result<()>;

    /// Every tenant the user belongs to, with role and plan; empty for an unknown user.
    async fn tenants_of(&self, name: &Username) -> Result<Grants>;
}
