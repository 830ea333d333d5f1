//! A fake application, on the application's port: it records the heads that the
//! sidecar lets through, byte for byte, and answers each with 200.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::mesh::Mesh;
use crate::wait;

const JWKS: &str = "/.well-known/jwks.json";
const FREE: Duration = Duration::from_secs(10);

/// What the fake application answers to a fetch of the key set.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum KeySet {
    /// The application's own, so that tokens stay good.
    Real,
    /// Something that is no key set.
    Junk,
}

/// When the fake application answers a fetch of the key set.
#[derive(Clone, Copy, Debug)]
pub enum KeysCome {
    /// Like everything else.
    AtOnce,
    /// So much later.
    After(Duration),
    /// The connection ends without an answer.
    Never,
}

/// A recorder in the application's place, until dropped.
pub struct FakeApp {
    heads: Arc<Mutex<Vec<String>>>,
    uploads: Arc<Mutex<Option<String>>>,
    keys_come: Arc<Mutex<KeysCome>>,
    server: JoinHandle<()>,
}

impl FakeApp {
    /// Stops the application of `mesh` and takes its place.
    ///
    /// # Errors
    /// When the application does not stop, or the gateway does not find the fake application.
    pub async fn replace_application(mesh: &Mesh, key_set: KeySet) -> Result<Self> {
        let keys = match key_set {
            KeySet::Real => mesh.client().get(JWKS).await?.expect(200)?.text(),
            KeySet::Junk => r#"{"keys": "none today"}"#.to_owned(),
        };
        mesh.hub(&["stop", "app"]).await?;
        let port = mesh.app();
        let listener = wait::until("the application's port is free", FREE, || async {
            Ok(TcpListener::bind(port).await?)
        })
        .await?;
        let heads = Arc::new(Mutex::new(Vec::new()));
        let uploads = Arc::default();
        let keys_come = Arc::new(Mutex::new(KeysCome::AtOnce));
        let answers = Answers {
            heads: Arc::clone(&heads),
            uploads: Arc::clone(&uploads),
            keys_come: Arc::clone(&keys_come),
            keys,
        };
        let server = tokio::spawn(serve(listener, answers));
        let fake_app = Self {
            heads,
            uploads,
            keys_come,
            server,
        };
        mesh.serves_within(Duration::from_secs(20)).await?;
        fake_app.forget();
        Ok(fake_app)
    }

    /// Gives the port back.
    pub async fn leave(mut self) {
        self.server.abort();
        // Waited for, so that the port is free when the application starts again.
        let _ = (&mut self.server).await;
    }

    /// Answers uploads, once they are read, with this status and problem from now on.
    pub fn answer_uploads(&self, status: u16, problem: &Value) {
        let answer = answer_of(&format!("{status} Refused"), &problem.to_string());
        *self.uploads.lock().expect("nobody panics holding it") = Some(answer);
    }

    /// Answers fetches of the key set like this from now on.
    pub fn let_keys_come(&self, when: KeysCome) {
        *self.keys_come.lock().expect("nobody panics holding it") = when;
    }

    /// The heads recorded so far whose request line contains `text`.
    pub fn heads_with(&self, text: &str) -> Vec<String> {
        let heads = self.heads.lock().expect("nobody panics holding it");
        heads
            .iter()
            .filter(|head| head.lines().next().is_some_and(|line| line.contains(text)))
            .cloned()
            .collect()
    }

    /// How often the key set was asked for since the beginning.
    pub fn key_fetches(&self) -> usize {
        self.heads_with(JWKS).len()
    }

    fn forget(&self) {
        self.heads.lock().expect("nobody panics holding it").clear();
    }
}

impl Drop for FakeApp {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// The values of a header in a recorded head, in order.
pub fn values<'h>(head: &'h str, name: &str) -> Vec<&'h str> {
    head.lines()
        .skip(1)
        .filter_map(|line| line.split_once(':'))
        .filter(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim())
        .collect()
}

#[derive(Clone)]
struct Answers {
    heads: Arc<Mutex<Vec<String>>>,
    uploads: Arc<Mutex<Option<String>>>,
    keys_come: Arc<Mutex<KeysCome>>,
    keys: String,
}

impl Answers {
    /// Lets the time pass before the answer to a fetch of the key set; `false` when there is to be none.
    async fn is_due(&self, head: &str) -> bool {
        if !head.contains(JWKS) {
            return true;
        }
        let when = *self.keys_come.lock().expect("nobody panics holding it");
        if let KeysCome::After(late) = when {
            wait::for_a_fault(late).await;
        }
        !matches!(when, KeysCome::Never)
    }

    /// The answer to a request, and how much of it is read before.
    fn to(&self, head: &str) -> (String, usize) {
        let uploads = self.uploads.lock().expect("nobody panics holding it");
        match &*uploads {
            Some(answer) if head.starts_with("POST /t/") => {
                let length = values(head, "content-length");
                let length = length.first().and_then(|length| length.parse().ok());
                (answer.clone(), length.unwrap_or(0))
            }
            _ if head.contains(JWKS) => (answer_of("200 OK", &self.keys), 0),
            _ => (answer_of("200 OK", "{}"), 0),
        }
    }
}

fn answer_of(status: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n{body}",
        body.len()
    )
}

async fn serve(listener: TcpListener, answers: Answers) {
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let answers = answers.clone();
        connections.spawn(async move {
            // A connection that ends early, as a health check's does, has nothing to record.
            let _: Result<()> = answer(stream, &answers).await;
        });
    }
}

async fn answer(mut stream: TcpStream, answers: &Answers) -> Result<()> {
    let mut seen = Vec::new();
    let end = loop {
        read_more(&mut stream, &mut seen).await?;
        if let Some(end) = seen.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
    };
    let head = String::from_utf8_lossy(seen.get(..end).context("a head")?).into_owned();
    let (answer, length) = answers.to(&head);
    while seen.len() < end + 4 + length {
        read_more(&mut stream, &mut seen).await?;
    }
    let heads = &answers.heads;
    let due = answers.is_due(&head).await;
    heads.lock().expect("nobody panics holding it").push(head);
    if !due {
        return Ok(());
    }
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await?;
    Ok(())
}

async fn read_more(stream: &mut TcpStream, seen: &mut Vec<u8>) -> Result<()> {
    let mut buffer = [0; 4096];
    let count = stream.read(&mut buffer).await?;
    anyhow::ensure!(count > 0, "ended");
    seen.extend(&buffer[..count]);
    Ok(())
}
