//! A client of the HTTP API, and people who use it.

mod answer;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use reqwest::multipart::{Form, Part};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

pub use answer::Answer;

/// Sends requests to one address, from a source address of its own.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    to: SocketAddr,
    from: Ipv4Addr,
    token: Option<String>,
}

/// Somebody who signed up: a name that is also a tenant's, and a token.
#[derive(Clone)]
pub struct TestUser {
    /// User name, and name of the user's first tenant.
    pub name: String,
    /// Sends this person's token as Bearer.
    pub client: Client,
}

/// Password of everybody in these tests.
pub const PASSWORD: &str = "correct horse battery";

/// A name nobody has used: for users, tenants and titles.
pub fn unique(stem: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let run = rand::random::<u32>();
    format!("{stem}-{run:x}-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

impl Client {
    /// A client of `to`, from an address in 127.0.0.0/8 that no other client uses.
    pub fn new(to: SocketAddr) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let [_, a, b, c] = number.to_be_bytes();
        let from = Ipv4Addr::new(127, 100_u8.wrapping_add(a), b, c.wrapping_add(1).max(1));
        Self {
            http: build(from, Connections::Kept),
            to,
            from,
            token: None,
        }
    }

    /// The same client, but every request on a new connection.
    #[must_use]
    pub fn with_fresh_connections(&self) -> Self {
        Self {
            http: build(self.from, Connections::Fresh),
            ..self.clone()
        }
    }

    /// The same address, with connections and a place of its own: another client of this user.
    #[must_use]
    pub fn sibling(&self) -> Self {
        Self {
            http: build(self.from, Connections::Kept),
            ..self.clone()
        }
    }

    /// The same client over one HTTP/2 connection of its own.
    #[must_use]
    pub fn over_http2(&self) -> Self {
        Self {
            http: build(self.from, Connections::OneHttp2),
            ..self.clone()
        }
    }

    /// The same client with this token as Bearer.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self {
            token: Some(token.to_owned()),
            ..self.clone()
        }
    }

    /// The same client without a token.
    #[must_use]
    pub fn without_token(&self) -> Self {
        Self {
            token: None,
            ..self.clone()
        }
    }

    /// The address that the server sees.
    pub fn address(&self) -> Ipv4Addr {
        self.from
    }

    /// The token sent.
    pub fn token(&self) -> &str {
        self.token.as_deref().unwrap_or_default()
    }

    /// A request to be completed by the caller; send it with [`Client::send`].
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self
            .http
            .request(method, format!("http://{}{path}", self.to));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Sends a request and reads the whole answer.
    ///
    /// # Errors
    /// When there is no complete HTTP answer.
    pub async fn send(&self, request: RequestBuilder) -> Result<Answer> {
        let request = request.build()?;
        let asked = format!("{} {}", request.method(), request.url().path());
        let response = self
            .http
            .execute(request)
            .await
            .with_context(|| asked.clone())?;
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let body = response.bytes().await.with_context(|| asked.clone())?;
        Ok(Answer {
            asked,
            status,
            headers,
            body,
        })
    }

    /// GET.
    ///
    /// # Errors
    /// When there is no complete HTTP answer.
    pub async fn get(&self, path: &str) -> Result<Answer> {
        self.send(self.request(Method::GET, path)).await
    }

    /// GET as a browser that follows a link.
    ///
    /// # Errors
    /// When there is no complete HTTP answer.
    pub async fn browse(&self, path: &str) -> Result<Answer> {
        let request = self.request(Method::GET, path);
        self.send(request.header("accept", "text/html,application/xhtml+xml,*/*;q=0.8"))
            .await
    }

    /// A call with a JSON body.
    ///
    /// # Errors
    /// When there is no complete HTTP answer.
    pub async fn call(&self, method: Method, path: &str, body: &Value) -> Result<Answer> {
        self.send(self.request(method, path).json(body)).await
    }

    /// Uploads files, given as names and bytes, in one form.
    ///
    /// # Errors
    /// When there is no complete HTTP answer.
    pub async fn upload(&self, tenant: &str, files: &[(&str, Vec<u8>)]) -> Result<Answer> {
        let mut form = Form::new();
        for (name, bytes) in files {
            let part = Part::bytes(bytes.clone()).file_name((*name).to_owned());
            form = form.part("file", part);
        }
        let path = format!("/t/{tenant}/images");
        self.send(self.request(Method::POST, &path).multipart(form))
            .await
    }

    /// Signs somebody new up.
    ///
    /// # Errors
    /// When the answer is not 201 with a token.
    pub async fn sign_up(&self, stem: &str) -> Result<TestUser> {
        let name = unique(stem);
        let body = json!({"username": name, "password": PASSWORD});
        let answer = self.call(Method::POST, "/api/v1/signup", &body).await?;
        let token = answer.expect(201)?.token()?;
        Ok(TestUser {
            name,
            client: self.with_token(&token),
        })
    }
}

impl TestUser {
    /// The same person after an answer that carried a fresh token.
    ///
    /// # Errors
    /// When it did not.
    pub fn refreshed(&self, answer: &Answer) -> Result<Self> {
        Ok(Self {
            name: self.name.clone(),
            client: self.client.with_token(&answer.token()?),
        })
    }

    /// Uploads one file to the person's own tenant; answers its JSON object.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn keep(&self, file: &str, bytes: Vec<u8>) -> Result<Value> {
        let answer = self.client.upload(&self.name, &[(file, bytes)]).await?;
        Ok(answer.expect(201)?.json()?["images"][0].clone())
    }

    /// Sends a page's form, as a browser would.
    ///
    /// # Errors
    /// When the answer does not lead on to a page.
    pub async fn post_form(&self, path: &str, fields: &str) -> Result<Answer> {
        let request = self
            .client
            .request(Method::POST, path)
            .header("accept", "text/html")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(fields.to_owned());
        self.client.send(request).await?.expect(303)
    }

    /// Puts the person's own tenant on a plan and takes the fresh token.
    ///
    /// # Errors
    /// When the answer is not 200 with a token.
    pub async fn on_plan(&self, plan: &str) -> Result<Self> {
        let path = format!("/api/v1/tenants/{}/plan", self.name);
        let answer = self
            .client
            .call(Method::PUT, &path, &json!({"plan": plan}))
            .await?
            .expect(200)?;
        self.refreshed(&answer)
    }

    /// Makes `other` a member of this person's tenant: invitation, acceptance, fresh token.
    ///
    /// # Errors
    /// When a step is refused.
    pub async fn take_in(&self, other: &Self, role: &str) -> Result<Self> {
        let path = format!("/api/v1/tenants/{}/members/{}", self.name, other.name);
        self.client
            .call(Method::PUT, &path, &json!({"role": role}))
            .await?
            .expect(202)?;
        let path = format!("/api/v1/invitations/{}", self.name);
        let request = other.client.request(Method::POST, &path);
        let answer = other.client.send(request).await?;
        ensure!(
            answer.status == 200 || answer.status == 201,
            "accepting: {answer}"
        );
        other.refreshed(&answer)
    }

    /// The gallery of the person's own tenant: every object of every page.
    ///
    /// # Errors
    /// When a page is not 200.
    pub async fn listing(&self) -> Result<Vec<Value>> {
        let mut images = Vec::new();
        let mut cursor = String::new();
        loop {
            let path = format!("/t/{}/images?limit=200{cursor}", self.name);
            let page = self.client.get(&path).await?.expect(200)?.json()?;
            images.extend(page["images"].as_array().context("no images")?.clone());
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return Ok(images),
            }
        }
    }
}

/// How a client's requests travel.
enum Connections {
    /// HTTP/1.1, on connections that are used again.
    Kept,
    /// HTTP/1.1, each on a connection of its own.
    Fresh,
    /// HTTP/2 from the first byte, all on one connection.
    OneHttp2,
}

fn build(from: Ipv4Addr, connections: Connections) -> reqwest::Client {
    let client = reqwest::Client::builder()
        // Nothing here speaks TLS, and reading the system's certificates takes longer than a request.
        .tls_certs_only([])
        .local_address(Some(from.into()))
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(60))
        .no_proxy();
    match connections {
        Connections::Kept => client.pool_max_idle_per_host(64),
        Connections::Fresh => client.pool_max_idle_per_host(0),
        Connections::OneHttp2 => client.http2_prior_knowledge(),
    }
    .build()
    .expect("a client with these settings can be built")
}
