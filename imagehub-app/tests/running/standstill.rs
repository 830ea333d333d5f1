//! A slow transfer goes on; one that stands still ends.

use std::io::{Cursor, ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use reqwest::Method;
use serde_json::Value;

use crate::until;
use crate::world::Hub;

const FLAGS: [&str; 4] = ["--limits", "mesh", "--idle-seconds", "1"];

fn head(hub: &Hub, token: &str, request: &str) -> String {
    let address = hub.url.strip_prefix("http://").unwrap();
    format!("{request} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n")
}

fn connect(hub: &Hub) -> TcpStream {
    TcpStream::connect(hub.url.strip_prefix("http://").unwrap()).unwrap()
}

/// A picture of 13 MB: more than the system keeps of a connection that nobody reads from.
fn noise() -> Vec<u8> {
    let pixels = image::RgbImage::from_fn(2_100, 2_100, |_, _| image::Rgb(rand::random()));
    let mut png = Cursor::new(Vec::new());
    pixels.write_to(&mut png, image::ImageFormat::Png).unwrap();
    png.into_inner()
}

/// The sockets that the application has open.
fn sockets(hub: &Hub) -> usize {
    let files = std::fs::read_dir(format!("/proc/{}/fd", hub.process.id())).unwrap();
    files
        .filter_map(|file| std::fs::read_link(file.unwrap().path()).ok())
        .filter(|target| target.to_string_lossy().starts_with("socket:"))
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_reads_slowly_gets_everything_and_who_stops_reading_is_cut_off() {
    let hub = Hub::start(&FLAGS);
    let ada = hub.sign_up("ada").await;
    let stored = ada.add("noise.png", noise()).await;
    let pull = stored["pull"].as_str().unwrap();
    let size = stored["bytes"].as_u64().unwrap() as usize;
    let request = head(&hub, &ada.token, &format!("GET {pull}")) + "connection: close\r\n\r\n";

    let mut slow = connect(&hub);
    slow.write_all(request.as_bytes()).unwrap();
    let reading = tokio::task::spawn_blocking(move || {
        let (mut seen, mut piece) = (0, vec![0; 512 << 10]);
        loop {
            match slow.read(&mut piece).unwrap() {
                0 => return seen,
                read => seen += read,
            }
            std::thread::sleep(Duration::from_millis(40));
        }
    });
    assert!(reading.await.unwrap() > size);

    let before = sockets(&hub);
    let mut stopped = connect(&hub);
    stopped.write_all(request.as_bytes()).unwrap();
    until(async || sockets(&hub) > before).await;
    until(async || sockets(&hub) == before).await;
    let mut rest = Vec::new();
    let ended = stopped.read_to_end(&mut rest);
    assert!(ended.is_err() || rest.len() < size, "it came whole");
}

#[tokio::test(flavor = "multi_thread")]
async fn in_the_mesh_a_connection_without_a_request_is_kept_like_any_idle_one() {
    let hub = Hub::start(&FLAGS);
    let mut unused = connect(&hub);
    // Longer than the head of a request may take where no Envoy stands before.
    let timeout = Some(Duration::from_secs(6));
    unused.set_read_timeout(timeout).unwrap();
    let reading = tokio::task::spawn_blocking(move || unused.read(&mut [0]));
    let told = reading.await.unwrap();
    assert_eq!(told.unwrap_err().kind(), ErrorKind::WouldBlock);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_of_which_nothing_comes_any_more_is_answered_408() {
    let hub = Hub::start(&FLAGS);
    let ada = hub.sign_up("ada").await;
    let form = "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"p.png\"\r\n\r\n";
    let request = head(&hub, &ada.token, "POST /t/ada/images")
        + "content-type: multipart/form-data; boundary=b\r\ncontent-length: 999999\r\n\r\n"
        + form;
    let mut stalled = connect(&hub);
    stalled.write_all(request.as_bytes()).unwrap();
    let mut answer = [0; 12];
    stalled.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 408");
    let listed = ada.ask(Method::GET, "/t/ada/images").send().await.unwrap();
    let listed: Value = listed.json().await.unwrap();
    assert_eq!(listed["images"].as_array().unwrap().len(), 0);
}
