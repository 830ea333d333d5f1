//! The module as other meshes find it: in the image's one layer.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use serde_json::Value;

/// The module out of the image that `hub filter package` makes: `IMAGEHUB_FILTER_IMAGE`, else where that puts it.
pub fn unpacked() -> PathBuf {
    static MODULE: LazyLock<PathBuf> = LazyLock::new(unpack);
    MODULE.clone()
}

/// From digest to digest, as a registry's clients go.
fn unpack() -> PathBuf {
    let image = std::env::var_os("IMAGEHUB_FILTER_IMAGE").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../.hub/filter-image"),
        PathBuf::from,
    );
    let json = |path: PathBuf| -> Value {
        let text = fs::read(path).expect("an image: cargo hub filter package makes it");
        serde_json::from_slice(&text).expect("JSON")
    };
    let blob = |descriptor: &Value| {
        let digest = descriptor["digest"].as_str().expect("a digest");
        image.join("blobs").join(digest.replace(':', "/"))
    };
    let manifest = json(blob(&json(image.join("index.json"))["manifests"][0]));
    assert_eq!(manifest["layers"].as_array().map(Vec::len), Some(1));
    let layer = &manifest["layers"][0];
    assert_eq!(
        layer["mediaType"],
        "application/vnd.oci.image.layer.v1.tar+gzip"
    );
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let status = Command::new("tar")
        .arg("-xzf")
        .arg(blob(layer))
        .arg("-C")
        .arg(folder)
        .arg("plugin.wasm")
        .status();
    assert!(status.expect("tar").success());
    folder.join("plugin.wasm")
}
