//! The filter's module where the sidecar finds it: under a name with the hash of its content,
//! because Envoy takes the same name for the same code.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use sha2::{Digest as _, Sha256};

use crate::instance::write_whole;

/// Copies a module to `folder` under its content's name, and returns that path.
///
/// # Errors
/// When it cannot be read or written.
pub fn install(module: &Path, folder: &Path) -> Result<PathBuf> {
    let bytes = fs::read(module)
        .with_context(|| format!("cannot read the filter's module {}", module.display()))?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let path = folder.join(format!("imagehub-filter-{}.wasm", short_hash(&bytes)));
    if !path.exists() {
        write_whole(&path, &bytes)?;
    }
    Ok(path)
}

/// The first twelve hexadecimal digits of SHA-256: how a module and a policy are named.
pub fn short_hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .take(6)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_hash_is_the_start_of_sha_256() {
        assert_eq!(short_hash(b"abc"), "ba7816bf8f01");
    }
}
