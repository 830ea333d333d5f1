//! The public keys: given with the policy, or fetched from the application and fetched again now and then.

use std::rc::Rc;

use imagehub_policy::{KeySource, Keys, MAX_JWKS_BYTES, Timestamp};

use crate::host::{self, Buffer, HeaderMap, LogLevel};
use crate::pairs;

/// How long one fetch may take: a request that waits for it waits less than a second.
const FETCH_TIMEOUT_MILLIS: u32 = 800;
/// A key nobody has heard of causes at most one fetch in this time.
const UNKNOWN_KEY_PAUSE_NANOS: u64 = 10_000_000_000;

/// The keys of one configuration, and the state of fetching them.
pub struct KeyRing {
    source: Option<Source>,
    keys: Rc<Keys>,
    in_flight: Option<u32>,
    last_fetch: Option<Timestamp>,
    last_for_unknown: Option<Timestamp>,
    complained: bool,
}

#[derive(Clone, PartialEq, Eq)]
struct Source {
    cluster: String,
    path: String,
    refresh_millis: u32,
}

impl KeyRing {
    /// The keys of a configuration. Fetched keys begin with what `others` have from the same place.
    pub fn new<'r>(source: &KeySource, others: impl Iterator<Item = &'r Self>) -> Self {
        let (source, keys) = match source {
            KeySource::Inline(keys) => (None, Rc::new(keys.clone())),
            KeySource::Cluster {
                cluster,
                path,
                refresh_seconds,
            } => {
                let source = Source {
                    cluster: cluster.clone(),
                    path: path.clone(),
                    refresh_millis: refresh_seconds.saturating_mul(1000),
                };
                let keys = others
                    .filter(|other| other.is_of(&source))
                    .last()
                    .map_or_else(Rc::default, |other| Rc::clone(&other.keys));
                (Some(source), keys)
            }
        };
        Self {
            source,
            keys,
            in_flight: None,
            last_fetch: None,
            last_for_unknown: None,
            complained: false,
        }
    }

    fn is_of(&self, source: &Source) -> bool {
        self.source
            .as_ref()
            .is_some_and(|own| own.cluster == source.cluster && own.path == source.path)
    }

    /// The last good keys.
    pub fn current(&self) -> &Keys {
        &self.keys
    }

    /// How long until the next look, in milliseconds; `None` when keys are never fetched.
    pub fn refresh_millis(&self) -> Option<u32> {
        self.source.as_ref().map(|source| source.refresh_millis)
    }

    /// Whether waiting can bring a key that is not there now. With keys at hand an unknown one starts a
    /// fetch, if there was none for such a reason lately. To be called as the root context.
    pub fn can_hope(&mut self, now: Timestamp) -> bool {
        if self.source.is_none() {
            return false;
        }
        if self.keys.is_empty() || self.in_flight.is_some() {
            return true;
        }
        let lately = self
            .last_for_unknown
            .is_some_and(|last| now.nanos().abs_diff(last.nanos()) < UNKNOWN_KEY_PAUSE_NANOS);
        if lately {
            return false;
        }
        self.last_for_unknown = Some(now);
        self.fetch(now)
    }

    /// Fetches if it is time to, and none is under way. To be called as the root context.
    pub fn fetch_if_due(&mut self, now: Timestamp) {
        let Some(source) = &self.source else {
            return;
        };
        // Half a period: the timer that calls this is not exact, and clocks step.
        let recently = u64::from(source.refresh_millis).saturating_mul(1_000_000 / 2);
        let due = self.keys.is_empty()
            || self
                .last_fetch
                .is_none_or(|last| now.nanos().abs_diff(last.nanos()) >= recently);
        if due && self.in_flight.is_none() {
            self.fetch(now);
        }
    }

    fn fetch(&mut self, now: Timestamp) -> bool {
        let Some(source) = &self.source else {
            return false;
        };
        let head = pairs::serialize(&[
            (b":method", b"GET"),
            (b":path", source.path.as_bytes()),
            (b":authority", source.cluster.as_bytes()),
            (b"accept", b"application/json"),
        ]);
        self.last_fetch = Some(now);
        self.in_flight = host::http_call(&source.cluster, &head, FETCH_TIMEOUT_MILLIS).ok();
        self.in_flight.is_some()
    }

    /// Takes the answer to a fetch; one that is no set of keys leaves the last good one.
    pub fn arrived(&mut self, token: u32, headers: usize, body_size: usize) {
        if self.in_flight != Some(token) {
            return;
        }
        self.in_flight = None;
        match read_answer(headers, body_size) {
            Ok(keys) => {
                self.keys = Rc::new(keys);
                self.complained = false;
            }
            Err(reason) => self.complain(&reason),
        }
    }

    /// Says once that keys do not come, until they have come again.
    fn complain(&mut self, reason: &str) {
        if !self.complained {
            let kept = if self.keys.is_empty() {
                "there are none yet"
            } else {
                "the last good ones stay"
            };
            host::log(
                LogLevel::Warn,
                &format!("imagehub: no keys: {reason}; {kept}"),
            );
        }
        self.complained = true;
    }
}

fn read_answer(headers: usize, body_size: usize) -> Result<Keys, String> {
    if headers == 0 {
        return Err("the application did not answer".to_owned());
    }
    let head = host::header_pairs(HeaderMap::CallResponse)
        .map_err(|status| format!("no head (status {})", status.0))?;
    let status = pairs::parse(&head)
        .and_then(|pairs| pairs.into_iter().find(|(name, _)| *name == b":status"))
        .map(|(_, value)| value);
    if status != Some(b"200") {
        return Err("the answer is not a 200".to_owned());
    }
    if body_size > MAX_JWKS_BYTES {
        return Err(format!("{body_size} bytes are too many"));
    }
    let body = host::buffer(Buffer::CallResponse, MAX_JWKS_BYTES)
        .map_err(|status| format!("no body (status {})", status.0))?;
    let keys = Keys::from_jwks(&body).map_err(|error| error.to_string())?;
    if keys.is_empty() {
        return Err("the list is empty".to_owned());
    }
    Ok(keys)
}
