//! The journey a person takes, by HTTP: upload, thumbnails upright, limit, upgrade, a stranger kept
//! out by the filter.

use anyhow::{Context, Result, ensure};
use image::ImageFormat;
use sha2::{Digest, Sha256};

use crate::images;
use crate::mesh::{Kind, Mesh};
use crate::ratelimit::buckets;
use crate::scenario::Scenario;

pub fn scenarios() -> Vec<Scenario> {
    let on = |kind: Kind, name: &str| {
        Scenario::new(format!("journey::{name}"), kind, |mesh| async move {
            walk(&mesh).await
        })
    };
    vec![
        on(Kind::TwoWorkersSqlite, "by_http"),
        on(Kind::FourWorkersRedis, "by_http_with_redis"),
    ]
}

async fn walk(mesh: &Mesh) -> Result<()> {
    let person = mesh.client().sign_up("walker").await?;
    let tenant = &person.name;

    let sideways = images::jpeg_taken_sideways(&images::quadrants(640, 480), 6)?;
    let files = [
        ("sideways.jpg", sideways.clone()),
        ("plain.png", images::small_png()?),
        (
            "modern.webp",
            images::encode(&images::quadrants(200, 100), ImageFormat::WebP)?,
        ),
    ];
    let answer = person.client.upload(tenant, &files).await?.expect(201)?;
    let stored = answer.json()?;
    let stored = stored["images"].as_array().context("no images")?;
    ensure!(stored.len() == 3, "three files, one form: {answer}");
    let first = stored
        .iter()
        .find(|image| image["media_type"] == "image/jpeg")
        .context("no JPEG among the stored")?;

    let listed = person.listing().await?;
    ensure!(listed.len() == 3, "listed: {listed:#?}");
    ensure!(
        listed.iter().any(|image| image == first),
        "the listing shows another object than the 201: {first} {listed:#?}"
    );

    thumbnails_are_upright(mesh, &person.client, first).await?;

    let pull = first["pull"].as_str().context("no pull URL")?;
    for number in 1..=10_u64 {
        let answer = person.client.get(pull).await?.expect(200)?;
        let digest = first["digest"].as_str().unwrap_or_default();
        let served: String = Sha256::digest(&answer.body)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        ensure!(
            digest == format!("sha256:{served}"),
            "pull {number} serves {served}, not {digest}"
        );
        ensure!(
            first["bytes"] == answer.body.len(),
            "`bytes` is not what pull serves: {first}"
        );
        let left = buckets(&answer)?;
        ensure!(
            left["user"].quota == 10 && left["user"].remaining == 10 - number,
            "after {number} pulls: {left:?}"
        );
    }
    let refused = person.client.get(pull).await?;
    let refused = refused.expect_problem(429, "rate_limited")?;
    ensure!(
        (1..=7).contains(&refused.retry_after()?),
        "one comes back every 6 s: {refused}"
    );

    let upgraded = person.on_plan("team").await?;
    let answer = upgraded.client.get(pull).await?.expect(200)?;
    let left = buckets(&answer)?;
    ensure!(
        left["user"].quota == 100 && (89..=90).contains(&left["user"].remaining),
        "10 of 10 used become 10 of 100 used, and one more: {left:?}"
    );

    let stranger = mesh.client().sign_up("stranger").await?;
    let seen_before = mesh.answered_by_application(403).await?;
    for path in [
        format!("/t/{tenant}"),
        format!("/t/{tenant}/images"),
        pull.to_owned(),
    ] {
        let answer = stranger.client.get(&path).await?;
        let answer = answer.expect_problem(403, "forbidden")?;
        answer.header("x-imagehub-filter")?;
    }
    let seen_after = mesh.answered_by_application(403).await?;
    ensure!(
        seen_before == seen_after,
        "the application answered {} of the stranger's requests",
        seen_after - seen_before
    );
    Ok(())
}

async fn thumbnails_are_upright(
    mesh: &Mesh,
    client: &crate::client::Client,
    image: &serde_json::Value,
) -> Result<()> {
    ensure!(
        image["width"] == 480 && image["height"] == 640,
        "taken sideways at 640×480, so 480×640 upright: {image}"
    );
    // Orientation 6: the camera's top left is the upright picture's top right.
    let [tl, tr, bl, br] = images::QUADRANTS;
    let upright = [bl, tl, br, tr];
    for size in ["160", "320", "640", "1280"] {
        let url = image["thumbnails"][size]
            .as_str()
            .with_context(|| format!("no thumbnail {size}: {image}"))?;
        let answer = client.get(url).await?.expect(200)?;
        let thumbnail = image::load_from_memory(&answer.body)
            .with_context(|| format!("thumbnail {size} does not decode"))?
            .to_rgb8();
        let (width, height) = thumbnail.dimensions();
        ensure!(width < height, "thumbnail {size} is {width}×{height}");
        ensure!(
            width <= 480 && height <= 640,
            "enlarged to {width}×{height}"
        );
        let seen = images::quadrants_of(&thumbnail);
        ensure!(
            seen.iter().zip(upright).all(|(a, b)| images::alike(*a, b)),
            "thumbnail {size} of {}: {seen:?}, not {upright:?}",
            mesh.started().url
        );
    }
    Ok(())
}
