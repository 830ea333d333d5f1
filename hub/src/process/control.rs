//! How commands talk to a running supervisor: one JSON line each way over a Unix socket.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};

/// What a supervisor can be asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "do", content = "service")]
pub enum Request {
    Status,
    /// End every service, then yourself.
    Down,
    Stop(String),
    Start(String),
    Restart(String),
}

/// Where a start has got to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "phase", content = "detail")]
pub enum Phase {
    /// What is being waited for.
    Starting(String),
    /// Everything was started; whether it is ready only a probe can tell.
    Started,
    /// Why the instance cannot come up.
    Failed(String),
}

/// One service as the supervisor sees it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ServiceStatus {
    pub name: String,
    /// `None` while it does not run.
    pub pid: Option<u32>,
    /// Whether it is meant to run.
    pub wanted: bool,
    /// Where it listens when it runs.
    pub port: u16,
    /// How often it ended unasked.
    pub crashes: u32,
}

/// A supervisor's answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reply {
    Status {
        phase: Phase,
        services: Vec<ServiceStatus>,
    },
    Done,
    Error(String),
}

/// Asks the supervisor of the instance in `dir`; an answer may take as long as a service takes to end.
///
/// # Errors
/// When none answers, or it refuses; the message has its reason.
pub fn ask(dir: &Path, request: &Request) -> Result<Reply> {
    let (_folder, path) = socket(dir)?;
    let mut stream = UnixStream::connect(path).context("the supervisor does not answer")?;
    stream.set_read_timeout(Some(Duration::from_secs(90)))?;
    writeln!(stream, "{}", serde_json::to_string(request)?)?;
    let mut line = String::new();
    BufReader::new(stream)
        .read_line(&mut line)
        .context("the supervisor does not answer")?;
    match serde_json::from_str(&line).context("the supervisor went away")? {
        Reply::Error(reason) => bail!(reason),
        reply => Ok(reply),
    }
}

/// Listens for requests and hands each, with its stream, to `serve`, on a thread of its own.
///
/// # Errors
/// When the socket cannot be made.
pub fn listen(
    dir: &Path,
    serve: impl Fn(Request) -> Reply + Send + Sync + Clone + 'static,
) -> Result<()> {
    let (_folder, path) = socket(dir)?;
    // A supervisor that was killed left its socket; this one holds the lock, so that one is gone.
    let _ = std::fs::remove_file(&path);
    let listener =
        UnixListener::bind(&path).with_context(|| format!("cannot listen in {}", dir.display()))?;
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let serve = serve.clone();
            std::thread::spawn(move || answer(stream, serve));
        }
    });
    Ok(())
}

/// A client that went away is not this side's business, so errors end here.
fn answer(mut stream: UnixStream, serve: impl Fn(Request) -> Reply) {
    let mut line = String::new();
    let Ok(reader) = stream.try_clone() else {
        return;
    };
    if BufReader::new(reader).read_line(&mut line).is_err() {
        return;
    }
    let reply = match serde_json::from_str(&line) {
        Ok(request) => serve(request),
        Err(error) => Reply::Error(format!("not a request: {error}")),
    };
    if let Ok(text) = serde_json::to_string(&reply) {
        let _ = writeln!(stream, "{text}");
    }
}

/// A socket's address has room for 108 bytes and a checkout may lie deeper: the folder is opened,
/// and the socket named through it.
fn socket(dir: &Path) -> Result<(File, PathBuf)> {
    let folder = File::open(dir).with_context(|| format!("cannot open {}", dir.display()))?;
    let path = PathBuf::from(format!(
        "/proc/self/fd/{}/supervisor.sock",
        folder.as_raw_fd()
    ));
    Ok((folder, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_answered_however_deep_the_checkout_lies() {
        let root = std::env::temp_dir().join(format!("hub-control-{}", std::process::id()));
        let dir = root.join("deep".repeat(40)).join("deeper".repeat(20));
        std::fs::create_dir_all(&dir).expect("a folder");
        listen(&dir, |request| match request {
            Request::Stop(name) => Reply::Error(format!("no service {name}")),
            _ => Reply::Done,
        })
        .expect("a socket");
        assert!(matches!(ask(&dir, &Request::Down), Ok(Reply::Done)));
        let refused = ask(&dir, &Request::Stop("x".into())).expect_err("it is refused");
        assert_eq!(refused.to_string(), "no service x");
        std::fs::remove_dir_all(root).expect("cleaned up");
    }
}
