//! Where the compiled filter is, for every test of it.

use std::path::PathBuf;

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
