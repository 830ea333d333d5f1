//! `RateLimit` and `RateLimit-Policy`, parsed strictly as the lists of RFC 9651 they are.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};

use crate::client::Answer;

/// One bucket as both headers describe it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Bucket {
    /// Requests a full bucket holds (`q`).
    pub quota: u64,
    /// Seconds over which it refills (`w`).
    pub window: u64,
    /// Requests left (`r`).
    pub remaining: u64,
    /// Seconds until one more comes back (`t`).
    pub next_in: u64,
}

/// The buckets in an answer's headers, by name.
///
/// # Errors
/// When a header is missing or malformed, the two name different buckets, or more is left than
/// a full bucket holds.
pub fn buckets(answer: &Answer) -> Result<BTreeMap<String, Bucket>> {
    let policy = list(answer.header("ratelimit-policy")?)?;
    let state = list(answer.header("ratelimit")?)?;
    ensure!(
        policy.keys().eq(state.keys()),
        "different buckets in the two headers: {answer}"
    );
    let mut buckets = BTreeMap::new();
    for (name, limits) in &policy {
        let now = &state[name];
        let of = |parameters: &BTreeMap<String, u64>, key: &str| {
            parameters
                .get(key)
                .copied()
                .with_context(|| format!("no {key} for {name}: {answer}"))
        };
        let bucket = Bucket {
            quota: of(limits, "q")?,
            window: of(limits, "w")?,
            remaining: of(now, "r")?,
            next_in: of(now, "t")?,
        };
        ensure!(
            bucket.remaining <= bucket.quota,
            "{name}: more left than there is: {answer}"
        );
        buckets.insert(name.clone(), bucket);
    }
    Ok(buckets)
}

/// A list of strings with whole-number parameters: `"user";q=10;w=60, "tenant";q=100;w=60`.
fn list(text: &str) -> Result<BTreeMap<String, BTreeMap<String, u64>>> {
    let mut members = BTreeMap::new();
    for member in text.split(',') {
        let member = member.trim_matches([' ', '\t']);
        let mut parts = member.split(';');
        let item = parts.next().unwrap_or_default();
        let name = item
            .strip_prefix('"')
            .and_then(|item| item.strip_suffix('"'))
            .with_context(|| format!("not a string: {item} in {text}"))?;
        let mut parameters = BTreeMap::new();
        for parameter in parts {
            let Some((key, value)) = parameter.trim_start_matches(' ').split_once('=') else {
                bail!("not key=value: {parameter} in {text}");
            };
            ensure!(
                key.starts_with(|first: char| first.is_ascii_lowercase() || first == '*'),
                "not a key: {key} in {text}"
            );
            ensure!(
                !value.is_empty() && value.len() <= 15 && value.bytes().all(|b| b.is_ascii_digit()),
                "not a whole number: {value} in {text}"
            );
            parameters.insert(key.to_owned(), value.parse()?);
        }
        ensure!(
            members.insert(name.to_owned(), parameters).is_none(),
            "{name} twice in {text}"
        );
    }
    Ok(members)
}
