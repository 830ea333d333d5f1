//! The program as it is run: killed, swept, backed up, restored, seeded.

mod backup_while_serving;
mod backups;
mod blob_cleanup;
mod crash;
mod filled_hub;
mod log_lines;
mod other_catalogues;
mod privacy;
mod redis_faults;
#[expect(dead_code, reason = "the catalogue's tests ask more of it")]
#[path = "../catalogue/redis_server.rs"]
mod redis_server;
#[path = "../blobs/s3_server.rs"]
mod s3_server;
mod seed;
mod shutdown;
mod sockets;
mod standstill;
mod sweeps;
#[expect(dead_code, reason = "the tests of the API use the rest")]
#[path = "../api/world.rs"]
mod world;
mod wrong_settings;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use redis_server::RedisServer;
use tempfile::TempDir;
use world::Hub;

/// Runs a command of the program on a data directory; its standard output if it succeeds, its
/// standard error if it fails.
fn run(data: &Path, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(env!("CARGO_BIN_EXE_imagehub-app"))
        .args(arguments)
        .arg("--data")
        .arg(data)
        .env_clear()
        .output()
        .unwrap();
    if output.status.success() {
        Ok(String::from_utf8(output.stdout).unwrap())
    } else {
        Err(String::from_utf8(output.stderr).unwrap())
    }
}

/// Settings by which another catalogue is used than that of the data directory.
fn on(redis: &RedisServer) -> String {
    format!("--redis-url={}", redis.url())
}

/// Waits for what other processes bring about.
async fn until(mut comes_about: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !comes_about().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let in_time = tokio::time::timeout(Duration::from_secs(120), waiting).await;
    in_time.expect("it comes about in time");
}

/// Kills the application, and returns what it worked on.
fn kill(mut hub: Hub) -> TempDir {
    hub.process.kill().unwrap();
    hub.process.wait().unwrap();
    std::mem::replace(&mut hub.data, tempfile::tempdir().unwrap())
}

/// The names of the folders of a tenant's images, in a catalogue's folder.
fn folders(blobs: &Path, tenant: &str) -> Vec<String> {
    let Ok(entries) = blobs.join(tenant).read_dir() else {
        return Vec::new();
    };
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.collect()
}
