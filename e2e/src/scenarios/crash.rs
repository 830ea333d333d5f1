//! `kill -9` of the application in the middle of uploads: what was acknowledged is there whole
//! afterwards, and nothing is listed whose body never arrived.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use image::ImageFormat;
use sha2::{Digest, Sha256};

use crate::client::TestUser;
use crate::images;
use crate::mesh::{Kind, Mesh};
use crate::process;
use crate::raw;
use crate::scenario::Scenario;
use crate::wait;

const ROUNDS: usize = 10;

pub fn scenarios() -> Vec<Scenario> {
    [
        (
            Kind::TwoWorkersSqlite,
            "crash::in_mid_upload_loses_nothing_acknowledged",
        ),
        (
            Kind::FourWorkersRedis,
            "crash::in_mid_upload_loses_nothing_with_redis",
        ),
    ]
    .into_iter()
    .map(|(kind, name)| {
        Scenario::new(name, kind, |mesh| async move { rounds(&mesh).await })
            .disturbs()
            .within(Duration::from_secs(240))
    })
    .collect()
}

/// What the clients know: sent completely, and acknowledged.
#[derive(Default)]
struct Ledger {
    sent: BTreeSet<String>,
    acknowledged: BTreeSet<String>,
}

async fn rounds(mesh: &Mesh) -> Result<()> {
    let person = mesh
        .client()
        .sign_up("crashed")
        .await?
        .on_plan("enterprise")
        .await?;
    let ledger = Arc::new(Mutex::new(Ledger::default()));
    let mut halves = BTreeSet::new();
    for _ in 0..ROUNDS {
        let uploads = start_uploads(&person, &ledger);
        let (half, half_sent) = start_half(mesh, &person).await?;
        halves.insert(half);
        wait::at_random(Duration::from_millis(400)).await;
        process::listening_on(mesh.started().ports.app)?.kill()?;
        uploads.abort();
        half_sent.abort();
        mesh.serves_within(Duration::from_secs(30)).await?;
    }

    let ledger = std::mem::take(&mut *ledger.lock().expect("nobody panics holding it"));
    ensure!(
        ledger.acknowledged.len() >= ROUNDS / 2,
        "only {} uploads were acknowledged in {ROUNDS} rounds",
        ledger.acknowledged.len()
    );
    let listed = person.listing().await?;
    let digests: BTreeSet<String> = listed
        .iter()
        .filter_map(|image| image["digest"].as_str().map(str::to_owned))
        .collect();
    let lost: Vec<_> = ledger.acknowledged.difference(&digests).collect();
    ensure!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    let partial: Vec<_> = halves.intersection(&digests).collect();
    ensure!(
        partial.is_empty(),
        "listed, though half a body was sent: {partial:?}"
    );
    let strange: Vec<_> = digests.difference(&ledger.sent).collect();
    ensure!(strange.is_empty(), "listed, though never sent: {strange:?}");
    for image in &listed {
        whole(&person, image).await?;
    }
    Ok(())
}

/// Two clients upload one picture after another until aborted.
fn start_uploads(person: &TestUser, ledger: &Arc<Mutex<Ledger>>) -> tokio::task::JoinHandle<()> {
    let (person, ledger) = (person.clone(), Arc::clone(ledger));
    tokio::spawn(async move {
        let one = upload_on(&person, &ledger);
        let other = upload_on(&person, &ledger);
        // They end when the application is gone.
        let _ = futures_util::future::join(one, other).await;
    })
}

async fn upload_on(person: &TestUser, ledger: &Mutex<Ledger>) -> Result<()> {
    loop {
        let file = images::encode(&images::noise(300, 200), ImageFormat::Jpeg)?;
        let digest = digest(&file);
        let mark = |set: fn(&mut Ledger) -> &mut BTreeSet<String>| {
            set(&mut ledger.lock().expect("nobody panics holding it")).insert(digest.clone());
        };
        mark(|ledger| &mut ledger.sent);
        let answer = person
            .client
            .upload(&person.name, &[("a.jpg", file)])
            .await?;
        answer.expect(201)?;
        mark(|ledger| &mut ledger.acknowledged);
    }
}

/// Sends half of a good upload and then nothing more; answers the whole file's digest.
async fn start_half(
    mesh: &Mesh,
    person: &TestUser,
) -> Result<(String, tokio::task::JoinHandle<()>)> {
    let file = images::encode(&images::noise(800, 600), ImageFormat::Jpeg)?;
    let opening =
        "--edge\r\ncontent-disposition: form-data; name=\"file\"; filename=\"half.jpg\"\r\n\r\n";
    let head = format!(
        "POST /t/{}/images HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\n\
         content-type: multipart/form-data; boundary=edge\r\ncontent-length: {}\r\n\r\n",
        person.name,
        mesh.edge(),
        person.client.token(),
        opening.len() + file.len() + "\r\n--edge--\r\n".len()
    );
    let half = Bytes::copy_from_slice(&file[..file.len() / 2]);
    let edge = mesh.edge();
    let task = tokio::spawn(async move {
        let body = [Bytes::from_static(opening.as_bytes()), half];
        // Whatever answer the kill makes of it is fine.
        let _ = raw::upload(edge, &head, body.into_iter()).await;
    });
    Ok((digest(&file), task))
}

/// The original and every thumbnail are served, and are what the catalogue says.
async fn whole(person: &TestUser, image: &serde_json::Value) -> Result<()> {
    let url = |value: &serde_json::Value| value.as_str().map(str::to_owned);
    let pull = url(&image["pull"]).context("no pull URL")?;
    let original = person.client.get(&pull).await?.expect(200)?;
    ensure!(
        image["digest"] == digest(&original.body) && image["bytes"] == original.body.len(),
        "listed as {image}, serves {} bytes",
        original.body.len()
    );
    let thumbnail = url(&image["thumbnails"]["320"]).context("no thumbnail")?;
    let thumbnail = person.client.get(&thumbnail).await?.expect(200)?;
    image::load_from_memory(&thumbnail.body).context("a thumbnail that does not decode")?;
    Ok(())
}

fn digest(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}
