//! Requests: how many, how long until they were answered, and what they came to.

use std::time::Duration;

use actix_web::http::Method;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::{ByCode, registered};

/// Whatever no route answers.
const NO_ROUTE: &str = "none";

/// Statuses by their first digit.
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// Bounds of the buckets of durations, in seconds.
const BOUNDS: [f64; 9] = [0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0];

/// Requests and their answers.
pub struct Requests {
    /// Those that are not answered yet.
    pub in_flight: Gauge,
    /// Those that were refused.
    pub refusals: Family<ByCode, Counter>,
    responses: Family<ByClass, Counter>,
    durations: Family<ByRoute, Histogram>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByClass {
    class: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByRoute {
    method: &'static str,
    route: &'static str,
}

impl Requests {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let responses: Family<ByClass, Counter> =
            registered(registry, "http_responses", "Answers by their status");
        // A rate needs the zero before the first.
        for class in CLASSES {
            drop(responses.get_or_create(&ByClass { class }));
        }
        let durations =
            Family::<ByRoute, Histogram>::new_with_constructor(|| Histogram::new(BOUNDS));
        registry.register(
            "http_request_duration_seconds",
            "From a request's head to its answer's",
            durations.clone(),
        );
        Self {
            in_flight: registered(
                registry,
                "http_requests_in_flight",
                "Requests that are not answered yet",
            ),
            refusals: registered(registry, "http_refusals", "Refusals by their code"),
            responses,
            durations,
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
        if let Some(&class) = CLASSES.get(class) {
            self.responses.get_or_create(&ByClass { class }).inc();
        }
        let route = ByRoute {
            method: known(method),
            route: route.unwrap_or(NO_ROUTE),
        };
        let durations = self.durations.get_or_create(&route);
        durations.observe(took.as_secs_f64());
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
    use prometheus_client::encoding::text::encode;

    use super::*;

    #[test]
    fn clients_do_not_make_up_labels() {
        let mut registry = Registry::default();
        let requests = Requests::new(&mut registry);
        let made_up = Method::from_bytes(b"ADA").unwrap();
        requests.answered(&made_up, None, 405, Duration::ZERO);
        let mut text = String::new();
        encode(&mut text, &registry).unwrap();
        assert!(!text.contains("ADA"), "{text}");
        assert!(
            text.contains("_count{method=\"other\",route=\"none\"} 1"),
            "{text}"
        );
    }
}
