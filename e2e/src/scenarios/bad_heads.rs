//! Request heads that no honest client sends: answered with 400 or as the path they mean, never
//! with another tenant's data, and the filter lives on.

use anyhow::{Context, Result, ensure};

use crate::client::{TestUser, unique};
use crate::fake_app::{FakeApp, KeySet, values};
use crate::images;
use crate::mesh::{Kind, Mesh};
use crate::raw;
use crate::scenario::Scenario;

pub fn scenarios() -> Vec<Scenario> {
    let kind = Kind::TwoWorkersSqlite;
    vec![
        Scenario::new(
            "bad_heads::never_open_another_tenant",
            kind,
            |mesh| async move { never_open(&mesh).await },
        ),
        Scenario::new(
            "bad_heads::headers_that_are_not_text",
            kind,
            |mesh| async move { not_text(&mesh).await },
        ),
        Scenario::new(
            "bad_heads::the_application_sees_the_path_that_was_judged",
            kind,
            |mesh| async move { judged_is_seen(&mesh).await },
        )
        .disturbs(),
    ]
}

/// Ways to write a path under the victim's gallery, as the attacker, and what may be answered.
fn disguises(attacker: &str, victim: &str) -> Vec<(Vec<u8>, &'static [u16])> {
    const REFUSED: &[u16] = &[400, 403, 404];
    // Without a tenant in sight a path is nobody's: not found, or refused as malformed.
    const NOWHERE: &[u16] = &[400, 401, 403, 404, 414, 431];
    let text = |path: String| path.into_bytes();
    let long = format!("/t/{victim}/{}", "a".repeat(10_000));
    let mut cases = vec![
        (text(format!("/t/{victim}/images")), &[403][..]),
        (text(format!("/t/{victim}%2fimages")), REFUSED),
        (text(format!("/t%2f{victim}%2fimages")), NOWHERE),
        (
            text(format!("/t/{attacker}%2f..%2f{victim}/images")),
            REFUSED,
        ),
        (text(format!("/t/{attacker}/..%2f{victim}/images")), REFUSED),
        (
            text(format!("/t/{attacker}/../{victim}/images")),
            &[400, 403],
        ),
        (
            text(format!("/t/{attacker}/./../{victim}/images")),
            &[400, 403],
        ),
        (
            text(format!("/t/{attacker}/%2e%2e/{victim}/images")),
            &[400, 403],
        ),
        (
            text(format!("/t/{attacker}/.%2e/{victim}/images")),
            &[400, 403],
        ),
        (text(format!("/t/{attacker}/..\\{victim}/images")), REFUSED),
        (
            text(format!("/t/{attacker}%5c..%5c{victim}/images")),
            REFUSED,
        ),
        (text(format!("//t//{victim}//images")), &[400, 403]),
        (text(format!("/t//{victim}/images")), &[400, 403]),
        (text(format!("/t/{attacker}//../{victim}/images")), REFUSED),
        (text(format!("/t/{victim};a=b/images")), REFUSED),
        (
            text(format!("/t/{}/images", victim.to_uppercase())),
            REFUSED,
        ),
        (
            text(format!(
                "/t/%{:02x}{}/images",
                victim.as_bytes()[0],
                &victim[1..]
            )),
            REFUSED,
        ),
        (text(format!("/t/{victim}%00/images")), REFUSED),
        (text(format!("/t/{victim}%20/images")), REFUSED),
        (
            text(format!("/t/{victim}/images#/t/{attacker}/images")),
            REFUSED,
        ),
        (text(format!("/T/{victim}/images")), NOWHERE),
        (text(format!("http://elsewhere/t/{victim}/images")), REFUSED),
        (text(format!("/static/../t/{victim}/images")), &[400, 403]),
        (text(format!("/static/..%2ft/{victim}/images")), NOWHERE),
        (
            text(format!("/static/%2e%2e/t/{victim}/images")),
            &[400, 403],
        ),
        (text(long), &[400, 403, 414, 431]),
        (text("*".to_owned()), NOWHERE),
        (text("t/no/slash".to_owned()), NOWHERE),
        (text(format!("/{}", "../".repeat(200))), &[200, 400, 404]),
    ];
    let raw = |middle: &[u8]| {
        let mut path = format!("/t/{victim}").into_bytes();
        path.extend(middle);
        path.extend(b"/images");
        path
    };
    cases.push((raw(b"\0"), REFUSED));
    cases.push((raw(b"\xff\xfe"), REFUSED));
    cases.push((raw(b"\t"), REFUSED));
    cases
}

async fn never_open(mesh: &Mesh) -> Result<()> {
    let secret = unique("secret");
    let victim = mesh.client().sign_up("victim").await?;
    let attacker = mesh.client().sign_up("attacker").await?;
    let image = victim.keep("secret.png", images::small_png()?).await?;
    let path = format!(
        "/t/{}/images/{}",
        victim.name,
        image["id"].as_str().context("no id")?
    );
    let title = serde_json::json!({"title": secret});
    victim
        .client
        .call(reqwest::Method::PATCH, &path, &title)
        .await?
        .expect(200)?;
    let own = victim
        .client
        .get(&format!("/t/{}/images", victim.name))
        .await?;
    ensure!(
        own.text().contains(&secret),
        "the victim's own listing has no secret: {own}"
    );

    for (path, allowed) in disguises(&attacker.name, &victim.name) {
        let shown: String = String::from_utf8_lossy(&path).chars().take(120).collect();
        for token in [Some(attacker.client.token()), None] {
            let answer = raw::send(mesh.edge(), &request("GET", &path, mesh, token)).await?;
            ensure!(
                !String::from_utf8_lossy(&answer.body).contains(&secret),
                "{shown} gave the secret away: {answer}"
            );
            let signed_out = [allowed, &[401]].concat();
            let allowed = if token.is_some() {
                allowed
            } else {
                &signed_out
            };
            answer.expect_one_of(&shown, allowed)?;
        }
    }

    let path = format!("/t/{}/images", victim.name);
    for method in [
        "get", "BREW", "TRACE", "CONNECT", "OPTIONS", "PROPFIND", "G\u{e9}T", "", "PRI",
    ] {
        let head = request(method, path.as_bytes(), mesh, Some(attacker.client.token()));
        let answer = raw::send(mesh.edge(), &head).await?;
        ensure!(
            !String::from_utf8_lossy(&answer.body).contains(&secret),
            "{method} gave the secret away: {answer}"
        );
        let refused = answer
            .status
            .is_none_or(|status| (400..500).contains(&status) || status == 501);
        ensure!(refused, "{method}: {answer}");
    }

    // Odd ways to write one's own path may be refused, or answered as that path.
    for path in [
        format!("/t/{}//images", attacker.name),
        format!("/t/{}/./images", attacker.name),
        format!("/t/x/../{}/images", attacker.name),
    ] {
        let head = request("GET", path.as_bytes(), mesh, Some(attacker.client.token()));
        raw::send(mesh.edge(), &head)
            .await?
            .expect_one_of(&path, &[200, 400])?;
    }
    mesh.assert_filter_alive().await
}

async fn not_text(mesh: &Mesh) -> Result<()> {
    let person = mesh.client().sign_up("binary").await?;
    let token = person.client.token();
    let with = |line: &[u8]| {
        let mut head = format!("GET /api/v1/me HTTP/1.1\r\nhost: {}\r\n", mesh.edge()).into_bytes();
        head.extend(line);
        head.extend(b"\r\n\r\n");
        head
    };
    let bearer = format!("authorization: Bearer {token}");
    let beside = |line: &[u8]| [bearer.as_bytes(), b"\r\n", line].concat();
    for (what, head, allowed) in [
        (
            "in the token",
            with(b"authorization: Bearer \xff\xfe.\xff.\xfe"),
            &[400, 401][..],
        ),
        (
            "in the scheme",
            with(b"authorization: \xff\xfe"),
            &[400, 401],
        ),
        (
            "in the cookie",
            with(b"cookie: imagehub_session=\xff\xfe"),
            &[400, 401],
        ),
        ("in Accept", with(&beside(b"accept: \xff\xfe")), &[200, 400]),
        (
            "in a cookie of another's",
            with(&beside(b"cookie: other=\xff\xfe")),
            &[200, 400],
        ),
        (
            "in the client's address",
            with(&beside(b"x-imagehub-client: \xff\xfe")),
            &[200, 400],
        ),
        (
            "in an identity header",
            with(&beside(b"x-imagehub-user: \xff\xfe")),
            &[200, 400],
        ),
        (
            "in x-forwarded-for",
            with(&beside(b"x-forwarded-for: \xff\xfe")),
            &[200, 400],
        ),
        (
            "where nobody reads",
            with(&beside(b"x-whatever: \xff\xfe")),
            &[200],
        ),
        (
            "control byte",
            with(&beside(b"x-whatever: \x01")),
            &[200, 400],
        ),
        ("NUL", with(&beside(b"x-whatever: a\0b")), &[400]),
        (
            "30 KB of it",
            with(&beside(
                &[b"x-whatever: ".as_slice(), &[0xff; 30_000]].concat(),
            )),
            &[200, 400, 431],
        ),
    ] {
        raw::send(mesh.edge(), &head)
            .await?
            .expect_one_of(what, allowed)?;
    }
    mesh.assert_filter_alive().await
}

async fn judged_is_seen(mesh: &Mesh) -> Result<()> {
    let attacker = mesh.client().sign_up("attacker").await?;
    let victim = mesh.client().sign_up("victim").await?;
    let fake_app = FakeApp::replace_application(mesh, KeySet::Real).await?;
    for (path, _) in disguises(&attacker.name, &victim.name) {
        raw::send(
            mesh.edge(),
            &request("GET", &path, mesh, Some(attacker.client.token())),
        )
        .await?;
    }
    let own = format!("/t/{}//images/./x", attacker.name);
    raw::send(
        mesh.edge(),
        &request("GET", own.as_bytes(), mesh, Some(attacker.client.token())),
    )
    .await?;

    for head in fake_app.heads_with(" /") {
        consistent(&head, &attacker).with_context(|| head.clone())?;
    }
    let arrived = fake_app.heads_with(&format!("/t/{}/images/x", attacker.name));
    ensure!(
        arrived.len() == 1,
        "the attacker's own path, normalised, arrived {} times",
        arrived.len()
    );
    fake_app.leave().await;
    mesh.hub(&["start", "app"]).await?;
    mesh.assert_filter_alive().await
}

/// The tenant the filter judged is the one in the path that the application gets.
fn consistent(head: &str, attacker: &TestUser) -> Result<()> {
    let path = head.split(' ').nth(1).context("no path")?;
    let lower = path.to_ascii_lowercase();
    for odd in ["//", "/../", "/./", "%2f", "%5c", "%2e", "\\"] {
        ensure!(!lower.contains(odd), "{odd} reached the application");
    }
    if let Some(rest) = path.strip_prefix("/t/") {
        let tenant = rest.split(['/', '?']).next().unwrap_or_default();
        ensure!(tenant == attacker.name, "the path is of {tenant}");
        ensure!(
            values(head, "x-imagehub-tenant") == [tenant],
            "judged as another tenant"
        );
    }
    Ok(())
}

fn request(method: &str, path: &[u8], mesh: &Mesh, token: Option<&str>) -> Vec<u8> {
    let mut head = format!("{method} ").into_bytes();
    head.extend(path);
    head.extend(format!(" HTTP/1.1\r\nhost: {}\r\n", mesh.edge()).as_bytes());
    if let Some(token) = token {
        head.extend(format!("authorization: Bearer {token}\r\n").as_bytes());
    }
    head.extend(b"\r\n");
    head
}
