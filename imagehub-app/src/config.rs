//! Every setting, from flags or `IMAGEHUB_*`, each with a default.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Args, Parser, ValueEnum};

use crate::listen::Listen;

/// Where /metrics is if nobody says otherwise.
pub const METRICS_BIND: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 9002));

/// Image Hub: upload, browse and pull pictures, by tenant.
#[derive(Debug, Clone, Parser)]
#[command(version, about)]
pub struct Config {
    /// Where to serve: HOST:PORT or unix:/path, or several with commas between them. Port 0 takes
    /// a free one and prints it.
    #[arg(
        long,
        env = "IMAGEHUB_BIND",
        value_delimiter = ',',
        default_value = "127.0.0.1:9001"
    )]
    pub bind: Vec<Listen>,

    /// Where to serve /metrics, apart from everything else; written as the above [default:
    /// 127.0.0.1:9002, where it is free].
    #[arg(long, env = "IMAGEHUB_METRICS_BIND", value_delimiter = ',')]
    pub metrics_bind: Vec<Listen>,

    /// Data directory: the signing key, the SQLite catalogue and, by default, the blobs.
    #[arg(long, env = "IMAGEHUB_DATA", default_value = "./imagehub-data")]
    pub data: PathBuf,

    /// Where originals and thumbnails are: a directory, or s3://BUCKET/PREFIX
    /// [default: `blobs` in the data directory].
    #[arg(long, env = "IMAGEHUB_BLOBS")]
    pub blobs: Option<String>,

    /// How an object store is reached.
    #[command(flatten)]
    pub s3: S3Settings,

    /// Catalogue in this Redis instead of SQLite, such as redis://127.0.0.1:6379 or
    /// redis+unix:///path.
    #[arg(long, env = "IMAGEHUB_REDIS_URL", hide_env_values = true)]
    pub redis_url: Option<String>,

    /// The URL people use; https makes the session cookie Secure [default: http on the address
    /// served on].
    #[arg(long, env = "IMAGEHUB_PUBLIC_URL")]
    pub public_url: Option<String>,

    /// Where the workshop's book is to be read; the first page links to it.
    #[arg(long, env = "IMAGEHUB_WORKSHOP_URL")]
    pub workshop_url: Option<String>,

    /// The policy file, read again when it changes [default: the one built in].
    #[arg(long, env = "IMAGEHUB_POLICY")]
    pub policy: Option<PathBuf>,

    /// Who keeps the rate limits: this process, or the filter in the mesh.
    #[arg(long, env = "IMAGEHUB_LIMITS", value_enum, default_value_t = Limits::Embedded)]
    pub limits: Limits,

    /// Worker threads; 0 for as many as there are cores.
    #[arg(long, env = "IMAGEHUB_WORKERS", default_value_t = 0)]
    pub workers: usize,

    /// Seconds an idle connection is kept. Longer than Envoy's idle timeout (an hour by
    /// default), so that it is never the application that closes a connection Envoy is about to
    /// use.
    #[arg(long, env = "IMAGEHUB_KEEP_ALIVE_SECONDS", default_value_t = 3_700)]
    pub keep_alive_seconds: u64,

    /// Seconds that the body of a call may take to arrive; an upload takes as long as it does.
    #[arg(long, env = "IMAGEHUB_BODY_SECONDS", default_value_t = 30)]
    pub body_seconds: u64,

    /// Seconds after which a client is cut off that takes nothing of its answer, or sends nothing
    /// of its upload.
    #[arg(long, env = "IMAGEHUB_IDLE_SECONDS", default_value_t = 300)]
    pub idle_seconds: u64,

    /// Seconds that requests in flight may take after SIGTERM. Together with the draining before
    /// it, less than whoever stops this waits before killing it: `hub` and compose wait 35.
    #[arg(long, env = "IMAGEHUB_SHUTDOWN_SECONDS", default_value_t = 30)]
    pub shutdown_seconds: u64,

    /// Seconds after SIGTERM for which it goes on serving with /readyz answering 503, so that
    /// whoever sends it requests learns to send them elsewhere.
    #[arg(long, env = "IMAGEHUB_DRAIN_SECONDS", default_value_t = 1)]
    pub drain_seconds: u64,

    /// Seconds from one sweep to the next, which removes images deleted a week ago and, every 24th
    /// time, files that no record names; 0 for no sweeps. Of several processes one sweeps.
    #[arg(long, env = "IMAGEHUB_SWEEP_SECONDS", default_value_t = 3_600)]
    pub sweep_seconds: u64,

    /// Seconds a file is left alone before a sweep may remove it: longer than an upload takes
    /// from its last byte to its record.
    #[arg(long, env = "IMAGEHUB_SWEEP_GRACE_SECONDS", default_value_t = 3_600)]
    pub sweep_grace_seconds: u64,

    /// Whether to begin, where nobody is yet, with people and pictures to try things on, as `seed`
    /// makes them; their log-ins are printed, and kept in `seed-logins.json` of the data directory
    /// as long as nobody changes them.
    #[arg(long, env = "IMAGEHUB_SEED", default_value_t = false, action = ArgAction::Set,
          num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub seed: bool,

    /// Bytes of a file.
    #[arg(long, env = "IMAGEHUB_MAX_FILE_BYTES", default_value_t = 32 * 1024 * 1024)]
    pub max_file_bytes: u64,

    /// Files of one upload.
    #[arg(long, env = "IMAGEHUB_MAX_FILES", default_value_t = 100)]
    pub max_files: usize,

    /// Pixels of a JPEG.
    #[arg(long, env = "IMAGEHUB_MAX_JPEG_PIXELS", default_value_t = 64_000_000)]
    pub max_jpeg_pixels: u64,

    /// Pixels of a PNG, GIF or WebP.
    #[arg(long, env = "IMAGEHUB_MAX_PIXELS", default_value_t = 40_000_000)]
    pub max_pixels: u64,

    /// Pixels of an image's longer side.
    #[arg(long, env = "IMAGEHUB_MAX_SIDE", default_value_t = 16_384)]
    pub max_side: u32,

    /// Frames of an animation.
    #[arg(long, env = "IMAGEHUB_MAX_FRAMES", default_value_t = 200)]
    pub max_frames: u32,

    /// Seconds of processor time one decode may take; on the clock, three times as many.
    #[arg(long, env = "IMAGEHUB_DECODE_SECONDS", default_value_t = 10)]
    pub decode_seconds: u64,

    /// Bytes of memory one decode may take.
    #[arg(long, env = "IMAGEHUB_DECODE_MEMORY", default_value_t = 256 * 1024 * 1024)]
    pub decode_memory: u64,

    /// Decodes at a time; 0 for as many as there are cores.
    #[arg(long, env = "IMAGEHUB_DECODES", default_value_t = 0)]
    pub decodes: usize,

    /// MiB of memory that all decodes together may take.
    #[arg(long, env = "IMAGEHUB_DECODE_BUDGET_MIB", default_value_t = 512)]
    pub decode_budget_mib: u32,

    /// The program that decodes one image [default: this one].
    #[arg(long, env = "IMAGEHUB_DECODER")]
    pub decoder: Option<PathBuf>,

    /// What to log: a level, or levels by module, such as info,imagehub_app=debug.
    #[arg(long, env = "IMAGEHUB_LOG", default_value = "info")]
    pub log: String,

    /// How to log.
    #[arg(long, env = "IMAGEHUB_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,
}

/// How an S3 object store is reached. What is not set here is taken from the usual `AWS_*`
/// variables, as object_store reads them.
#[derive(Debug, Clone, Default, Args)]
pub struct S3Settings {
    /// URL of an S3 service other than Amazon's, such as http://127.0.0.1:9000.
    #[arg(long = "s3-endpoint", env = "IMAGEHUB_S3_ENDPOINT")]
    pub endpoint: Option<String>,

    /// Region of the bucket [default: AWS_REGION, else us-east-1].
    #[arg(long = "s3-region", env = "IMAGEHUB_S3_REGION")]
    pub region: Option<String>,

    /// Access key [default: AWS_ACCESS_KEY_ID].
    #[arg(long = "s3-access-key-id", env = "IMAGEHUB_S3_ACCESS_KEY_ID")]
    pub access_key_id: Option<String>,

    /// The access key's secret [default: AWS_SECRET_ACCESS_KEY].
    #[arg(
        long = "s3-secret-access-key",
        env = "IMAGEHUB_S3_SECRET_ACCESS_KEY",
        hide_env_values = true
    )]
    pub secret_access_key: Option<String>,

    /// Whether to speak to it without TLS too.
    #[arg(long = "s3-allow-http", env = "IMAGEHUB_S3_ALLOW_HTTP", default_value_t = false,
          action = ArgAction::Set, num_args = 0..=1, require_equals = true,
          default_missing_value = "true")]
    pub allow_http: bool,
}

/// Who keeps the rate limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Limits {
    /// This process, with the same policy code as the filter.
    Embedded,
    /// The filter in the application's sidecar: this process limits nothing but log-in attempts.
    Mesh,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl Config {
    /// The directory or URL of the blobs.
    pub fn blobs(&self) -> String {
        self.blobs
            .clone()
            .unwrap_or_else(|| self.data.join("blobs").display().to_string())
    }

    /// Where the workshop's book is; compose says nothing by an empty text.
    pub fn workshop_url(&self) -> Option<&str> {
        self.workshop_url.as_deref().filter(|url| !url.is_empty())
    }

    /// Whether people come by https, so that cookies must not travel otherwise.
    pub fn secure_cookies(&self) -> bool {
        self.public_url
            .as_deref()
            .is_some_and(|url| url.starts_with("https://"))
    }

    /// Bytes of the files of one upload, together.
    pub fn max_upload_bytes(&self) -> u64 {
        let files = u64::try_from(self.max_files).unwrap_or(u64::MAX);
        self.max_file_bytes.saturating_mul(files)
    }

    /// How long an idle connection is kept.
    pub fn keep_alive_time(&self) -> Duration {
        Duration::from_secs(self.keep_alive_seconds)
    }

    /// How long the head of a request may take, and a new connection be without one. Envoy opens connections that it
    /// turns out not to need. If one were closed for that, a request just sent on it would be answered with 408.
    pub fn head_time(&self) -> Duration {
        match self.limits {
            Limits::Embedded => Duration::from_secs(5),
            Limits::Mesh => self.keep_alive_time(),
        }
    }

    /// How long the body of a call may take.
    pub fn body_time(&self) -> Duration {
        Duration::from_secs(self.body_seconds)
    }

    /// How long a transfer may stand still.
    pub fn idle_time(&self) -> Duration {
        Duration::from_secs(self.idle_seconds)
    }

    /// Worker threads to start.
    pub fn workers(&self) -> usize {
        some_or_cores(self.workers)
    }

    /// Decodes to allow at a time.
    pub fn decodes(&self) -> usize {
        some_or_cores(self.decodes)
    }
}

fn some_or_cores(count: usize) -> usize {
    if count > 0 {
        return count;
    }
    std::thread::available_parallelism().map_or(2, usize::from)
}
