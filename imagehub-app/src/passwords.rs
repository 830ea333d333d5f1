//! Password hashing: argon2id, off the event loop, a bounded number at a time.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use thiserror::Error;
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization as _;

use crate::metrics::{Counted, METRICS};

/// Hashing could not be done.
#[derive(Debug, Error)]
pub enum PasswordError {
    /// The stored hash cannot be read.
    #[error("the stored password hash is damaged")]
    Damaged,
    /// Too many passwords wait to be hashed.
    #[error("too many passwords wait to be hashed")]
    Busy,
    /// Hashing itself failed, for want of memory or of a thread.
    #[error("the password could not be hashed: {0}")]
    Failed(String),
}

/// A password as it is hashed: composed, so that it is the same on every keyboard (NFC, as in
/// RFC 8265 §4.2.2).
pub fn composed(password: &str) -> String {
    password.nfc().collect()
}

/// Passwords that wait to be hashed at most, beside those that are being hashed: two seconds' worth
/// on one core.
const MAX_WAITING: usize = 64;

/// Hashes and verifies passwords. Clones share the bounds.
#[derive(Clone)]
pub struct Passwords {
    argon2: Argon2<'static>,
    /// Hash of a password nobody has: verified for an unknown user, so that the answer takes as
    /// long as for a wrong password.
    decoy: Arc<str>,
    /// For those that wait or are being hashed.
    places: Arc<Semaphore>,
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
        let concurrent = concurrent.max(1);
        Ok(Self {
            argon2,
            decoy: decoy.into(),
            places: Arc::new(Semaphore::new(concurrent + MAX_WAITING)),
            slots: Arc::new(Semaphore::new(concurrent)),
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
        let place = Arc::clone(&self.places)
            .try_acquire_owned()
            .map_err(|_| PasswordError::Busy)?;
        let waiting = Counted::by(&METRICS.hashes_waiting);
        let slot = Arc::clone(&self.slots)
            .acquire_owned()
            .await
            .map_err(|error| failed(&error))?;
        drop(waiting);
        tokio::task::spawn_blocking(move || {
            // They go with the work: a caller that gives up does not free them early.
            let _held = (place, slot);
            let _running = Counted::by(&METRICS.hashes);
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
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
    use std::time::Duration;

    use super::*;

    /// A test that waits this long waits for ever.
    const DEADLOCK: Duration = Duration::from_secs(60);

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
    async fn hashing_is_bounded_and_leaves_the_event_loop_free() {
        let passwords = Passwords::new(2).unwrap();
        let (started, mut starts) = tokio::sync::mpsc::unbounded_channel();
        let (release, released) = std::sync::mpsc::channel::<()>();
        let released = Arc::new(Mutex::new(released));
        let running = Arc::new(AtomicUsize::new(0));
        let jobs: Vec<_> = (0..6)
            .map(|_| {
                let (passwords, started) = (passwords.clone(), started.clone());
                let (running, released) = (Arc::clone(&running), Arc::clone(&released));
                tokio::spawn(async move {
                    passwords
                        .off_the_loop(move || {
                            started.send(running.fetch_add(1, SeqCst) + 1).unwrap();
                            // On the event loop nobody could send this.
                            released.lock().unwrap().recv_timeout(DEADLOCK).unwrap();
                            running.fetch_sub(1, SeqCst);
                            Ok(())
                        })
                        .await
                })
            })
            .collect();
        let mut most = starts.recv().await.unwrap();
        for _ in 1..6 {
            most = most.max(starts.recv().await.unwrap());
            release.send(()).unwrap();
        }
        release.send(()).unwrap();
        for job in jobs {
            job.await.unwrap().unwrap();
        }
        assert_eq!(most, 2);
    }

    #[tokio::test]
    async fn who_would_wait_too_long_is_told_at_once() {
        let passwords = Passwords::new(1).unwrap();
        let (release, released) = std::sync::mpsc::channel::<()>();
        let (started, mut starts) = tokio::sync::mpsc::unbounded_channel();
        let first = passwords.clone();
        let first = tokio::spawn(async move {
            first
                .off_the_loop(move || {
                    started.send(()).unwrap();
                    released.recv_timeout(DEADLOCK).unwrap();
                    Ok(())
                })
                .await
        });
        starts.recv().await.unwrap();
        let mut waiting: Vec<_> = (0..MAX_WAITING)
            .map(|_| Box::pin(passwords.off_the_loop(|| Ok(()))))
            .collect();
        for job in &mut waiting {
            assert!(futures_util::poll!(job).is_pending());
        }
        let refused = passwords.off_the_loop(|| Ok(())).await;
        assert!(matches!(refused, Err(PasswordError::Busy)));
        release.send(()).unwrap();
        first.await.unwrap().unwrap();
        for job in waiting {
            job.await.unwrap();
        }
        passwords.off_the_loop(|| Ok(())).await.unwrap();
    }

    #[tokio::test]
    async fn a_damaged_hash_is_an_error_and_not_a_wrong_password() {
        let passwords = Passwords::new(1).unwrap();
        let outcome = passwords.verify("x".into(), Some("junk".into())).await;
        assert!(matches!(outcome, Err(PasswordError::Damaged)));
    }
}
