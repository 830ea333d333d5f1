//! Limits, and what counts against them.

use super::*;

pub(super) fn limits() -> Vec<Case> {
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
                vec![("x-imagehub-user", "alice"), ("x-imagehub-tenant", "alice")],
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
                vec![("x-imagehub-user", "alice"), ("x-imagehub-tenant", "alice")],
                Some(r#""user";r=9;t=6, "tenant";r=99;t=1"#),
            ),
        ),
        tenant_full,
    ]
    .into_iter()
    .chain(links())
    .collect()
}

/// Shared links: counted by address and by link, whatever is asked of them and with whatever credentials.
fn links() -> Vec<Case> {
    let follow = |path: &'static str| Request::new("GET", path);
    vec![
        Case::new(
            "a shared link is public, and counted by address and by link",
            follow("/s/acme/5ec2e7").bearer("junk"),
            allowed(vec![], Some(r#""address";r=299;t=1, "link";r=299;t=1"#)),
        ),
        Case::new(
            "the pictures of a link count with it",
            follow("/s/acme/5ec2e7?image=x1&size=320"),
            allowed(vec![], Some(r#""address";r=289;t=1, "link";r=289;t=1"#)),
        )
        .after(10, &follow("/s/acme/5ec2e7?image=x2")),
        Case::new(
            "another link has a bucket of its own, the address has not",
            follow("/s/acme/07e2"),
            allowed(vec![], Some(r#""address";r=289;t=1, "link";r=299;t=1"#)),
        )
        .after(10, &follow("/s/acme/5ec2e7")),
        Case::new(
            "an address that followed links too often waits",
            follow("/s/acme/07e2"),
            refused(
                429,
                "rate_limited",
                vec![
                    ("retry-after", ""),
                    (
                        "ratelimit-policy",
                        r#""address";q=300;w=60, "link";q=300;w=60"#,
                    ),
                    ("ratelimit", r#""address";r=0;t=1, "link";r=300;t=0"#),
                ],
            ),
        )
        .after(300, &follow("/s/acme/5ec2e7")),
        Case::new(
            "following links does not spend browsing",
            follow("/plans"),
            allowed(vec![], Some(r#""address";r=599;t=1"#)),
        )
        .after(10, &follow("/s/acme/5ec2e7")),
        Case::new(
            "a link has one spelling, and so one bucket",
            follow("/s/%61cme/5ec2e7"),
            malformed(),
        ),
        Case::new(
            "only reading a link is public",
            Request::new("POST", "/s/acme/5ec2e7"),
            unauthenticated(),
        ),
    ]
}
