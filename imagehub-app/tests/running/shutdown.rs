//! The end of the real process: what is under way is finished, unless somebody insists.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::Value;

use crate::world::{Hub, picture};

const FLAGS: [&str; 2] = ["--limits", "mesh"];
/// What a slow line still has to send when the signal comes.
const SIZE: usize = 20 << 20;

/// An upload whose head and first half are sent.
struct Upload {
    stream: TcpStream,
    rest: Vec<u8>,
}

impl Upload {
    fn begin(hub: &Hub, token: &str) -> Self {
        let address = hub.url.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        let mut body = b"--b\r\ncontent-disposition: form-data; name=\"file\"; \
            filename=\"p.png\"\r\n\r\n"
            .to_vec();
        body.extend(picture(1));
        // What follows a picture's end is read, and not kept.
        body.resize(SIZE, 0);
        body.extend(b"\r\n--b--\r\n");
        write!(
            stream,
            "POST /t/ada/images HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\
             content-type: multipart/form-data; boundary=b\r\ncontent-length: {}\r\n\r\n",
            body.len()
        )
        .unwrap();
        let rest = body.split_off(SIZE / 2);
        stream.write_all(&body).unwrap();
        Self { stream, rest }
    }

    fn finish(mut self) -> String {
        self.stream.write_all(&self.rest).unwrap();
        let mut answer = String::new();
        self.stream.read_to_string(&mut answer).unwrap();
        answer
    }
}

fn tell(hub: &Hub, signal: &str) {
    let told = Command::new("kill")
        .args([format!("-{signal}"), hub.process.id().to_string()])
        .status();
    assert!(told.unwrap().success());
}

/// Once it takes no more connections, it has begun to finish.
fn wait_until_nobody_is_let_in(hub: &Hub) {
    let address = hub.url.strip_prefix("http://").unwrap();
    let begun = Instant::now();
    while TcpStream::connect(address).is_ok() {
        assert!(begun.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_is_under_way_is_finished_before_the_end() {
    let mut hub = Hub::start(&FLAGS);
    let token = hub.sign_up("ada").await.token;
    let upload = Upload::begin(&hub, &token);
    tell(&hub, "TERM");
    wait_until_nobody_is_let_in(&hub);
    let answer = upload.finish();
    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
    assert!(hub.process.wait().unwrap().success());

    let data = std::mem::replace(&mut hub.data, tempfile::tempdir().unwrap());
    let hub = Hub::start_in(data, &FLAGS);
    let listed = hub.ask(Method::GET, "/t/ada/images").bearer_auth(&token);
    let listed: Value = listed.send().await.unwrap().json().await.unwrap();
    assert_eq!(listed["images"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_twice_does_not_wait_for_what_is_under_way() {
    for again in ["TERM", "INT"] {
        let mut hub = Hub::start(&[&FLAGS[..], &["--shutdown-seconds", "600"]].concat());
        let token = hub.sign_up("ada").await.token;
        let _upload = Upload::begin(&hub, &token);
        tell(&hub, "TERM");
        wait_until_nobody_is_let_in(&hub);
        assert_eq!(
            hub.process.try_wait().unwrap(),
            None,
            "it waits for the upload"
        );
        tell(&hub, again);
        assert!(hub.process.wait().unwrap().success());
    }
}
