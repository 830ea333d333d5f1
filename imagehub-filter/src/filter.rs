//! The filter on one worker: what decides, and which requests wait for keys.

use std::cell::Cell;
use std::rc::Rc;

use imagehub_policy::{
    AddressKey, Code, Decision, LimitReport, LimitTable, Plan, Policy, Refusal, Verdict,
    VerifiedTokens, decide, identity_headers,
};
use proxy_wasm::types::{Action, LogLevel, MapType};

use crate::client::Client;
use crate::counters::{self, SharedCounters};
use crate::host;
use crate::keys::KeyRing;
use crate::metrics::{FLUSH_MILLIS, Metrics};
use crate::waiting::WaitingRoom;
use crate::{head, reply};

/// The largest configuration, in bytes.
const MAX_CONFIGURATION: usize = 1024 * 1024;
/// The period of ticks while something is to be done at once: a key to be fetched, waiting requests to be decided on.
const AT_ONCE_MILLIS: u32 = 1;
/// The period of ticks while requests wait, or while there are no keys.
const IMPATIENT_MILLIS: u32 = 100;

/// One configuration in use, on one worker.
pub struct Filter {
    policy: Policy,
    table: LimitTable,
    keys: KeyRing,
    tokens: VerifiedTokens,
    waiting: WaitingRoom,
    metrics: Metrics,
    /// The period of ticks that is set, in milliseconds.
    tick_millis: u32,
    /// The value of `x-imagehub-filter`.
    version: String,
}

/// What became of a request.
#[derive(Clone, Copy, Default)]
pub enum Outcome {
    /// It is not decided on.
    #[default]
    Undecided,
    /// It went on.
    Passed {
        /// What its limits have left.
        limits: Option<LimitReport>,
        /// On a route that is only being tried out: what it would have been refused for.
        would_refuse: Option<Code>,
    },
    /// The filter answered it.
    Answered,
}

/// A request that fresh keys may decide.
struct Undecided {
    /// Its answer, if they do not come.
    refusal: Box<Refusal>,
    /// The rule it falls under.
    rule: Option<usize>,
    /// Whose request it is.
    address: AddressKey,
}

impl Filter {
    /// Reads a configuration of so many bytes.
    ///
    /// # Errors
    /// Says what is wrong with it, and where.
    pub fn configure(size: usize) -> Result<Self, String> {
        if size > MAX_CONFIGURATION {
            return Err(format!("{size} bytes are too many"));
        }
        let policy =
            Policy::parse(&host::configuration(size)).map_err(|error| error.to_string())?;
        let table = counters::prepare(policy.limit_slots()).ok_or("no counters can be made")?;
        let version = format!("{};policy={}", env!("CARGO_PKG_VERSION"), policy.hash());
        host::log(LogLevel::Info, &format!("imagehub: {version}"));
        let mut filter = Self {
            table,
            keys: KeyRing::new(policy.key_source()),
            tokens: VerifiedTokens::default(),
            waiting: WaitingRoom::default(),
            metrics: Metrics::new(&policy),
            tick_millis: 0,
            version,
            policy,
        };
        // Keys may not be fetched before the VM is in use.
        let fetches = filter.keys.refresh_millis().is_some();
        filter.tick_every(if fetches {
            AT_ONCE_MILLIS
        } else {
            FLUSH_MILLIS
        });
        Ok(filter)
    }

    /// Decides on a request that has just arrived. Its context is the effective one.
    pub fn arrive(&mut self, context: u32, outcome: &Rc<Cell<Outcome>>) -> Action {
        let decided = match self.decide() {
            Ok(decided) => decided,
            Err(undecided) if self.wait(context, &undecided, outcome) => return Action::Pause,
            Err(undecided) => self.refuse(&undecided.refusal, undecided.rule, None),
        };
        outcome.set(decided);
        match decided {
            Outcome::Passed { .. } => Action::Continue,
            Outcome::Undecided | Outcome::Answered => Action::Pause,
        }
    }

    /// The timer of the root context.
    pub fn tick(&mut self, root: u32) {
        self.waiting.pass(self.tick_millis);
        self.metrics
            .key_fetches
            .add(self.keys.fetch_if_due(host::now()).into());
        for (context, waiter) in self.waiting.next_batch() {
            if host::set_effective_context(context) {
                waiter.outcome.set(self.decide_at_last());
            }
        }
        host::set_effective_context(root);
        if self.metrics.pass(self.tick_millis) {
            let lookups = self.tokens.take_lookups();
            self.metrics.token_cache_hits.add(lookups.hits);
            self.metrics.token_cache_misses.add(lookups.misses);
            self.metrics.flush(&self.policy);
        }
        self.set_timer();
    }

    /// A fetch of keys is over. Whoever waited for it is decided on in the ticks that follow.
    pub fn keys_arrived(&mut self, token: u32, headers: usize, body_size: usize) {
        if let Some(brought) = self.keys.arrived(token, headers, body_size) {
            self.metrics.key_fetch_failures.add((!brought).into());
            if !self.keys.current().is_empty() {
                self.waiting.wake_all();
            }
        }
        self.set_timer();
    }

    /// Completes the response to a request that was let through.
    pub fn complete_response(&self, outcome: Outcome) {
        let Outcome::Passed {
            limits,
            would_refuse,
        } = outcome
        else {
            return;
        };
        let set = |name: &str, value: &str| {
            let _ = host::set_header(MapType::HttpResponseHeaders, name, value);
        };
        match would_refuse {
            None => set(identity_headers::FILTER, &self.version),
            Some(code) => {
                let version = format!("{};would-refuse={code}", self.version);
                set(identity_headers::FILTER, &version);
            }
        }
        if let Some(limits) = limits {
            for (name, value) in limits.headers() {
                set(name, &value);
            }
        }
    }

    /// A request is over.
    pub fn forget(&mut self, context: u32) {
        self.waiting.leave(context);
    }

    /// Decides on the effective context's request and carries that out, unless other keys may change it.
    fn decide(&mut self) -> Result<Outcome, Undecided> {
        let headers = host::headers(MapType::HttpRequestHeaders);
        let client = Client::new(self.policy.client_address(), &headers);
        let judgement = decide(
            &self.policy,
            &head::of(&headers),
            &|| client.address(),
            host::now(),
            self.keys.current(),
            &mut self.tokens,
            &mut SharedCounters(&self.table),
        );
        let (rule, plan) = (judgement.rule, judgement.plan.as_ref());
        match judgement.decision {
            Decision::Allow(allow) => {
                let told = self.policy.identity_headers();
                let identity = allow.identity.as_ref();
                if head::let_pass(&headers, &client, told, identity).is_ok() {
                    self.note(rule, plan, allow.verdict());
                    return Ok(Outcome::Passed {
                        limits: allow.limits,
                        would_refuse: allow.would_refuse,
                    });
                }
                reply::not_judged();
                Ok(Outcome::Answered)
            }
            Decision::Refuse(refusal) => Ok(self.refuse(&refusal, rule, plan)),
            Decision::Tell(levels) => {
                reply::tell(levels.as_ref(), &self.version);
                Ok(Outcome::Answered)
            }
            Decision::AwaitKeys(refusal) => Err(Undecided {
                refusal: Box::new(refusal),
                rule,
                address: AddressKey::of(client.address()),
            }),
        }
    }

    /// Decides on a request that has waited, and does not wait again.
    fn decide_at_last(&mut self) -> Outcome {
        let outcome = match self.decide() {
            Ok(outcome) => outcome,
            Err(undecided) => self.refuse(&undecided.refusal, undecided.rule, None),
        };
        if matches!(outcome, Outcome::Passed { .. }) {
            host::resume_request();
        }
        outcome
    }

    fn refuse(&mut self, refusal: &Refusal, rule: Option<usize>, plan: Option<&Plan>) -> Outcome {
        self.note(rule, plan, refusal.verdict());
        reply::refuse(refusal, &self.version);
        Outcome::Answered
    }

    /// Counts what became of a request, and tells the access log what is worth telling.
    fn note(&mut self, rule: Option<usize>, plan: Option<&Plan>, verdict: Verdict) {
        self.metrics.request(&self.policy, rule, plan, verdict);
        if verdict == Verdict::Allowed {
            return;
        }
        host::set_property("imagehub_verdict", verdict.as_str());
        if let Some(rule) = rule.and_then(|rule| self.policy.rule(rule)) {
            host::set_property("imagehub_rule", &rule.template);
        }
    }

    /// Lets a request wait for keys, if they may come and there is room.
    fn wait(&mut self, context: u32, request: &Undecided, outcome: &Rc<Cell<Outcome>>) -> bool {
        let Some(millis) = self.keys.worth_waiting(host::now()) else {
            return false;
        };
        let waits = self
            .waiting
            .enter(context, request.address, millis, outcome);
        self.metrics.key_waits.add(waits.into());
        self.set_timer();
        waits
    }

    /// Sets the timer to what is needed now.
    fn set_timer(&mut self) {
        let Some(refresh) = self.keys.refresh_millis() else {
            return;
        };
        self.tick_every(if self.waiting.has_due() || self.keys.is_wanted() {
            AT_ONCE_MILLIS
        } else if self.keys.current().is_empty() || !self.waiting.is_empty() {
            IMPATIENT_MILLIS
        } else {
            refresh.min(FLUSH_MILLIS)
        });
    }

    fn tick_every(&mut self, millis: u32) {
        if self.tick_millis != millis {
            self.tick_millis = millis;
            host::set_tick_period(millis);
        }
    }
}
