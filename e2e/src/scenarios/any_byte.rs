//! Any byte in any place of a request's head: an answer that the contract knows, and the filter
//! lives on.

use anyhow::{Result, ensure};
use reqwest::header::HeaderValue;
use reqwest::{Method, StatusCode};

use crate::client::TestUser;
use crate::mesh::{Kind, Mesh};
use crate::raw;
use crate::scenario::Scenario;

/// Not ASCII: alone, as the beginning of a character, as an overlong NUL and as a whole character.
const NOT_ASCII: [&[u8]; 4] = [b"\xff", b"\xc3", b"\xc0\x80", b"\xc3\xa9"];
/// What no header may hold: Envoy refuses it.
const CONTROL: [&[u8]; 5] = [b"\0", b"\x01", b"\n", b"\r", b"\x7f"];

pub fn scenarios() -> Vec<Scenario> {
    let kind = Kind::TwoWorkersSqlite;
    vec![
        Scenario::new(
            "any_byte::in_any_place_is_answered",
            kind,
            |mesh| async move { everywhere(&mesh).await },
        ),
        Scenario::new(
            "any_byte::in_anothers_cookie_does_not_matter",
            kind,
            |mesh| async move { anothers_cookie(&mesh).await },
        ),
        Scenario::new(
            "any_byte::in_a_header_over_http2_is_answered",
            kind,
            |mesh| async move { over_http2(&mesh).await },
        ),
    ]
}

/// Where a byte can stand, as a head with `{}` in its place. `{path}` and `{bearer}` are good ones.
const PLACES: [&str; 24] = [
    "{} {path} HTTP/1.1\r\n{bearer}",
    "G{}T {path} HTTP/1.1\r\n{bearer}",
    "GET {} HTTP/1.1\r\n{bearer}",
    "GET {path}{} HTTP/1.1\r\n{bearer}",
    "GET /t/{}/images HTTP/1.1\r\n{bearer}",
    "GET {path}/{}/x HTTP/1.1\r\n{bearer}",
    "GET {path}?q={} HTTP/1.1\r\n{bearer}",
    "GET {path} HTTP/1.1{}\r\n{bearer}",
    "GET {path} HTTP/1.1\r\n{bearer}x-an{}ything: x\r\n",
    "GET {path} HTTP/1.1\r\n{bearer}{}: x\r\n",
    "GET {path} HTTP/1.1\r\n{bearer}x-anything: {}\r\n",
    "GET {path} HTTP/1.1\r\nauthorization: {}\r\n",
    "GET {path} HTTP/1.1\r\nauthorization: B{}arer x\r\n",
    "GET {path} HTTP/1.1\r\nauthorization: Bearer {}.{}.{}\r\n",
    "GET {path} HTTP/1.1\r\n{bearer}authorization: {}\r\n",
    "GET {path} HTTP/1.1\r\ncookie: imagehub_session={}\r\n",
    "GET {path} HTTP/1.1\r\n{bearer}cookie: imagehub_session={}\r\n",
    "GET {path} HTTP/1.1\r\n{bearer}cookie: image{}hub_session=x\r\n",
    "GET {path} HTTP/1.1\r\n{bearer}accept: {}\r\n",
    "GET {path} HTTP/1.1\r\n{bearer}x-imagehub-client: {}\r\n",
    "GET {path} HTTP/1.1\r\n{bearer}x-imagehub-user: {}\r\n",
    "GET {path} HTTP/1.1\r\n{bearer}x-forwarded-for: {}\r\n",
    "GET {path} HTTP/1.1\r\n{bearer}connection: upgrade\r\nupgrade: {}\r\n",
    "GET {path} HTTP/1.1\r\n{bearer}x-request-id: {}\r\ntraceparent: {}\r\n",
];

async fn everywhere(mesh: &Mesh) -> Result<()> {
    let person = mesh.client().sign_up("byte").await?;
    for place in PLACES {
        for bytes in NOT_ASCII.into_iter().chain(CONTROL) {
            let head = filled(place, bytes, &person, mesh);
            let what = format!("{place:?} with {:?}", bytes.escape_ascii().to_string());
            let answer = raw::send(mesh.edge(), &head).await?;
            ensure!(
                answer
                    .status
                    .is_some_and(|status| status == 200 || (400..500).contains(&status)),
                "{what}: {answer}"
            );
        }
    }
    mesh.assert_filter_alive().await
}

fn filled(place: &str, bytes: &[u8], person: &TestUser, mesh: &Mesh) -> Vec<u8> {
    let bearer = format!(
        "host: {}\r\nauthorization: Bearer {}\r\n",
        mesh.edge(),
        person.client.token()
    );
    let place = place
        .replace("{path}", &format!("/t/{}/images", person.name))
        .replace("{bearer}", &bearer);
    let mut head = Vec::new();
    for (number, part) in place.split("{}").enumerate() {
        if number > 0 {
            head.extend(bytes);
        }
        head.extend(part.as_bytes());
    }
    if !place.contains("host: ") {
        head.extend(format!("host: {}\r\n", mesh.edge()).as_bytes());
    }
    head.extend(b"\r\n");
    head
}

async fn anothers_cookie(mesh: &Mesh) -> Result<()> {
    let person = mesh.client().sign_up("cookies").await?;
    let session = format!("imagehub_session={}", person.client.token());
    for bytes in NOT_ASCII {
        let other = |pair: &str| -> Vec<u8> {
            let (name, value) = pair.split_once("{}").unwrap_or((pair, ""));
            [name.as_bytes(), bytes, value.as_bytes()].concat()
        };
        let session = session.as_bytes().to_vec();
        for (what, cookies) in [
            ("its value, after", vec![session.clone(), other("other={}")]),
            (
                "its value, before",
                vec![other("other={}"), session.clone()],
            ),
            ("its name", vec![other("oth{}er=x"), session.clone()]),
            ("no pair at all", vec![other("{}"), session]),
        ] {
            for separator in ["; ", "\r\ncookie: "] {
                let mut head = format!(
                    "GET /t/{} HTTP/1.1\r\nhost: {}\r\naccept: text/html\r\ncookie: ",
                    person.name,
                    mesh.edge()
                )
                .into_bytes();
                head.extend(cookies.join(separator.as_bytes()));
                head.extend(b"\r\n\r\n");
                let what = format!("{what}, {separator:?}, {}", bytes.escape_ascii());
                raw::send(mesh.edge(), &head)
                    .await?
                    .expect_one_of(&what, &[200])?;
            }
        }
    }
    mesh.assert_filter_alive().await
}

async fn over_http2(mesh: &Mesh) -> Result<()> {
    let person = mesh.client().sign_up("frames").await?;
    let client = person.client.over_http2();
    for bytes in NOT_ASCII {
        for name in [
            "authorization",
            "cookie",
            "accept",
            "upgrade",
            "x-imagehub-client",
            "x-imagehub-user",
            "x-forwarded-for",
            "x-anything",
        ] {
            let value = HeaderValue::from_bytes(bytes)?;
            let request = client.request(Method::GET, "/api/v1/me");
            let what = format!("{name}: {}", bytes.escape_ascii());
            let answer = client.send(request.header(name, value)).await?;
            let status = StatusCode::from_u16(answer.status)?;
            ensure!(
                status == StatusCode::OK || status.is_client_error(),
                "{what}: {answer}"
            );
        }
    }
    mesh.assert_filter_alive().await
}
