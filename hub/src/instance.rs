//! One instance of the mesh on this machine: its folder `.hub/PORT/` and what is kept there.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::mesh::services::ALL_ADDRESSES;
use crate::ports::DEFAULT_EDGE;

/// An instance is named by the port of its edge.
#[derive(Clone, Debug)]
pub struct Instance {
    pub port: u16,
    /// `.hub/PORT`
    pub dir: PathBuf,
}

/// What a running instance was started with: everything its supervisor needs to know.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Run {
    pub redis: bool,
    pub workers: u16,
    /// Address the edge listens on.
    pub listen: String,
    /// The URL people use, where it is not the edge's own.
    pub public_url: Option<String>,
    pub consul_program: PathBuf,
    pub envoy_program: PathBuf,
    pub redis_program: Option<PathBuf>,
    pub app_program: PathBuf,
    /// The module the filter starts with.
    pub wasm_module: PathBuf,
}

impl Run {
    /// Where this machine reaches the edge.
    pub fn reachable(&self) -> &str {
        if self.listen == ALL_ADDRESSES {
            "127.0.0.1"
        } else {
            &self.listen
        }
    }

    /// The address that people open. Browsers keep cookies by name and not by port: two instances on
    /// one machine have two names, or logging in to one would log out of the other.
    pub fn url(&self, edge_port: u16) -> String {
        let name = match self.reachable() {
            "127.0.0.1" if edge_port == DEFAULT_EDGE => "localhost",
            address => address,
        };
        let own = || format!("http://{name}:{edge_port}");
        self.public_url.clone().unwrap_or_else(own)
    }
}

impl Instance {
    /// The instance of `port` under `root/.hub`; nothing is made yet.
    pub fn new(root: &Path, port: u16) -> Self {
        Self {
            port,
            dir: hub_dir(root).join(port.to_string()),
        }
    }

    pub fn run_file(&self) -> PathBuf {
        self.dir.join("run.json")
    }

    /// The policy in force: the application reads it, the filter's configuration is its copy.
    pub fn policy_file(&self) -> PathBuf {
        self.dir.join("policy.json")
    }

    /// There when `policy_file` came by `hub policy apply`, and so outlives `down`.
    pub fn applied_mark(&self) -> PathBuf {
        self.dir.join("policy.applied")
    }

    pub fn wasm_dir(&self) -> PathBuf {
        self.dir.join("wasm")
    }

    /// The application's data: catalogue, originals, thumbnails, key. With its catalogue in Redis it
    /// has a folder of its own, since pictures belong to one catalogue; an instance whose Redis was
    /// filled before there were two goes on with the one it has.
    pub fn data_dir(&self, with_redis: bool) -> PathBuf {
        let own = self.dir.join("data-redis");
        let was_filled = self.redis_dir().join("appendonlydir").exists();
        if with_redis && (own.exists() || !was_filled) {
            own
        } else {
            self.dir.join("data")
        }
    }

    pub fn consul_dir(&self) -> PathBuf {
        self.dir.join("consul")
    }

    pub fn redis_dir(&self) -> PathBuf {
        self.dir.join("redis")
    }

    pub fn log(&self, name: &str) -> PathBuf {
        self.dir.join("logs").join(format!("{name}.log"))
    }

    /// Makes the folders.
    ///
    /// # Errors
    /// No permission, no space.
    pub fn create(&self) -> Result<()> {
        for folder in [self.dir.join("logs"), self.wasm_dir(), self.redis_dir()] {
            fs::create_dir_all(&folder)
                .with_context(|| format!("cannot make {}", folder.display()))?;
        }
        Ok(())
    }

    /// Whether a supervisor runs: it holds the lock as long as it lives, however it ends.
    pub fn is_running(&self) -> bool {
        let Ok(file) = File::open(self.lock_file()) else {
            return false;
        };
        matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
    }

    /// Takes the lock that says "running"; `None` when another supervisor has it.
    ///
    /// # Errors
    /// No permission, no space.
    pub fn lock(&self) -> Result<Option<File>> {
        let path = self.lock_file();
        let context = || format!("cannot lock {}", path.display());
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .with_context(context)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error).with_context(context),
        }
    }

    fn lock_file(&self) -> PathBuf {
        self.dir.join("lock")
    }

    /// What the instance was last started with.
    ///
    /// # Errors
    /// When it never was, or the file is damaged.
    pub fn run(&self) -> Result<Run> {
        read_json(&self.run_file())
            .with_context(|| format!("no instance at port {}: start one with hub up", self.port))
    }
}

/// `.hub` of a checkout.
pub fn hub_dir(root: &Path) -> PathBuf {
    root.join(".hub")
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_slice(&bytes).with_context(|| format!("{} is damaged", path.display()))
}

/// Writes a file so that a reader sees the old content or the new one, never a part.
///
/// # Errors
/// No permission, no space.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let unfinished = path.with_added_extension("unfinished");
    let write = || -> std::io::Result<()> {
        let mut file = File::create(&unfinished)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&unfinished, path)
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_of_a_catalogue_in_redis_are_apart_unless_they_were_together_before() {
        let root = std::env::temp_dir().join(format!("hub-data-{}", std::process::id()));
        let instance = |port| Instance::new(&root, port);
        let filled = |instance: &Instance| {
            fs::create_dir_all(instance.redis_dir().join("appendonlydir")).expect("folders");
        };
        let new = instance(1);
        assert_ne!(new.data_dir(true), new.data_dir(false));
        fs::create_dir_all(new.data_dir(true)).expect("folders");
        filled(&new);
        assert_ne!(new.data_dir(true), new.data_dir(false));

        let from_before = instance(2);
        filled(&from_before);
        assert_eq!(from_before.data_dir(true), from_before.data_dir(false));
        fs::remove_dir_all(&root).expect("cleaned up");
    }

    /// Browsers keep cookies by name and not by port.
    #[test]
    fn a_second_instance_has_another_name_than_the_first() {
        let program = PathBuf::new;
        let run = Run {
            redis: false,
            workers: 2,
            listen: "127.0.0.1".to_owned(),
            public_url: None,
            consul_program: program(),
            envoy_program: program(),
            redis_program: None,
            app_program: program(),
            wasm_module: program(),
        };
        assert_eq!(run.url(8080), "http://localhost:8080");
        assert_eq!(run.url(18080), "http://127.0.0.1:18080");
    }

    #[test]
    fn an_instance_runs_exactly_while_its_lock_is_held() {
        let root = std::env::temp_dir().join(format!("hub-lock-{}", std::process::id()));
        let instance = Instance::new(&root, 8080);
        instance.create().expect("folders");
        assert!(!instance.is_running());
        let lock = instance.lock().expect("no error").expect("nobody has it");
        assert!(instance.is_running());
        assert!(
            instance.lock().expect("no error").is_none(),
            "only one supervisor"
        );
        drop(lock);
        assert!(!instance.is_running());
        fs::remove_dir_all(&root).expect("cleaned up");
    }
}
