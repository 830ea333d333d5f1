//! Questions of an operator's, which the filter answers itself.

use super::*;
use crate::operator::{EXPLAIN_PATH, OPERATOR_AUDIENCE, OPERATOR_SECONDS};

/// How a pull of Alice's at home would be treated.
fn about_a_pull() -> Value {
    json!({
        "method": "GET",
        "path": "/t/alice/images/x1/pull",
        "address": null,
        "user": "alice",
        "plan": "personal",
    })
}

fn operator(question: &Value) -> Value {
    let now = NOW.secs();
    json!({
        "iss": "imagehub", "aud": OPERATOR_AUDIENCE, "iat": now,
        "exp": now.saturating_add(OPERATOR_SECONDS), "question": question,
    })
}

fn ask(claims: &Value) -> Request {
    Request::new("GET", EXPLAIN_PATH).bearer(&token(claims))
}

pub(super) fn questions() -> Vec<Case> {
    let alice = alice();
    let pulls = pull("alice", &alice);
    let good = operator(&about_a_pull());
    let with = |member: &str, value: Value| {
        let mut changed = good.clone();
        if let Some(claims) = changed.as_object_mut() {
            claims.insert(member.to_owned(), value);
        }
        ask(&changed)
    };
    let too_long = NOW
        .secs()
        .saturating_add(OPERATOR_SECONDS)
        .saturating_add(1);
    let unreadable = json!({"method": "GET", "path": "/t//x", "address": null});
    let refused = |name, request| Case::new(name, request, unauthenticated());
    vec![
        Case::new(
            "an operator is told how full the buckets are",
            ask(&good),
            explained(vec![
                r#""name":"user","remaining":7"#,
                r#""name":"tenant","remaining":97"#,
            ]),
        )
        .after(3, &pulls),
        Case::new(
            "an operator is told when a spent limit is free again",
            ask(&good),
            explained(vec![r#""name":"user","remaining":0,"next_in":6"#]),
        )
        .after(10, &pulls),
        Case::new(
            "an operator's question changes no counter",
            pulls,
            allowed(
                ALICE_AT_HOME.to_vec(),
                Some(r#""user";r=9;t=6, "tenant";r=99;t=1"#),
            ),
        )
        .after(5, &ask(&good)),
        Case::new(
            "a question about a path with two readings is malformed",
            ask(&operator(&unreadable)),
            malformed(),
        ),
        refused(
            "nobody else may ask the filter",
            Request::new("GET", EXPLAIN_PATH),
        ),
        refused(
            "a session may not ask the filter",
            Request::new("GET", EXPLAIN_PATH).bearer(&alice),
        ),
        refused(
            "an operator's token in a cookie is refused",
            Request::new("GET", EXPLAIN_PATH)
                .with("cookie", format!("imagehub_session={}", token(&good))),
        ),
        refused(
            "an operator's token that lives longer than a minute is refused",
            with("exp", json!(too_long)),
        ),
        refused(
            "an operator's token of another issuer is refused",
            with("iss", json!("somebody")),
        ),
        refused(
            "an operator's token without a question is refused",
            with("question", Value::Null),
        ),
        refused(
            "an operator's token opens nothing else",
            pull("alice", &token(&good)),
        ),
        refused(
            "an operator's question is not posted",
            Request::new("POST", EXPLAIN_PATH).bearer(&token(&good)),
        ),
    ]
}
