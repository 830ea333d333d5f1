//! Decisions and what they are to be: plain data, for tests on either side of the WebAssembly boundary.
//!
//! Every case starts from full buckets, at [`NOW`], under the shipped policy ([`POLICY`]), with [`CLIENT`] as the
//! client's believed address.

use crate::test_support::{KID, NOW, claims, sign_raw, token};
use serde_json::{Value, json};

/// The policy as shipped.
pub const POLICY: &[u8] = include_bytes!("../../consul/policy.json");
/// The client's address.
pub const CLIENT: &str = "192.0.2.7";

/// A request's head. Header names are lower-case; pseudo-headers are not among them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: &'static str,
    /// Path and query, as bytes: they may be no text.
    pub path: Vec<u8>,
    /// Names and values, in order; a name may come twice.
    pub headers: Vec<(&'static str, Vec<u8>)>,
}

/// What is to come of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// It goes on.
    Allowed {
        /// The identity headers it goes on with; no others of their family.
        identity: Vec<(&'static str, &'static str)>,
        /// The `RateLimit` header of its response, if the route is limited.
        rate_limit: Option<&'static str>,
    },
    /// It is answered.
    Refused {
        /// With this status.
        status: u16,
        /// With this code in a JSON body; a page's body element names it in `data-code`.
        code: &'static str,
        /// With these headers, whose values contain these texts.
        headers: Vec<(&'static str, &'static str)>,
        /// But only after waiting for fresh keys in vain.
        awaits_keys: bool,
    },
}

/// A request and what is to come of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// What it shows.
    pub name: &'static str,
    /// Whether the test key's set has arrived.
    pub keys_listed: bool,
    /// Requests that were made before, so many times each; all of them pass.
    pub before: Vec<(u32, Request)>,
    /// The request.
    pub request: Request,
    /// What is to come of it.
    pub expected: Expected,
}

impl Request {
    fn new(method: &'static str, path: impl Into<Vec<u8>>) -> Self {
        Self {
            method,
            path: path.into(),
            headers: Vec::new(),
        }
    }

    fn with(mut self, name: &'static str, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    fn bearer(self, token: &str) -> Self {
        self.with("authorization", format!("Bearer {token}"))
    }

    fn browser(self) -> Self {
        self.with(
            "accept",
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        )
    }
}

impl Case {
    fn new(name: &'static str, request: Request, expected: Expected) -> Self {
        Self {
            name,
            keys_listed: true,
            before: Vec::new(),
            request,
            expected,
        }
    }

    fn after(mut self, times: u32, request: &Request) -> Self {
        self.before.push((times, request.clone()));
        self
    }

    const fn without_keys(mut self) -> Self {
        self.keys_listed = false;
        self
    }
}

fn allowed(
    identity: Vec<(&'static str, &'static str)>,
    rate_limit: Option<&'static str>,
) -> Expected {
    Expected::Allowed {
        identity,
        rate_limit,
    }
}

fn refused(
    status: u16,
    code: &'static str,
    headers: Vec<(&'static str, &'static str)>,
) -> Expected {
    Expected::Refused {
        status,
        code,
        headers,
        awaits_keys: false,
    }
}

fn unauthenticated() -> Expected {
    refused(
        401,
        "unauthenticated",
        vec![
            ("www-authenticate", "Bearer"),
            ("content-type", "application/problem+json"),
        ],
    )
}

fn forbidden() -> Expected {
    refused(
        403,
        "forbidden",
        vec![("content-type", "application/problem+json")],
    )
}

fn malformed() -> Expected {
    refused(
        400,
        "malformed",
        vec![("content-type", "application/problem+json")],
    )
}

/// A session of a user with tenants as (name, role, plan).
pub fn session(user: &str, tenants: &[(&str, &str, &str)]) -> String {
    token(&claims(user, tenants))
}

fn alice() -> String {
    session(
        "alice",
        &[("alice", "owner", "personal"), ("acme", "viewer", "team")],
    )
}

fn pull(tenant: &str, token: &str) -> Request {
    Request::new("GET", format!("/t/{tenant}/images/x1/pull")).bearer(token)
}

const ALICE_AT_HOME: [(&str, &str); 4] = [
    ("x-imagehub-user", "alice"),
    ("x-imagehub-tenant", "alice"),
    ("x-imagehub-role", "owner"),
    ("x-imagehub-plan", "personal"),
];

/// Every case there is.
pub fn cases() -> Vec<Case> {
    [
        public(),
        credentials(),
        tokens(),
        tenancy(),
        heads(),
        limits(),
        keys(),
    ]
    .concat()
}

fn public() -> Vec<Case> {
    let login = Request::new("POST", "/api/v1/login");
    vec![
        Case::new(
            "a health check needs nothing",
            Request::new("GET", "/healthz"),
            allowed(vec![], None),
        ),
        Case::new(
            "HEAD goes where GET goes",
            Request::new("HEAD", "/healthz"),
            allowed(vec![], None),
        ),
        Case::new(
            "a public page is counted by address",
            Request::new("GET", "/plans?tenant=acme"),
            allowed(vec![], Some(r#""address";r=599;t=1"#)),
        ),
        Case::new(
            "a public page does not judge credentials",
            Request::new("GET", "/")
                .bearer("junk")
                .with("cookie", "imagehub_session=a; imagehub_session=b"),
            allowed(vec![], Some(r#""address";r=599;t=1"#)),
        ),
        Case::new(
            "a log-in is counted by address",
            login.clone(),
            allowed(vec![], Some(r#""address";r=59;t=1"#)),
        ),
        Case::new(
            "log-ins and sign-ups are counted together",
            Request::new("POST", "/signup"),
            refused(
                429,
                "rate_limited",
                vec![
                    ("ratelimit", r#""address";r=0;t=1"#),
                    ("ratelimit-policy", r#""address";q=60;w=60"#),
                ],
            ),
        )
        .after(60, &login),
    ]
}

fn credentials() -> Vec<Case> {
    let alice = alice();
    let me = || Request::new("GET", "/api/v1/me");
    let user = || allowed(vec![("x-imagehub-user", "alice")], None);
    let cookie = format!("theme=dark; imagehub_session={alice}");
    vec![
        Case::new("a bearer token is enough", me().bearer(&alice), user()),
        Case::new(
            "a cookie is enough",
            me().with("cookie", cookie.clone()),
            user(),
        ),
        Case::new(
            "a cookie is found among several cookie headers",
            me().with("cookie", "a=1")
                .with("cookie", cookie.clone())
                .with("cookie", "b=2"),
            user(),
        ),
        Case::new(
            "a good bearer token makes a bad cookie irrelevant",
            me().bearer(&alice).with("cookie", "imagehub_session=junk"),
            user(),
        ),
        Case::new(
            "a bad bearer token is not made good by a cookie",
            me().bearer("junk").with("cookie", cookie.clone()),
            unauthenticated(),
        ),
        Case::new(
            "two authorization headers are refused",
            me().bearer(&alice).bearer(&alice),
            unauthenticated(),
        ),
        Case::new(
            "two session cookies are refused",
            me().with("cookie", cookie.clone()).with("cookie", cookie),
            unauthenticated(),
        ),
        Case::new(
            "another scheme is refused",
            me().with("authorization", "Basic YWxpY2U6c2VjcmV0"),
            unauthenticated(),
        ),
        Case::new("no credentials are refused", me(), unauthenticated()),
        Case::new(
            "whatever no route names takes a log-in",
            Request::new("GET", "/metrics"),
            unauthenticated(),
        ),
        Case::new(
            "a browser is sent to log in and come back",
            Request::new("GET", "/t/alice/images?tag=a&q=b").browser(),
            refused(
                303,
                "unauthenticated",
                vec![
                    (
                        "location",
                        "/login?next=%2Ft%2Falice%2Fimages%3Ftag%3Da%26q%3Db",
                    ),
                    ("content-type", "text/html"),
                ],
            ),
        ),
        Case::new(
            "a browser that posts is told to log in",
            Request::new("POST", "/t/alice/images").browser(),
            refused(401, "unauthenticated", vec![("content-type", "text/html")]),
        ),
        Case::new(
            "identity headers of the client's own are not believed",
            me().bearer(&alice)
                .with("x-imagehub-user", "root")
                .with("x-imagehub-role", "owner"),
            user(),
        ),
    ]
}

fn tokens() -> Vec<Case> {
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

/// The token with the first character of its signature replaced by another.
fn change_signature(token: &str) -> String {
    token
        .rsplit_once('.')
        .map_or_else(String::new, |(signed, signature)| {
            let first = if signature.starts_with('A') { 'B' } else { 'A' };
            format!("{signed}.{first}{}", signature.get(1..).unwrap_or_default())
        })
}

fn tenancy() -> Vec<Case> {
    let alice = alice();
    let get = |path: &str| Request::new("GET", path).bearer(&alice);
    let upload = |tenant: &str| Request::new("POST", format!("/t/{tenant}/images")).bearer(&alice);
    vec![
        Case::new(
            "an owner uploads at home",
            upload("alice"),
            allowed(
                ALICE_AT_HOME.to_vec(),
                Some(r#""user";r=119;t=1, "tenant";r=1199;t=1"#),
            ),
        ),
        Case::new(
            "a viewer looks",
            get("/t/acme"),
            allowed(
                vec![
                    ("x-imagehub-user", "alice"),
                    ("x-imagehub-tenant", "acme"),
                    ("x-imagehub-role", "viewer"),
                    ("x-imagehub-plan", "team"),
                ],
                Some(r#""user";r=5999;t=1, "tenant";r=59999;t=1"#),
            ),
        ),
        Case::new("a viewer does not upload", upload("acme"), forbidden()),
        Case::new(
            "a viewer does not change the plan",
            Request::new("PUT", "/api/v1/tenants/acme/plan").bearer(&alice),
            forbidden(),
        ),
        Case::new(
            "a foreign tenant is forbidden",
            get("/t/globex/images"),
            forbidden(),
        ),
        Case::new(
            "a tenant that does not exist is forbidden alike",
            get("/t/no-such-tenant/images"),
            forbidden(),
        ),
        Case::new(
            "what is no tenant's name is forbidden alike",
            get("/t/Not_A_Name/images"),
            forbidden(),
        ),
        Case::new(
            "another tenant's members are forbidden",
            get("/api/v1/tenants/globex/members"),
            forbidden(),
        ),
        Case::new(
            "whatever lies below a foreign tenant is forbidden",
            get("/t/globex/made/up/path"),
            forbidden(),
        ),
        Case::new(
            "a browser is offered to look again with a fresh session",
            get("/t/globex?tag=x").browser(),
            refused(
                403,
                "forbidden",
                vec![
                    ("content-type", "text/html"),
                    ("content-security-policy", "default-src 'none'"),
                ],
            ),
        ),
        Case::new(
            "an invitation is no tenant's route",
            Request::new("POST", "/api/v1/invitations/globex").bearer(&alice),
            allowed(vec![("x-imagehub-user", "alice")], None),
        ),
    ]
}

fn heads() -> Vec<Case> {
    let alice = alice();
    let get = |path: &[u8]| Request::new("GET", path).bearer(&alice);
    let mut cases = vec![
        Case::new(
            "a cookie that is no text is malformed",
            Request::new("GET", "/api/v1/me").with("cookie", b"a=\xff\xfe".as_slice()),
            malformed(),
        ),
        Case::new(
            "an authorization that is no text is malformed",
            Request::new("GET", "/api/v1/me").with("authorization", b"Bearer \xff\xfe".as_slice()),
            malformed(),
        ),
        Case::new(
            "an accept that is no text is malformed",
            get(b"/api/v1/me").with("accept", b"\xff\xfe".as_slice()),
            malformed(),
        ),
        Case::new(
            "another header's bytes are nobody's business here",
            get(b"/api/v1/me").with("x-other", b"\xff\xfe".as_slice()),
            allowed(vec![("x-imagehub-user", "alice")], None),
        ),
        Case::new(
            "a path of 10 KB is a path",
            get(&[b"/t/alice/".as_slice(), &[b'a'; 10_000]].concat()),
            allowed(ALICE_AT_HOME.to_vec(), None),
        ),
    ];
    for (name, path) in [
        (
            "a path that is no text is malformed",
            b"/t/\xff\xfe/images".as_slice(),
        ),
        ("an encoded slash is malformed", b"/t/alice%2fimages"),
        ("an empty segment is malformed", b"/t//alice/images"),
        ("a dot segment is malformed", b"/t/globex/../alice/images"),
        (
            "an encoded dot segment is malformed",
            b"/t/globex/%2e%2e/alice/images",
        ),
        ("an encoded NUL is malformed", b"/t/alice/images/%00"),
        ("an encoded tenant is malformed", b"/t/alice%20/images"),
        (
            "a plain character, encoded, is malformed",
            b"/%74/alice/images",
        ),
        ("a backslash is malformed", b"/t\\alice"),
    ] {
        cases.push(Case::new(name, get(path), malformed()));
    }
    cases
}

fn limits() -> Vec<Case> {
    let alice = alice();
    let team = |user: &str| session(user, &[("acme", "member", "personal")]);
    let pull_alice = pull("alice", &alice);
    let upgraded = session("alice", &[("alice", "owner", "team")]);
    let bob = pull("acme", &team("bob"));
    let mut tenant_full = Case::new(
        "a tenant's pulls are limited whoever makes them",
        bob,
        refused(
            429,
            "rate_limited",
            vec![
                ("retry-after", ""),
                ("ratelimit", r#""user";r=10;t=0, "tenant";r=0;t=1"#),
            ],
        ),
    );
    for user in ["u0", "u1", "u2", "u3", "u4", "u5", "u6", "u7", "u8", "u9"] {
        tenant_full = tenant_full.after(10, &pull("acme", &team(user)));
    }
    vec![
        Case::new(
            "the first pull leaves nine",
            pull_alice.clone(),
            allowed(
                ALICE_AT_HOME.to_vec(),
                Some(r#""user";r=9;t=6, "tenant";r=99;t=1"#),
            ),
        ),
        Case::new(
            "the tenth pull passes",
            pull_alice.clone(),
            allowed(
                ALICE_AT_HOME.to_vec(),
                Some(r#""user";r=0;t=6, "tenant";r=90;t=1"#),
            ),
        )
        .after(9, &pull_alice),
        Case::new(
            "the eleventh pull is one too many",
            pull_alice.clone(),
            refused(
                429,
                "rate_limited",
                vec![
                    ("retry-after", ""),
                    (
                        "ratelimit-policy",
                        r#""user";q=10;w=60, "tenant";q=100;w=60"#,
                    ),
                    ("ratelimit", r#""user";r=0;t=6, "tenant";r=90;t=1"#),
                    ("content-type", "application/problem+json"),
                ],
            ),
        )
        .after(10, &pull_alice),
        Case::new(
            "a browser sees a page",
            pull_alice.clone().browser(),
            refused(
                429,
                "rate_limited",
                vec![("retry-after", ""), ("content-type", "text/html")],
            ),
        )
        .after(10, &pull_alice),
        Case::new(
            "HEAD spends what GET spends",
            Request {
                method: "HEAD",
                ..pull_alice.clone()
            },
            refused(429, "rate_limited", vec![("retry-after", "")]),
        )
        .after(10, &pull_alice),
        Case::new(
            "an upgrade counts at once, and what was used stays used",
            pull("alice", &upgraded),
            allowed(
                vec![
                    ("x-imagehub-user", "alice"),
                    ("x-imagehub-tenant", "alice"),
                    ("x-imagehub-role", "owner"),
                    ("x-imagehub-plan", "team"),
                ],
                Some(r#""user";r=89;t=1, "tenant";r=989;t=1"#),
            ),
        )
        .after(10, &pull_alice),
        Case::new(
            "pulling does not spend browsing",
            Request::new("GET", "/t/alice").bearer(&alice),
            allowed(
                ALICE_AT_HOME.to_vec(),
                Some(r#""user";r=599;t=1, "tenant";r=5999;t=1"#),
            ),
        )
        .after(10, &pull_alice),
        Case::new(
            "a plan the policy does not know counts as the first",
            pull(
                "alice",
                &session("alice", &[("alice", "owner", "forgotten")]),
            ),
            allowed(
                vec![
                    ("x-imagehub-user", "alice"),
                    ("x-imagehub-tenant", "alice"),
                    ("x-imagehub-role", "owner"),
                    ("x-imagehub-plan", "forgotten"),
                ],
                Some(r#""user";r=9;t=6, "tenant";r=99;t=1"#),
            ),
        ),
        tenant_full,
    ]
}

fn keys() -> Vec<Case> {
    let alice = alice();
    vec![
        Case::new(
            "a session cannot be checked before there are keys",
            pull("alice", &alice),
            Expected::Refused {
                status: 503,
                code: "no_keys",
                headers: vec![("retry-after", "2")],
                awaits_keys: true,
            },
        )
        .without_keys(),
        Case::new(
            "no credentials are refused without keys too",
            Request::new("GET", "/api/v1/me"),
            unauthenticated(),
        )
        .without_keys(),
        Case::new(
            "junk is refused without keys too",
            pull("alice", "junk"),
            unauthenticated(),
        )
        .without_keys(),
        Case::new(
            "public routes need no keys",
            Request::new("GET", "/healthz"),
            allowed(vec![], None),
        )
        .without_keys(),
    ]
}
