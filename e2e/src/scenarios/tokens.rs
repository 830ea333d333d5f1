//! A token that is not exactly right is refused with 401, quickly, by the filter and again by the
//! application behind it; the filter lives on.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::client::{Client, TestUser};
use crate::mesh::{Kind, Mesh};
use crate::scenario::Scenario;
use crate::tokens::{Forge, claims_with, good_claims, now, signing_input};

/// An unknown key may be looked for during one second; the rest is a busy machine's.
const QUICKLY: Duration = Duration::from_secs(3);

pub fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario::new(
            "tokens::bad_ones_get_401_from_the_filter_and_from_the_application",
            Kind::TwoWorkersSqlite,
            |mesh| async move { bad_tokens(&mesh).await },
        ),
        Scenario::new(
            "tokens::two_credentials_of_one_kind_get_401",
            Kind::TwoWorkersSqlite,
            |mesh| async move { two_of_a_kind(&mesh).await },
        ),
        Scenario::new(
            "tokens::a_browser_with_a_bad_cookie_is_sent_to_log_in",
            Kind::TwoWorkersSqlite,
            |mesh| async move { bad_cookie(&mesh).await },
        ),
        Scenario::new(
            "tokens::the_key_set_is_public_keys_only",
            Kind::TwoWorkersSqlite,
            |mesh| async move { key_set(&mesh).await },
        ),
    ]
}

async fn bad_tokens(mesh: &Mesh) -> Result<()> {
    let person = mesh.client().sign_up("bearer").await?;
    let real = Forge::of(mesh).await?;
    let paths = [
        "/api/v1/me".to_owned(),
        format!("/t/{}/images", person.name),
    ];

    // The control: the same claims, signed rightly, pass. So each check below is what refuses.
    let good = real.sign(&good_claims(&person.name));
    for path in &paths {
        for client in [mesh.client(), mesh.client_past_the_filter()] {
            client.with_token(&good).get(path).await?.expect(200)?;
        }
    }

    for (what, token) in bad(&person, &real) {
        for path in &paths {
            let asked = Instant::now();
            let answer = mesh.client().with_token(&token).get(path).await?;
            let took = asked.elapsed();
            let answer = answer
                .expect_problem(401, "unauthenticated")
                .with_context(|| format!("{what}, through the edge"))?;
            answer.header("x-imagehub-filter").context(what)?;
            ensure!(took < QUICKLY, "{what}: 401 only after {took:?}");
            ensure!(
                token.len() < 20 || !answer.text().contains(&token[..20]),
                "{what}: the token is in the answer: {answer}"
            );
            let answer = mesh.client_past_the_filter().with_token(&token);
            answer
                .get(path)
                .await?
                .expect_problem(401, "unauthenticated")
                .with_context(|| format!("{what}, to the application alone"))?;
        }
    }

    // The filter alone reads what is longer than the application's own limit on heads may be.
    let long = real.sign(&claims_with(&person.name, "pad", json!("x".repeat(20_000))));
    ensure!(
        long.len() > 20_000,
        "the long token has {} bytes",
        long.len()
    );
    let answer = mesh.client().with_token(&long).get("/api/v1/me").await?;
    answer
        .expect_problem(401, "unauthenticated")
        .context("20 KB")?
        .header("x-imagehub-filter")?;
    mesh.assert_filter_alive().await
}

fn bad(person: &TestUser, real: &Forge) -> Vec<(&'static str, String)> {
    let user = person.name.as_str();
    let good = real.sign(&good_claims(user));
    let (input, signature) = good.rsplit_once('.').unwrap_or_default();
    let with = |member: &str, value: Value| real.sign(&claims_with(user, member, value));
    let without = |member: &str| {
        let mut claims = good_claims(user);
        if let Some(claims) = claims.as_object_mut() {
            claims.remove(member);
        }
        real.sign(&claims)
    };
    let headed = |member: &str, value: Value| {
        let mut header = real.header();
        header[member] = value;
        real.sign_with_header(&header, &good_claims(user))
    };
    let none = signing_input(&json!({"alg": "none", "typ": "JWT"}), &good_claims(user));
    let hs256 = json!({"alg": "HS256", "typ": "JWT", "kid": real.header()["kid"]});
    let hs256 = signing_input(&hs256, &good_claims(user));
    let public_key = real.public_key();
    let public_text = URL_SAFE_NO_PAD.encode(public_key);
    let mac = |key: &[u8]| {
        format!(
            "{hs256}.{}",
            URL_SAFE_NO_PAD.encode(hmac_sha256(key, hs256.as_bytes()))
        )
    };
    let mut flipped = URL_SAFE_NO_PAD.decode(signature).unwrap_or_default();
    if let Some(byte) = flipped.first_mut() {
        *byte ^= 1;
    }
    vec![
        ("junk", "junk".to_owned()),
        ("three parts of junk", "a.b.c".to_owned()),
        ("only dots", "..".to_owned()),
        ("bytes that are not base64", "%%%.%%%.%%%".to_owned()),
        ("alg none, empty signature", format!("{none}.")),
        ("alg none, a signature", format!("{none}.{signature}")),
        ("HS256 keyed with the public key", mac(&public_key)),
        (
            "HS256 keyed with the public key's text",
            mac(public_text.as_bytes()),
        ),
        ("expired", with("exp", json!(now() - 45))),
        ("no expiry", without("exp")),
        ("expiry as text", with("exp", json!("2099"))),
        ("not yet valid", with("nbf", json!(now() + 3_600))),
        ("wrong issuer", with("iss", json!("imagehub.example"))),
        ("no issuer", without("iss")),
        ("wrong audience", with("aud", json!("somebody-else"))),
        ("no audience", without("aud")),
        ("no subject", without("sub")),
        ("a subject that is no name", with("sub", json!("../root"))),
        ("unknown key", Forge::unknown().sign(&good_claims(user))),
        (
            "another key under the real one's name",
            real.imitated().sign(&good_claims(user)),
        ),
        ("a critical extension", headed("crit", json!(["exp"]))),
        ("an unencoded payload", headed("b64", json!(false))),
        (
            "signature of one bit less",
            format!("{input}.{}", URL_SAFE_NO_PAD.encode(flipped)),
        ),
        ("signature cut short", good[..good.len() - 4].to_owned()),
        ("signature padded", format!("{good}==")),
        ("no signature", input.to_owned()),
        ("a fourth part", format!("{good}.e30")),
    ]
}

async fn two_of_a_kind(mesh: &Mesh) -> Result<()> {
    let person = mesh.client().sign_up("double").await?;
    let token = person.client.token();
    let nobody = person.client.without_token();
    let get = || nobody.request(Method::GET, "/api/v1/me");
    let bearer = format!("Bearer {token}");
    let cookie = format!("imagehub_session={token}");

    let one_each = get()
        .header("authorization", &bearer)
        .header("cookie", &cookie);
    nobody.send(one_each).await?.expect(200)?;
    let bad_cookie_beside = get()
        .header("authorization", &bearer)
        .header("cookie", "imagehub_session=junk");
    nobody.send(bad_cookie_beside).await?.expect(200)?;

    let bearers = get()
        .header("authorization", &bearer)
        .header("authorization", &bearer);
    let cookies = get().header("cookie", format!("{cookie}; {cookie}"));
    for request in [bearers, cookies] {
        let answer = nobody.send(request).await?;
        answer.expect_problem(401, "unauthenticated")?;
    }
    Ok(())
}

async fn bad_cookie(mesh: &Mesh) -> Result<()> {
    let person = mesh.client().sign_up("stale").await?;
    let expired = Forge::of(mesh)
        .await?
        .sign(&claims_with(&person.name, "exp", json!(now() - 45)));
    let nobody: Client = person.client.without_token();
    let path = format!("/t/{}?tag=a%20b&q=%26", person.name);
    let request = nobody
        .request(Method::GET, &path)
        .header("accept", "text/html")
        .header("cookie", format!("imagehub_session={expired}"));
    let answer = nobody.send(request).await?.expect(303)?;
    let location = answer.header("location")?;
    let next = location
        .strip_prefix("/login?next=")
        .with_context(|| format!("expected /login?next=…: {answer}"))?;
    ensure!(
        next.starts_with("%2F") || next.starts_with('/'),
        "not a local path: {answer}"
    );
    ensure!(
        !next.contains(['&', '?', '#', ' ']),
        "not percent-encoded: {answer}"
    );
    let followed = nobody.browse(location).await?.expect(200)?;
    ensure!(
        followed.text().contains("name=\"password\""),
        "no log-in form: {followed}"
    );
    Ok(())
}

async fn key_set(mesh: &Mesh) -> Result<()> {
    let answer = mesh
        .client()
        .get("/.well-known/jwks.json")
        .await?
        .expect(200)?;
    let set = answer.json()?;
    let keys = set["keys"].as_array().context("no keys")?;
    ensure!(!keys.is_empty(), "an empty key set");
    for key in keys {
        ensure!(
            key["kty"] == "OKP" && key["crv"] == "Ed25519" && key["kid"].is_string(),
            "not an Ed25519 public key: {key}"
        );
        ensure!(key.get("d").is_none(), "a private key is published");
    }
    Ok(())
}

fn hmac_sha256(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut block = [0_u8; 64];
    block[..key.len()].copy_from_slice(key);
    let pad = |byte: u8| block.map(|b| b ^ byte);
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(message);
    let outer = Sha256::new()
        .chain_update(pad(0x5c))
        .chain_update(inner.finalize());
    outer.finalize().into()
}
