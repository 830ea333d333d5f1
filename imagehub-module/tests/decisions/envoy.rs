//! A real Envoy with listeners on free ports, ended when dropped.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{http, module_folder};

pub struct Envoy {
    process: Child,
    ports: HashMap<String, u16>,
}

impl Envoy {
    /// Starts one and waits until it listens.
    pub fn start(listeners: impl Iterator<Item = Value>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (bootstrap, admin, log) = (
            folder.path().join("envoy.json"),
            folder.path().join("admin"),
            folder.path().join("log"),
        );
        let listeners: Vec<Value> = listeners.collect();
        let config = json!({
            "admin": {"address": any_port()},
            "static_resources": {"listeners": listeners}
        });
        fs::write(&bootstrap, config.to_string()).expect("written");
        let log_file = fs::File::create(&log).expect("a log");
        let process = Command::new("envoy")
            .arg("--config-path")
            .arg(&bootstrap)
            .arg("--admin-address-path")
            .arg(&admin)
            .args(["--disable-hot-restart", "--log-level", "warning"])
            // Tokens are known to the worker that has verified them.
            .args(["--concurrency", "1"])
            .env("ENVOY_DYNAMIC_MODULES_SEARCH_PATH", module_folder())
            .stdin(Stdio::null())
            .stdout(log_file.try_clone().expect("a second handle"))
            .stderr(log_file)
            .spawn()
            .expect("envoy must be on PATH (`cargo hub test` sees to it)");
        let mut envoy = Self {
            process,
            ports: HashMap::new(),
        };
        envoy.wait(&admin, &log, listeners.len());
        envoy
    }

    fn wait(&mut self, admin: &Path, log: &Path, listeners: usize) {
        let start = Instant::now();
        while self.ports.len() < listeners {
            let ended = self.process.try_wait().expect("its state").is_some();
            assert!(
                !ended && start.elapsed() < Duration::from_secs(60),
                "Envoy does not serve: {}",
                fs::read_to_string(log).unwrap_or_default()
            );
            std::thread::sleep(Duration::from_millis(50));
            let address = fs::read_to_string(admin).unwrap_or_default();
            if let Some(port) = address
                .rsplit(':')
                .next()
                .and_then(|port| port.parse().ok())
            {
                self.ports = ports(&http::get(port, "/listeners").body);
            }
        }
    }

    /// The port of a listener.
    pub fn port(&self, listener: &str) -> u16 {
        self.ports[listener]
    }
}

impl Drop for Envoy {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// "case-7::127.0.0.1:4711", a line each.
fn ports(listeners: &str) -> HashMap<String, u16> {
    listeners
        .lines()
        .filter_map(|line| {
            let (name, address) = line.split_once("::")?;
            let (_, port) = address.rsplit_once(':')?;
            Some((name.to_owned(), port.parse().ok()?))
        })
        .collect()
}

fn any_port() -> Value {
    json!({"socket_address": {"address": "127.0.0.1", "port_value": 0}})
}

/// A listener with one HTTP filter, and a direct response with these headers behind it. What upgrades Envoy
/// does not refuse by itself, the module has to.
pub fn listener(
    name: &str,
    filter: &Value,
    response_headers: &[Value],
    upgrades: &[&str],
) -> Value {
    let upgrades: Vec<Value> = upgrades
        .iter()
        .map(|upgrade| json!({"upgrade_type": upgrade}))
        .collect();
    let router = json!({
        "name": "envoy.filters.http.router",
        "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}
    });
    let manager = json!({
        "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": name,
        // Its answers end with the connection, at once.
        "delayed_close_timeout": "0s",
        "route_config": {"virtual_hosts": [{
            "name": "all",
            "domains": ["*"],
            "response_headers_to_add": response_headers,
            "routes": [{"match": {"prefix": "/"}, "direct_response": {"status": 200}}]
        }]},
        "upgrade_configs": upgrades,
        "http_filters": [filter, router]
    });
    json!({
        "name": name,
        "address": any_port(),
        "filter_chains": [{"filters": [{
            "name": "envoy.filters.network.http_connection_manager",
            "typed_config": manager
        }]}]
    })
}
