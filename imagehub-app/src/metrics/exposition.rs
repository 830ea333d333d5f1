//! The kinds of numbers there are, and how they are written.

use std::collections::BTreeMap;
use std::fmt::{Display, Write as _};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

/// How many are at something now.
pub struct Gauge(AtomicU64);

/// One that is at something, until dropped.
pub struct Entered<'a>(&'a Gauge);

impl Gauge {
    pub(super) const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Counts one in for as long as the result lives.
    #[must_use]
    pub fn enter(&self) -> Entered<'_> {
        self.0.fetch_add(1, Relaxed);
        Entered(self)
    }

    pub(super) fn now(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Relaxed);
    }
}

/// Counters apart by a label. Its values are this program's own words.
pub struct ByLabel(Mutex<BTreeMap<&'static str, u64>>);

impl ByLabel {
    pub(super) const fn new() -> Self {
        Self(Mutex::new(BTreeMap::new()))
    }

    /// Counts so many more.
    pub fn add(&self, label: &'static str, count: u64) {
        *self.lock().entry(label).or_default() += count;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<&'static str, u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Bounds of a histogram's buckets, in seconds.
const BOUNDS: [f64; 9] = [0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0];

/// How long something took, each time.
#[derive(Default)]
pub(super) struct Histogram {
    /// Counts up to each bound, what is below included.
    buckets: [u64; BOUNDS.len()],
    count: u64,
    sum: f64,
}

impl Histogram {
    pub(super) fn observe(&mut self, seconds: f64) {
        for (bucket, bound) in self.buckets.iter_mut().zip(BOUNDS) {
            *bucket += u64::from(seconds <= bound);
        }
        self.count += 1;
        self.sum += seconds;
    }
}

/// The text, metric after metric, each begun by its name and followed by its samples.
#[derive(Default)]
pub(super) struct Text {
    text: String,
    name: String,
}

impl Text {
    pub(super) fn counter(&mut self, name: &str, help: &str) {
        self.begin(name, "counter", help);
    }

    pub(super) fn gauge(&mut self, name: &str, help: &str) {
        self.begin(name, "gauge", help);
    }

    pub(super) fn histograms(&mut self, name: &str, help: &str) {
        self.begin(name, "histogram", help);
    }

    fn begin(&mut self, name: &str, kind: &str, help: &str) {
        name.clone_into(&mut self.name);
        let _ = writeln!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    /// One sample of the metric that was begun. Labels are this program's own and need no escapes.
    pub(super) fn sample(&mut self, suffix: &str, labels: &[(&str, &str)], value: impl Display) {
        let _ = write!(self.text, "{}{suffix}", self.name);
        for (index, (name, text)) in labels.iter().enumerate() {
            let before = if index == 0 { '{' } else { ',' };
            let _ = write!(self.text, "{before}{name}=\"{text}\"");
        }
        let after = if labels.is_empty() { "" } else { "}" };
        let _ = writeln!(self.text, "{after} {value}");
    }

    pub(super) fn by_label(&mut self, name: &str, counters: &ByLabel) {
        for (label, count) in counters.lock().iter() {
            self.sample("", &[(name, label)], count);
        }
    }

    pub(super) fn histogram(&mut self, labels: &[(&str, &str)], histogram: &Histogram) {
        let bounds = BOUNDS.iter().map(f64::to_string);
        let buckets = bounds.zip(histogram.buckets);
        for (bound, count) in buckets.chain([("+Inf".to_owned(), histogram.count)]) {
            let labels = [labels, &[("le", &bound)]].concat();
            self.sample("_bucket", &labels, count);
        }
        self.sample("_sum", labels, histogram.sum);
        self.sample("_count", labels, histogram.count);
    }

    pub(super) fn finish(self) -> String {
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_histogram_is_written_as_prometheus_reads_it() {
        let mut histogram = Histogram::default();
        for seconds in [0.001, 0.2, 60.0] {
            histogram.observe(seconds);
        }
        let mut text = Text::default();
        text.histograms("wait_seconds", "How long.");
        text.histogram(&[("route", "/t/{tenant}")], &histogram);
        let text = text.finish();
        for line in [
            "# HELP wait_seconds How long.",
            "# TYPE wait_seconds histogram",
            "wait_seconds_bucket{route=\"/t/{tenant}\",le=\"0.005\"} 1",
            "wait_seconds_bucket{route=\"/t/{tenant}\",le=\"0.1\"} 1",
            "wait_seconds_bucket{route=\"/t/{tenant}\",le=\"0.25\"} 2",
            "wait_seconds_bucket{route=\"/t/{tenant}\",le=\"30\"} 2",
            "wait_seconds_bucket{route=\"/t/{tenant}\",le=\"+Inf\"} 3",
            "wait_seconds_sum{route=\"/t/{tenant}\"} 60.201",
            "wait_seconds_count{route=\"/t/{tenant}\"} 3",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
    }

    #[test]
    fn a_gauge_counts_who_is_there_and_not_who_was() {
        let gauge = Gauge::new();
        let first = gauge.enter();
        let second = gauge.enter();
        assert_eq!(gauge.now(), 2);
        drop(first);
        assert_eq!(gauge.now(), 1);
        drop(second);
        assert_eq!(gauge.now(), 0);
    }
}
