//! An image as a folder, or as an archive of it.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use super::Image;

impl Image {
    /// The image as an archive.
    ///
    /// # Errors
    /// When something does not fit into one.
    pub fn archive(&self) -> Result<Vec<u8>> {
        tar(self
            .files
            .iter()
            .map(|(path, bytes)| (path.as_str(), bytes.as_slice())))
    }

    /// Writes the image to a folder, in place of one that is there.
    ///
    /// # Errors
    /// When it cannot be written, or the folder has something else in it.
    pub fn write(&self, folder: &Path) -> Result<()> {
        let blobs = folder.join("blobs");
        if folder.join("oci-layout").exists() {
            fs::remove_dir_all(&blobs)
                .with_context(|| format!("cannot remove {}", blobs.display()))?;
        } else if fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) {
            bail!("{} has something else in it", folder.display());
        }
        fs::create_dir_all(blobs.join("sha256"))
            .with_context(|| format!("cannot make {}", blobs.display()))?;
        for (path, bytes) in &self.files {
            let path = folder.join(path);
            fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(())
    }
}

/// An archive of files that anybody may read, without times and owners.
pub fn tar<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Result<Vec<u8>> {
    let mut archive = tar::Builder::new(Vec::new());
    for (path, bytes) in files {
        let mut header = tar::Header::new_ustar();
        header.set_mode(0o644);
        header.set_size(bytes.len() as u64);
        archive
            .append_data(&mut header, path, bytes)
            .with_context(|| format!("cannot archive {path}"))?;
    }
    Ok(archive.into_inner()?)
}
