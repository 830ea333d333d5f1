//! A real Envoy with the module.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use imagehub_policy::cases::session;

use crate::upstream::Upstream;
use crate::{compiled, http, packaged, tokens};

/// The configuration as it is shipped.
pub const CONFIGURATION: &str = include_str!("../../../deploy/envoy/envoy.yaml");

/// A running Envoy; ends with this value.
pub struct Envoy {
    child: Child,
    folder: PathBuf,
    pub port: u16,
    pub upstream: Upstream,
}

impl Envoy {
    /// Starts one and waits until it decides.
    pub fn start(keys_listed: bool) -> Self {
        Self::start_with(&compiled::path(), CONFIGURATION, keys_listed)
    }

    /// Starts one with the module out of the image, and without a word about what it may call and be called with.
    pub fn start_packaged(keys_listed: bool) -> Self {
        let restriction = "                  capability_restriction_config:\n";
        let (before, rest) = CONFIGURATION
            .split_once(restriction)
            .expect("a restriction");
        let end = rest.find("                # consul/policy.json");
        let after = &rest[end.expect("the policy after it")..];
        let module = packaged::unpacked();
        Self::start_with(&module, &[before, after].concat(), keys_listed)
    }

    fn start_with(module: &Path, configuration: &str, keys_listed: bool) -> Self {
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let folder =
            std::env::temp_dir().join(format!("imagehub-envoy-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let module = fs::canonicalize(module).expect("the module: cargo hub test builds it");
        let upstream = Upstream::start(keys_listed);
        let (port, admin) = two_free_ports();
        let mut configuration = configuration.to_owned();
        for (shipped, ours) in [(8080, port), (9901, admin), (9001, upstream.port)] {
            let named = |port| format!("port_value: {port}}}");
            assert_eq!(
                configuration.matches(&named(shipped)).count(),
                1,
                "{shipped}"
            );
            configuration = configuration.replace(&named(shipped), &named(ours));
        }
        fs::write(folder.join("envoy.yaml"), configuration).expect("a file");
        std::os::unix::fs::symlink(module, folder.join("imagehub_filter.wasm")).expect("a link");
        let log = File::create(folder.join("log")).expect("a file");
        let child = Command::new("envoy")
            .args([
                "-c",
                "envoy.yaml",
                "--disable-hot-restart",
                "--concurrency",
                "1",
            ])
            .args(["--log-level", "warning"])
            .current_dir(&folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("envoy on PATH: cargo hub test brings it");
        let mut envoy = Self {
            child,
            folder,
            port,
            upstream,
        };
        envoy.wait(keys_listed);
        envoy.upstream.take_heads();
        envoy
    }

    fn wait(&mut self, keys_listed: bool) {
        let bearer = format!("Bearer {}", tokens::reissued(&session("ann", &[])));
        let (path, headers) = if keys_listed {
            ("/api/v1/me", vec![("authorization", bearer.as_bytes())])
        } else {
            ("/healthz", vec![])
        };
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let answer = http::try_ask(self.port, "GET", path.as_bytes(), &headers);
            if answer.is_ok_and(|answer| answer.status == 200 && answer.is_marked()) {
                return;
            }
            let ended = self.child.try_wait().expect("a child");
            assert!(
                ended.is_none() && Instant::now() < deadline,
                "Envoy does not answer: {}",
                self.log()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }
}

impl Drop for Envoy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn two_free_ports() -> (u16, u16) {
    let listen = || TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = |listener: &TcpListener| listener.local_addr().expect("an address").port();
    let (first, second) = (listen(), listen());
    (port(&first), port(&second))
}
