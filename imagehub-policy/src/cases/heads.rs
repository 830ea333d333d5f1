//! Heads that can be read in more than one way.

use super::*;

pub(super) fn heads() -> Vec<Case> {
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
