//! Who gets where: public routes, credentials, tenancy, and what happens without keys.

use super::*;

pub(super) fn public() -> Vec<Case> {
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

pub(super) fn credentials() -> Vec<Case> {
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
            "a browser that posts is told to log in, and comes back to the gallery",
            Request::new("POST", "/t/alice/images/x1/delete?x=y").browser(),
            refused(401, "unauthenticated", vec![("content-type", "text/html")]),
        )
        .linking_to("/login?next=%2Ft%2Falice"),
        Case::new(
            "a browser that posts elsewhere comes back to the first page",
            Request::new("POST", "/api/v1/tenants/alice/members").browser(),
            refused(401, "unauthenticated", vec![("content-type", "text/html")]),
        )
        .linking_to("/login?next=%2F"),
        Case::new(
            "identity headers of the client's own are not trusted",
            me().bearer(&alice)
                .with("x-imagehub-user", "root")
                .with("x-imagehub-role", "owner"),
            user(),
        ),
    ]
}

pub(super) fn tenancy() -> Vec<Case> {
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
                vec![("x-imagehub-user", "alice"), ("x-imagehub-tenant", "acme")],
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
        )
        .linking_to("/session?next=%2Ft%2Fglobex%3Ftag%3Dx"),
        Case::new(
            "whoever is logged in may follow an invite link",
            Request::new("POST", "/join/globex/5ec2e7").bearer(&alice),
            allowed(vec![("x-imagehub-user", "alice")], None),
        ),
        Case::new(
            "a viewer does not share",
            Request::new("POST", "/t/acme/shares").bearer(&alice),
            forbidden(),
        ),
        Case::new(
            "a viewer does not delete the tenant",
            Request::new("DELETE", "/api/v1/tenants/acme").bearer(&alice),
            forbidden(),
        ),
        Case::new(
            "an invitation is no tenant's route",
            Request::new("POST", "/api/v1/invitations/globex").bearer(&alice),
            allowed(vec![("x-imagehub-user", "alice")], None),
        ),
    ]
}

pub(super) fn keys() -> Vec<Case> {
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
