//! Consul's HTTP API, as far as this tool needs it.
//!
//! Every read is `consistent`: a Consul that has only just been elected answers others from a store
//! that its log has not filled yet, and says of an entry it holds that there is none.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

/// What a leader answers to a write of intentions until it has gone over those it found.
const UPGRADING: &str = "read only while being upgraded";
const UPGRADE: Duration = Duration::from_secs(15);

/// Longer than the 7 s for which Consul holds back a request that it may soon be able to answer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A client of one Consul.
#[derive(Clone)]
pub struct Consul {
    base: String,
    agent: ureq::Agent,
}

impl Consul {
    /// `base` without a slash at its end, e.g. `http://127.0.0.1:8500`.
    pub fn at(base: &str) -> Self {
        Self {
            base: base.to_owned(),
            agent: http_agent(TIMEOUT),
        }
    }

    /// Whether it answers, has a leader and knows all that was ever written: only then can it be
    /// asked and accept a write.
    pub fn is_ready(&self) -> bool {
        self.read("service-defaults")
            .is_ok_and(|answer| answer.status() == 200)
    }

    /// Writes one config entry, over what is there.
    ///
    /// # Errors
    /// When Consul is away or refuses the entry; the message has its reason.
    pub fn write_entry(&self, entry: &Value) -> Result<()> {
        self.put(entry, "").map(|_| ())
    }

    /// Changes one config entry: `change` gets what is there and returns what to write, or `None` to
    /// leave it. Where somebody else wrote meanwhile, it is asked again about what they wrote.
    /// Returns whether anything was written.
    ///
    /// # Errors
    /// When Consul is away or refuses the entry, or `change` fails.
    pub fn change_entry(
        &self,
        kind: &str,
        name: &str,
        mut change: impl FnMut(Option<&Value>) -> Result<Option<Value>>,
    ) -> Result<bool> {
        loop {
            let current = self.entry(kind, name)?;
            let Some(wanted) = change(current.as_ref())? else {
                return Ok(false);
            };
            // Zero means: only if there is none.
            let index = current
                .as_ref()
                .and_then(|entry| entry.get("ModifyIndex")?.as_u64())
                .unwrap_or(0);
            if self.put(&wanted, &format!("?cas={index}"))? {
                return Ok(true);
            }
        }
    }

    /// Whether it was written. A new leader takes no intentions for a moment: that is waited for.
    fn put(&self, entry: &Value, condition: &str) -> Result<bool> {
        let start = Instant::now();
        loop {
            match self.try_to_put(entry, condition) {
                Err(error)
                    if start.elapsed() < UPGRADE && format!("{error:#}").contains(UPGRADING) =>
                {
                    std::thread::sleep(Duration::from_millis(50));
                }
                outcome => return outcome,
            }
        }
    }

    fn try_to_put(&self, entry: &Value, condition: &str) -> Result<bool> {
        let name = format!(
            "{} {}",
            entry.get("Kind").and_then(Value::as_str).unwrap_or("?"),
            entry.get("Name").and_then(Value::as_str).unwrap_or("")
        );
        let mut answer = self
            .agent
            .put(format!("{}/v1/config{condition}", self.base))
            .content_type("application/json")
            .send(entry.to_string())
            .with_context(|| self.away())?;
        let text = answer.body_mut().read_to_string();
        if answer.status() != 200 {
            let reason = text.unwrap_or_default();
            bail!(
                "Consul refuses the config entry {}: {}",
                name.trim(),
                reason.trim()
            );
        }
        Ok(text.context("Consul's answer broke off")?.trim() == "true")
    }

    /// Reads one config entry; `None` when there is none.
    ///
    /// # Errors
    /// When Consul is away or answers something else.
    pub fn entry(&self, kind: &str, name: &str) -> Result<Option<Value>> {
        let mut answer = self.read(&format!("{kind}/{name}"))?;
        match answer.status().as_u16() {
            404 => Ok(None),
            200 => {
                let text = answer
                    .body_mut()
                    .read_to_string()
                    .context("Consul's answer broke off")?;
                Ok(Some(
                    serde_json::from_str(&text).context("Consul's answer is no JSON")?,
                ))
            }
            status => bail!("Consul answers {status} to a read of {kind}/{name}"),
        }
    }

    fn read(&self, what: &str) -> Result<ureq::http::Response<ureq::Body>> {
        self.agent
            .get(format!("{}/v1/config/{what}?consistent", self.base))
            .call()
            .with_context(|| self.away())
    }

    fn away(&self) -> String {
        format!("Consul at {} does not answer", self.base)
    }
}

/// A client that uses each connection once, no proxy, and takes every status as an answer.
pub fn http_agent(timeout: Duration) -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(timeout))
        .max_idle_connections(0)
        .max_redirects(0)
        .proxy(None)
        .build()
        .new_agent()
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader, Read as _, Write as _};
    use std::net::TcpListener;
    use std::sync::{Arc, Mutex};

    use super::*;

    /// A Consul that has been elected and has not read its log: it knows nothing, unless it is asked
    /// to make sure first. `sure` is what it answers then.
    fn just_elected(sure: &'static str) -> Consul {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
                let asked = lines.next().unwrap_or_default();
                lines.find(String::is_empty);
                let (status, body) = match asked {
                    _ if asked.contains("status/leader") => ("200 OK", "\"127.0.0.1:8300\""),
                    _ if asked.contains("?consistent") => {
                        (sure, "{\"Kind\": \"service-defaults\"}")
                    }
                    _ => ("404 Not Found", "Config entry not found"),
                };
                let _ = write!(
                    stream,
                    "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                    body.len()
                );
            }
        });
        Consul::at(&base)
    }

    #[test]
    fn an_entry_that_is_not_replayed_yet_is_not_taken_for_one_that_is_not_there() {
        let consul = just_elected("200 OK");
        let entry = consul.entry("service-defaults", "imagehub-app");
        assert!(entry.expect("it answers").is_some());
        assert!(consul.is_ready());
    }

    #[test]
    fn a_consul_that_cannot_be_sure_is_neither_ready_nor_believed() {
        let consul = just_elected("500 Internal Server Error");
        assert!(!consul.is_ready());
        assert!(consul.entry("service-defaults", "imagehub-app").is_err());
    }

    /// A Consul that holds one entry, and before it takes the first write hears of another writer.
    fn with_another_writer(theirs: &'static str) -> (Consul, Arc<Mutex<(u64, String)>>) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let held = Arc::new(Mutex::new((7, "first".to_owned())));
        let theirs = Mutex::new(Some(theirs));
        let store = Arc::clone(&held);
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut reader = BufReader::new(&stream);
                let (mut asked, mut length) = (String::new(), 0);
                reader.read_line(&mut asked).expect("a request");
                for line in reader.by_ref().lines().map_while(Result::ok) {
                    if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length: ")
                    {
                        length = value.parse().expect("a length");
                    }
                    if line.is_empty() {
                        break;
                    }
                }
                let mut body = vec![0; length];
                reader.read_exact(&mut body).expect("a body");
                let mut held = store.lock().expect("nobody panics holding it");
                let answer = if asked.starts_with("PUT") {
                    if let Some(theirs) = theirs.lock().expect("one thread").take() {
                        *held = (held.0 + 1, theirs.to_owned());
                    }
                    let fits = asked.contains(&format!("?cas={} ", held.0));
                    if fits {
                        let entry: Value = serde_json::from_slice(&body).expect("JSON");
                        *held = (
                            held.0 + 1,
                            entry["What"].as_str().expect("a text").to_owned(),
                        );
                    }
                    fits.to_string()
                } else {
                    format!("{{\"ModifyIndex\": {}, \"What\": \"{}\"}}", held.0, held.1)
                };
                let _ = write!(
                    stream,
                    "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{answer}",
                    answer.len()
                );
            }
        });
        (Consul::at(&base), held)
    }

    #[test]
    fn a_change_builds_on_what_another_writer_wrote_meanwhile() {
        let (consul, held) = with_another_writer("second");
        let written = consul.change_entry("kind", "name", |current| {
            let before = current.expect("it is there")["What"]
                .as_str()
                .expect("a text");
            Ok(Some(
                serde_json::json!({ "What": format!("{before} and mine") }),
            ))
        });
        assert!(written.expect("it answers"));
        assert_eq!(held.lock().expect("it lives").1, "second and mine");
    }

    #[test]
    fn a_change_that_another_writer_made_pointless_is_not_written() {
        let (consul, held) = with_another_writer("off");
        let written = consul.change_entry("kind", "name", |current| {
            let is_on = current.expect("it is there")["What"] != "off";
            Ok(is_on.then(|| serde_json::json!({ "What": "on, with another policy" })))
        });
        assert!(!written.expect("it answers"));
        assert_eq!(held.lock().expect("it lives").1, "off");
    }
}
