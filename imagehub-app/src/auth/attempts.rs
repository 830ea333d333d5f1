//! Guesses at passwords, counted so that they are few.

use time::OffsetDateTime;

use crate::catalogue::{AttemptId, AttemptLimit, AttemptOutcome, AttemptSubject};
use crate::error::AppError;
use crate::state::State;

/// Which attempts are counted in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counts {
    /// Those with a wrong password.
    Failures,
    /// Those with the right one, too: for what costs us much and is seldom wanted.
    Successes,
}

/// Judges a password, unless there were too many attempts lately. The attempt counts while it is
/// judged, so that parallel guesses cannot slip past the limit, and goes on counting if the password
/// is wrong; not if it was never judged.
pub async fn counted<T>(
    state: &State,
    subject: &AttemptSubject,
    limit: AttemptLimit,
    counts: Counts,
    judge: impl Future<Output = Result<T, AppError>>,
) -> Result<T, AppError> {
    let now = OffsetDateTime::now_utc();
    let begun = state.catalogue.begin_attempt(subject, limit, now).await?;
    let attempt = match begun {
        AttemptOutcome::Admitted(attempt) => attempt,
        AttemptOutcome::Refused { retry_after } => {
            return Err(AppError::TooManyAttempts(in_words(subject), retry_after));
        }
    };
    let judged = judge.await;
    let counts = match judged {
        Err(AppError::WrongPassword) => true,
        Err(_) => false,
        Ok(_) => counts == Counts::Successes,
    };
    if !counts {
        forgive(state, subject, &attempt).await;
    }
    judged
}

/// Should this fail, the attempt counts until it is forgotten, and the answer is as it is.
async fn forgive(state: &State, subject: &AttemptSubject, attempt: &AttemptId) {
    if let Err(error) = state.catalogue.forgive_attempt(subject, attempt).await {
        tracing::warn!(%error, "an attempt to log in stays counted");
    }
}

fn in_words(subject: &AttemptSubject) -> &'static str {
    match subject {
        AttemptSubject::User(_) => "for this user name",
        AttemptSubject::Address(_) => "from your network",
    }
}
