//! A request to speak another protocol is refused by the filter, unless the route names that one.

use anyhow::{Result, ensure};
use h2::ext::Protocol;
use tokio::net::TcpStream;

use crate::client::unique;
use crate::fake_app::{FakeApp, KeySet, values};
use crate::mesh::{Kind, Mesh, shipped_policy};
use crate::policy;
use crate::raw::{self, RawAnswer};
use crate::scenario::Scenario;

pub fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario::new(
            "upgrades::are_refused_unless_the_route_names_them",
            Kind::TwoWorkersSqlite,
            |mesh| async move { refused_unless_named(&mesh).await },
        )
        .disturbs(),
    ]
}

async fn refused_unless_named(mesh: &Mesh) -> Result<()> {
    let person = mesh.client().sign_up("socket").await?;
    let token = person.client.token();
    let fake_app = FakeApp::replace_application(mesh, KeySet::Real).await?;

    for path in ["/api/v1/me", "/healthz", &format!("/t/{}/x", person.name)] {
        for upgrade in [
            "websocket",
            "WebSocket",
            "websocket, other",
            "other",
            "\u{ff}",
        ] {
            let (path, answer) = ask(mesh, path, upgrade, token).await?;
            let what = format!("{upgrade:?} on {path}");
            let answer = answer.expect_one_of(&what, &[400, 403])?;
            ensure!(fake_app.heads_with(&path).is_empty(), "{what} arrived");
            ensure!(
                !upgrade.eq_ignore_ascii_case("websocket")
                    || answer.head.contains("x-imagehub-filter"),
                "{what}: not the filter's: {answer}"
            );
        }
        let (status, path) = extended_connect(mesh, path, token).await?;
        ensure!(
            status.is_none_or(|status| (400..500).contains(&status)),
            "extended CONNECT to {path}: {status:?}"
        );
        ensure!(fake_app.heads_with(&path).is_empty(), "{path} arrived");
    }

    let mut named = shipped_policy()?;
    let routes = named["routes"].as_array_mut();
    for route in routes.into_iter().flatten() {
        if route["path"] == "/api/v1/me" {
            route["upgrades"] = serde_json::json!(["websocket"]);
        }
    }
    policy::apply(mesh, &named).await?;
    let (path, answer) = ask(mesh, "/api/v1/me", "websocket", token).await?;
    answer.expect_one_of("named", &[200])?;
    let heads = fake_app.heads_with(&path);
    ensure!(
        heads.len() == 1 && values(&heads[0], "upgrade") == ["websocket"],
        "arrived as {heads:?}"
    );
    let (path, answer) = ask(mesh, "/healthz", "websocket", token).await?;
    answer.expect_one_of("on another route", &[400, 403])?;
    ensure!(fake_app.heads_with(&path).is_empty(), "{path} arrived");

    fake_app.leave().await;
    mesh.hub(&["start", "app"]).await?;
    mesh.assert_filter_alive().await
}

/// Asks for an upgrade on a path that no other request has.
async fn ask(mesh: &Mesh, path: &str, upgrade: &str, token: &str) -> Result<(String, RawAnswer)> {
    let path = format!("{path}?{}", unique("probe"));
    let mut head = format!(
        "GET {path} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {token}\r\n\
         connection: upgrade\r\nsec-websocket-version: 13\r\n\
         sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\nupgrade: ",
        mesh.edge()
    )
    .into_bytes();
    // One byte a character: what is not ASCII is not UTF-8 either.
    head.extend(upgrade.chars().map(|c| c as u8));
    head.extend(b"\r\n\r\n");
    Ok((path, raw::send(mesh.edge(), &head).await?))
}

/// RFC 8441: the status, or `None` when the stream was reset.
async fn extended_connect(mesh: &Mesh, path: &str, token: &str) -> Result<(Option<u16>, String)> {
    let path = format!("{path}?{}", unique("probe"));
    let stream = TcpStream::connect(mesh.edge()).await?;
    let (mut client, connection) = h2::client::handshake(stream).await?;
    let connection = tokio::spawn(connection);
    let request = http::Request::builder()
        .method(http::Method::CONNECT)
        .uri(format!("http://{}{path}", mesh.edge()))
        .header("authorization", format!("Bearer {token}"))
        .extension(Protocol::from_static("websocket"))
        .body(())?;
    let (response, _body) = client.send_request(request, false)?;
    let status = response.await.ok().map(|answer| answer.status().as_u16());
    connection.abort();
    Ok((status, path))
}
