//! The key this process signs sessions and API tokens with, and the public keys of all processes.
//!
//! The private key never leaves its file. The public one is published in the catalogue before
//! the first token signed with it is handed out, and stays listed until the last has expired.

mod keyfile;
mod publication;

pub use keyfile::{KeyFile, KeyFileError};
pub use publication::{
    ApiClaims, SESSION_SECONDS, SessionClaims, SignedToken, SigningKeys, new_jti,
};
