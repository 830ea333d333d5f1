//! The public keys: given with the policy, or fetched from the application and fetched again now and then.

use std::cell::RefCell;
use std::rc::Rc;

use imagehub_policy::{KeySource, Keys, MAX_JWKS_BYTES, Timestamp};
use proxy_wasm::types::{LogLevel, MapType};

use crate::host;

/// How long one fetch may take: a request that waits for it waits less than a second.
const FETCH_TIMEOUT_MILLIS: u32 = 800;
/// How much before its time a fetch may come, but not before half of it.
const EARLY_MILLIS: u32 = 2_500;
/// An unknown key causes at most one fetch in this time.
const UNKNOWN_KEY_PAUSE_NANOS: u64 = 10_000_000_000;
/// How long a request waits for the very first keys, and for one unknown key.
const WAIT_FOR_ANY_KEYS_MILLIS: u32 = 1_800;
const WAIT_FOR_ONE_KEY_MILLIS: u32 = 900;

thread_local! {
    /// What the last configuration fetched: the next one begins with it, if it fetches from the same place.
    static FETCHED: RefCell<Option<(Source, Rc<Keys>)>> = const { RefCell::new(None) };
}

/// The keys of one configuration, and the state of fetching them.
pub struct KeyRing {
    source: Option<Source>,
    keys: Rc<Keys>,
    in_flight: Option<u32>,
    last_fetch: Option<Timestamp>,
    last_for_unknown: Option<Timestamp>,
    /// An unknown key was seen: the next tick fetches.
    wanted: bool,
    complained: bool,
}

#[derive(Clone)]
struct Source {
    cluster: String,
    path: String,
    refresh_millis: u32,
}

impl KeyRing {
    /// The keys of a configuration.
    pub fn new(source: &KeySource) -> Self {
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
                let keys = source.fetched_before().unwrap_or_default();
                (Some(source), keys)
            }
        };
        Self {
            source,
            keys,
            in_flight: None,
            last_fetch: None,
            last_for_unknown: None,
            wanted: false,
            complained: false,
        }
    }

    /// The last good keys.
    pub fn current(&self) -> &Keys {
        &self.keys
    }

    /// How often keys are fetched, in milliseconds; `None` when they never are.
    pub fn refresh_millis(&self) -> Option<u32> {
        self.source.as_ref().map(|source| source.refresh_millis)
    }

    /// Whether the next tick has to come at once.
    pub fn is_wanted(&self) -> bool {
        self.wanted
    }

    /// For how long a request may wait for a key that is not there now; `None` if waiting brings nothing. With
    /// keys at hand an unknown one makes the next tick fetch, if there was no such fetch lately.
    pub fn worth_waiting(&mut self, now: Timestamp) -> Option<u32> {
        self.source.as_ref()?;
        if self.keys.is_empty() {
            return Some(WAIT_FOR_ANY_KEYS_MILLIS);
        }
        if !self.wanted && self.in_flight.is_none() {
            let lately = self
                .last_for_unknown
                .is_some_and(|last| now.nanos().abs_diff(last.nanos()) < UNKNOWN_KEY_PAUSE_NANOS);
            if lately {
                return None;
            }
            self.last_for_unknown = Some(now);
            self.wanted = true;
        }
        Some(WAIT_FOR_ONE_KEY_MILLIS)
    }

    /// Fetches if it is time to, and none is under way. True if it does. To be called from a tick.
    pub fn fetch_if_due(&mut self, now: Timestamp) -> bool {
        let Some(source) = &self.source else {
            return false;
        };
        // The timer that calls this is not exact, and clocks step.
        let early = (source.refresh_millis / 2).min(EARLY_MILLIS);
        let recently =
            u64::from(source.refresh_millis.saturating_sub(early)).saturating_mul(1_000_000);
        let due = self.wanted
            || self.keys.is_empty()
            || self
                .last_fetch
                .is_none_or(|last| now.nanos().abs_diff(last.nanos()) >= recently);
        if !due || self.in_flight.is_some() {
            return false;
        }
        self.wanted = false;
        self.last_fetch = Some(now);
        let head = vec![
            (":method", "GET"),
            (":path", &source.path),
            (":authority", &source.cluster),
            ("accept", "application/json"),
        ];
        self.in_flight = host::http_call(&source.cluster, head, FETCH_TIMEOUT_MILLIS).ok();
        true
    }

    /// Takes the answer to a fetch, and says whether it brought keys. If not, the last good ones stay. `None` if there was no
    /// such fetch.
    pub fn arrived(&mut self, token: u32, headers: usize, body_size: usize) -> Option<bool> {
        if self.in_flight != Some(token) {
            return None;
        }
        self.in_flight = None;
        let answer = read_answer(headers, body_size);
        let brought = answer.is_ok();
        match answer {
            Ok(keys) => {
                self.keys = Rc::new(keys);
                self.complained = false;
                if let Some(source) = &self.source {
                    source.remember(&self.keys);
                }
            }
            Err(reason) => self.complain(&reason),
        }
        Some(brought)
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

impl Source {
    fn fetched_before(&self) -> Option<Rc<Keys>> {
        FETCHED.with(|fetched| {
            let fetched = fetched.try_borrow().ok()?;
            let (source, keys) = fetched.as_ref()?;
            let same = source.cluster == self.cluster && source.path == self.path;
            same.then(|| Rc::clone(keys))
        })
    }

    fn remember(&self, keys: &Rc<Keys>) {
        FETCHED.with(|fetched| fetched.replace(Some((self.clone(), Rc::clone(keys)))));
    }
}

fn read_answer(headers: usize, body_size: usize) -> Result<Keys, String> {
    if headers == 0 {
        return Err("the application did not answer".to_owned());
    }
    let head = host::headers(MapType::HttpCallResponseHeaders);
    if !head.contains(&(":status".to_owned(), b"200".to_vec())) {
        return Err("the answer is not a 200".to_owned());
    }
    if body_size > MAX_JWKS_BYTES {
        return Err(format!("{body_size} bytes are too many"));
    }
    let keys = Keys::from_jwks(&host::call_body(MAX_JWKS_BYTES)).map_err(|e| e.to_string())?;
    if keys.is_empty() {
        return Err("the list is empty".to_owned());
    }
    Ok(keys)
}
