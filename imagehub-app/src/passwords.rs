//! Password hashing: argon2id, off the event loop, a bounded number at a time.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use thiserror::Error;
use tokio::sync::Semaphore;

/// Hashing could not be done.
#[derive(Debug, Error)]
pub enum PasswordError {
    /// The stored hash cannot be read.
    #[error("the stored password hash is damaged")]
    Damaged,
    /// Hashing itself failed, for want of memory or of a thread.
    #[error("the password could not be hashed: {0}")]
    Failed(String),
}

/// Hashes and verifies passwords. Clones share the bound.
#[derive(Clone)]
pub struct Passwords {
    argon2: Argon2<'static>,
    /// Hash of a password nobody has: verified for an unknown user, so that the answer takes as
    /// long as for a wrong password.
    decoy: Arc<str>,
    slots: Arc<Semaphore>,
}

impl Passwords {
    /// At most `concurrent` hashes at a time, each of 19 MiB and two passes (OWASP's first choice
    /// for argon2id).
    pub fn new(concurrent: usize) -> Result<Self, PasswordError> {
        let params = Params::new(19 * 1024, 2, 1, None)
            .map_err(|error| PasswordError::Failed(error.to_string()))?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let decoy = hash_now(&argon2, &format!("{:032x}", rand::random::<u128>()))?;
        Ok(Self {
            argon2,
            decoy: decoy.into(),
            slots: Arc::new(Semaphore::new(concurrent.max(1))),
        })
    }

    /// The password's hash, a PHC string with its own salt.
    pub async fn hash(&self, password: String) -> Result<String, PasswordError> {
        let argon2 = self.argon2.clone();
        self.off_the_loop(move || hash_now(&argon2, &password))
            .await
    }

    /// Whether the password is the one that was hashed; `None` (no such user) is answered with
    /// `false` after the same work.
    pub async fn verify(
        &self,
        password: String,
        hash: Option<String>,
    ) -> Result<bool, PasswordError> {
        let argon2 = self.argon2.clone();
        let decoy = Arc::clone(&self.decoy);
        self.off_the_loop(move || {
            let known = hash.is_some();
            let text = hash.as_deref().unwrap_or(&decoy);
            let hash = PasswordHash::new(text).map_err(|_| PasswordError::Damaged)?;
            let matches = argon2.verify_password(password.as_bytes(), &hash).is_ok();
            Ok(known && matches)
        })
        .await
    }

    async fn off_the_loop<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, PasswordError> + Send + 'static,
    ) -> Result<T, PasswordError> {
        let failed = |error: &dyn std::fmt::Display| PasswordError::Failed(error.to_string());
        let slot = Arc::clone(&self.slots)
            .acquire_owned()
            .await
            .map_err(|error| failed(&error))?;
        tokio::task::spawn_blocking(move || {
            // The slot goes with the work: a caller that gives up does not free it early.
            let _slot = slot;
            work()
        })
        .await
        .map_err(|error| failed(&error))?
    }
}

fn hash_now(argon2: &Argon2<'_>, password: &str) -> Result<String, PasswordError> {
    argon2
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|error| PasswordError::Failed(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_verifies_against_its_own_hash_only() {
        let passwords = Passwords::new(2).unwrap();
        let hash = passwords.hash("correct horse".into()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        let verify = |password: &str| passwords.verify(password.into(), Some(hash.clone()));
        assert!(verify("correct horse").await.unwrap());
        assert!(!verify("incorrect horse").await.unwrap());
    }

    #[tokio::test]
    async fn an_unknown_user_is_refused_like_a_wrong_password() {
        let passwords = Passwords::new(1).unwrap();
        assert!(!passwords.verify("anything".into(), None).await.unwrap());
    }

    #[tokio::test]
    async fn a_damaged_hash_is_an_error_and_not_a_wrong_password() {
        let passwords = Passwords::new(1).unwrap();
        let outcome = passwords.verify("x".into(), Some("junk".into())).await;
        assert!(matches!(outcome, Err(PasswordError::Damaged)));
    }
}
