//! Tokens verified before, so that a session pays for its signature once.

use crate::jws::{self, Parsed};
use crate::keys::Keys;
use crate::time::Timestamp;
use crate::token::{self, Claims, Opened, TokenError};
use siphasher::sip::SipHasher13;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// A cache of verified tokens, bounded by entries and by bytes; the least recently used go first, roughly.
///
/// An entry is trusted until its `exp`, and only while its very key is still among the keys. One belongs to one
/// worker or process.
#[derive(Debug)]
pub struct VerifiedTokens {
    max_entries: usize,
    max_bytes: usize,
    bytes: usize,
    entries: HashMap<u64, Entry>,
    /// Every entry once, in the order in which they are considered for leaving (second chance).
    queue: VecDeque<u64>,
    issuer: String,
    audience: String,
    lookups: Lookups,
}

/// Whether tokens that were looked up had been verified before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lookups {
    /// They had.
    pub hits: u32,
    /// They had not.
    pub misses: u32,
}

/// Whose tokens are trusted, for whom they are meant, and the keys that tell.
#[derive(Clone, Copy)]
pub(crate) struct Trusted<'k> {
    pub keys: &'k Keys,
    pub issuer: &'k str,
    pub audience: &'k str,
}

/// What is known of a token before its signature is looked at.
pub(crate) enum Lookup<'t, 'k> {
    /// It was verified before.
    Seen(Arc<Claims>),
    /// It is to be verified.
    Unseen(Parsed<'t, 'k>),
}

#[derive(Debug)]
struct Entry {
    token: Box<[u8]>,
    kid: String,
    key: [u8; 32],
    not_before: u64,
    claims: Arc<Claims>,
    used: bool,
}

impl Entry {
    /// The token, its key's name, and a generous guess at what its claims take.
    fn bytes(&self) -> usize {
        self.token
            .len()
            .saturating_mul(3)
            .saturating_add(self.kid.len())
            .saturating_add(256)
    }
}

impl Default for VerifiedTokens {
    /// Room for 4,096 tokens, in at most 8 MiB.
    fn default() -> Self {
        Self::new(4096, 8 * 1024 * 1024)
    }
}

impl VerifiedTokens {
    /// A cache of at most so many entries, and of at most so many bytes.
    pub fn new(max_entries: usize, max_bytes: usize) -> Self {
        Self {
            max_entries,
            max_bytes,
            bytes: 0,
            entries: HashMap::new(),
            queue: VecDeque::new(),
            issuer: String::new(),
            audience: String::new(),
            lookups: Lookups::default(),
        }
    }

    /// How many tokens are kept.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether none is kept.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How many lookups there were since this was asked last.
    pub fn take_lookups(&mut self) -> Lookups {
        std::mem::take(&mut self.lookups)
    }

    /// What [`verify`](crate::verify) says of the token, from memory where that is still true.
    pub fn verify(
        &mut self,
        token: &[u8],
        keys: &Keys,
        issuer: &str,
        audience: &str,
        now: Timestamp,
    ) -> Result<Arc<Claims>, TokenError> {
        let trusted = Trusted {
            keys,
            issuer,
            audience,
        };
        match self.look_up(token, trusted, now)? {
            Lookup::Seen(claims) => Ok(claims),
            Lookup::Unseen(parsed) => self.open(token, &parsed, now),
        }
    }

    /// A token verified before, or one that is still to be verified.
    pub(crate) fn look_up<'t, 'k>(
        &mut self,
        token: &'t [u8],
        trusted: Trusted<'k>,
        now: Timestamp,
    ) -> Result<Lookup<'t, 'k>, TokenError> {
        let Trusted {
            keys,
            issuer,
            audience,
        } = trusted;
        if self.issuer != issuer || self.audience != audience {
            self.clear();
            issuer.clone_into(&mut self.issuer);
            audience.clone_into(&mut self.audience);
        }
        if let Some(claims) = self.get(token, keys, now) {
            self.lookups.hits = self.lookups.hits.saturating_add(1);
            return Ok(Lookup::Seen(claims));
        }
        self.lookups.misses = self.lookups.misses.saturating_add(1);
        jws::parse(token, keys).map(Lookup::Unseen)
    }

    /// Verifies a token that was looked up, and keeps it if it holds.
    pub(crate) fn open(
        &mut self,
        token: &[u8],
        parsed: &Parsed<'_, '_>,
        now: Timestamp,
    ) -> Result<Arc<Claims>, TokenError> {
        let opened = token::open(parsed, &self.issuer, &self.audience, now)?;
        Ok(self.insert(token, parsed, opened, now))
    }

    /// The claims of a token seen before, compared byte by byte.
    fn get(&mut self, token: &[u8], keys: &Keys, now: Timestamp) -> Option<Arc<Claims>> {
        let entry = self.entries.get_mut(&cache_key(token))?;
        let current = is_same(&entry.token, token)
            && now.secs() < entry.claims.exp
            && token::has_begun(entry.not_before, now)
            && keys
                .get(&entry.kid)
                .is_some_and(|key| *key.as_bytes() == entry.key);
        if !current {
            return None;
        }
        entry.used = true;
        Some(Arc::clone(&entry.claims))
    }

    fn insert(
        &mut self,
        token: &[u8],
        parsed: &Parsed<'_, '_>,
        opened: Opened,
        now: Timestamp,
    ) -> Arc<Claims> {
        let claims = Arc::new(opened.claims);
        let entry = Entry {
            token: token.into(),
            kid: parsed.kid.clone(),
            key: *parsed.key.as_bytes(),
            not_before: opened.not_before,
            claims: Arc::clone(&claims),
            used: false,
        };
        let size = entry.bytes();
        if now.secs() >= claims.exp || size > self.max_bytes || self.max_entries == 0 {
            return claims;
        }
        let key = cache_key(token);
        match self.entries.insert(key, entry) {
            Some(replaced) => self.bytes = self.bytes.saturating_sub(replaced.bytes()),
            None => self.queue.push_back(key),
        }
        self.bytes = self.bytes.saturating_add(size);
        self.shrink();
        claims
    }

    /// Lets entries go until the rest fits. An entry used since it was last considered is passed over once.
    fn shrink(&mut self) {
        while self.entries.len() > self.max_entries || self.bytes > self.max_bytes {
            let Some(key) = self.queue.pop_front() else {
                return;
            };
            match self.entries.get_mut(&key) {
                Some(entry) if entry.used => {
                    entry.used = false;
                    self.queue.push_back(key);
                }
                _ => {
                    if let Some(gone) = self.entries.remove(&key) {
                        self.bytes = self.bytes.saturating_sub(gone.bytes());
                    }
                }
            }
        }
    }

    fn clear(&mut self) {
        self.entries.clear();
        self.queue.clear();
        self.bytes = 0;
    }
}

/// Compares eight bytes at a time. In a WebAssembly VM what compares slices goes byte by byte, and a token has hundreds.
fn is_same(one: &[u8], other: &[u8]) -> bool {
    let (words, rest) = one.as_chunks();
    let (other_words, other_rest) = other.as_chunks();
    let mut pairs = words.iter().zip(other_words);
    one.len() == other.len()
        && rest == other_rest
        && pairs.all(|(one, other)| u64::from_ne_bytes(*one) == u64::from_ne_bytes(*other))
}

/// Where a token is kept. Its end is the signature, which tells tokens apart as well as all of it would; only tokens
/// that verify get in, so nobody can choose collisions.
fn cache_key(token: &[u8]) -> u64 {
    let tail = token.get(token.len().saturating_sub(64)..).unwrap_or(token);
    SipHasher13::new().hash(tail)
}
