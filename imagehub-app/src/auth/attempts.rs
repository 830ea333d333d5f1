//! Guesses at passwords, counted so that they are few.

use time::OffsetDateTime;

use crate::catalogue::{AttemptId, AttemptLimit, AttemptOutcome, AttemptSubject, Catalogue};
use crate::error::AppError;

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
pub async fn with_attempt_limit<T>(
    catalogue: &dyn Catalogue,
    subject: &AttemptSubject,
    limit: AttemptLimit,
    counts: Counts,
    judge: impl Future<Output = Result<T, AppError>>,
) -> Result<T, AppError> {
    let now = OffsetDateTime::now_utc();
    let begun = catalogue.begin_attempt(subject, limit, now).await?;
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
        release(catalogue, subject, &attempt).await;
    }
    judged
}

/// Should this fail, the attempt counts until it is forgotten, and the answer is as it is.
async fn release(catalogue: &dyn Catalogue, subject: &AttemptSubject, attempt: &AttemptId) {
    if let Err(error) = catalogue.release_attempt(subject, attempt).await {
        tracing::warn!(%error, "an attempt to log in stays counted");
    }
}

fn in_words(subject: &AttemptSubject) -> &'static str {
    match subject {
        AttemptSubject::User(_) | AttemptSubject::UserAt(..) => "for this user name",
        AttemptSubject::Address(_) => "from your network",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::sqlite::SqliteCatalogue;

    #[tokio::test]
    async fn a_wrong_password_counts_and_a_right_one_only_if_it_shall() {
        let failed = || Err(AppError::WrongPassword);
        assert_eq!(admitted(Counts::Failures, failed).await, 10);
        assert_eq!(admitted(Counts::Failures, || Ok(())).await, 20);
        assert_eq!(admitted(Counts::Successes, || Ok(())).await, 10);
    }

    #[tokio::test]
    async fn a_password_that_was_never_judged_does_not_count() {
        let interrupted = || Err(AppError::Unavailable("the catalogue is away".into()));
        assert_eq!(admitted(Counts::Failures, interrupted).await, 20);
        assert_eq!(admitted(Counts::Successes, interrupted).await, 20);
    }

    /// How many of 20 attempts that are judged alike are judged at all.
    async fn admitted(counts: Counts, judge: impl Fn() -> Result<(), AppError>) -> usize {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("catalogue.sqlite");
        let catalogue = SqliteCatalogue::open(&file).await.unwrap();
        let subject = AttemptSubject::Address("203.0.113.9".to_owned());
        let limit = AttemptLimit::PER_USER_AT_ADDRESS;
        let mut admitted = 0;
        for _ in 0..20 {
            let judged = async { judge() };
            let outcome = with_attempt_limit(&catalogue, &subject, limit, counts, judged).await;
            admitted += usize::from(!matches!(outcome, Err(AppError::TooManyAttempts(..))));
        }
        admitted
    }
}
