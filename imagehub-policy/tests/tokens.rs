//! Claims and the cache of verified tokens. Every mutation is signed by the test's own key, so that the check under
//! test is the one that refuses.

use ed25519_dalek::SigningKey;
use imagehub_policy::test_support::{KID, NOW, claims, jwks_of, keys, sign, sign_raw, token};
use imagehub_policy::{
    Claims, Keys, MAX_TOKEN_BYTES, Role, Timestamp, TokenError, TokenKind, VerifiedTokens,
    signing_input, verify,
};
use proptest::prelude::*;
use serde_json::{Value, json};

fn check(token: &str) -> Result<(), TokenError> {
    check_at(token, NOW)
}

fn check_at(token: &str, now: Timestamp) -> Result<(), TokenError> {
    verify(token.as_bytes(), &keys(), "imagehub", "imagehub", now).map(|_| ())
}

fn alice() -> Value {
    claims(
        "alice",
        &[("alice", "owner", "personal"), ("acme", "viewer", "team")],
    )
}

fn with(member: &str, value: Value) -> String {
    let mut claims = alice();
    claims[member] = value;
    token(&claims)
}

fn without(member: &str) -> String {
    let mut claims = alice();
    claims.as_object_mut().unwrap().remove(member);
    token(&claims)
}

#[test]
fn a_good_token_tells_who_and_what() {
    let claims = verify(
        token(&alice()).as_bytes(),
        &keys(),
        "imagehub",
        "imagehub",
        NOW,
    )
    .unwrap();
    assert_eq!(
        (claims.sub.as_str(), claims.jti.as_str()),
        ("alice", "alice-session")
    );
    assert_eq!(claims.exp - claims.iat, 3_600);
    assert_eq!(claims.tenants["acme"].role, Role::Viewer);
    assert_eq!(claims.tenants["acme"].plan.as_str(), "team");
    assert_eq!(claims.tenants.len(), 2);
}

#[test]
fn claims_we_do_not_know_do_not_matter() {
    assert_eq!(check(&with("nonce", json!({"a": [1]}))), Ok(()));
    assert_eq!(check(&with("nbf", json!(NOW.secs()))), Ok(()));
}

fn read(token: &str) -> Claims {
    verify(token.as_bytes(), &keys(), "imagehub", "imagehub", NOW).unwrap()
}

#[test]
fn a_token_is_a_sessions_unless_it_says_that_it_is_a_programs() {
    assert_eq!(read(&token(&alice())).kind, TokenKind::Session);
    assert_eq!(read(&with("use", json!("api"))).kind, TokenKind::Api);
    for value in [json!("session"), json!("API"), json!(null), json!(1)] {
        let error = check(&with("use", value.clone()));
        assert_eq!(error, Err(TokenError::Claims), "{value}");
    }
}

#[test]
fn a_session_is_of_generation_0_unless_it_names_another() {
    assert_eq!(read(&token(&alice())).generation, 0);
    assert_eq!(read(&with("gen", json!(7))).generation, 7);
    for value in [json!(-1), json!(1.5), json!("1"), json!(null)] {
        let error = check(&with("gen", value.clone()));
        assert_eq!(error, Err(TokenError::Claims), "{value}");
    }
}

#[test]
fn every_claim_is_required_and_of_its_type() {
    for member in ["iss", "aud", "sub", "iat", "exp", "jti", "tenants"] {
        assert_eq!(check(&without(member)), Err(TokenError::Claims), "{member}");
        for value in [json!(null), json!(true), json!([]), json!([["imagehub"]])] {
            assert_eq!(
                check(&with(member, value.clone())),
                Err(TokenError::Claims),
                "{member}: {value}"
            );
        }
    }
    for (member, value) in [
        ("sub", json!("Alice")),
        ("sub", json!("a")),
        ("aud", json!(["imagehub"])),
        ("jti", json!("")),
        ("jti", json!("x".repeat(129))),
        (
            "tenants",
            json!({"Acme": {"role": "owner", "plan": "team"}}),
        ),
        ("tenants", json!({"acme": {"role": "root", "plan": "team"}})),
        ("tenants", json!({"acme": {"role": "owner"}})),
        (
            "tenants",
            json!({"acme": {"role": "owner", "plan": "../team"}}),
        ),
        ("tenants", json!({"acme": "owner"})),
    ] {
        assert_eq!(
            check(&with(member, value.clone())),
            Err(TokenError::Claims),
            "{member}: {value}"
        );
    }
}

#[test]
fn times_are_non_negative_integers() {
    for member in ["iat", "exp", "nbf"] {
        for value in [
            json!(-1),
            json!(1.5),
            json!(1e10),
            json!("1767225600"),
            json!(null),
            json!(1e300),
        ] {
            assert_eq!(
                check(&with(member, value.clone())),
                Err(TokenError::Claims),
                "{member}: {value}"
            );
        }
    }
    let huge = alice()
        .to_string()
        .replace("1767229200", "18446744073709551616");
    assert_eq!(check(&raw(&huge)), Err(TokenError::Claims));
    assert_eq!(check(&with("exp", json!(u64::MAX))), Ok(()));
}

fn raw(payload: &str) -> String {
    sign_raw(
        format!(r#"{{"alg":"EdDSA","kid":"{KID}"}}"#).as_bytes(),
        payload.as_bytes(),
    )
}

#[test]
fn a_claim_twice_is_refused_at_any_depth() {
    let good = alice().to_string();
    assert_eq!(check(&raw(&good)), Ok(()));
    for twice in [
        good.replacen('{', r#"{"sub":"root","#, 1),
        good.replace(
            r#""tenants":{"#,
            r#""tenants":{"acme":{"role":"owner","plan":"team"},"#,
        ),
        good.replace(r#""role":"viewer""#, r#""role":"viewer","role":"owner""#),
    ] {
        assert_ne!(twice, good);
        assert_eq!(check(&raw(&twice)), Err(TokenError::Claims), "{twice}");
    }
}

#[test]
fn a_payload_that_is_no_object_is_refused() {
    for payload in ["", "null", "[]", "\"alice\"", "{", "{}{}", "\u{feff}{}"] {
        assert_eq!(check(&raw(payload)), Err(TokenError::Claims), "{payload}");
    }
    assert_eq!(
        check(&sign_raw(
            format!(r#"{{"alg":"EdDSA","kid":"{KID}"}}"#).as_bytes(),
            b"\xff\xfe"
        )),
        Err(TokenError::Claims)
    );
    assert_eq!(check(&raw(&"[".repeat(5_000))), Err(TokenError::Claims));
}

#[test]
fn issuer_and_audience_must_be_ours() {
    assert_eq!(
        check(&with("iss", json!("imagehub2"))),
        Err(TokenError::Issuer)
    );
    assert_eq!(check(&with("iss", json!(""))), Err(TokenError::Issuer));
    assert_eq!(
        check(&with("aud", json!("Imagehub"))),
        Err(TokenError::Audience)
    );
}

#[test]
fn clocks_may_differ_by_thirty_seconds_and_no_more() {
    let now = NOW.secs();
    assert_eq!(check(&with("exp", json!(now - 29))), Ok(()));
    assert_eq!(
        check(&with("exp", json!(now - 30))),
        Err(TokenError::Expired)
    );
    assert_eq!(check(&with("exp", json!(0))), Err(TokenError::Expired));
    for member in ["iat", "nbf"] {
        assert_eq!(check(&with(member, json!(now + 30))), Ok(()), "{member}");
        assert_eq!(
            check(&with(member, json!(now + 31))),
            Err(TokenError::NotYetValid),
            "{member}"
        );
    }
}

#[test]
fn a_token_with_as_many_tenants_as_one_may_have_fits() {
    let names: Vec<_> = (0..24)
        .map(|n| format!("tenant-with-the-longest-name-{n:03}"))
        .collect();
    let plan = "enterprise";
    let tenants: Vec<_> = names
        .iter()
        .map(|name| (name.as_str(), "member", plan))
        .collect();
    let token = token(&claims("a-user-with-the-longest-name-001", &tenants));
    assert!(token.len() < MAX_TOKEN_BYTES / 2);
    assert_eq!(check(&token), Ok(()));
}

struct Cached {
    tokens: VerifiedTokens,
    keys: Keys,
}

impl Cached {
    fn new(max_entries: usize, max_bytes: usize) -> Self {
        Self {
            tokens: VerifiedTokens::new(max_entries, max_bytes),
            keys: keys(),
        }
    }

    fn check(&mut self, token: &str, now: Timestamp) -> Result<(), TokenError> {
        self.tokens
            .verify(token.as_bytes(), &self.keys, "imagehub", "imagehub", now)
            .map(|_| ())
    }
}

#[test]
fn a_cached_token_dies_when_it_would_without_a_cache() {
    let mut cached = Cached::new(10, 100_000);
    let token = token(&alice());
    for offset in [0, 3_599, 3_600, 3_629, 3_630, 0, u64::from(u32::MAX)] {
        let now = Timestamp::from_secs(NOW.secs() + offset);
        assert_eq!(
            cached.check(&token, now),
            check_at(&token, now),
            "{offset} s later"
        );
    }
    assert_eq!(
        cached.check(&token, Timestamp::from_secs(NOW.secs() - 31)),
        Err(TokenError::NotYetValid)
    );
}

#[test]
fn a_cached_token_dies_with_its_key() {
    let mut cached = Cached::new(10, 100_000);
    let token = token(&alice());
    assert_eq!(cached.check(&token, NOW), Ok(()));
    let other = SigningKey::from_bytes(&[9; 32]);
    cached.keys = Keys::from_jwks(jwks_of("other", &other).as_bytes()).unwrap();
    assert_eq!(cached.check(&token, NOW), Err(TokenError::UnknownKey));
    cached.keys = Keys::from_jwks(jwks_of(KID, &other).as_bytes()).unwrap();
    assert_eq!(cached.check(&token, NOW), Err(TokenError::Signature));
    cached.keys = Keys::none();
    assert_eq!(cached.check(&token, NOW), Err(TokenError::NoKeys));
}

#[test]
fn a_cached_token_is_compared_whole() {
    let mut cached = Cached::new(10, 100_000);
    let good = token(&alice());
    assert_eq!(cached.check(&good, NOW), Ok(()));
    let mut claims = alice();
    claims["sub"] = json!("mallory");
    let forged = signing_input(KID, &claims) + good.get(good.rfind('.').unwrap()..).unwrap();
    assert_eq!(cached.check(&forged, NOW), Err(TokenError::Signature));
    assert_eq!(
        cached.check(&format!("{good}="), NOW),
        Err(TokenError::Form)
    );
    assert_eq!(cached.tokens.len(), 1);
}

#[test]
fn another_issuer_or_audience_makes_the_cache_forget() {
    let mut cached = Cached::new(10, 100_000);
    let token = token(&alice());
    assert_eq!(cached.check(&token, NOW), Ok(()));
    let again = cached
        .tokens
        .verify(token.as_bytes(), &cached.keys, "elsewhere", "imagehub", NOW);
    assert_eq!(again.err(), Some(TokenError::Issuer));
    assert!(cached.tokens.is_empty());
}

#[test]
fn the_cache_keeps_to_its_bounds_and_keeps_what_is_used() {
    let name = |n: usize| format!("user{n}");
    let session = |n: usize| token(&claims(&name(n), &[(&name(n), "owner", "personal")]));
    let regular = session(0);
    let mut cached = Cached::new(8, 1_000_000);
    for n in 1..100 {
        assert_eq!(cached.check(&session(n), NOW), Ok(()));
        assert_eq!(cached.check(&regular, NOW), Ok(()));
        assert!(cached.tokens.len() <= 8);
    }
    let mut small = Cached::new(1_000, 20_000);
    for n in 0..100 {
        assert_eq!(small.check(&session(n), NOW), Ok(()));
    }
    assert!(
        (5..=20).contains(&small.tokens.len()),
        "{}",
        small.tokens.len()
    );
    let mut none = Cached::new(0, 0);
    assert_eq!(none.check(&regular, NOW), Ok(()));
    assert!(none.tokens.is_empty());
}

proptest! {
    #[test]
    fn no_bytes_make_verification_panic(bytes: Vec<u8>) {
        prop_assert!(verify(&bytes, &keys(), "imagehub", "imagehub", NOW).is_err());
    }

    #[test]
    fn no_signed_bytes_make_verification_panic(header: Vec<u8>, payload: Vec<u8>) {
        let token = sign_raw(&header, &payload);
        prop_assert!(verify(token.as_bytes(), &keys(), "imagehub", "imagehub", NOW).is_err());
        let known = sign_raw(br#"{"alg":"EdDSA","kid":"test-key"}"#, &payload);
        prop_assert!(verify(known.as_bytes(), &keys(), "imagehub", "imagehub", NOW).is_err());
    }

    #[test]
    fn a_changed_character_is_never_trusted(at in any::<prop::sample::Index>(), to in "[A-Za-z0-9_.-]") {
        let good = token(&alice());
        let at = at.index(good.len());
        let changed = format!("{}{to}{}", &good[..at], &good[at + 1..]);
        prop_assume!(changed != good);
        prop_assert!(check(&changed).is_err());
    }

    #[test]
    fn no_claims_are_trusted_unless_signed(sub in "[a-z]{2,10}") {
        let input = signing_input(KID, &claims(&sub, &[]));
        prop_assert_eq!(check(&sign(&input)), Ok(()));
        prop_assert_eq!(check(&format!("{input}.{}", "A".repeat(86))), Err(TokenError::Signature));
    }
}
