//! Lab 4: who asks is what a signed token says, and nothing else; for every path.

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use serde_json::{Value, json};

use super::{AS_SHIPPED, Guest, Scene};
use crate::lab::report::Report;

/// What the lab begins with before all other routes. `{name}` is any word: the filter does not
/// see that it is a tenant.
pub const HOLE: &str =
    r#"{"path": "/t/{name}/images", "methods": ["GET"], "access": "user", "limit": null}"#;

pub fn check(scene: &mut Scene, report: &mut Report) -> Result<()> {
    let guest = scene.guest()?;
    let other = scene.guest()?;
    forgeries(scene, report, &guest, &other)?;
    spoofed(scene, report, &guest)?;
    let own = scene.get(&listing(&guest), &guest)?;
    report.expect(
        "one's own pictures are listed",
        200,
        own.status,
        "hub explain GET on that path: the rule must let its tenant's people in",
    );
    let before = scene.mesh.answered_by_application(403)?;
    let foreign = scene.get(&listing(&other), &guest)?;
    let asked = scene
        .mesh
        .answered_by_application(403)?
        .saturating_sub(before);
    report.expect(
        "another's pictures are not",
        403,
        foreign.status,
        "hub explain GET on that path",
    );
    let shadow = foreign.header("x-imagehub-filter").contains("would-refuse");
    report.expect(
        "that is said by the filter; the application does not hear of it",
        0,
        asked,
        if shadow {
            "the rule is in shadow: it says what it would refuse, and lets it pass"
        } else {
            "hub explain: which rule decides, and does it know that this is a tenant?"
        },
    );
    Ok(())
}

fn listing(of: &Guest) -> String {
    format!("/t/{}/images", of.person.name)
}

/// Tokens that say more than was signed.
fn forgeries(scene: &Scene, report: &mut Report, guest: &Guest, other: &Guest) -> Result<()> {
    let token = &guest.person.token;
    let richer = forged(token, |claims| {
        claims["tenants"][&guest.person.name]["plan"] = json!("enterprise");
    })?;
    let elsewhere = forged(token, |claims| {
        claims["tenants"][&other.person.name] = json!({"role": "owner", "plan": "personal"});
    })?;
    let unsigned = unsigned(token)?;
    for (what, forged, path) in [
        ("a plan that was not signed is refused", richer, &guest.pull),
        ("and so is a tenant", elsewhere, &other.pull),
        ("and a token of the algorithm `none`", unsigned, &guest.pull),
    ] {
        let bearer = format!("Bearer {forged}");
        let answer = scene
            .client
            .send("GET", path, &[("authorization", &bearer)], None)?;
        report.expect(what, 401, answer.status, "hub filter status");
    }
    Ok(())
}

/// The headers that the filter sets itself.
fn spoofed(scene: &Scene, report: &mut Report, guest: &Guest) -> Result<()> {
    let bearer = format!("Bearer {}", guest.person.token);
    let headers = [
        ("authorization", bearer.as_str()),
        ("x-imagehub-plan", "enterprise"),
        ("x-imagehub-user", "somebody-else"),
    ];
    let answer = scene.client.send("GET", &guest.pull, &headers, None)?;
    report.expect(
        "a plan in a header changes no limit",
        AS_SHIPPED,
        answer.header("ratelimit-policy"),
        if answer.is_of_filter() {
            "plans.personal.pull in the policy in force"
        } else {
            "there is no filter, so nobody counts: hub filter status"
        },
    );
    Ok(())
}

/// The token with other claims, under the old signature.
fn forged(token: &str, change: impl FnOnce(&mut Value)) -> Result<String> {
    let (head, claims, signature) = parts(token)?;
    let mut claims: Value = serde_json::from_slice(&BASE64URL.decode(claims)?)?;
    change(&mut claims);
    let claims = BASE64URL.encode(claims.to_string());
    Ok(format!("{head}.{claims}.{signature}"))
}

fn unsigned(token: &str) -> Result<String> {
    let (_, claims, _) = parts(token)?;
    let head = BASE64URL.encode(r#"{"alg":"none","typ":"JWT"}"#);
    Ok(format!("{head}.{claims}."))
}

fn parts(token: &str) -> Result<(&str, &str, &str)> {
    let (head, rest) = token.split_once('.').context("no token")?;
    let (claims, signature) = rest.split_once('.').context("no token")?;
    Ok((head, claims, signature))
}
