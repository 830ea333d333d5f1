//! A real Envoy, with a shipped configuration and a module.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::http;

/// A running Envoy; ends with this value.
pub struct Process {
    child: Child,
    folder: PathBuf,
    pub port: u16,
    pub admin: u16,
}

impl Process {
    /// Starts one with the module under the name that the configuration has for it, and waits until it listens. Its
    /// ports are free ones that it finds itself; `ports` are others that the configuration names, and what to replace
    /// them by.
    pub fn start(configuration: &str, module: &Path, name: &str, ports: &[(u16, u16)]) -> Self {
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let folder =
            std::env::temp_dir().join(format!("imagehub-envoy-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let module = fs::canonicalize(module).expect("the module: cargo hub test builds it");
        let mut configuration = configuration.to_owned();
        for (shipped, ours) in [(8080, 0), (9901, 0)].iter().chain(ports) {
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
                "--admin-address-path",
                "admin",
                "--log-level",
                "warning",
            ])
            .current_dir(&folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("envoy on PATH: cargo hub test brings it");
        let mut process = Self {
            child,
            folder,
            port: 0,
            admin: 0,
        };
        (process.admin, process.port) = process.until(|process| {
            let admin = fs::read_to_string(process.folder.join("admin")).ok()?;
            let admin = port_of(&admin)?;
            let listeners = http::try_ask(admin, "GET", b"/listeners", &[]).ok()?;
            Some((admin, port_of(&listeners.body)?))
        });
        process
    }

    /// Waits until it is ready by what it answers at its port. Envoy takes some seconds to compile a large module.
    pub fn wait(&mut self, is_ready: impl Fn(u16) -> bool) {
        self.until(|process| is_ready(process.port).then_some(()));
    }

    fn until<T>(&mut self, found: impl Fn(&Self) -> Option<T>) -> T {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            if let Some(found) = found(self) {
                return found;
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

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The port at the end of an address, whatever lines follow it.
fn port_of(address: &str) -> Option<u16> {
    let (_, end) = address.rsplit_once(':')?;
    end.lines().next()?.parse().ok()
}
