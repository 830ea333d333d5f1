//! Many clients at once: bursts that are counted, and a steady load in the background.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::client::Answer;

/// What came of many requests.
#[derive(Debug, Default)]
pub struct Tally {
    /// How many answers had each status.
    pub by_status: BTreeMap<u16, u64>,
    /// Requests without a complete answer, and answers that were not expected: the first few.
    pub complaints: Vec<String>,
    /// From the first request to the last answer.
    pub elapsed: Duration,
    /// How long the slowest answer took.
    pub slowest: Duration,
}

impl Tally {
    /// How many answers had this status.
    pub fn count(&self, status: u16) -> u64 {
        self.by_status.get(&status).copied().unwrap_or(0)
    }

    /// How many requests were answered.
    pub fn total(&self) -> u64 {
        self.by_status.values().sum()
    }

    fn note(&mut self, took: Duration, outcome: Result<Answer>) {
        self.slowest = self.slowest.max(took);
        match outcome {
            Ok(answer) => *self.by_status.entry(answer.status).or_default() += 1,
            Err(error) => self.complain(format!("no answer: {error:#}")),
        }
    }

    fn complain(&mut self, complaint: String) {
        const SHOWN: usize = 5;
        if self.complaints.len() < SHOWN {
            self.complaints.push(complaint);
        }
    }

    fn merge(&mut self, other: Self) {
        self.slowest = self.slowest.max(other.slowest);
        for (status, count) in other.by_status {
            *self.by_status.entry(status).or_default() += count;
        }
        for complaint in other.complaints {
            self.complain(complaint);
        }
    }
}

/// `clients` clients send `each` requests one after another, all starting together.
/// `request` gets the client's number.
///
/// # Errors
/// When any request got no complete answer.
pub async fn burst<Fut>(
    clients: usize,
    each: usize,
    request: impl Fn(usize) -> Fut + Send + Sync + 'static,
) -> Result<Tally>
where
    Fut: Future<Output = Result<Answer>> + Send,
{
    let request = Arc::new(request);
    let start_line = Arc::new(Barrier::new(clients + 1));
    let mut tasks = JoinSet::new();
    for client in 0..clients {
        let (request, start_line) = (Arc::clone(&request), Arc::clone(&start_line));
        tasks.spawn(async move {
            let mut tally = Tally::default();
            start_line.wait().await;
            for _ in 0..each {
                let asked = Instant::now();
                let outcome = request(client).await;
                tally.note(asked.elapsed(), outcome);
            }
            tally
        });
    }
    start_line.wait().await;
    let start = Instant::now();
    let mut all = Tally::default();
    while let Some(tally) = tasks.join_next().await {
        all.merge(tally?);
    }
    all.elapsed = start.elapsed();
    ensure!(all.complaints.is_empty(), "{all:#?}");
    ensure!(all.total() == (clients * each) as u64, "{all:#?}");
    Ok(all)
}

/// Clients that go on sending in the background, at a steady rate, until told to stop.
pub struct Background {
    stop: Arc<AtomicBool>,
    tasks: JoinSet<Tally>,
    start: Instant,
}

impl Background {
    /// Starts `clients` clients, each sending a request every `pause`. Any answer but
    /// `expected` is a complaint.
    pub fn start<Fut>(
        clients: usize,
        pause: Duration,
        expected: u16,
        request: impl Fn(usize) -> Fut + Send + Sync + 'static,
    ) -> Self
    where
        Fut: Future<Output = Result<Answer>> + Send,
    {
        let stop = Arc::new(AtomicBool::new(false));
        let request = Arc::new(request);
        let start = Instant::now();
        let mut tasks = JoinSet::new();
        for client in 0..clients {
            let (stop, request) = (Arc::clone(&stop), Arc::clone(&request));
            tasks.spawn(async move {
                let mut tally = Tally::default();
                let mut tick = tokio::time::interval(pause);
                tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
                while !stop.load(Ordering::Relaxed) {
                    tick.tick().await;
                    let asked = Instant::now();
                    let outcome = request(client).await;
                    let took = asked.elapsed();
                    if let Ok(answer) = &outcome
                        && answer.status != expected
                    {
                        let at = start.elapsed().as_secs_f64();
                        tally.complain(format!("after {at:.2} s: {answer}"));
                    }
                    tally.note(took, outcome);
                }
                tally
            });
        }
        Self { stop, tasks, start }
    }

    /// Stops the clients and adds up what they saw.
    ///
    /// # Errors
    /// When a client's task panicked.
    pub async fn finish(mut self) -> Result<Tally> {
        self.stop.store(true, Ordering::Relaxed);
        let mut all = Tally::default();
        while let Some(tally) = self.tasks.join_next().await {
            all.merge(tally?);
        }
        all.elapsed = self.start.elapsed();
        Ok(all)
    }

    /// Stops the clients and checks that each request, at least `least` of them, was answered
    /// as expected.
    ///
    /// # Errors
    /// The first complaints, or too few requests to mean anything.
    pub async fn finish_without_complaint(self, least: u64) -> Result<Tally> {
        let tally = self.finish().await?;
        ensure!(tally.complaints.is_empty(), "{tally:#?}");
        ensure!(
            tally.total() >= least,
            "only {} requests: {tally:#?}",
            tally.total()
        );
        Ok(tally)
    }
}
