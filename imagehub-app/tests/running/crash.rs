//! The real process, killed at any moment of many uploads.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::{Client, Method};
use serde_json::Value;

use crate::world::{self, Hub, file, unfinished};
use crate::{folders, kill, run};

const KILLS: u32 = 100;
const UPLOADERS: usize = 4;
/// Nobody but the uploads is limited here.
const FLAGS: [&str; 2] = ["--limits", "mesh"];

/// What was acknowledged: by id, the bytes that were sent. It outlives every process.
type Ledger = Arc<Mutex<HashMap<String, Vec<u8>>>>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_kills_lose_nothing_acknowledged_and_leave_nothing_behind_a_sweep() {
    let mut hub = Hub::start(&FLAGS);
    let token = hub.sign_up("ada").await.token;
    let ledger = Ledger::default();
    let numbers = Arc::new(AtomicU32::new(0));
    for _ in 0..KILLS {
        let uploaders = [(); UPLOADERS].map(|()| {
            let uploader = Uploader {
                url: hub.url.clone(),
                token: token.clone(),
                numbers: Arc::clone(&numbers),
                ledger: Arc::clone(&ledger),
            };
            tokio::spawn(uploader.upload_until_it_is_gone())
        });
        let moment = Duration::from_millis(rand::random_range(5..400));
        tokio::time::sleep(moment).await;
        let data = kill(hub);
        for uploader in uploaders {
            uploader.await.unwrap();
        }
        hub = Hub::start_in(data, &FLAGS);
    }
    let acknowledged = std::mem::take(&mut *ledger.lock().unwrap());
    assert!(acknowledged.len() > KILLS as usize / 2);

    let listed = listed(&hub, &token).await;
    for (id, sent) in &acknowledged {
        let image = listed.get(id).expect("what was acknowledged is listed");
        assert_eq!(image["bytes"], sent.len());
        assert!(get(&hub, &token, &image["pull"]).await == *sent);
    }
    for image in listed.values() {
        let bytes = get(&hub, &token, &image["pull"]).await;
        assert_eq!(image["digest"], digest(&bytes));
        for thumbnail in image["thumbnails"].as_object().unwrap().values() {
            assert!(!get(&hub, &token, thumbnail).await.is_empty());
        }
    }

    let data = kill(hub);
    run(data.path(), &["sweep", "--sweep-grace-seconds", "0"]).unwrap();
    let mut left = folders(&world::blobs(data.path()), "ada");
    left.retain(|folder| !listed.contains_key(folder));
    assert!(left.is_empty(), "{left:?} are named by no record");
    assert_eq!(unfinished(data.path()), 0);
}

struct Uploader {
    url: String,
    token: String,
    numbers: Arc<AtomicU32>,
    ledger: Ledger,
}

impl Uploader {
    async fn upload_until_it_is_gone(self) {
        let http = Client::new();
        loop {
            let bytes = picture(self.numbers.fetch_add(1, Relaxed));
            let form = reqwest::multipart::Form::new().part("file", file("p.png", bytes.clone()));
            let sent = http
                .post(format!("{}/t/ada/images", self.url))
                .bearer_auth(&self.token)
                .multipart(form)
                .send();
            let Ok(answer) = sent.await else { return };
            assert_eq!(answer.status(), 201);
            // Cut off within the answer, it is not an acknowledgement.
            let Ok(body) = answer.json::<Value>().await else {
                return;
            };
            let id = body["images"][0]["id"].as_str().unwrap().to_owned();
            self.ledger.lock().unwrap().insert(id, bytes);
        }
    }
}

/// A small picture; another number, another picture.
fn picture(number: u32) -> Vec<u8> {
    let [a, b, c, d] = number.to_le_bytes();
    let pixels =
        image::RgbImage::from_fn(24, 16, |x, y| image::Rgb([a ^ x as u8, b ^ y as u8, c ^ d]));
    let mut png = std::io::Cursor::new(Vec::new());
    pixels.write_to(&mut png, image::ImageFormat::Png).unwrap();
    png.into_inner()
}

async fn listed(hub: &Hub, token: &str) -> HashMap<String, Value> {
    let mut all = HashMap::new();
    let mut path = "/t/ada/images?limit=200".to_owned();
    loop {
        let answer = hub.ask(Method::GET, &path).bearer_auth(token).send().await;
        let page: Value = answer.unwrap().json().await.unwrap();
        for image in page["images"].as_array().unwrap() {
            all.insert(image["id"].as_str().unwrap().to_owned(), image.clone());
        }
        match page["next"].as_str() {
            Some(next) => path = format!("/t/ada/images?limit=200&cursor={next}"),
            None => return all,
        }
    }
}

async fn get(hub: &Hub, token: &str, url: &Value) -> Vec<u8> {
    let url = url.as_str().unwrap();
    let path = url.strip_prefix(&hub.url).unwrap_or(url);
    let answer = hub
        .ask(Method::GET, path)
        .bearer_auth(token)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    answer.bytes().await.unwrap().to_vec()
}

fn digest(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    let hash = sha2::Sha256::digest(bytes);
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}
