//! A real server that speaks S3, on a free port, ended when dropped. A bucket is a folder.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use imagehub_app::config::S3Settings;
use tempfile::TempDir;

pub const BUCKET: &str = "pictures";

pub struct S3Server {
    process: Child,
    url: String,
    folder: TempDir,
}

impl S3Server {
    /// Starts a server with one bucket, and waits until it takes connections.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(BUCKET)).unwrap();
        let mut process = Command::new(program())
            .args(["--host", "127.0.0.1", "--port", "0"])
            .args(["--access-key", "key", "--secret-key", "secret"])
            .arg(folder.path())
            .env("RUST_LOG", "s3s_fs=info")
            .stdout(Stdio::piped())
            .spawn()
            .expect("s3s-fs must be on PATH (`cargo hub test` sees to it)");
        let output = process.stdout.take().expect("piped");
        let url = BufReader::new(output)
            .lines()
            .map_while(Result::ok)
            .find_map(|line| {
                Some(format!(
                    "http://{}",
                    line.split_once("running at http://")?.1
                ))
            })
            .expect("it says where it serves");
        Self {
            process,
            url,
            folder,
        }
    }

    /// Where an object of the bucket is kept.
    pub fn place(&self, key: &str) -> PathBuf {
        self.folder.path().join(BUCKET).join(key)
    }

    /// The uploads in parts that neither ended nor were aborted, with their parts.
    pub fn unfinished(&self) -> Vec<String> {
        let entries = self.folder.path().read_dir().unwrap();
        entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.starts_with(".upload"))
            .collect()
    }

    /// How to reach it.
    pub fn settings(&self) -> S3Settings {
        S3Settings {
            endpoint: Some(self.url.clone()),
            region: Some("us-east-1".to_owned()),
            access_key_id: Some("key".to_owned()),
            secret_access_key: Some("secret".to_owned()),
            allow_http: true,
        }
    }
}

impl Drop for S3Server {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// On PATH, else where `cargo hub` puts its tools.
fn program() -> PathBuf {
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.hub/tools/bin");
    std::env::var_os("PATH")
        .iter()
        .flat_map(std::env::split_paths)
        .chain([tools])
        .map(|folder| folder.join("s3s-fs"))
        .find(|program| program.is_file())
        .unwrap_or_else(|| "s3s-fs".into())
}
