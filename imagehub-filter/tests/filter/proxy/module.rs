//! The compiled filter.

use std::path::PathBuf;
use std::sync::LazyLock;

use wasmi::{Engine, Module};

/// Where the module is: `IMAGEHUB_FILTER_WASM`, else where the build command puts it.
pub fn path() -> PathBuf {
    if let Some(path) = std::env::var_os("IMAGEHUB_FILTER_WASM") {
        return path.into();
    }
    std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(
            || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target")),
            PathBuf::from,
        )
        .join("wasm32-unknown-unknown/filter/imagehub_filter.wasm")
}

/// The module's bytes.
pub fn bytes() -> &'static [u8] {
    static BYTES: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let path = path();
        std::fs::read(&path).unwrap_or_else(|error| {
            panic!(
                "{}: {error}. Build it with: cargo build --profile filter \
                 --target wasm32-unknown-unknown -p imagehub-filter",
                path.display()
            )
        })
    });
    &BYTES
}

/// The module, ready to be run.
pub fn compiled() -> &'static Module {
    static MODULE: LazyLock<Module> =
        LazyLock::new(|| Module::new(&Engine::default(), bytes()).expect("a WebAssembly module"));
    &MODULE
}
