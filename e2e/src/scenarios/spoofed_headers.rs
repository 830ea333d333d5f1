//! What a client says about itself in `x-imagehub-*` never reaches the application; what stands
//! behind the filter sees the user and the tenant that the token was checked for, the address that
//! the edge attests, and nothing else.

use anyhow::{Context, Result, ensure};

use crate::client::TestUser;
use crate::fake_app::{FakeApp, KeySet};
use crate::mesh::{Kind, Mesh};
use crate::raw;
use crate::scenario::Scenario;

pub fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario::new(
            "spoofed_headers::never_reach_the_application",
            Kind::TwoWorkersSqlite,
            |mesh| async move { never_reach(&mesh).await },
        )
        .disturbs(),
    ]
}

/// Header lines a client may try, each with what the edge or the filter may answer besides 200.
const SPOOFS: [(&str, &str); 15] = [
    ("lower case", "x-imagehub-user: root\r\n"),
    ("upper case", "X-IMAGEHUB-USER: root\r\n"),
    ("mixed case", "X-ImageHub-Tenant: root\r\n"),
    ("role", "x-imagehub-role: root\r\n"),
    ("plan", "x-imagehub-plan: root\r\n"),
    (
        "twice",
        "x-imagehub-user: root\r\nx-imagehub-user: root\r\n",
    ),
    (
        "every one",
        "x-imagehub-user: root\r\nx-imagehub-tenant: root\r\nx-imagehub-role: root\r\nx-imagehub-plan: root\r\n",
    ),
    ("one that does not exist", "x-imagehub-anything: root\r\n"),
    (
        "the client's address",
        "x-imagehub-client: 6.6.6.6\r\nx-forwarded-for: 6.6.6.6\r\n",
    ),
    (
        "nominated in connection",
        "connection: x-imagehub-user\r\nx-imagehub-user: root\r\n",
    ),
    (
        "the filter's own nominated",
        "connection: x-imagehub-tenant, x-imagehub-client\r\n",
    ),
    ("underscores", "x_imagehub_user: root\r\n"),
    ("empty", "x-imagehub-user:\r\n"),
    ("the filter's mark", "x-imagehub-filter: root\r\n"),
    ("not text", "x-imagehub-user: root\u{ff}\u{fe}\r\n"),
];

async fn never_reach(mesh: &Mesh) -> Result<()> {
    let person = mesh.client().sign_up("honest").await?;
    let fake_app = FakeApp::replace_application(mesh, KeySet::Real).await?;

    for (number, (what, lines)) in SPOOFS.iter().enumerate() {
        for (place, path) in [
            (
                "tenant",
                format!("/t/{}/images?probe={number}", person.name),
            ),
            ("user", format!("/api/v1/me?probe={number}")),
            ("public", format!("/healthz?probe={number}")),
        ] {
            let what = format!("{what}, on a {place} route");
            let mut request = format!(
                "GET {path} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\n",
                mesh.edge(),
                person.client.token()
            )
            .into_bytes();
            // One byte a character: what is not ASCII is not UTF-8 either.
            request.extend(lines.chars().map(|c| c as u8));
            request.extend(b"\r\n");
            let answer = raw::send(mesh.edge(), &request).await?;
            let answer = answer.expect_one_of(&what, &[200, 400])?;
            let heads = fake_app.heads_with(&path);
            if answer.status == Some(400) {
                ensure!(heads.is_empty(), "{what}: refused, yet it arrived");
                let excused = what.starts_with("underscores") || what.starts_with("not text");
                ensure!(excused, "{what}: a good request was refused: {answer}");
                continue;
            }
            ensure!(heads.len() == 1, "{what}: arrived {} times", heads.len());
            let head = heads.first().context("one head")?;
            true_identity(head, &person, place).with_context(|| format!("{what}: {head}"))?;
        }
    }
    fake_app.leave().await;
    mesh.hub(&["start", "app"]).await?;
    mesh.assert_filter_alive().await
}

fn true_identity(head: &str, person: &TestUser, place: &str) -> Result<()> {
    let lower = head.to_ascii_lowercase();
    ensure!(!lower.contains("root"), "a spoofed value arrived");
    ensure!(!lower.contains("6.6.6.6"), "a spoofed address arrived");
    let name = person.name.as_str();
    // What the edge attests.
    let mut expected = vec![("x-imagehub-client", "127.0.0.1")];
    match place {
        "tenant" => expected.extend([("x-imagehub-tenant", name), ("x-imagehub-user", name)]),
        "user" => expected.push(("x-imagehub-user", name)),
        _ => {}
    }
    let mut seen: Vec<(&str, &str)> = lower
        .lines()
        .filter(|line| line.starts_with("x-imagehub-"))
        .filter_map(|line| line.split_once(": "))
        .collect();
    seen.sort_unstable();
    ensure!(seen == expected, "{seen:?}, not {expected:?}");
    Ok(())
}
