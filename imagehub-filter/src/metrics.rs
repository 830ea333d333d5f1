//! What is counted. It is counted in this VM and handed to the proxy on a tick: handing a number over costs about as much as
//! setting a header.
//!
//! A name carries its labels: `stats_tags` in the proxy's bootstrap takes them out again. Nothing in a name comes from a
//! request, so there are only so many.

use imagehub_policy::{Plan, Policy, Verdict};

use crate::host;

/// How often counts are handed over, in milliseconds of ticks.
pub const FLUSH_MILLIS: u32 = 5_000;

/// A number that only grows.
#[derive(Clone, Copy, Default)]
pub struct Counter {
    /// What is not handed over yet.
    pending: u32,
    /// The proxy's name for it, once it has one.
    id: Option<u32>,
}

impl Counter {
    pub fn add(&mut self, count: u32) {
        self.pending = self.pending.saturating_add(count);
    }

    fn flush(&mut self, name: impl FnOnce() -> String) {
        if self.pending == 0 {
            return;
        }
        self.id = self.id.or_else(|| host::define_counter(&name()));
        if let Some(id) = self.id {
            host::add_to_counter(id, self.pending);
            self.pending = 0;
        }
    }
}

/// One configuration's counts, on one worker.
pub struct Metrics {
    /// Requests by rule (then the default, then those whose head could not be read), plan (then none) and verdict.
    requests: Vec<Vec<[Counter; Verdict::ALL.len()]>>,
    /// Tokens that were verified before.
    pub token_cache_hits: Counter,
    /// Tokens that were not.
    pub token_cache_misses: Counter,
    /// Requests that waited for keys.
    pub key_waits: Counter,
    /// Fetches of keys.
    pub key_fetches: Counter,
    /// Those that brought none.
    pub key_fetch_failures: Counter,
    since_flush: u32,
}

impl Metrics {
    pub fn new(policy: &Policy) -> Self {
        let of_rule = || {
            let plans = policy.plans().iter().map(Some).chain([None]);
            plans.map(|_| Default::default()).collect()
        };
        let rules = policy.routes().iter().map(Some).chain([None, None]);
        Self {
            requests: rules.map(|_| of_rule()).collect(),
            token_cache_hits: Counter::default(),
            token_cache_misses: Counter::default(),
            key_waits: Counter::default(),
            key_fetches: Counter::default(),
            key_fetch_failures: Counter::default(),
            since_flush: 0,
        }
    }

    /// Counts a request. A plan that the policy does not know counts as the first one, as it does for limits.
    pub fn request(
        &mut self,
        policy: &Policy,
        rule: Option<usize>,
        plan: Option<&Plan>,
        verdict: Verdict,
    ) {
        let plans = policy.plans();
        let plan = plan.map_or(plans.len(), |plan| {
            plans
                .iter()
                .position(|known| known.name == *plan)
                .unwrap_or(0)
        });
        let of_rule = match rule {
            Some(rule) => self.requests.get_mut(rule),
            None => self.requests.last_mut(),
        };
        let of_plan = of_rule.and_then(|of_rule| of_rule.get_mut(plan));
        if let Some(counter) = of_plan.and_then(|of_plan| of_plan.get_mut(verdict as usize)) {
            counter.add(1);
        }
    }

    /// Time passes. True when it is time to [flush](Self::flush).
    pub fn pass(&mut self, millis: u32) -> bool {
        self.since_flush = self.since_flush.saturating_add(millis);
        self.since_flush >= FLUSH_MILLIS
    }

    /// Hands everything to the proxy.
    pub fn flush(&mut self, policy: &Policy) {
        self.since_flush = 0;
        for (counter, name) in [
            (
                &mut self.token_cache_hits,
                "imagehub_token_cache_hits_total",
            ),
            (
                &mut self.token_cache_misses,
                "imagehub_token_cache_misses_total",
            ),
            (&mut self.key_waits, "imagehub_key_waits_total"),
            (&mut self.key_fetches, "imagehub_key_fetches_total"),
            (
                &mut self.key_fetch_failures,
                "imagehub_key_fetch_failures_total",
            ),
        ] {
            counter.flush(|| name.to_owned());
        }
        let rules = policy.routes().iter().chain([policy.default_route()]);
        let rules = rules.map(|route| &*route.template).chain(["none"]);
        for (rule, of_rule) in rules.zip(&mut self.requests) {
            let plans = policy.plans().iter().map(|plan| plan.name.as_str());
            for (plan, of_plan) in plans.chain(["none"]).zip(of_rule) {
                for (verdict, counter) in Verdict::ALL.iter().zip(of_plan) {
                    counter.flush(|| {
                        format!("imagehub_requests_total;verdict={verdict};plan={plan};rule={rule}")
                    });
                }
            }
        }
    }
}
