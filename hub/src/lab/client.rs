//! A lab's user, who asks through the edge like any other.

use std::fs::File;
use std::io::Read as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail, ensure};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::consul::http_agent;
use crate::probe;

const TIMEOUT: Duration = Duration::from_secs(5);
const LOG_IN: &str = "/api/v1/login";
const BOUNDARY: &str = "hub-lab-boundary";
/// A picture of one pixel.
const PICTURE: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";

/// Somebody with an account, and a tenant of the same name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    pub name: String,
    pub password: String,
    pub token: String,
}

impl Person {
    /// Nobody yet: a name that no limit has counted before.
    ///
    /// # Errors
    /// When the machine gives no random bytes.
    pub fn new(what: &str) -> Result<Self> {
        let mut random = [0; 8];
        File::open("/dev/urandom")
            .and_then(|mut file| file.read_exact(&mut random))
            .context("cannot read /dev/urandom")?;
        let milliseconds = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
        Ok(Self {
            name: format!("lab-{what}-{milliseconds:x}"),
            password: random.iter().map(|byte| format!("{byte:02x}")).collect(),
            token: String::new(),
        })
    }
}

/// An answer of the edge.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    headers: ureq::http::HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    /// A header's value; empty when there is none.
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default()
    }

    /// Whether it passed the filter, or is the filter's.
    pub fn is_of_filter(&self) -> bool {
        self.headers.contains_key("x-imagehub-filter")
    }

    /// The body, as far as it is JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    fn require(self, status: u16) -> Result<Self> {
        ensure!(
            self.status == status,
            "answered {} instead of {status}: {}",
            self.status,
            String::from_utf8_lossy(&self.body)
        );
        Ok(self)
    }
}

/// Where to ask.
#[derive(Clone)]
pub struct Client {
    edge: String,
}

impl Client {
    pub fn at(edge: &str) -> Self {
        Self {
            edge: edge.to_owned(),
        }
    }

    /// Signs up.
    ///
    /// # Errors
    /// When the application refuses, or nothing answers.
    pub fn sign_up(&self, person: &mut Person) -> Result<()> {
        self.session("/api/v1/signup", 201, person)
    }

    /// Takes a fresh token for the one that there is, or by the password where that is over: many log
    /// in from one address, and that is limited.
    ///
    /// # Errors
    /// As [`Client::sign_up`].
    pub fn refresh(&self, person: &mut Person) -> Result<()> {
        let bearer = bearer(&person.token);
        let headers = [("authorization", bearer.as_str())];
        let answer = self.send("POST", "/api/v1/session", &headers, None)?;
        if answer.status == 401 {
            return self.session(LOG_IN, 200, person);
        }
        take_token(&answer.require(200)?, person)
    }

    fn session(&self, path: &str, status: u16, person: &mut Person) -> Result<()> {
        let answer = self.ask_for_session(path, person)?.require(status);
        take_token(&answer.context(path.to_owned())?, person)
    }

    fn ask_for_session(&self, path: &str, person: &Person) -> Result<Answer> {
        let body = json!({"username": person.name, "password": person.password});
        self.send("POST", path, &[], Some(&body.to_string()))
    }

    /// Deletes an account with its tenants; one that is not there is fine.
    ///
    /// # Errors
    /// When the application refuses.
    pub fn close(&self, person: &Person) -> Result<()> {
        let mut answer = self.delete(person)?;
        if answer.status == 401 {
            // The token is over, or was of somebody who is gone.
            if self.ask_for_session(LOG_IN, person)?.status == 401 {
                return Ok(());
            }
            let mut person = person.clone();
            self.session(LOG_IN, 200, &mut person)?;
            answer = self.delete(&person)?;
        }
        answer.require(204).context("DELETE /api/v1/me").map(drop)
    }

    fn delete(&self, person: &Person) -> Result<Answer> {
        let body = json!({"confirm": person.name, "password": person.password});
        let bearer = bearer(&person.token);
        let headers = [("authorization", bearer.as_str())];
        self.send("DELETE", "/api/v1/me", &headers, Some(&body.to_string()))
    }

    /// Puts a picture into the person's tenant; returns its id.
    ///
    /// # Errors
    /// When the application refuses.
    pub fn upload(&self, person: &Person) -> Result<String> {
        let mut form = format!(
            "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"one.gif\"\r\ncontent-type: image/gif\r\n\r\n"
        )
        .into_bytes();
        form.extend(PICTURE);
        form.extend(format!("\r\n--{BOUNDARY}--\r\n").into_bytes());
        let mut answer = http_agent(TIMEOUT)
            .post(format!("{}/t/{}/images", self.edge, person.name))
            .header("authorization", bearer(&person.token))
            .header(
                "content-type",
                format!("multipart/form-data; boundary={BOUNDARY}"),
            )
            .send(form.as_slice())
            .context("an upload")?;
        let body = answer.body_mut().read_to_vec()?;
        let value: Value = serde_json::from_slice(&body).unwrap_or_default();
        match value.pointer("/images/0/id").and_then(Value::as_str) {
            Some(id) => Ok(id.to_owned()),
            None => bail!(
                "an upload was answered {}: {}",
                answer.status(),
                String::from_utf8_lossy(&body)
            ),
        }
    }

    /// A GET, with the person's token if there is a person.
    ///
    /// # Errors
    /// When nothing answers.
    pub fn get(&self, path: &str, person: Option<&Person>) -> Result<Answer> {
        let bearer = person.map(|person| bearer(&person.token));
        let headers: Vec<(&str, &str)> = bearer
            .iter()
            .map(|bearer| ("authorization", bearer.as_str()))
            .collect();
        self.send("GET", path, &headers, None)
    }

    /// So many GETs one after the other; how many were answered 200.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub fn passed(&self, count: usize, path: &str, person: &Person) -> Result<usize> {
        let mut passed = 0;
        for _ in 0..count {
            passed += usize::from(self.get(path, Some(person))?.status == 200);
        }
        Ok(passed)
    }

    /// So many GETs at one time.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub fn at_once(&self, count: usize, path: &str, person: &Person) -> Result<Vec<Answer>> {
        probe::at_once(count, || self.get(path, Some(person)))
            .into_iter()
            .collect()
    }

    /// Any request; a body is JSON.
    ///
    /// # Errors
    /// When nothing answers.
    pub fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&str>,
    ) -> Result<Answer> {
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.edge));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request
            .header("content-type", "application/json")
            .body(body.unwrap_or_default().to_owned())?;
        let agent = http_agent(TIMEOUT);
        let request = agent
            .configure_request(request)
            .allow_non_standard_methods(true)
            .build();
        let mut answer = agent
            .run(request)
            .with_context(|| format!("the edge at {} does not answer", self.edge))?;
        Ok(Answer {
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            body: answer.body_mut().read_to_vec()?,
        })
    }
}

fn take_token(answer: &Answer, person: &mut Person) -> Result<()> {
    let session = answer.json();
    let token = session.get("token").and_then(Value::as_str);
    person.token = token.context("the answer has no token")?.to_owned();
    Ok(())
}

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}
