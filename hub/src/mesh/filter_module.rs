//! The filter's module where the sidecar finds it: under a name with the hash of its content,
//! because Envoy takes the same name for the same code.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use sha2::{Digest as _, Sha256};

use crate::instance::write_whole;

/// How every module begins.
const MAGIC: &[u8] = b"\0asm";

/// Copies a module to `folder` under its content's name, and returns that path.
///
/// # Errors
/// When it cannot be read or written.
pub fn install(module: &Path, folder: &Path) -> Result<PathBuf> {
    let bytes = fs::read(module)
        .with_context(|| format!("cannot read the filter's module {}", module.display()))?;
    install_bytes(&bytes, folder)
}

/// Like [`install`], out of memory.
///
/// # Errors
/// When these are no module, or it cannot be written.
pub fn install_bytes(module: &[u8], folder: &Path) -> Result<PathBuf> {
    ensure!(module.starts_with(MAGIC), "this is no WebAssembly module");
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let path = folder.join(format!("imagehub-filter-{}.wasm", short_hash(module)));
    if !path.exists() {
        write_whole(&path, module)?;
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
