//! An upload refused before its body has arrived gets its own status, whoever refuses it: never a
//! reset, and never a 502, 503 or 504 that an Envoy made of it.

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use reqwest::Method;

use super::bad_uploads::zeros;
use crate::client::TestUser;
use crate::load;
use crate::mesh::{Kind, Mesh};
use crate::raw;
use crate::scenario::Scenario;

const LARGE: usize = 80 * 1024 * 1024;
const OPENING: &str =
    "--edge\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.jpg\"\r\n\r\n";

pub fn scenarios() -> Vec<Scenario> {
    let kind = Kind::TwoWorkersSqlite;
    vec![
        Scenario::new(
            "early_refusals::keep_their_own_status",
            kind,
            |mesh| async move { own_status(&mesh).await },
        ),
        Scenario::new(
            "early_refusals::hold_for_many_at_once",
            kind,
            |mesh| async move { many_at_once(&mesh).await },
        ),
    ]
}

/// A form whose one file starts like a JPEG and has no end.
fn picture(bytes: usize) -> impl Iterator<Item = Bytes> + Send {
    [
        Bytes::from_static(OPENING.as_bytes()),
        Bytes::from_static(b"\xff\xd8\xff\xe0"),
    ]
    .into_iter()
    .chain(zeros(bytes))
}

fn head(mesh: &Mesh, tenant: &str, token: Option<&str>, more: &str) -> String {
    let token = token.map_or(String::new(), |token| {
        format!("authorization: Bearer {token}\r\n")
    });
    format!(
        "POST /t/{tenant}/images HTTP/1.1\r\nhost: {}\r\naccept: application/json\r\n{token}{more}\r\n",
        mesh.edge()
    )
}

async fn own_status(mesh: &Mesh) -> Result<()> {
    let owner = mesh.client().sign_up("patient").await?;
    let viewer = mesh.client().sign_up("viewer").await?;
    let viewer = owner.take_in(&viewer, "viewer").await?;
    let stranger = mesh.client().sign_up("stranger").await?;
    let form = "content-type: multipart/form-data; boundary=edge\r\n";
    let sized = format!("{form}content-length: {LARGE}\r\n");
    let oversized = format!("{form}content-length: 5000000000\r\n");
    let plain = format!("content-type: text/plain\r\ncontent-length: {LARGE}\r\n");
    let token = |person: &TestUser| person.client.token().to_owned();
    let spent = spend_uploads(mesh).await?;
    for (what, tenant, token, more, status, code) in [
        // At once: every half second gives one upload back.
        (
            "over the limit",
            &spent.name,
            Some(token(&spent)),
            &sized,
            429,
            "rate_limited",
        ),
        (
            "no token",
            &owner.name,
            None,
            &sized,
            401,
            "unauthenticated",
        ),
        (
            "junk token",
            &owner.name,
            Some("junk".to_owned()),
            &sized,
            401,
            "unauthenticated",
        ),
        (
            "a foreign tenant",
            &owner.name,
            Some(token(&stranger)),
            &sized,
            403,
            "forbidden",
        ),
        (
            "a viewer",
            &owner.name,
            Some(token(&viewer)),
            &sized,
            403,
            "forbidden",
        ),
        (
            "announced too large",
            &owner.name,
            Some(token(&owner)),
            &oversized,
            413,
            "too_large",
        ),
    ] {
        let head = head(mesh, tenant, token.as_deref(), more);
        let early = raw::upload(mesh.edge(), &head, picture(LARGE))
            .await
            .context(what)?;
        early.answer.expect_problem(what, status, code)?;
    }
    // Not a form at all, and a form that is none: which 4xx is the application's choice.
    for (what, more) in [("not a form", &plain), ("a form of zeros", &sized)] {
        let head = head(mesh, &owner.name, Some(owner.client.token()), more);
        let early = raw::upload(mesh.edge(), &head, zeros(LARGE))
            .await
            .context(what)?;
        early.answer.expect_one_of(what, &[400, 413, 415, 422])?;
    }
    ensure!(owner.listing().await?.is_empty(), "something was stored");
    Ok(())
}

/// Somebody who has used every upload of the minute: empty ones count too.
async fn spend_uploads(mesh: &Mesh) -> Result<TestUser> {
    let person = mesh.client().sign_up("spent").await?;
    let (client, path) = (person.client.clone(), format!("/t/{}/images", person.name));
    let tally = load::burst(8, 20, move |_| {
        let (client, path) = (client.clone(), path.clone());
        async move { client.send(client.request(Method::POST, &path)).await }
    })
    .await?;
    ensure!(
        tally.count(429) > 0,
        "160 uploads on a plan of 120: {tally:?}"
    );
    Ok(person)
}

async fn many_at_once(mesh: &Mesh) -> Result<()> {
    let owner = mesh.client().sign_up("many").await?;
    let oversized =
        "content-type: multipart/form-data; boundary=edge\r\ntransfer-encoding: chunked\r\n";
    let mut uploads = tokio::task::JoinSet::new();
    for number in 0..12 {
        // Every other one is a text in disguise, refused after its first bytes.
        let disguised = number % 2 == 0;
        let head = head(mesh, &owner.name, Some(owner.client.token()), oversized);
        let start: &[u8] = if disguised {
            b"only words, "
        } else {
            b"\xff\xd8\xff\xe0"
        };
        let body = [raw::chunk(OPENING.as_bytes()), raw::chunk(start)]
            .into_iter()
            .chain(zeros(LARGE).map(|piece| raw::chunk(&piece)));
        let edge = mesh.edge();
        uploads.spawn(async move { (disguised, raw::upload(edge, &head, body).await) });
    }
    while let Some(upload) = uploads.join_next().await {
        let (disguised, early) = upload?;
        let answer = early?.answer;
        if disguised {
            // The text is refused as such, or for its size, whichever is noticed first.
            answer.expect_one_of("text in disguise", &[413, 415])?;
        } else {
            answer.expect_problem("80 MB as a JPEG", 413, "too_large")?;
        }
    }
    ensure!(owner.listing().await?.is_empty(), "something was stored");
    Ok(())
}
