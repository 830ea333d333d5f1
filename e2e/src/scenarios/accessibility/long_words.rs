//! Names, titles and tags as long as they may be, without a space in them.

use anyhow::{Context, Result};
use reqwest::Method;
use serde_json::json;

use crate::client::{TestUser, unique};
use crate::images;

/// Pages of a gallery that has nothing but such words in it: what they are called, and where.
pub async fn pages(owner: &TestUser) -> Result<Vec<(&'static str, String)>> {
    let tenant = format!("{:w<32}", unique("w"));
    let title = "W".repeat(200);
    let tags: Vec<String> = ["m", "w", "o"].map(|letter| letter.repeat(40)).to_vec();
    let founded = json!({"name": tenant, "plan": "personal"});
    let answer = owner
        .client
        .call(Method::POST, "/api/v1/tenants", &founded)
        .await?;
    let owner = owner.refreshed(&answer.expect(201)?)?;
    let file = [("w.png", images::small_png()?)];
    let kept = owner.client.upload(&tenant, &file).await?;
    let kept = kept.expect(201)?.json()?["images"][0].clone();
    let id = kept["id"].as_str().context("no id")?;
    let image = format!("/t/{tenant}/images/{id}");
    let named = json!({"title": title, "tags": tags});
    let named = owner.client.call(Method::PATCH, &image, &named).await?;
    named.expect(200)?;
    let album = json!({"title": title});
    let album = owner
        .client
        .call(Method::POST, &format!("/t/{tenant}/albums"), &album)
        .await?
        .expect(201)?
        .json()?;
    let album = album["id"].as_str().context("no id")?;
    let filed = json!({"ids": [id], "action": "add_to_album", "album": album});
    let batch = format!("/t/{tenant}/images/batch");
    owner
        .client
        .call(Method::POST, &batch, &filed)
        .await?
        .expect(200)?;
    let share = json!({"image": id, "audience": "anyone"});
    let share = owner
        .client
        .call(Method::POST, &format!("/t/{tenant}/shares"), &share)
        .await?
        .expect(201)?
        .json()?;
    let secret = share["secret"].as_str().context("no secret")?;
    Ok(vec![
        ("long-gallery", format!("/t/{tenant}")),
        ("long-found", format!("/t/{tenant}?tag={}", tags[1])),
        ("long-image", image),
        ("long-albums", format!("/t/{tenant}/albums")),
        ("long-album", format!("/t/{tenant}/albums/{album}")),
        ("long-settings", format!("/t/{tenant}/settings")),
        ("long-shared", format!("/s/{tenant}/{secret}")),
        ("long-home", "/".to_owned()),
        ("long-account", "/account".to_owned()),
    ])
}
