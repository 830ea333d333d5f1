//! Bodies that are refused before they are read.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::world::{Hub, unfinished};

/// Sends a chunked upload without looking at the answer until it is over, or the socket breaks,
/// as a proxy does that streams.
fn stream_blindly(url: &str, token: Option<&str>, megabytes: usize) -> (String, Duration) {
    let address = url.strip_prefix("http://").unwrap();
    let mut socket = TcpStream::connect(address).unwrap();
    let credentials = token
        .map(|token| format!("authorization: Bearer {token}\r\n"))
        .unwrap_or_default();
    let head = format!(
        "POST /t/ada/images HTTP/1.1\r\nhost: {address}\r\n{credentials}content-type: multipart/form-data; \
         boundary=x\r\ntransfer-encoding: chunked\r\n\r\n"
    );
    socket.write_all(head.as_bytes()).unwrap();
    let mut reader = socket.try_clone().unwrap();
    reader
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    let begun = Instant::now();
    let answer = std::thread::spawn(move || {
        let mut answer = Vec::new();
        let mut buffer = [0; 4096];
        while !answer.windows(4).any(|window| window == b"\r\n\r\n") {
            match reader.read(&mut buffer) {
                Ok(0) | Err(_) => break,
                Ok(read) => answer.extend_from_slice(&buffer[..read]),
            }
        }
        (
            String::from_utf8_lossy(&answer).into_owned(),
            begun.elapsed(),
        )
    });
    let part = b"--x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\r\n";
    let mut chunk = vec![0; 64 * 1024];
    chunk[..part.len()].copy_from_slice(part);
    for _ in 0..megabytes * 16 {
        let size = format!("{:x}\r\n", chunk.len());
        let sent = socket
            .write_all(size.as_bytes())
            .and_then(|()| socket.write_all(&chunk))
            .and_then(|()| socket.write_all(b"\r\n"));
        if sent.is_err() {
            break;
        }
        chunk.fill(0);
    }
    answer.join().unwrap()
}

#[tokio::test]
async fn an_endless_upload_is_answered_413_long_before_its_end() {
    let hub = Hub::start(&["--limits", "mesh", "--max-file-bytes", "1000000"]);
    let ada = hub.sign_up("ada").await;
    let (url, token) = (hub.url.clone(), ada.token.clone());
    let (answer, after) =
        tokio::task::spawn_blocking(move || stream_blindly(&url, Some(&token), 1024))
            .await
            .unwrap();
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(after < Duration::from_secs(20), "{after:?}");
    assert_eq!(unfinished(hub.data.path()), 0);
}

#[tokio::test]
async fn an_answer_before_the_body_was_read_survives_a_client_that_writes_on() {
    for hub in [Hub::in_mesh(), Hub::embedded()] {
        let url = hub.url.clone();
        let (answer, _) = tokio::task::spawn_blocking(move || stream_blindly(&url, None, 40))
            .await
            .unwrap();
        assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    }
}

#[tokio::test]
async fn a_body_that_does_not_come_is_answered_408() {
    let hub = Hub::start(&["--limits", "mesh", "--body-seconds", "1"]);
    let address = hub.url.strip_prefix("http://").unwrap();
    let head = format!(
        "POST /api/v1/login HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n\
         content-length: 100\r\n\r\n{{\"username\":"
    );
    let mut socket = TcpStream::connect(address).unwrap();
    socket.write_all(head.as_bytes()).unwrap();
    let answer = tokio::task::spawn_blocking(move || {
        let mut answer = String::new();
        while !answer.contains("\r\n\r\n{") {
            let mut piece = [0; 4096];
            let length = socket.read(&mut piece).unwrap();
            assert!(length > 0, "{answer}");
            answer.push_str(std::str::from_utf8(&piece[..length]).unwrap());
        }
        answer
    });
    let answer = answer.await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("\"code\":\"timeout\""), "{answer}");
}
