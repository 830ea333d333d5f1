//! An OCI image of one layer with one file, `plugin.wasm`: the "compat" variant of the image
//! specification for Wasm. The same module gives the same image, to the byte.

use std::collections::BTreeMap;

use anyhow::Result;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{gzip, layout};

const VERSION: &str = env!("CARGO_PKG_VERSION");
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

/// What is said of the image.
pub struct Description<'a> {
    /// Kubernetes mounts only images of its nodes' architecture.
    pub architecture: &'a str,
    pub revision: Option<&'a str>,
    pub source: Option<&'a str>,
}

/// An image, as the files of an OCI image layout.
pub struct Image {
    /// Of the manifest: by this the image is pulled.
    pub digest: String,
    /// By their paths.
    pub files: BTreeMap<String, Vec<u8>>,
}

impl Image {
    /// Packs a module.
    ///
    /// # Errors
    /// When something does not fit into an archive.
    pub fn of(module: &[u8], description: &Description<'_>) -> Result<Self> {
        let mut image = Self {
            digest: String::new(),
            files: BTreeMap::new(),
        };
        let archive = layout::tar([("plugin.wasm", module)])?;
        let layer = image.blob(LAYER, gzip::stored(&archive));
        let config = json!({
            "architecture": description.architecture,
            "config": {},
            "os": "linux",
            "rootfs": {"diff_ids": [digest(&archive)], "type": "layers"},
        });
        let config = image.blob(CONFIG, serde_json::to_vec(&config)?);
        let manifest = json!({
            "annotations": description.annotations(),
            "config": config,
            "layers": [layer],
            "mediaType": MANIFEST,
            "schemaVersion": 2,
        });
        let manifest = serde_json::to_vec(&manifest)?;
        image.digest = digest(&manifest);
        let mut manifest = image.blob(MANIFEST, manifest);
        manifest["annotations"] = json!({"org.opencontainers.image.ref.name": VERSION});
        let index = json!({"manifests": [manifest], "schemaVersion": 2});
        let version = json!({"imageLayoutVersion": "1.0.0"});
        for (name, value) in [("index.json", index), ("oci-layout", version)] {
            image
                .files
                .insert(name.to_owned(), serde_json::to_vec(&value)?);
        }
        Ok(image)
    }

    /// Adds a blob, and returns its descriptor.
    fn blob(&mut self, media_type: &str, bytes: Vec<u8>) -> Value {
        let digest = digest(&bytes);
        let path = format!("blobs/{}", digest.replace(':', "/"));
        let size = bytes.len();
        self.files.insert(path, bytes);
        json!({"digest": digest, "mediaType": media_type, "size": size})
    }
}

impl Default for Description<'_> {
    fn default() -> Self {
        Self {
            architecture: "amd64",
            revision: None,
            source: None,
        }
    }
}

impl Description<'_> {
    fn annotations(&self) -> BTreeMap<&'static str, &str> {
        let known = [
            ("module.wasm.image/variant", Some("compat")),
            (
                "org.opencontainers.image.licenses",
                Some(env!("CARGO_PKG_LICENSE")),
            ),
            ("org.opencontainers.image.revision", self.revision),
            ("org.opencontainers.image.source", self.source),
            ("org.opencontainers.image.title", Some("imagehub-filter")),
            ("org.opencontainers.image.version", Some(VERSION)),
        ];
        known
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
            .collect()
    }
}

fn digest(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    hash.iter()
        .fold("sha256:".to_owned(), |hex, byte| format!("{hex}{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    fn packed() -> Image {
        Image::of(b"a module", &Description::default()).expect("an image")
    }

    fn json(bytes: &[u8]) -> Value {
        serde_json::from_slice(bytes).expect("JSON")
    }

    /// What a descriptor describes, to the byte.
    fn followed<'a>(image: &'a Image, descriptor: &Value) -> &'a [u8] {
        let named = descriptor["digest"].as_str().expect("a digest");
        let blob = &image.files[&format!("blobs/{}", named.replace(':', "/"))];
        assert_eq!(named, digest(blob));
        assert_eq!(descriptor["size"], blob.len());
        blob
    }

    #[test]
    fn the_same_module_gives_the_same_image_to_the_byte() {
        assert_eq!(packed().files, packed().files);
        assert_eq!(packed().archive().ok(), packed().archive().ok());
        let other = Image::of(b"another module", &Description::default()).expect("an image");
        assert_ne!(packed().digest, other.digest);
    }

    #[test]
    fn digests_lead_from_the_index_to_the_one_file_of_the_one_layer() {
        let image = packed();
        let index = json(&image.files["index.json"]);
        assert_eq!(index["manifests"][0]["digest"], image.digest);
        let manifest = json(followed(&image, &index["manifests"][0]));
        assert_eq!(
            manifest["annotations"]["module.wasm.image/variant"],
            "compat"
        );
        assert_eq!(manifest["layers"].as_array().map(Vec::len), Some(1));
        let mut archive = Vec::new();
        flate2::read::GzDecoder::new(followed(&image, &manifest["layers"][0]))
            .read_to_end(&mut archive)
            .expect("gzip");
        let config = json(followed(&image, &manifest["config"]));
        assert_eq!(config["rootfs"]["diff_ids"], json!([digest(&archive)]));
        let mut archive = tar::Archive::new(&archive[..]);
        let files = archive.entries().expect("an archive").map(|entry| {
            let mut entry = entry.expect("a file");
            let mut content = String::new();
            entry.read_to_string(&mut content).expect("text");
            (entry.path().expect("a name").into_owned(), content)
        });
        let wanted = ("plugin.wasm".into(), "a module".to_owned());
        assert_eq!(files.collect::<Vec<_>>(), [wanted]);
    }

    #[test]
    fn what_is_not_known_is_not_annotated() {
        let known = Description {
            source: Some("https://code.example"),
            ..Description::default()
        };
        let names: Vec<_> = known.annotations().into_keys().collect();
        assert!(
            names.contains(&"org.opencontainers.image.source"),
            "{names:?}"
        );
        assert!(
            !names.contains(&"org.opencontainers.image.revision"),
            "{names:?}"
        );
    }

    #[test]
    fn an_image_takes_the_place_of_one_before_and_of_nothing_else() {
        let folder = std::env::temp_dir().join(format!("hub-image-{}", std::process::id()));
        let other = Image::of(b"another module", &Description::default()).expect("an image");
        other.write(&folder).expect("a new folder");
        packed().write(&folder).expect("an image's folder");
        let blobs = std::fs::read_dir(folder.join("blobs/sha256")).expect("a folder");
        assert_eq!(blobs.count(), 3);
        std::fs::remove_file(folder.join("oci-layout")).expect("a file");
        let refused = packed().write(&folder).expect_err("not an image's folder");
        assert!(refused.to_string().contains("something else"), "{refused}");
        std::fs::remove_dir_all(&folder).expect("a folder");
    }
}
