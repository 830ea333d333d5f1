//! Thumbnails that a limit refused come by themselves.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use reqwest::Method;
use serde_json::json;

use crate::images;
use crate::policy::{apply, shares};
use crate::scenario::Scenario;
use crate::visitor::{Visitor, scenario};
use crate::wait;

pub fn scenarios() -> Vec<Scenario> {
    vec![scenario("late_pictures::of_a_shared_album_come_by_themselves", album).disturbs()]
}

const PICTURES: usize = 6;

async fn album(visitor: &Visitor<'_>) -> Result<()> {
    let owner = visitor.person().await?;
    let mut ids = Vec::new();
    for number in 0..PICTURES {
        let picture = images::encode(
            &images::noise(40 + u32::try_from(number)?, 30),
            image::ImageFormat::Png,
        )?;
        let kept = owner.keep("one.png", picture).await?;
        ids.push(kept["id"].as_str().context("no id")?.to_owned());
    }
    let albums = format!("/t/{}/albums", owner.name);
    let titled = json!({"title": "Sea"});
    let album = owner.client.call(Method::POST, &albums, &titled).await?;
    let album = album.expect(201)?.json()?;
    let batch = format!(
        "action=add_to_album&album_title=Sea&ids={}",
        ids.join("&ids=")
    );
    owner
        .post_form(&format!("/t/{}/images/batch", owner.name), &batch)
        .await?;
    let share = json!({"album": album["id"], "audience": "anyone"});
    let share = owner
        .client
        .call(Method::POST, &format!("/t/{}/shares", owner.name), &share)
        .await?;
    let share = share.expect(201)?.json()?;
    let secret = share["secret"].as_str().context("no secret")?;

    // The page and three pictures at once, and then one every two seconds.
    apply(visitor.mesh, &shares(4, 8)?).await?;
    visitor
        .opens(&format!("/s/{}/{secret}", owner.name))
        .await?;
    visitor
        .reads_in(".late-note", "They load automatically")
        .await?;
    visitor
        .waits_for("document.querySelector('.tile canvas + .late') !== null")
        .await?;
    wait::until("all pictures have come", Duration::from_secs(30), || async {
        let come = visitor.value("[...document.querySelectorAll('.tile img')].filter(image => image.naturalWidth > 0).length").await?;
        ensure!(come == PICTURES, "{come}");
        Ok(())
    })
    .await?;
    visitor.no_longer_sees(".late-note").await?;
    visitor
        .waits_for("document.querySelector('.late, .tile canvas') === null")
        .await
}
