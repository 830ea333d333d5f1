//! What the tests say to the filter: a policy, tokens, requests, and bytes of no meaning.

use imagehub_policy::test_support;

use crate::proxy::{Exchange, Proxy, Worker, headers};

/// When the test's proxies start, in seconds since the Unix epoch.
pub const NOW: u64 = test_support::NOW.secs();

/// The policy as shipped, its keys fetched.
pub fn fetching_policy() -> String {
    include_str!("../../../consul/policy.json").to_owned()
}

/// The policy as shipped, but with the test's key in it.
pub fn policy() -> String {
    let mut policy: serde_json::Value =
        serde_json::from_str(&fetching_policy()).expect("the shipped policy is JSON");
    let jwks: serde_json::Value = serde_json::from_str(&jwks()).expect("a key set");
    policy["keys"] = serde_json::json!({ "jwks": jwks });
    policy.to_string()
}

/// The test's key, as the application publishes it.
pub fn jwks() -> String {
    test_support::jwks()
}

const OTHER_KID: &str = "other-key";

/// Another key.
pub fn other_jwks() -> String {
    let signing = test_support::jwks_of(OTHER_KID, &test_support::signing_key());
    assert_ne!(signing, jwks());
    signing
}

/// Ann's token, but it names the other key.
pub fn signed_by_the_other_key() -> String {
    let claims = test_support::claims("ann", &[("ann", "owner", "personal")]);
    test_support::sign(&imagehub_policy::signing_input(OTHER_KID, &claims))
}

/// A token of Ann, owner of her own tenant on plan `personal`.
pub fn ann() -> String {
    test_support::token(&test_support::claims(
        "ann",
        &[("ann", "owner", "personal")],
    ))
}

/// A proxy and one worker that runs the shipped policy with the test's key.
pub fn worker() -> (Proxy, Worker) {
    let proxy = Proxy::started_at(NOW);
    let mut worker = proxy.worker();
    assert!(
        worker.configure(policy().as_bytes()),
        "{:?}",
        worker.take_log()
    );
    (proxy, worker)
}

/// A request without credentials.
pub fn public_request(method: &str, path: &str) -> Exchange {
    let mut exchange = Exchange::new(headers(&[
        (":method", method),
        (":path", path),
        (":authority", "hub.example"),
        (":scheme", "http"),
        ("user-agent", "test"),
        ("accept", "application/json"),
    ]));
    exchange.source_address = b"192.0.2.7:51000".to_vec();
    exchange
}

/// A request with a token.
pub fn tenant_request(method: &str, path: &str, token: &str) -> Exchange {
    let mut exchange = public_request(method, path);
    let bearer = format!("Bearer {token}").into_bytes();
    exchange.request.push((b"authorization".to_vec(), bearer));
    exchange
}

/// A sequence of numbers that is the same in every run.
pub struct Random(u64);

/// The sequence that starts at `seed`.
pub fn random(seed: u64) -> Random {
    Random(seed)
}

impl Random {
    fn next(&mut self) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(bound.max(1)).expect("small")).expect("small")
    }

    /// Any byte.
    pub fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }

    /// Up to `max` bytes.
    pub fn bytes(&mut self, max: usize) -> Vec<u8> {
        (0..self.below(max + 1)).map(|_| self.byte()).collect()
    }
}
