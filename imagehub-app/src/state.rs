//! What every request shares.

use std::sync::atomic::AtomicBool;

use imagehub_policy::Policy;

use crate::auth::Sessions;
use crate::blobs::{Blobs, StagedBytes};
use crate::catalogue::SharedCatalogue;
use crate::config::Config;
use crate::imaging::Imaging;
use crate::limits::EmbeddedLimits;
use crate::metrics::Metrics;
use crate::passwords::Passwords;
use crate::policy_file::PolicyFile;
use crate::readiness::Readiness;
use crate::stores::{LazyBlobs, StoreError};

/// What every request shares.
pub struct State {
    /// The settings.
    pub config: Config,
    /// The records.
    pub catalogue: SharedCatalogue,
    /// The originals and thumbnails, see [`State::blobs`].
    pub lazy_blobs: LazyBlobs,
    /// Examines uploads.
    pub imaging: Imaging,
    /// What uploads under way have staged.
    pub staged_bytes: StagedBytes,
    /// Hashes passwords.
    pub passwords: Passwords,
    /// Begins and verifies sessions.
    pub sessions: Sessions,
    /// The policy in force.
    pub policy: PolicyFile,
    /// The rate limits kept here, when there is no mesh.
    pub limits: EmbeddedLimits,
    /// What is counted.
    pub metrics: &'static Metrics,
    /// Whether it can serve.
    pub readiness: Readiness,
    /// Whether this process is about to stop, and is not to be sent anything new.
    pub draining: AtomicBool,
}

impl State {
    /// The originals and thumbnails. Fails while the catalogue has never answered.
    pub async fn blobs(&self) -> Result<&Blobs, StoreError> {
        self.lazy_blobs.of(self.catalogue.as_ref()).await
    }

    /// The plan after `current` in the policy's order, which is what Upgrade leads to.
    pub fn next_plan(policy: &Policy, current: &str) -> Option<String> {
        let mut names = policy.plans().iter().map(|plan| plan.name.as_str());
        names.find(|name| *name == current)?;
        names.next().map(str::to_owned)
    }
}
