//! Servers under test: started on a free port, ended with the value.

use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::programs::Programs;
use crate::bench::account;
use crate::process::spawn::{Ending, child_that_dies_with_us, end_group, on_core};
use crate::process::usage;

/// A server that does not listen after this long will not.
const LISTENS_WITHIN: Duration = Duration::from_secs(10);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// A process that serves at `url`.
pub struct Server {
    child: Child,
    pub url: String,
}

impl Server {
    /// Starts one that prints its address as its first line.
    ///
    /// # Errors
    /// When it does not.
    pub fn start(command: &mut Command) -> Result<Self> {
        let mut child = child_that_dies_with_us(
            command
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::null()),
        )?;
        let mut url = String::new();
        let output = child.stdout.take().context("no output")?;
        BufReader::new(output).read_line(&mut url)?;
        let server = Self {
            child,
            url: url.trim().to_owned(),
        };
        ensure!(server.url.starts_with("http"), "it printed no address");
        Ok(server)
    }

    /// Starts one that says nothing, and waits until it listens on its port.
    ///
    /// # Errors
    /// When it does not within ten seconds.
    pub fn silent(command: &mut Command, port: u16, url: &str) -> Result<Self> {
        let child = child_that_dies_with_us(
            command
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null()),
        )?;
        let server = Self {
            child,
            url: url.to_owned(),
        };
        let start = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            ensure!(start.elapsed() < LISTENS_WITHIN, "it does not listen");
            std::thread::sleep(PAUSE);
        }
        Ok(server)
    }

    /// Resident memory in MB. `taskset` becomes the program, so this is the program's own.
    ///
    /// # Errors
    /// When it is gone.
    pub fn resident_mb(&self) -> Result<f64> {
        let kib = usage::resident_kib(self.child.id())?;
        Ok(kib as f64 * 1024.0 / 1e6)
    }

    /// Time that it and its children, alive ones, have spent on processors.
    ///
    /// # Errors
    /// When the kernel does not say.
    pub fn processor_time(&self) -> Result<Duration> {
        usage::processor_time(self.child.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        end_group(self.child.id(), Ending::Forced);
        let _ = self.child.wait();
    }
}

/// The application under test. Nothing in it limits requests: in a mesh the filter does.
pub struct App {
    pub server: Server,
    pub data: PathBuf,
    agent: ureq::Agent,
}

/// Where the application runs.
#[derive(Clone, Copy, Debug)]
pub enum Cores {
    /// One worker on the first core.
    One,
    All,
}

impl App {
    /// Starts it with a data folder of its own.
    ///
    /// # Errors
    /// When it does not serve.
    pub fn start(
        programs: &Programs,
        name: &str,
        cores: Cores,
        redis: Option<&str>,
    ) -> Result<Self> {
        let data = programs.folder.join("data").join(name);
        std::fs::create_dir_all(&data)?;
        let mut command = match cores {
            Cores::One => on_core(0, &programs.app),
            Cores::All => Command::new(&programs.app),
        };
        command
            .env_clear()
            .args([
                "--bind",
                "127.0.0.1:0",
                "--log",
                "warn",
                "--limits",
                "mesh",
                "--data",
            ])
            .arg(&data)
            .arg("--policy")
            .arg(&programs.policy);
        if let Cores::One = cores {
            command.args(["--workers", "1"]);
        }
        if let Some(url) = redis {
            command.args(["--redis-url", url]);
        }
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(120)))
            .proxy(None)
            .build()
            .new_agent();
        Ok(Self {
            server: Server::start(&mut command).context("the application")?,
            data,
            agent,
        })
    }

    /// Signs somebody up on the largest plan; answers the token.
    ///
    /// # Errors
    /// When a step is refused.
    pub fn sign_up(&self, name: &str) -> Result<String> {
        account::sign_up(&self.agent, &self.server.url, name)
    }

    /// Uploads one file; answers its id.
    ///
    /// # Errors
    /// When it is not stored.
    pub fn upload(&self, tenant: &str, token: &str, file: &Path) -> Result<String> {
        const BOUNDARY: &str = "hub-bench-boundary";
        let mut body = format!(
            "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"photo.jpg\"\r\n\r\n"
        )
        .into_bytes();
        body.extend(std::fs::read(file)?);
        body.extend(format!("\r\n--{BOUNDARY}--\r\n").into_bytes());
        let answer = self
            .agent
            .post(format!("{}/t/{tenant}/images", self.server.url))
            .header("authorization", format!("Bearer {token}"))
            .header(
                "content-type",
                format!("multipart/form-data; boundary={BOUNDARY}"),
            )
            .send(&body)?
            .body_mut()
            .read_to_string()?;
        let answer: Value = serde_json::from_str(&answer)?;
        let id = answer.pointer("/images/0/id").and_then(Value::as_str);
        Ok(id.context("the upload was not stored")?.to_owned())
    }

    /// A page as a browser gets it.
    ///
    /// # Errors
    /// When it is not answered 200.
    pub fn page(&self, path: &str, token: Option<&str>) -> Result<Vec<u8>> {
        let mut request = self
            .agent
            .get(format!("{}{path}", self.server.url))
            .header("accept", "text/html");
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        Ok(request.call()?.body_mut().read_to_vec()?)
    }
}
