//! Heads that can be read in more than one way.

use super::*;

pub(super) fn heads() -> Vec<Case> {
    let alice = alice();
    let get = |path: &[u8]| Request::new("GET", path).bearer(&alice);
    let mut cases = vec![
        Case::new(
            "a session cookie that is no text is malformed",
            Request::new("GET", "/api/v1/me")
                .with("cookie", b"imagehub_session=\xff\xfe".as_slice()),
            malformed(),
        ),
        Case::new(
            "another program's cookie may be no text",
            get(b"/api/v1/me").with("cookie", b"a=\xff\xfe; \xff=b".as_slice()),
            allowed(vec![("x-imagehub-user", "alice")], None),
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
        (
            "a path with a parameter is malformed",
            b"/t/alice/images/x1/pull;a",
        ),
    ] {
        cases.push(Case::new(name, get(path), malformed()));
    }
    cases
}

pub(super) fn upgrades() -> Vec<Case> {
    let alice = alice();
    let me = |upgrade: &[u8]| {
        let me = Request::new("GET", "/api/v1/me").bearer(&alice);
        me.with("connection", "upgrade").with("upgrade", upgrade)
    };
    vec![
        Case::new("an upgrade is refused", me(b"websocket"), forbidden()),
        Case::new(
            "an upgrade is refused on public routes too",
            Request::new("GET", "/healthz").with("upgrade", "WebSocket"),
            forbidden(),
        ),
        Case::new(
            "an upgrade is refused whoever asks",
            Request::new("GET", "/t/alice").with("upgrade", "websocket"),
            forbidden(),
        ),
        Case::new(
            "an extended CONNECT is an upgrade",
            Request::new("CONNECT", "/t/alice/images")
                .bearer(&alice)
                .with(":protocol", "websocket"),
            forbidden(),
        ),
        Case::new(
            "an upgrade is refused behind one that a server may ignore",
            me(b"h2c, websocket"),
            forbidden(),
        ),
        Case::new(
            "an upgrade that a server may ignore is ignored",
            me(b"h2c"),
            allowed(vec![("x-imagehub-user", "alice")], None),
        ),
        Case::new(
            "an upgrade that is no text is malformed",
            me(b"\xff"),
            malformed(),
        ),
    ]
}
