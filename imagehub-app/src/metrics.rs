//! What is counted, in Prometheus' text format.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use actix_web::{HttpResponse, web};

use crate::state::State;

/// Counters of this process.
#[derive(Default)]
pub struct Metrics {
    /// Answers by the first digit of their status.
    answers: [AtomicU64; 5],
    /// Images stored.
    pub stored: AtomicU64,
    /// Uploaded files refused.
    pub refused: AtomicU64,
    /// Times that an original was asked for which a record names and the store does not have.
    pub missing: AtomicU64,
    /// Times that a file was asked for which cannot be the one that was stored.
    pub damaged: AtomicU64,
}

impl Metrics {
    /// Counts an answer.
    pub fn answered(&self, status: u16) {
        let class = usize::from((status / 100).clamp(1, 5)) - 1;
        if let Some(counter) = self.answers.get(class) {
            counter.fetch_add(1, Relaxed);
        }
    }

    fn text(&self) -> String {
        let mut text = String::from("# TYPE imagehub_http_responses_total counter\n");
        for (class, count) in (1..).zip(&self.answers) {
            let count = count.load(Relaxed);
            let _ = writeln!(
                text,
                "imagehub_http_responses_total{{class=\"{class}xx\"}} {count}"
            );
        }
        for (name, counter) in [
            ("uploads_stored", &self.stored),
            ("uploads_refused", &self.refused),
            ("blobs_missing", &self.missing),
            ("blobs_damaged", &self.damaged),
        ] {
            let count = counter.load(Relaxed);
            let _ = writeln!(
                text,
                "# TYPE imagehub_{name}_total counter\nimagehub_{name}_total {count}"
            );
        }
        text
    }
}

/// `GET /metrics`, on an address of its own.
pub async fn show(state: web::Data<State>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4")
        .body(state.metrics.text())
}
