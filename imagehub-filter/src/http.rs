//! One request: head, decision, and what the decision does to the request and its response.

use imagehub_policy::{
    Decision, Identity, LimitReport, RequestHead, Timestamp, decide, identity_headers,
};

use crate::entry::Action;
use crate::host::{self, HeaderMap, Status};
use crate::pairs::{self, Pair};
use crate::root::{Root, Rules};
use crate::{client::Client, counters::SharedCounters, reply};

/// How long a request waits for the very first keys, and for one key nobody has heard of.
const WAIT_FOR_ANY_KEYS_NANOS: u64 = 1_800_000_000;
const WAIT_FOR_ONE_KEY_NANOS: u64 = 900_000_000;

/// A request this worker has.
pub struct Stream {
    root: u32,
    phase: Phase,
}

enum Phase {
    /// Not decided on; what it waits for is not waited for any longer than this.
    Undecided { until: Option<Timestamp> },
    /// Let through, with what its limits have left.
    Passed(Option<LimitReport>),
    /// Answered by the filter.
    Answered,
}

impl Stream {
    /// A request of a root context.
    pub fn new(root: u32) -> Self {
        Self {
            root,
            phase: Phase::Undecided { until: None },
        }
    }

    /// The root context it belongs to.
    pub fn root(&self) -> u32 {
        self.root
    }

    fn deadline(&self) -> Option<Timestamp> {
        match self.phase {
            Phase::Undecided { until } => until,
            Phase::Passed(_) | Phase::Answered => None,
        }
    }
}

/// Decides on a request that has just arrived.
pub fn request(root: &mut Root, stream: &mut Stream, context: u32) -> Action {
    judge(root, stream, context).unwrap_or_else(|| {
        stream.phase = Phase::Answered;
        reply::not_judged()
    })
}

/// Decides again on a request that waited, and lets it go on if it may.
pub fn resume(root: &mut Root, stream: &mut Stream, context: u32) {
    if request(root, stream, context) == Action::Continue && host::continue_request().is_err() {
        reply::not_judged();
    }
}

fn judge(root: &mut Root, stream: &mut Stream, context: u32) -> Option<Action> {
    let rules = root.rules.as_mut()?;
    let head_bytes = host::header_pairs(HeaderMap::Request).ok()?;
    let pairs = pairs::parse(&head_bytes)?;
    let now = Timestamp::from_nanos(host::now().ok()?);
    match judge_head(rules, &pairs, now) {
        Decision::Allow(allow) => {
            pass(&pairs, allow.identity.as_ref()).ok()?;
            stream.phase = Phase::Passed(allow.limits);
            Some(Action::Continue)
        }
        Decision::Refuse(refusal) => {
            stream.phase = Phase::Answered;
            Some(reply::refuse(&refusal, &rules.banner))
        }
        Decision::AwaitKeys(refusal) => {
            let until = stream.deadline().unwrap_or_else(|| {
                now.saturating_add_nanos(if rules.keys.current().is_empty() {
                    WAIT_FOR_ANY_KEYS_NANOS
                } else {
                    WAIT_FOR_ONE_KEY_NANOS
                })
            });
            stream.phase = Phase::Undecided { until: Some(until) };
            if now < until && root.wait(context, now) {
                return Some(Action::Pause);
            }
            stream.phase = Phase::Answered;
            let banner = root.rules.as_ref().map_or("", |rules| &rules.banner);
            Some(reply::refuse(&refusal, banner))
        }
    }
}

fn judge_head(rules: &mut Rules, pairs: &[Pair<'_>], now: Timestamp) -> Decision {
    let pseudo = |wanted: &[u8]| {
        pairs
            .iter()
            .find(|(name, _)| *name == wanted)
            .map_or(b"".as_slice(), |(_, value)| *value)
    };
    let head = RequestHead::from_headers(
        pseudo(b":method"),
        pseudo(b":path"),
        pairs.iter().copied(),
        None,
    );
    let client = Client {
        believed: rules.policy.client_address(),
        headers: pairs,
    };
    let mut counters = SharedCounters::new(&rules.table, client);
    decide(
        &rules.policy,
        &head,
        now,
        rules.keys.current(),
        &mut rules.tokens,
        &mut counters,
    )
}

/// Tells whatever stands behind the filter who is asking, and lets nobody else do so.
fn pass(pairs: &[Pair<'_>], identity: Option<&Identity>) -> Result<(), Status> {
    strip(HeaderMap::Request, pairs)?;
    let Some(identity) = identity else {
        return Ok(());
    };
    let told = [
        (identity_headers::USER, Some(identity.user.as_str())),
        (
            identity_headers::TENANT,
            identity.tenant.as_ref().map(|tenant| tenant.as_str()),
        ),
        (
            identity_headers::ROLE,
            identity.role.map(|role| role.as_str()),
        ),
        (
            identity_headers::PLAN,
            identity.plan.as_ref().map(|plan| plan.as_str()),
        ),
    ];
    for (name, value) in told {
        if let Some(value) = value {
            host::set_header(HeaderMap::Request, name, value.as_bytes())?;
        }
    }
    Ok(())
}

/// Removes every identity header that came with a request or its trailers, whatever its letters' case.
fn strip(map: HeaderMap, pairs: &[Pair<'_>]) -> Result<(), Status> {
    let prefix = identity_headers::PREFIX.as_bytes();
    for (name, _) in pairs {
        let claims = name
            .get(..prefix.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(prefix));
        if claims {
            host::remove_header(map, name)?;
        }
    }
    Ok(())
}

/// Removes the identity headers of a request's trailers.
pub fn strip_trailers() -> Option<()> {
    let bytes = host::header_pairs(HeaderMap::RequestTrailers).ok()?;
    strip(HeaderMap::RequestTrailers, &pairs::parse(&bytes)?).ok()
}

/// Completes the response to a request that was let through.
pub fn response(root: &Root, stream: &Stream) {
    let (Phase::Passed(limits), Some(rules)) = (&stream.phase, &root.rules) else {
        return;
    };
    let set = |name: &str, value: &str| {
        // The response goes out as it is when the proxy cannot change it any more.
        let _ = host::set_header(HeaderMap::Response, name, value.as_bytes());
    };
    set(identity_headers::FILTER, &rules.banner);
    if let Some(limits) = limits {
        set("ratelimit-policy", &limits.rate_limit_policy());
        set("ratelimit", &limits.rate_limit());
    }
}
