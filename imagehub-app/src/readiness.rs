//! Whether this process can serve: whether everything it stands on answers.
//!
//! Finding out costs a file, a command to Redis, a request to the object store, and anybody may
//! ask. So those who ask at the same time wait for one answer, and it is kept for a second; a good
//! one for no longer than until something goes wrong.

use std::future::Future;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::catalogue::{Catalogue, CatalogueError};
use crate::metrics::METRICS;
use crate::stores::StoreError;

/// How long an outcome is kept.
const KEPT: Duration = Duration::from_secs(1);

/// How long what this process stands on may take to say that it is there.
const CHECK: Duration = Duration::from_secs(3);

/// Why this process cannot serve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotReady {
    /// For anybody: which part, and what it answers.
    pub what: String,
    /// For the log.
    pub cause: String,
}

/// The last outcome.
pub struct Readiness {
    kept: Duration,
    last: Mutex<Option<Checked>>,
}

struct Checked {
    at: Instant,
    /// Errors there had been before.
    errors: u64,
    outcome: Result<(), NotReady>,
}

impl Default for Readiness {
    fn default() -> Self {
        Self::keeping(KEPT)
    }
}

impl Readiness {
    fn keeping(kept: Duration) -> Self {
        Self {
            kept,
            last: Mutex::default(),
        }
    }

    /// Whether catalogue and blobs answer, as of a second ago or later.
    pub async fn of(
        &self,
        catalogue: &dyn Catalogue,
        blobs: impl Future<Output = Result<(), StoreError>>,
    ) -> Result<(), NotReady> {
        let errors = METRICS.catalogue_errors.get() + METRICS.blob_errors.get();
        self.outcome(errors, || check(catalogue, blobs)).await
    }

    async fn outcome<F>(&self, errors: u64, check: impl FnOnce() -> F) -> Result<(), NotReady>
    where
        F: Future<Output = Result<(), NotReady>>,
    {
        let mut last = self.last.lock().await;
        if let Some(checked) = &*last
            && checked.at.elapsed() < self.kept
            && (checked.outcome.is_err() || checked.errors == errors)
        {
            return checked.outcome.clone();
        }
        let outcome = check().await;
        let before = last.as_ref().map_or(&Ok(()), |checked| &checked.outcome);
        log_change(before, &outcome);
        *last = Some(Checked {
            at: Instant::now(),
            errors,
            outcome: outcome.clone(),
        });
        outcome
    }
}

/// One line when it changes, not one a question.
fn log_change(before: &Result<(), NotReady>, now: &Result<(), NotReady>) {
    match now {
        _ if before == now => {}
        Ok(()) => tracing::info!("ready again"),
        Err(NotReady { what, cause }) => tracing::warn!(cause, "not ready: {what}"),
    }
}

async fn check(
    catalogue: &dyn Catalogue,
    blobs: impl Future<Output = Result<(), StoreError>>,
) -> Result<(), NotReady> {
    let (catalogue, blobs) = tokio::join!(timeout(CHECK, catalogue.ping()), timeout(CHECK, blobs));
    match catalogue {
        Ok(Ok(())) => {}
        Ok(Err(error)) => return Err(of_catalogue(&error)),
        Err(_) => return Err(not_ready("the catalogue does not answer", "too slow")),
    }
    match blobs {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(not_ready("the blobs cannot be reached", error)),
        Err(_) => Err(not_ready("the blobs cannot be reached", "too slow")),
    }
}

/// What these say is short and names no address and no path.
fn of_catalogue(error: &CatalogueError) -> NotReady {
    match error {
        CatalogueError::Refusing(_)
        | CatalogueError::Unsuitable(_)
        | CatalogueError::OtherSchema { .. } => not_ready(error, error),
        CatalogueError::NoSpace(_) => not_ready("the catalogue has no space left", error),
        _ => not_ready("the catalogue does not answer", error),
    }
}

fn not_ready(what: impl ToString, cause: impl ToString) -> NotReady {
    NotReady {
        what: what.to_string(),
        cause: cause.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use futures_util::future::join_all;

    use super::*;

    const BAD: fn() -> Result<(), NotReady> =
        || Err(not_ready("the catalogue does not answer", "gone"));

    /// How many checks so many questions at once come to, when each check has this outcome.
    async fn checks_of(
        readiness: &Readiness,
        questions: usize,
        errors: u64,
        found: fn() -> Result<(), NotReady>,
    ) -> usize {
        let checks = Cell::new(0);
        let ask = || {
            readiness.outcome(errors, || async {
                checks.set(checks.get() + 1);
                tokio::task::yield_now().await;
                found()
            })
        };
        for outcome in join_all((0..questions).map(|_| ask())).await {
            assert_eq!(outcome, found());
        }
        checks.get()
    }

    #[tokio::test]
    async fn however_many_ask_what_it_stands_on_is_asked_once() {
        let readiness = Readiness::keeping(Duration::MAX);
        assert_eq!(checks_of(&readiness, 100, 0, || Ok(())).await, 1);
        assert_eq!(checks_of(&readiness, 100, 0, || Ok(())).await, 0);
    }

    #[tokio::test]
    async fn an_outcome_that_is_too_old_is_not_given() {
        let readiness = Readiness::keeping(Duration::ZERO);
        assert_eq!(checks_of(&readiness, 3, 0, BAD).await, 3);
    }

    #[tokio::test]
    async fn an_error_since_ends_a_good_outcome_but_not_a_bad_one() {
        let readiness = Readiness::keeping(Duration::MAX);
        assert_eq!(checks_of(&readiness, 1, 0, || Ok(())).await, 1);
        assert_eq!(checks_of(&readiness, 1, 1, BAD).await, 1);
        assert_eq!(checks_of(&readiness, 1, 2, BAD).await, 0);
    }
}
