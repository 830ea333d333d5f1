//! A real Envoy, with a shipped configuration and a module.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// A running Envoy; ends with this value.
pub struct Process {
    child: Child,
    folder: PathBuf,
    pub port: u16,
    pub admin: u16,
}

impl Process {
    /// Starts one with the module under the name that the configuration has for it. Its ports are free ones, and
    /// `ports` are others that the configuration names, and what to replace them by.
    pub fn start(configuration: &str, module: &Path, name: &str, ports: &[(u16, u16)]) -> Self {
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let folder =
            std::env::temp_dir().join(format!("imagehub-envoy-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let module = fs::canonicalize(module).expect("the module: cargo hub test builds it");
        let (port, admin) = two_free_ports();
        let mut configuration = configuration.to_owned();
        for (shipped, ours) in [(8080, port), (9901, admin)].iter().chain(ports) {
            let named = |port| format!("port_value: {port}}}");
            assert_eq!(
                configuration.matches(&named(shipped)).count(),
                1,
                "{shipped}"
            );
            configuration = configuration.replace(&named(shipped), &named(ours));
        }
        fs::write(folder.join("envoy.yaml"), configuration).expect("a file");
        std::os::unix::fs::symlink(module, folder.join(name)).expect("a link");
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
        Self {
            child,
            folder,
            port,
            admin,
        }
    }

    /// Waits until it is ready by what it answers at its port. Envoy takes some seconds to compile a large module.
    pub fn wait(&mut self, is_ready: impl Fn(u16) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while !is_ready(self.port) {
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

impl Drop for Process {
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
