//! What stands behind Envoy: it lists the test's key, and remembers what else it was asked.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use imagehub_policy::test_support::jwks;

pub struct Upstream {
    pub port: u16,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Upstream {
    pub fn start(keys_listed: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&heads);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let seen = Arc::clone(&seen);
                std::thread::spawn(move || answer(&stream, keys_listed, &seen));
            }
        });
        Self { port, heads }
    }

    /// The heads of the requests that came since this was asked last, those for keys left out.
    pub fn take_heads(&self) -> Vec<String> {
        std::mem::take(&mut self.heads.lock().expect("no panic"))
    }
}

fn answer(mut stream: &TcpStream, keys_listed: bool, seen: &Mutex<Vec<String>>) {
    let lines = BufReader::new(stream).split(b'\n').map_while(Result::ok);
    let head: Vec<_> = lines
        .map(|line| String::from_utf8_lossy(line.trim_ascii_end()).into_owned())
        .take_while(|line| !line.is_empty())
        .collect();
    let Some(first) = head.first() else { return };
    let (status, body) = match (first.contains("/.well-known/jwks.json"), keys_listed) {
        (true, true) => ("200 OK", jwks()),
        (true, false) => ("503 Service Unavailable", String::new()),
        (false, _) => {
            seen.lock().expect("no panic").push(head.join("\n"));
            ("200 OK", String::new())
        }
    };
    let _ = write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
}
