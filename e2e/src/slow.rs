//! Clients on a slow line: a few bytes at a time, until they are told to hurry.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::client::TestUser;

/// As small as systems take it: what waits here has not come through the mesh slowly.
const RECEIVE_BUFFER: u32 = 16 * 1024;

/// The pace of several clients.
pub struct Pace {
    fast: watch::Sender<bool>,
    piece: usize,
}

/// What a slow client got.
pub type Transfer = JoinHandle<Result<Vec<u8>>>;

impl Pace {
    /// Pieces of this many bytes, ten in a second.
    pub fn slow(piece: usize) -> Self {
        Self {
            fast: watch::Sender::new(false),
            piece,
        }
    }

    /// From now on as fast as it goes.
    pub fn hurry(&self) {
        self.fast.send_replace(true);
    }

    /// GET; the whole answer, from its head to the end of the connection.
    pub fn get(&self, from: SocketAddr, person: &TestUser, path: &str) -> Transfer {
        let head = head(person, "GET", path, "");
        let mut step = self.step();
        tokio::spawn(async move {
            let mut stream = connect(from).await?;
            stream.write_all(head.as_bytes()).await?;
            let mut seen = Vec::new();
            while let Some(piece) = step.next().await {
                let mut part = (&mut stream).take(piece as u64);
                if part.read_to_end(&mut seen).await? == 0 {
                    break;
                }
            }
            Ok(seen)
        })
    }

    /// Uploads a file to the person's own tenant; the whole answer.
    pub fn upload(&self, to: SocketAddr, person: &TestUser, file: &[u8]) -> Transfer {
        let mut body =
            b"--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"slow.png\"\r\n\r\n"
                .to_vec();
        body.extend(file);
        body.extend(b"\r\n--b--\r\n");
        let length = format!(
            "content-type: multipart/form-data; boundary=b\r\ncontent-length: {}\r\n",
            body.len()
        );
        let path = format!("/t/{}/images", person.name);
        let head = head(person, "POST", &path, &length);
        let mut step = self.step();
        tokio::spawn(async move {
            let mut stream = connect(to).await?;
            stream.write_all(head.as_bytes()).await?;
            let mut rest = body.as_slice();
            while !rest.is_empty() {
                let piece = step.next().await.unwrap_or(rest.len()).min(rest.len());
                let (now, later) = rest.split_at(piece);
                stream.write_all(now).await?;
                rest = later;
            }
            let mut seen = Vec::new();
            stream.read_to_end(&mut seen).await?;
            Ok(seen)
        })
    }

    fn step(&self) -> Step {
        Step {
            fast: self.fast.subscribe(),
            piece: self.piece,
            tick: tokio::time::interval(Duration::from_millis(100)),
        }
    }
}

struct Step {
    fast: watch::Receiver<bool>,
    piece: usize,
    tick: tokio::time::Interval,
}

impl Step {
    /// How much may be sent or read next, once it may be.
    async fn next(&mut self) -> Option<usize> {
        if !*self.fast.borrow() {
            tokio::select! {
                _ = self.tick.tick() => {}
                changed = self.fast.changed() => changed.ok()?,
            }
        }
        let is_fast = *self.fast.borrow();
        Some(if is_fast { usize::MAX >> 1 } else { self.piece })
    }
}

/// A client that asks, reads the head of its answer, and then nothing more.
///
/// # Errors
/// When there is no answer.
pub async fn stop_reading(from: SocketAddr, person: &TestUser, path: &str) -> Result<TcpStream> {
    let mut stream = connect(from).await?;
    stream
        .write_all(head(person, "GET", path, "").as_bytes())
        .await?;
    let mut status = [0; 12];
    stream.read_exact(&mut status).await?;
    anyhow::ensure!(&status == b"HTTP/1.1 200", "{status:?}");
    Ok(stream)
}

async fn connect(to: SocketAddr) -> Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(RECEIVE_BUFFER)?;
    socket.connect(to).await.context("a slow client")
}

fn head(person: &TestUser, method: &str, path: &str, more: &str) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
         authorization: Bearer {}\r\n{more}\r\n",
        person.client.token()
    )
}
