//! The table of decision cases, decided natively.

use imagehub_policy::cases::{CLIENT, Case, Expected, POLICY, Request, cases};
use imagehub_policy::test_support::{NOW, keys};
use imagehub_policy::{
    Allow, Answerer, Decision, Keys, MemoryCounters, Policy, RequestHead, VerifiedTokens, decide,
    levels_json, parse_client,
};

struct World {
    policy: Policy,
    keys: Keys,
    tokens: VerifiedTokens,
    counters: MemoryCounters,
}

impl World {
    fn of(case: &Case) -> Self {
        Self {
            policy: Policy::parse(POLICY).unwrap(),
            keys: if case.keys_listed {
                keys()
            } else {
                Keys::none()
            },
            tokens: VerifiedTokens::default(),
            counters: MemoryCounters::new(1_024, [1, 2]),
        }
    }

    fn decide(&mut self, request: &Request) -> Decision {
        let headers = request
            .headers
            .iter()
            .map(|(name, value)| (name.as_bytes(), value.as_slice()));
        let head = RequestHead::from_headers(request.method.as_bytes(), &request.path, headers);
        decide(
            &self.policy,
            &head,
            &|| parse_client(CLIENT.as_bytes()),
            NOW,
            &self.keys,
            &mut self.tokens,
            &mut self.counters,
        )
        .decision
    }
}

fn identity(policy: &Policy, allow: &Allow) -> Vec<(&'static str, String)> {
    let Some(identity) = &allow.identity else {
        return Vec::new();
    };
    let told = policy.identity_headers().iter();
    told.filter_map(|header| Some((header.name(), header.value(identity)?.to_owned())))
        .collect()
}

#[test]
fn every_case_is_decided_as_expected() {
    for case in cases() {
        let name = case.name;
        let mut world = World::of(&case);
        for (times, request) in &case.before {
            for _ in 0..*times {
                world.decide(request);
            }
        }
        match (world.decide(&case.request), &case.expected) {
            (
                Decision::Allow(allow),
                Expected::Allowed {
                    identity: expected,
                    rate_limit,
                },
            ) => {
                let expected: Vec<_> = expected
                    .iter()
                    .map(|(name, value)| (*name, (*value).to_owned()))
                    .collect();
                assert_eq!(identity(&world.policy, &allow), expected, "{name}");
                assert_eq!(
                    allow.limits.map(|limits| limits.rate_limit()).as_deref(),
                    *rate_limit,
                    "{name}"
                );
            }
            (
                decision @ (Decision::Refuse(_) | Decision::AwaitKeys(_)),
                Expected::Refused {
                    status,
                    code,
                    headers,
                    awaits_keys,
                },
            ) => {
                assert_eq!(
                    matches!(decision, Decision::AwaitKeys(_)),
                    *awaits_keys,
                    "{name}"
                );
                let (Decision::Refuse(refusal) | Decision::AwaitKeys(refusal)) = decision else {
                    unreachable!()
                };
                assert_eq!(
                    (refusal.status, refusal.code.as_str()),
                    (*status, *code),
                    "{name}"
                );
                for (header, part) in headers {
                    let value = refusal.headers.iter().find(|(other, _)| other == header);
                    assert!(
                        value.is_some_and(|(_, value)| value.contains(part)),
                        "{name}: {header}: {value:?}"
                    );
                }
                let body = refusal.body(Answerer::Application);
                if let Some(link) = case.link {
                    assert!(body.contains(&format!("href=\"{link}\"")), "{name}: {body}");
                }
                let shown = if refusal.browser {
                    format!("data-code=\"{code}\"")
                } else {
                    format!("\"code\":\"{code}\"")
                };
                assert!(body.contains(&shown), "{name}: {body}");
            }
            (Decision::Tell(levels), Expected::Explained(texts)) => {
                let json = levels_json(levels.as_ref());
                for text in texts {
                    assert!(json.contains(text), "{name}: {json}");
                }
            }
            (decision, expected) => panic!("{name}: {decision:?} instead of {expected:?}"),
        }
    }
}

#[test]
fn no_two_cases_share_a_name() {
    let mut names: Vec<_> = cases().iter().map(|case| case.name).collect();
    names.sort_unstable();
    let all = names.len();
    names.dedup();
    assert_eq!(names.len(), all);
}

#[test]
fn a_foreign_tenant_and_one_that_does_not_exist_get_the_same_bytes() {
    let answer = |name: &str| {
        let case = cases().into_iter().find(|case| case.name == name).unwrap();
        match World::of(&case).decide(&case.request) {
            Decision::Refuse(refusal) => (
                refusal.status,
                refusal.headers.clone(),
                refusal.body(Answerer::Application),
            ),
            other => panic!("{other:?}"),
        }
    };
    let foreign = answer("a foreign tenant is forbidden");
    assert_eq!(
        foreign,
        answer("a tenant that does not exist is forbidden alike")
    );
    assert_eq!(
        foreign,
        answer("what is no tenant's name is forbidden alike")
    );
}

#[test]
fn what_is_refused_spends_nothing() {
    for case in cases() {
        if !matches!(case.expected, Expected::Refused { .. }) {
            continue;
        }
        let mut world = World::of(&case);
        for (times, request) in &case.before {
            for _ in 0..*times {
                world.decide(request);
            }
        }
        let first = world.decide(&case.request);
        for _ in 0..50 {
            assert_eq!(world.decide(&case.request), first, "{}", case.name);
        }
    }
}

#[test]
fn a_rule_being_tried_out_reports_and_does_not_refuse() {
    let document = String::from_utf8(POLICY.to_vec()).unwrap();
    let shadow = document.replace(
        r#""limit": "pull""#,
        r#""limit": "pull", "enforce": "shadow""#,
    );
    assert_ne!(shadow, document);
    let case = |name: &str| cases().into_iter().find(|case| case.name == name).unwrap();
    let decide = |name: &str| {
        let case = case(name);
        let mut world = World {
            policy: Policy::parse(shadow.as_bytes()).unwrap(),
            ..World::of(&case)
        };
        for (times, request) in &case.before {
            for _ in 0..*times {
                world.decide(request);
            }
        }
        match world.decide(&case.request) {
            Decision::Allow(allow) => allow,
            other => panic!("{name}: {other:?}"),
        }
    };
    let over = decide("the eleventh pull is one too many");
    assert_eq!(
        over.would_refuse.map(|code| code.as_str()),
        Some("rate_limited")
    );
    assert_eq!(over.identity.unwrap().user.as_str(), "alice");
    assert_eq!(over.limits, None);
    let junk = decide("junk is refused");
    assert_eq!(
        junk.would_refuse.map(|code| code.as_str()),
        Some("unauthenticated")
    );
    assert_eq!(junk.identity, None);
    let keyless = decide("a session cannot be checked before there are keys");
    assert_eq!(
        keyless.would_refuse.map(|code| code.as_str()),
        Some("no_keys")
    );
    assert_eq!(decide("the first pull leaves nine").would_refuse, None);
}

#[test]
fn a_policy_may_tell_more_of_an_identity() {
    let document = String::from_utf8(POLICY.to_vec()).unwrap();
    let more = document.replacen('{', r#"{"identity_headers": ["plan", "role", "user"],"#, 1);
    let case = cases()
        .into_iter()
        .find(|case| case.name == "an owner uploads at home")
        .unwrap();
    let mut world = World {
        policy: Policy::parse(more.as_bytes()).unwrap(),
        ..World::of(&case)
    };
    let Decision::Allow(allow) = world.decide(&case.request) else {
        panic!("it is refused")
    };
    let told = [
        ("x-imagehub-plan", "personal".to_owned()),
        ("x-imagehub-role", "owner".to_owned()),
        ("x-imagehub-user", "alice".to_owned()),
    ];
    assert_eq!(identity(&world.policy, &allow), told);
}

#[test]
fn an_upgrade_passes_where_the_route_names_it() {
    let document = String::from_utf8(POLICY.to_vec()).unwrap();
    let route = r#""path": "/api/v1/me", "methods": ["GET"],"#;
    let upgrading = document.replace(route, &format!(r#"{route} "upgrades": ["websocket"],"#));
    assert_ne!(upgrading, document);
    let case = cases()
        .into_iter()
        .find(|case| case.name == "an upgrade is refused")
        .unwrap();
    let mut world = World {
        policy: Policy::parse(upgrading.as_bytes()).unwrap(),
        ..World::of(&case)
    };
    assert!(matches!(world.decide(&case.request), Decision::Allow(_)));
    let mut other = case.request.clone();
    other.headers.push(("upgrade", b"tls/1.0".to_vec()));
    assert!(matches!(world.decide(&other), Decision::Refuse(refusal) if refusal.status == 403));
}

#[test]
fn a_route_that_is_tried_out_upgrades_nothing() {
    let document = String::from_utf8(POLICY.to_vec()).unwrap();
    let shadow = document.replace(
        r#""default": {"access": "user","#,
        r#""default": {"access": "user", "enforce": "shadow","#,
    );
    assert_ne!(shadow, document);
    let case = &cases()[0];
    let mut world = World {
        policy: Policy::parse(shadow.as_bytes()).unwrap(),
        ..World::of(case)
    };
    let mut request = case.request.clone();
    request.path = b"/anything".to_vec();
    assert!(matches!(world.decide(&request), Decision::Allow(_)));
    request.headers.push(("upgrade", b"websocket".to_vec()));
    assert!(matches!(world.decide(&request), Decision::Refuse(refusal) if refusal.status == 403));
}

#[test]
fn retry_after_is_rounded_up_with_at_most_a_second_of_jitter() {
    let case = cases()
        .into_iter()
        .find(|case| case.name == "the eleventh pull is one too many")
        .unwrap();
    let mut world = World::of(&case);
    for _ in 0..10 {
        world.decide(&case.before[0].1);
    }
    let Decision::Refuse(refusal) = world.decide(&case.request) else {
        panic!("it passed")
    };
    let seconds: u32 = refusal
        .headers
        .iter()
        .find(|(name, _)| *name == "retry-after")
        .unwrap()
        .1
        .parse()
        .unwrap();
    assert!((6..=7).contains(&seconds), "{seconds}");
    assert_eq!(refusal.problem.extension("retry_after").unwrap(), seconds);
    let body: serde_json::Value =
        serde_json::from_str(&refusal.body(Answerer::Application)).unwrap();
    assert_eq!(
        (&body["type"], &body["violated-policies"]),
        (
            &"https://iana.org/assignments/http-problem-types#quota-exceeded".into(),
            &serde_json::json!(["user"])
        )
    );
    assert_eq!(refusal.limits.unwrap().refused_by().unwrap().name, "user");
}

#[test]
fn keys_that_stand_in_the_policy_are_not_waited_for() {
    let document = String::from_utf8(POLICY.to_vec()).unwrap();
    let source =
        r#"{"cluster": "local_app", "path": "/.well-known/jwks.json", "refresh_seconds": 5}"#;
    let inline = document.replace(
        source,
        &format!(r#"{{"jwks": {}}}"#, imagehub_policy::test_support::jwks()),
    );
    assert_ne!(inline, document);
    let case = cases()
        .into_iter()
        .find(|case| case.name == "an unknown key may be a new one")
        .unwrap();
    let mut world = World {
        policy: Policy::parse(inline.as_bytes()).unwrap(),
        ..World::of(&case)
    };
    assert!(
        matches!(world.decide(&case.request), Decision::Refuse(refusal) if refusal.status == 401)
    );
}
