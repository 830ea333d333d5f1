//! Waiting for a condition, with a deadline and a message: the only place that sleeps.

use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};

const PAUSE: Duration = Duration::from_millis(50);

/// Calls `attempt` until it succeeds or `deadline` has passed; the last error says why not.
///
/// # Errors
/// The last error of `attempt`, with what was waited for and how long.
pub async fn until<T, Fut>(
    what: &str,
    deadline: Duration,
    mut attempt: impl FnMut() -> Fut,
) -> Result<T>
where
    Fut: Future<Output = Result<T>>,
{
    let start = Instant::now();
    loop {
        let left = deadline.saturating_sub(start.elapsed());
        let outcome = tokio::time::timeout(left.max(PAUSE), attempt())
            .await
            .unwrap_or_else(|_| Err(anyhow!("the last attempt did not end in time")));
        match outcome {
            Ok(value) => return Ok(value),
            Err(error) if start.elapsed() >= deadline => {
                return Err(error.context(format!(
                    "waited {:.1} s in vain: {what}",
                    start.elapsed().as_secs_f64()
                )));
            }
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

/// Lets the time pass that the service itself told its client to wait (`Retry-After`).
pub async fn as_told(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

/// Lets a fault last: for parts that are paused or answer late.
pub async fn for_a_fault(lasts: Duration) {
    tokio::time::sleep(lasts).await;
}

/// Lets a random part of `most` pass: for faults that must strike at any moment.
pub async fn at_random(most: Duration) {
    tokio::time::sleep(most.mul_f64(rand::random::<f64>())).await;
}
