//! What this process counts, in Prometheus' text format.
//!
//! Labels are routes, codes and kinds, of which there are few and all known here: never a tenant,
//! a person or anything else that a client chooses.

mod exposition;
mod process;
mod requests;

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use actix_web::HttpResponse;

pub use exposition::{ByLabel, Gauge};
pub use requests::Requests;

use exposition::Text;

/// The numbers of this process.
pub static METRICS: Metrics = Metrics::new();

/// Counters and gauges.
pub struct Metrics {
    /// Requests and their answers.
    pub requests: Requests,
    /// Uploads whose body or pictures are being worked on.
    pub uploads: Gauge,
    /// Pictures stored.
    pub stored: AtomicU64,
    /// Files of uploads that were not taken, by code.
    pub refused: ByLabel,
    /// Pictures being decoded.
    pub decodes: Gauge,
    /// Pictures that wait for their turn to be decoded.
    pub decodes_waiting: Gauge,
    /// Passwords being hashed.
    pub hashes: Gauge,
    /// Passwords that wait for their turn to be hashed.
    pub hashes_waiting: Gauge,
    /// Answers for which the catalogue was away or refused.
    pub catalogue_errors: AtomicU64,
    /// Answers for which the store of blobs was away or full.
    pub blob_errors: AtomicU64,
    /// Times that a file was asked for which a record names and the store does not have.
    pub missing: AtomicU64,
    /// Times that a file was asked for which cannot be the one that was stored.
    pub damaged: AtomicU64,
    /// When the last finished sweep ended, in Unix seconds; 0 before the first.
    pub swept_at: AtomicU64,
    /// What sweeps removed, by kind.
    pub swept: ByLabel,
    /// Sweeps that were not finished.
    pub sweeps_failed: AtomicU64,
}

impl Metrics {
    const fn new() -> Self {
        Self {
            requests: Requests::new(),
            uploads: Gauge::new(),
            stored: AtomicU64::new(0),
            refused: ByLabel::new(),
            decodes: Gauge::new(),
            decodes_waiting: Gauge::new(),
            hashes: Gauge::new(),
            hashes_waiting: Gauge::new(),
            catalogue_errors: AtomicU64::new(0),
            blob_errors: AtomicU64::new(0),
            missing: AtomicU64::new(0),
            damaged: AtomicU64::new(0),
            swept_at: AtomicU64::new(0),
            swept: ByLabel::new(),
            sweeps_failed: AtomicU64::new(0),
        }
    }

    fn text(&self) -> String {
        let mut text = Text::default();
        text.gauge("imagehub_build_info", "The version that runs.");
        text.sample("", &[("version", env!("CARGO_PKG_VERSION"))], 1);
        self.requests.write(&mut text);
        self.write_uploads(&mut text);
        self.write_stores(&mut text);
        process::write(&mut text);
        text.finish()
    }

    fn write_uploads(&self, text: &mut Text) {
        text.gauge("imagehub_uploads_in_flight", "Uploads being worked on.");
        text.sample("", &[], self.uploads.now());
        text.counter("imagehub_uploads_stored_total", "Pictures stored.");
        text.sample("", &[], self.stored.load(Relaxed));
        text.counter(
            "imagehub_uploads_refused_total",
            "Files of uploads that were not taken.",
        );
        text.by_label("code", &self.refused);
        for (what, running, waiting) in [
            ("decodes", &self.decodes, &self.decodes_waiting),
            ("password_hashes", &self.hashes, &self.hashes_waiting),
        ] {
            text.gauge(&format!("imagehub_{what}_running"), "Being worked on.");
            text.sample("", &[], running.now());
            text.gauge(&format!("imagehub_{what}_waiting"), "Waiting for a turn.");
            text.sample("", &[], waiting.now());
        }
    }

    fn write_stores(&self, text: &mut Text) {
        for (name, help, count) in [
            (
                "imagehub_catalogue_errors_total",
                "Answers for which the catalogue was away or refused.",
                &self.catalogue_errors,
            ),
            (
                "imagehub_blob_errors_total",
                "Answers for which the blobs were away or full.",
                &self.blob_errors,
            ),
            (
                "imagehub_blobs_missing_total",
                "Requests for a file that a record names and the store does not have.",
                &self.missing,
            ),
            (
                "imagehub_blobs_damaged_total",
                "Requests for a file that cannot be the one that was stored.",
                &self.damaged,
            ),
            (
                "imagehub_sweeps_failed_total",
                "Sweeps that were not finished.",
                &self.sweeps_failed,
            ),
        ] {
            text.counter(name, help);
            text.sample("", &[], count.load(Relaxed));
        }
        text.gauge(
            "imagehub_sweep_last_success_timestamp_seconds",
            "When the last finished sweep ended; 0 before the first.",
        );
        text.sample("", &[], self.swept_at.load(Relaxed));
        text.counter("imagehub_swept_total", "What sweeps removed.");
        text.by_label("kind", &self.swept);
    }
}

/// `GET /metrics`, on an address of its own.
pub async fn show() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(METRICS.text())
}
