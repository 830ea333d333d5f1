//! Tokens that look good and are not, each signed by the test key so that one check alone refuses it.

use super::*;

pub(super) fn tokens() -> Vec<Case> {
    let with = |member: &str, value: Value| {
        let mut changed = claims("alice", &[("alice", "owner", "personal")]);
        if let Some(claims) = changed.as_object_mut() {
            claims.insert(member.to_owned(), value);
        }
        token(&changed)
    };
    let good = claims("alice", &[("alice", "owner", "personal")]).to_string();
    let header = |extra: &str| {
        sign_raw(
            format!(r#"{{"alg":"EdDSA","kid":"{KID}"{extra}}}"#).as_bytes(),
            good.as_bytes(),
        )
    };
    let now = NOW.secs();
    let case = |name, token: &str| Case::new(name, pull("alice", token), unauthenticated());
    vec![
        case("junk is refused", "junk"),
        case("an empty token is refused", ""),
        case("a token of 20 KB is refused", &"A".repeat(20_000)),
        case(
            "alg none is refused",
            &sign_raw(
                format!(r#"{{"alg":"none","kid":"{KID}"}}"#).as_bytes(),
                good.as_bytes(),
            ),
        ),
        case(
            "alg HS256 is refused",
            &sign_raw(
                format!(r#"{{"alg":"HS256","kid":"{KID}"}}"#).as_bytes(),
                good.as_bytes(),
            ),
        ),
        case("crit is refused", &header(r#","crit":["exp"]"#)),
        case(
            "a header member twice is refused",
            &header(&format!(r#","kid":"{KID}""#)),
        ),
        case(
            "an expired token is refused",
            &with("exp", json!(now.saturating_sub(31))),
        ),
        case(
            "a token from the future is refused",
            &with("iat", json!(now.saturating_add(31))),
        ),
        case(
            "a token not to be used yet is refused",
            &with("nbf", json!(now.saturating_add(31))),
        ),
        case(
            "another issuer is refused",
            &with("iss", json!("elsewhere")),
        ),
        case(
            "another audience is refused",
            &with("aud", json!("elsewhere")),
        ),
        case(
            "a role that does not exist is refused",
            &with(
                "tenants",
                json!({"alice": {"role": "root", "plan": "personal"}}),
            ),
        ),
        case(
            "a use of its own making is refused",
            &with("use", json!("root")),
        ),
        case(
            "a generation that is no number is refused",
            &with("gen", json!("1")),
        ),
        case(
            "a changed signature is refused",
            &change_signature(&token(&claims("alice", &[("alice", "owner", "personal")]))),
        ),
        Case::new(
            "clocks may differ by half a minute",
            pull("alice", &with("exp", json!(now.saturating_sub(29)))),
            allowed(
                ALICE_AT_HOME.to_vec(),
                Some(r#""user";r=9;t=6, "tenant";r=99;t=1"#),
            ),
        ),
        Case::new(
            "an API token is a token",
            pull("alice", &with("use", json!("api"))),
            allowed(
                ALICE_AT_HOME.to_vec(),
                Some(r#""user";r=9;t=6, "tenant";r=99;t=1"#),
            ),
        ),
        Case::new(
            "a session of a later generation is a session",
            pull("alice", &with("gen", json!(3))),
            allowed(
                ALICE_AT_HOME.to_vec(),
                Some(r#""user";r=9;t=6, "tenant";r=99;t=1"#),
            ),
        ),
        Case::new(
            "an unknown key may be a new one",
            pull(
                "alice",
                &sign_raw(br#"{"alg":"EdDSA","kid":"new"}"#, good.as_bytes()),
            ),
            Expected::Refused {
                status: 401,
                code: "unauthenticated",
                headers: vec![("www-authenticate", "Bearer")],
                awaits_keys: true,
            },
        ),
    ]
}

pub(super) fn bad_tokens() -> Vec<Case> {
    let claims = || claims("alice", &[("alice", "owner", "personal")]);
    let seen = session("alice", &[("alice", "owner", "personal")]);
    let unseen = session("bob", &[("alice", "owner", "personal")]);
    let forged = |times| {
        let forged = pull("alice", &change_signature(&token(&claims())));
        move |case: Case| case.after(times, &forged)
    };
    let verified = Request::new("GET", "/t/alice/usage").bearer(&seen);
    let over = || {
        refused(
            429,
            "rate_limited",
            vec![
                ("retry-after", ""),
                ("content-type", "application/problem+json"),
            ],
        )
    };
    let at_home = |user| {
        let identity = vec![("x-imagehub-user", user), ("x-imagehub-tenant", "alice")];
        allowed(identity, Some(r#""user";r=9;t=6, "tenant";r=99;t=1"#))
    };
    vec![
        forged(400)(Case::new(
            "after many signatures that do not hold an address's unseen tokens are not verified",
            pull("alice", &unseen),
            over(),
        )),
        forged(200)(Case::new(
            "some signatures that do not hold change nothing",
            pull("alice", &unseen),
            at_home("bob"),
        )),
        forged(400)(
            Case::new(
                "a token that was verified before is never refused for others",
                pull("alice", &seen),
                at_home("alice"),
            )
            .after(1, &verified),
        ),
        forged(400)(Case::new(
            "credentials that cost nothing are judged as ever",
            pull("alice", "junk"),
            unauthenticated(),
        )),
        forged(400)(Case::new(
            "public routes are open after many signatures that do not hold",
            Request::new("GET", "/healthz"),
            allowed(vec![], None),
        )),
    ]
}

/// The token with the first character of its signature replaced by another.
fn change_signature(token: &str) -> String {
    token
        .rsplit_once('.')
        .map_or_else(String::new, |(signed, signature)| {
            let first = if signature.starts_with('A') { 'B' } else { 'A' };
            format!("{signed}.{first}{}", signature.get(1..).unwrap_or_default())
        })
}
