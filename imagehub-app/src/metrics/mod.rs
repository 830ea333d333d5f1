//! What this process counts, in the text format of OpenMetrics.
//!
//! Labels are routes, codes and kinds, of which there are few and all known here: never a tenant,
//! a person or anything else that a client chooses.

mod process;
mod requests;

use std::sync::LazyLock;

use actix_web::HttpResponse;
use actix_web::error::ErrorInternalServerError;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Metric, Registry};

pub use requests::Requests;

use process::Process;

/// The numbers of this process.
pub static METRICS: LazyLock<Metrics> = LazyLock::new(Metrics::new);

/// Counters and gauges.
pub struct Metrics {
    registry: Registry,
    /// Requests and their answers.
    pub requests: Requests,
    /// Uploads whose body or pictures are being worked on.
    pub uploads: Gauge,
    /// Pictures stored.
    pub stored: Counter,
    /// Files of uploads that were not taken.
    pub refused: Family<ByCode, Counter>,
    /// Pictures being decoded.
    pub decodes: Gauge,
    /// Pictures that wait for their turn to be decoded.
    pub decodes_waiting: Gauge,
    /// Passwords being hashed.
    pub hashes: Gauge,
    /// Passwords that wait for their turn to be hashed.
    pub hashes_waiting: Gauge,
    /// Answers for which the catalogue was away or refused.
    pub catalogue_errors: Counter,
    /// Answers for which the store of blobs was away or full.
    pub blob_errors: Counter,
    /// Times that a file was asked for which a record names and the store does not have.
    pub missing: Counter,
    /// Times that a file was asked for which cannot be the one that was stored.
    pub damaged: Counter,
    /// When the last finished sweep ended, in Unix seconds; 0 before the first.
    pub swept_at: Gauge,
    /// What sweeps removed.
    pub swept: Family<ByKind, Counter>,
    /// Sweeps that were not finished.
    pub sweeps_failed: Counter,
}

/// The label of what a problem's code tells apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct ByCode {
    /// The code.
    pub code: &'static str,
}

/// The label of what sweeps removed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct ByKind {
    /// The kind.
    pub kind: &'static str,
}

impl Metrics {
    fn new() -> Self {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(Process));
        let ours = registry.sub_registry_with_prefix("imagehub");
        let version = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        ours.register("build", "The version that runs", version);
        Self {
            requests: Requests::new(ours),
            uploads: registered(ours, "uploads_in_flight", "Uploads being worked on"),
            stored: registered(ours, "uploads_stored", "Pictures stored"),
            refused: registered(
                ours,
                "uploads_refused",
                "Files of uploads that were not taken",
            ),
            decodes: registered(ours, "decodes_running", "Being worked on"),
            decodes_waiting: registered(ours, "decodes_waiting", "Waiting for a turn"),
            hashes: registered(ours, "password_hashes_running", "Being worked on"),
            hashes_waiting: registered(ours, "password_hashes_waiting", "Waiting for a turn"),
            catalogue_errors: registered(
                ours,
                "catalogue_errors",
                "Answers for which the catalogue was away or refused",
            ),
            blob_errors: registered(
                ours,
                "blob_errors",
                "Answers for which the blobs were away or full",
            ),
            missing: registered(
                ours,
                "blobs_missing",
                "Requests for a file that a record names and the store does not have",
            ),
            damaged: registered(
                ours,
                "blobs_damaged",
                "Requests for a file that cannot be the one that was stored",
            ),
            swept_at: registered(
                ours,
                "sweep_last_success_timestamp_seconds",
                "When the last finished sweep ended; 0 before the first",
            ),
            swept: registered(ours, "swept", "What sweeps removed"),
            sweeps_failed: registered(ours, "sweeps_failed", "Sweeps that were not finished"),
            registry,
        }
    }
}

/// A new metric. The text gives its help a full stop, and a counter's name the ending `_total`.
fn registered<M: Metric + Clone + Default>(registry: &mut Registry, name: &str, help: &str) -> M {
    let metric = M::default();
    registry.register(name, help, metric.clone());
    metric
}

/// One that a gauge counts, until dropped.
pub struct Counted<'a>(&'a Gauge);

impl<'a> Counted<'a> {
    /// Counts one in for as long as the result lives.
    #[must_use]
    pub fn by(gauge: &'a Gauge) -> Self {
        gauge.inc();
        Self(gauge)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// `GET /metrics`, on an address of its own.
pub async fn show() -> actix_web::Result<HttpResponse> {
    let mut body = String::new();
    text::encode(&mut body, &METRICS.registry).map_err(ErrorInternalServerError)?;
    Ok(HttpResponse::Ok()
        .content_type("application/openmetrics-text; version=1.0.0; charset=utf-8")
        .body(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gauge_counts_who_is_there_and_not_who_was() {
        let gauge = Gauge::default();
        let first = Counted::by(&gauge);
        let second = Counted::by(&gauge);
        assert_eq!(gauge.get(), 2);
        drop(first);
        assert_eq!(gauge.get(), 1);
        drop(second);
        assert_eq!(gauge.get(), 0);
    }
}
