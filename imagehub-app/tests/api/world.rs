//! A running application, and the people who use it.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;

use reqwest::header::{ACCEPT, AUTHORIZATION};
use reqwest::multipart::{Form, Part};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};
use tempfile::TempDir;

/// What browsers send with a page's request.
pub const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
pub const PASSWORD: &str = "correct horse";

/// A running application with a data directory of its own.
pub struct Hub {
    pub url: String,
    pub http: Client,
    pub process: Child,
    pub data: TempDir,
    /// The cookies of each person's next notice, as `NAME=VALUE`.
    pub notices: Mutex<HashMap<String, Vec<String>>>,
}

impl Hub {
    /// With the limits kept by itself.
    pub fn embedded() -> Self {
        Self::start(&["--limits", "embedded"])
    }

    /// As behind a sidecar: it limits nothing.
    pub fn in_mesh() -> Self {
        Self::start(&["--limits", "mesh"])
    }

    /// With these flags.
    pub fn start(flags: &[&str]) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), flags)
    }

    /// On a data directory that may have been used before.
    pub fn start_in(data: TempDir, flags: &[&str]) -> Self {
        let program = Command::new(env!("CARGO_BIN_EXE_imagehub-app"));
        Self::start_as(program, data, flags)
    }

    /// As what this command becomes, whose last argument is the data directory.
    pub fn start_under(command: &[&str], flags: &[&str]) -> Self {
        let (first, rest) = command.split_first().unwrap();
        let mut command = Command::new(first);
        command.args(rest).arg(env!("CARGO_BIN_EXE_imagehub-app"));
        Self::start_as(command, tempfile::tempdir().unwrap(), flags)
    }

    fn start_as(mut command: Command, data: TempDir, flags: &[&str]) -> Self {
        command.args(["--bind", "127.0.0.1:0", "--workers", "2", "--log", "warn"]);
        if !flags.contains(&"--metrics-bind") {
            // Not the usual one, for which tests would race each other and whatever else runs.
            command.args(["--metrics-bind", "127.0.0.1:0"]);
        }
        command
            .args(flags)
            .arg("--data")
            .arg(data.path())
            .env_clear();
        Self::run(command, data)
    }

    /// By a command that serves on the data directory.
    pub fn run(mut command: Command, data: TempDir) -> Self {
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut url = String::new();
        let stdout = process.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut url).unwrap();
        assert!(url.starts_with("http://"), "it did not start: {url:?}");
        // This client has the TLS of the object store's, and asks for a provider.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self {
            url: url.trim().to_owned(),
            http: Client::builder().redirect(Policy::none()).build().unwrap(),
            process,
            data,
            notices: Mutex::default(),
        }
    }

    /// Where its pictures are, when they are in a directory.
    pub fn blobs(&self) -> PathBuf {
        blobs(self.data.path())
    }

    /// A request without credentials.
    pub fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url))
    }

    pub async fn get(&self, path: &str) -> Response {
        self.ask(Method::GET, path).send().await.unwrap()
    }

    pub async fn post(&self, path: &str, body: Value) -> Response {
        self.ask(Method::POST, path)
            .json(&body)
            .send()
            .await
            .unwrap()
    }

    /// A form as a page of this site sends it.
    pub fn form(&self, path: &str, fields: &[(&str, &str)]) -> RequestBuilder {
        self.ask(Method::POST, path)
            .header("origin", &self.url)
            .header(ACCEPT, BROWSER)
            .form(fields)
    }

    /// Somebody new, who owns the tenant of the same name.
    pub async fn sign_up(&self, name: &str) -> TestUser<'_> {
        let body = json!({ "username": name, "password": PASSWORD });
        let answer = self.post("/api/v1/signup", body).await;
        assert_eq!(answer.status(), 201);
        let session: Value = answer.json().await.unwrap();
        TestUser {
            hub: self,
            name: name.to_owned(),
            token: session["token"].as_str().unwrap().to_owned(),
        }
    }
}

/// The catalogue's folder, the only one in a data directory's blobs.
pub fn blobs(data: &Path) -> PathBuf {
    let mut folders = data.join("blobs").read_dir().unwrap();
    let folder = folders.next().unwrap().unwrap().path();
    assert!(folders.next().is_none(), "blobs of two catalogues");
    folder
}

impl Drop for Hub {
    fn drop(&mut self) {
        // It may have been ended by the test.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Somebody with a session.
pub struct TestUser<'a> {
    pub hub: &'a Hub,
    pub name: String,
    pub token: String,
}

impl TestUser<'_> {
    /// A request with the token as a bearer.
    pub fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        self.hub
            .ask(method, path)
            .header(AUTHORIZATION, format!("Bearer {}", self.token))
    }

    /// A request with the token in the cookie, as browsers send it.
    pub fn browse(&self, method: Method, path: &str) -> RequestBuilder {
        self.hub
            .ask(method, path)
            .header("cookie", self.cookies())
            .header(ACCEPT, BROWSER)
    }

    fn cookies(&self) -> String {
        let mut cookies = vec![format!("imagehub_session={}", self.token)];
        let notices = self.hub.notices.lock().unwrap();
        cookies.extend(notices.get(&self.name).into_iter().flatten().cloned());
        cookies.join("; ")
    }

    /// Keeps a notice's cookies, and gives up those that are taken away, as browsers do.
    pub fn keep_notice(&self, answer: &Response) {
        let mut notices = self.hub.notices.lock().unwrap();
        let kept = notices.entry(self.name.clone()).or_default();
        for line in answer.headers().get_all("set-cookie") {
            let line = line.to_str().unwrap();
            let (pair, rest) = line.split_once(';').unwrap();
            let (name, _) = pair.split_once('=').unwrap();
            if name.starts_with("imagehub_notice") {
                kept.retain(|kept| kept.split('=').next() != Some(name));
                if !rest.contains("Max-Age=0;") {
                    kept.push(pair.to_owned());
                }
            }
        }
    }

    /// A form as a page of this site sends it.
    pub fn submit(&self, path: &str, fields: &[(&str, &str)]) -> RequestBuilder {
        self.browse(Method::POST, path)
            .header("origin", &self.hub.url)
            .form(fields)
    }

    pub async fn get(&self, path: &str) -> Response {
        self.ask(Method::GET, path).send().await.unwrap()
    }

    pub async fn page(&self, path: &str) -> Response {
        let answer = self.browse(Method::GET, path).send().await.unwrap();
        self.keep_notice(&answer);
        answer
    }

    pub async fn send(&self, method: Method, path: &str, body: Value) -> Response {
        self.ask(method, path).json(&body).send().await.unwrap()
    }

    /// The path of something in one's own tenant.
    pub fn own(&self, rest: &str) -> String {
        format!("/t/{}{rest}", self.name)
    }

    pub async fn upload(&self, form: Form) -> Response {
        let path = self.own("/images");
        self.ask(Method::POST, &path)
            .multipart(form)
            .send()
            .await
            .unwrap()
    }

    /// Uploads one picture and returns its object.
    pub async fn add(&self, name: &str, bytes: Vec<u8>) -> Value {
        let answer = self
            .upload(Form::new().part("file", file(name, bytes)))
            .await;
        assert_eq!(answer.status(), 201);
        let body: Value = answer.json().await.unwrap();
        body["images"][0].clone()
    }

    /// Makes an empty album and returns its object.
    pub async fn album(&self, title: &str) -> Value {
        let title = json!({ "title": title });
        let made = self.send(Method::POST, &self.own("/albums"), title).await;
        assert_eq!(made.status(), 201);
        made.json().await.unwrap()
    }

    /// Makes the person a member of this one's tenant, session included.
    pub async fn admit(&self, person: &mut TestUser<'_>, role: &str) {
        let path = format!("/api/v1/tenants/{}/members/{}", self.name, person.name);
        let invited = self.send(Method::PUT, &path, json!({ "role": role })).await;
        assert_eq!(invited.status(), 202);
        let path = format!("/api/v1/invitations/{}", self.name);
        let joined = person.ask(Method::POST, &path).send().await.unwrap();
        assert_eq!(joined.status(), 200);
        let session: Value = joined.json().await.unwrap();
        person.token = session["token"].as_str().unwrap().to_owned();
    }
}

/// A file of an upload.
pub fn file(name: &str, bytes: Vec<u8>) -> Part {
    Part::bytes(bytes).file_name(name.to_owned())
}

/// A small picture; another number, another picture.
pub fn picture(number: u8) -> Vec<u8> {
    let pixels = image::RgbImage::from_fn(60, 40, |x, y| {
        image::Rgb([number, (x * 4) as u8, (y * 6) as u8])
    });
    let mut png = std::io::Cursor::new(Vec::new());
    pixels.write_to(&mut png, image::ImageFormat::Png).unwrap();
    png.into_inner()
}

/// The `code` of an error, and that it is problem+json which agrees with the status.
pub async fn code(answer: Response) -> String {
    let status = answer.status().as_u16();
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    let problem: Value = answer.json().await.unwrap();
    assert_eq!(problem["status"], status);
    assert!(problem["title"].is_string());
    problem["code"].as_str().unwrap().to_owned()
}

/// The policy as shipped.
pub fn policy() -> imagehub_policy::Policy {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../consul/policy.json");
    imagehub_policy::Policy::parse(&std::fs::read(path).unwrap()).unwrap()
}

/// Uploads on their way, in the folders of all processes.
pub fn unfinished(data: &Path) -> usize {
    let places = data.join("staging").read_dir().unwrap();
    places
        .map(|place| place.unwrap().path())
        .filter(|place| place.is_dir())
        .map(|process| process.read_dir().unwrap().count())
        .sum()
}
