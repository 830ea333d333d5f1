//! The only place that reads the environment: where the checkout is, and, inside compose, where the
//! parts of a mesh are that something else started.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

/// Where an image keeps `consul/` and the finished filter.
const INSTALLED: &str = "/usr/share/imagehub";

/// What the environment says.
pub struct Config {
    /// The checkout, or the folder that holds `consul/` in an image.
    pub root: PathBuf,
    /// Set when something else (compose) runs the mesh.
    pub remote: Option<Remote>,
    /// `IMAGEHUB_WASM_MODULE`: a finished filter module; unset, the module is built from source.
    pub wasm_module: Option<PathBuf>,
    /// `IMAGEHUB_TRAP_MODULE` and `IMAGEHUB_RACY_MODULE`: finished modules of filters that are broken
    /// on purpose; unset, they are built from source.
    pub trap_module: Option<PathBuf>,
    pub racy_module: Option<PathBuf>,
    /// `IMAGEHUB_DYNAMIC_MODULE`: a finished dynamic module; unset, it is built from source.
    pub dynamic_module: Option<PathBuf>,
    /// `IMAGEHUB_APP_PROGRAM`: a finished application; unset, it is built from source.
    pub app_program: Option<PathBuf>,
    /// The target directory of a user who set one.
    pub cargo_target_dir: Option<PathBuf>,
    /// `IMAGEHUB_PUBLIC_URL`, passed on to the application; the address that compose's people open.
    pub public_url: Option<String>,
    /// `IMAGEHUB_NET`: the first three numbers of the network that compose makes.
    pub net: String,
    /// Passed by cargo to what it runs, else the `cargo` on PATH.
    pub cargo: PathBuf,
    /// Variables by which `cargo run` describes this very package: build scripts further down must
    /// not see them, or they run again for nothing.
    pub own_package: Vec<OsString>,
    /// Folders where programs are looked for.
    pub path: Vec<PathBuf>,
}

/// A mesh that `hub` operates but did not start.
#[derive(Clone)]
pub struct Remote {
    /// `IMAGEHUB_CONSUL`, e.g. `http://consul:8500`.
    pub consul: String,
    /// `IMAGEHUB_EDGE`, e.g. `http://edge:8080`.
    pub edge: String,
    /// `IMAGEHUB_WASM_DIR`: where the module is put, at the same path as in the sidecar's container.
    pub wasm_dir: PathBuf,
    /// `IMAGEHUB_STATE`: the folder of the running policy, shared with the application.
    pub state: PathBuf,
    /// `IMAGEHUB_KEYS`: the application's `keys/`; where it cannot be read no signed probe is sent.
    pub keys: PathBuf,
    /// `IMAGEHUB_WORKERS`: Envoy workers of the application's sidecar.
    pub workers: u16,
    /// `IMAGEHUB_SIDECAR_METRICS`, e.g. `http://app-sidecar:20200`.
    pub sidecar_metrics: String,
    /// `IMAGEHUB_EDGE_METRICS`, e.g. `http://edge:20201`.
    pub edge_metrics: String,
    /// `IMAGEHUB_WATCH_METRICS`, e.g. `http://watch:20203`.
    pub watch_metrics: String,
}

impl Config {
    /// Reads the environment.
    ///
    /// # Errors
    /// When no checkout is found, or a value makes no sense.
    pub fn from_environment() -> Result<Self> {
        let remote = remote()?;
        let installed = |name: &str| {
            let file = Path::new(INSTALLED).join("wasm").join(name);
            remote.is_some().then_some(file)
        };
        Ok(Self {
            root: root()?,
            wasm_module: path_of("IMAGEHUB_WASM_MODULE")
                .or_else(|| installed("imagehub_filter.wasm")),
            trap_module: path_of("IMAGEHUB_TRAP_MODULE")
                .or_else(|| installed("imagehub_filter_trap.wasm")),
            racy_module: path_of("IMAGEHUB_RACY_MODULE").or_else(|| installed("racy_filter.wasm")),
            dynamic_module: path_of("IMAGEHUB_DYNAMIC_MODULE")
                .or_else(|| installed("libimagehub_module.so")),
            remote,
            cargo_target_dir: path_of("CARGO_TARGET_DIR"),
            app_program: path_of("IMAGEHUB_APP_PROGRAM"),
            public_url: text_of("IMAGEHUB_PUBLIC_URL"),
            net: text_of("IMAGEHUB_NET").unwrap_or_else(|| "10.214.80".to_owned()),
            cargo: path_of("CARGO").unwrap_or_else(|| PathBuf::from("cargo")),
            own_package: env::vars_os()
                .map(|(name, _)| name)
                .filter(|name| {
                    let name = name.to_string_lossy();
                    name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST")
                })
                .collect(),
            path: env::var_os("PATH")
                .map(|path| env::split_paths(&path).collect())
                .unwrap_or_default(),
        })
    }
}

fn text_of(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

fn path_of(name: &str) -> Option<PathBuf> {
    env::var_os(name)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}

fn remote() -> Result<Option<Remote>> {
    let Some(consul) = text_of("IMAGEHUB_CONSUL") else {
        return Ok(None);
    };
    let workers = match text_of("IMAGEHUB_WORKERS") {
        None => 2,
        Some(text) => text
            .parse()
            .with_context(|| format!("IMAGEHUB_WORKERS is {text:?}, not a number of workers"))?,
    };
    Ok(Some(Remote {
        consul: consul.trim_end_matches('/').to_owned(),
        edge: text_of("IMAGEHUB_EDGE")
            .unwrap_or_else(|| "http://edge:8080".to_owned())
            .trim_end_matches('/')
            .to_owned(),
        wasm_dir: path_of("IMAGEHUB_WASM_DIR")
            .unwrap_or_else(|| "/var/lib/imagehub-mesh/wasm".into()),
        state: path_of("IMAGEHUB_STATE").unwrap_or_else(|| "/var/lib/imagehub-mesh".into()),
        keys: path_of("IMAGEHUB_KEYS").unwrap_or_else(|| "/var/lib/imagehub/keys".into()),
        workers,
        sidecar_metrics: text_of("IMAGEHUB_SIDECAR_METRICS")
            .unwrap_or_else(|| "http://app-sidecar:20200".to_owned()),
        edge_metrics: text_of("IMAGEHUB_EDGE_METRICS")
            .unwrap_or_else(|| "http://edge:20201".to_owned()),
        watch_metrics: text_of("IMAGEHUB_WATCH_METRICS")
            .unwrap_or_else(|| "http://watch:20203".to_owned()),
    }))
}

fn root() -> Result<PathBuf> {
    if let Some(root) = path_of("IMAGEHUB_ROOT") {
        return Ok(root);
    }
    let here = env::current_dir().context("cannot tell the current directory")?;
    let built_in = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    here.ancestors()
        .chain(built_in)
        .chain([Path::new(INSTALLED)])
        .find(|folder| folder.join("consul/config-entries").is_dir())
        .map(Path::to_path_buf)
        .map_or_else(
            || {
                bail!(
                    "no consul/config-entries here or above: run hub inside a checkout of Image Hub"
                )
            },
            Ok,
        )
}

#[cfg(test)]
mod tests {
    #[test]
    fn whatever_compose_tells_this_tool_is_listened_to() {
        let told: Vec<&str> = include_str!("../../docker-compose.yaml")
            .lines()
            .skip_while(|line| !line.contains("&hub-environment"))
            .skip(1)
            .take_while(|line| line.starts_with("      "))
            .filter_map(|line| line.trim().split_once(": "))
            .map(|(name, _)| name)
            .filter(|name| name.starts_with("IMAGEHUB_"))
            .collect();
        assert!(told.len() >= 5, "{told:?}");
        for name in told {
            let read = format!("_of(\"{name}\")");
            assert!(include_str!("config.rs").contains(&read), "{name}");
        }
    }
}
