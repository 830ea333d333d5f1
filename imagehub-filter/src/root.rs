//! A root context: one configuration, its keys, and the requests that wait for keys.

use imagehub_policy::{Policy, SlotTable, Timestamp, VerifiedTokens};

use crate::counters;
use crate::host::{self, Buffer, LogLevel};
use crate::keys::KeyRing;

/// The largest configuration, in bytes.
const MAX_CONFIGURATION: usize = 1024 * 1024;
/// How often waiting requests, and a missing set of keys, are looked after.
const IMPATIENT_MILLIS: u32 = 100;
/// The first look, right after the configuration: keys may not be fetched before the VM is in use.
const AT_ONCE_MILLIS: u32 = 1;
/// More requests than this do not wait together in one worker; the rest are answered at once.
const MAX_WAITING: usize = 1024;

/// One configuration in use.
pub struct Root {
    context: u32,
    /// What decides, once there is a configuration.
    pub rules: Option<Rules>,
    waiting: Vec<u32>,
    timer_millis: u32,
}

/// Everything a decision needs beside the request.
pub struct Rules {
    /// The parsed configuration.
    pub policy: Policy,
    /// Where the counters are.
    pub table: SlotTable,
    /// The public keys.
    pub keys: KeyRing,
    /// Tokens this worker has verified.
    pub tokens: VerifiedTokens,
    /// The value of `x-imagehub-filter`.
    pub banner: String,
}

impl Root {
    /// A root context that is not configured yet.
    pub fn new(context: u32) -> Self {
        Self {
            context,
            rules: None,
            waiting: Vec::new(),
            timer_millis: 0,
        }
    }

    /// Reads the configuration; says whether it can be used. If not, whatever was in use stays.
    pub fn configure<'r>(&mut self, size: usize, others: impl Iterator<Item = &'r Self>) -> bool {
        match read_rules(size, others) {
            Ok(rules) => {
                host::log(LogLevel::Info, &format!("imagehub: {}", rules.banner));
                self.timer_millis = AT_ONCE_MILLIS;
                if rules.keys.refresh_millis().is_some() {
                    host::set_tick_period(self.timer_millis);
                }
                self.rules = Some(rules);
                true
            }
            Err(reason) => {
                let line = format!("imagehub: configuration refused: {reason}");
                host::log(LogLevel::Error, &line);
                false
            }
        }
    }

    /// The timer: time to look for keys. To be called as the root context.
    pub fn tick(&mut self) {
        if let (Some(rules), Ok(now)) = (&mut self.rules, host::now()) {
            rules.keys.fetch_if_due(Timestamp::from_nanos(now));
        }
    }

    /// A fetch of keys is over. To be called as the root context.
    pub fn keys_arrived(&mut self, token: u32, headers: usize, body_size: usize) {
        if let Some(rules) = &mut self.rules {
            rules.keys.arrived(token, headers, body_size);
        }
    }

    /// Lets a request wait for keys, if they may still come; says whether it does.
    pub fn wait(&mut self, context: u32, now: Timestamp) -> bool {
        if self.waiting.len() >= MAX_WAITING || host::set_effective_context(self.context).is_err() {
            return false;
        }
        let waits = self
            .rules
            .as_mut()
            .is_some_and(|rules| rules.keys.can_hope(now));
        if waits {
            self.waiting.push(context);
            self.set_timer();
        }
        host::set_effective_context(context).is_ok() && waits
    }

    /// The requests that wait, to be decided on again.
    pub fn take_waiting(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.waiting)
    }

    /// Sets the timer to what is needed now. To be called as the root context.
    pub fn set_timer(&mut self) {
        let Some(rules) = &self.rules else {
            return;
        };
        let Some(refresh) = rules.keys.refresh_millis() else {
            return;
        };
        let period = if rules.keys.current().is_empty() || !self.waiting.is_empty() {
            IMPATIENT_MILLIS
        } else {
            refresh
        };
        if self.timer_millis != period {
            self.timer_millis = period;
            host::set_tick_period(period);
        }
    }
}

fn read_rules<'r>(size: usize, others: impl Iterator<Item = &'r Root>) -> Result<Rules, String> {
    if size > MAX_CONFIGURATION {
        return Err(format!("{size} bytes are too many"));
    }
    let bytes = host::buffer(Buffer::PluginConfiguration, size)
        .map_err(|status| format!("not readable (status {})", status.0))?;
    let policy = Policy::parse(&bytes).map_err(|error| error.to_string())?;
    let table = counters::prepare(policy.limit_slots())
        .map_err(|status| format!("no shared data for the counters (status {})", status.0))?;
    let rings = others.filter_map(|root| root.rules.as_ref().map(|rules| &rules.keys));
    let keys = KeyRing::new(policy.key_source(), rings);
    let banner = format!("{};policy={}", env!("CARGO_PKG_VERSION"), policy.hash());
    Ok(Rules {
        policy,
        table,
        keys,
        tokens: VerifiedTokens::default(),
        banner,
    })
}
