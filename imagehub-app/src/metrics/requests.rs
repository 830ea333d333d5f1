//! Requests: how many, how long until they were answered, and what they came to.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use actix_web::http::Method;

use super::exposition::{ByLabel, Gauge, Histogram, Text};

/// Whatever no route answers.
const NO_ROUTE: &str = "none";

/// Requests and their answers.
pub struct Requests {
    /// Those that are not answered yet.
    pub in_flight: Gauge,
    /// Those that were refused, by code.
    pub refusals: ByLabel,
    /// Answers by the first digit of their status.
    classes: [AtomicU64; 5],
    durations: Mutex<BTreeMap<(&'static str, &'static str), Histogram>>,
}

impl Requests {
    pub(super) const fn new() -> Self {
        Self {
            in_flight: Gauge::new(),
            refusals: ByLabel::new(),
            classes: [const { AtomicU64::new(0) }; 5],
            durations: Mutex::new(BTreeMap::new()),
        }
    }

    /// Counts an answer that began after so long.
    pub fn answered(
        &self,
        method: &Method,
        route: Option<&'static str>,
        status: u16,
        took: Duration,
    ) {
        let class = usize::from((status / 100).clamp(1, 5)) - 1;
        if let Some(counter) = self.classes.get(class) {
            counter.fetch_add(1, Relaxed);
        }
        let key = (known(method), route.unwrap_or(NO_ROUTE));
        let mut durations = self
            .durations
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        durations
            .entry(key)
            .or_default()
            .observe(took.as_secs_f64());
    }

    pub(super) fn write(&self, text: &mut Text) {
        text.gauge(
            "imagehub_http_requests_in_flight",
            "Requests that are not answered yet.",
        );
        text.sample("", &[], self.in_flight.now());
        text.counter("imagehub_http_responses_total", "Answers by their status.");
        for (class, count) in (1..).zip(&self.classes) {
            let class = format!("{class}xx");
            text.sample("", &[("class", &class)], count.load(Relaxed));
        }
        text.counter("imagehub_http_refusals_total", "Refusals by their code.");
        text.by_label("code", &self.refusals);
        text.histograms(
            "imagehub_http_request_duration_seconds",
            "From a request's head to its answer's.",
        );
        let durations = self
            .durations
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for ((method, route), histogram) in durations.iter() {
            text.histogram(&[("method", method), ("route", route)], histogram);
        }
    }
}

/// A client may make up methods.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_do_not_make_up_labels() {
        let requests = Requests::new();
        let made_up = Method::from_bytes(b"ADA").unwrap();
        requests.answered(&made_up, None, 405, Duration::ZERO);
        let mut text = Text::default();
        requests.write(&mut text);
        let text = text.finish();
        assert!(!text.contains("ADA"), "{text}");
        assert!(
            text.contains("_count{method=\"other\",route=\"none\"} 1"),
            "{text}"
        );
    }
}
