//! HTTP/1.1 by hand over TCP: any bytes as a request, any body however it is sent.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use bytes::Bytes;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

const DEADLINE: Duration = Duration::from_secs(60);

/// What came back, byte for byte.
#[derive(Clone, Debug)]
pub struct RawAnswer {
    /// Status code; `None` when the connection was closed without a response.
    pub status: Option<u16>,
    /// Status line and headers.
    pub head: String,
    /// The body, without chunk framing taken off.
    pub body: Vec<u8>,
}

/// An upload whose body went out while the answer was awaited.
#[derive(Debug)]
pub struct EarlyAnswer {
    /// The answer.
    pub answer: RawAnswer,
    /// Bytes of body handed to the connection before the answer was complete.
    pub sent: u64,
}

impl RawAnswer {
    /// Whether the status is one of these.
    ///
    /// # Errors
    /// What was expected and seen.
    pub fn expect_one_of(self, what: &str, statuses: &[u16]) -> Result<Self> {
        ensure!(
            self.status.is_some_and(|status| statuses.contains(&status)),
            "{what}: expected one of {statuses:?}: {self}"
        );
        Ok(self)
    }

    /// Checks that this is a problem with the status and code.
    ///
    /// # Errors
    /// What was expected and seen.
    pub fn expect_problem(&self, what: &str, status: u16, code: &str) -> Result<()> {
        ensure!(
            self.status == Some(status),
            "{what}: expected {status}: {self}"
        );
        let text = String::from_utf8_lossy(&self.body);
        // Chunk framing may surround the object, which has no other braces outside it.
        let object = text
            .find('{')
            .zip(text.rfind('}'))
            .and_then(|(start, end)| text.get(start..=end))
            .with_context(|| format!("{what}: no JSON object: {self}"))?;
        let problem: Value =
            serde_json::from_str(object).with_context(|| format!("{what}: {self}"))?;
        ensure!(
            problem["code"] == code,
            "{what}: expected code {code}: {self}"
        );
        Ok(())
    }
}

impl std::fmt::Display for RawAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let body = String::from_utf8_lossy(&self.body);
        let body: String = body.chars().take(600).collect();
        write!(f, "{:?} {:?} {body:?}", self.status, self.head)
    }
}

/// Sends `request` as it is and reads one response, or the end of the connection.
///
/// # Errors
/// When the connection cannot be made, or nothing ends it in time.
pub async fn send(to: SocketAddr, request: &[u8]) -> Result<RawAnswer> {
    let stream = TcpStream::connect(to).await?;
    let (read, mut write) = stream.into_split();
    // The server may answer and close before it has read everything: that is no error here.
    let request = request.to_vec();
    let writer = tokio::spawn(async move {
        let _ = write.write_all(&request).await;
        write
    });
    let answer = tokio::time::timeout(DEADLINE, read_response(read)).await;
    writer.abort();
    answer.context("no response and no end of the connection")?
}

/// Sends `head`, then the pieces that `body` yields, reading the answer all the while, until the
/// answer is complete or the body is at its end.
///
/// # Errors
/// When no answer arrives.
pub async fn upload(
    to: SocketAddr,
    head: &str,
    body: impl Iterator<Item = Bytes> + Send + 'static,
) -> Result<EarlyAnswer> {
    let stream = TcpStream::connect(to).await?;
    let (read, mut write) = stream.into_split();
    write.write_all(head.as_bytes()).await?;
    let (progress, sent) = tokio::sync::watch::channel(0_u64);
    let writer: JoinHandle<()> = tokio::spawn(async move {
        for piece in body {
            if write.write_all(&piece).await.is_err() {
                return;
            }
            progress.send_modify(|sent| *sent += piece.len() as u64);
        }
        // Keeps the connection open for the answer.
        std::future::pending::<()>().await;
    });
    let answer = tokio::time::timeout(DEADLINE, read_response(read)).await;
    writer.abort();
    let sent = *sent.borrow();
    let answer = answer.with_context(|| format!("no answer; {sent} bytes sent"))??;
    Ok(EarlyAnswer { answer, sent })
}

/// A chunk of a chunked body.
pub fn chunk(data: &[u8]) -> Bytes {
    let mut framed = format!("{:x}\r\n", data.len()).into_bytes();
    framed.extend(data);
    framed.extend(b"\r\n");
    framed.into()
}

async fn read_response(mut from: impl AsyncRead + Unpin) -> Result<RawAnswer> {
    let mut seen = Vec::new();
    loop {
        if let Some(answer) = complete(&seen)? {
            return Ok(answer);
        }
        let mut buffer = [0; 16 * 1024];
        // A reset after the answer is an end like any other.
        let count = from.read(&mut buffer).await.unwrap_or(0);
        if count == 0 {
            return ended(&seen);
        }
        seen.extend(&buffer[..count]);
    }
}

/// The answer, if its own framing says that it is whole.
fn complete(seen: &[u8]) -> Result<Option<RawAnswer>> {
    let Some((head, body)) = split(seen) else {
        return Ok(None);
    };
    let lower = head.to_ascii_lowercase();
    let header = |name: &str| {
        let mut lines = lower.lines();
        lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':').map(str::trim))
    };
    let whole = if let Some(length) = header("content-length") {
        body.len() >= length.parse::<usize>()?
    } else {
        header("transfer-encoding") == Some("chunked") && body.ends_with(b"0\r\n\r\n")
    };
    let status = status_of(&head)?;
    // An interim response is followed by the real one.
    if status == 100 {
        return complete(body);
    }
    Ok(whole.then(|| RawAnswer {
        status: Some(status),
        body: body.to_vec(),
        head,
    }))
}

fn ended(seen: &[u8]) -> Result<RawAnswer> {
    let Some((head, body)) = split(seen) else {
        ensure!(
            seen.is_empty(),
            "ended in the middle of a head: {:?}",
            String::from_utf8_lossy(seen)
        );
        return Ok(RawAnswer {
            status: None,
            head: String::new(),
            body: Vec::new(),
        });
    };
    Ok(RawAnswer {
        status: Some(status_of(&head)?),
        body: body.to_vec(),
        head,
    })
}

fn split(seen: &[u8]) -> Option<(String, &[u8])> {
    let end = seen.windows(4).position(|window| window == b"\r\n\r\n")?;
    let (head, body) = seen.split_at(end);
    Some((String::from_utf8_lossy(head).into_owned(), &body[4..]))
}

fn status_of(head: &str) -> Result<u16> {
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
    match status {
        Some(status) => Ok(status),
        None => bail!("not a status line: {head:?}"),
    }
}
