//! Files and folders that nobody but the user who runs this may read.

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::{ErrorKind, Result};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

const FOLDER: u32 = 0o700;
const FILE: u32 = 0o600;

/// Makes a folder, and those it is in, where there are none; one that is there stays as it is.
pub fn folder(path: &Path) -> Result<()> {
    DirBuilder::new().recursive(true).mode(FOLDER).create(path)
}

/// Opens a file to be written from its beginning.
pub fn file(path: &Path) -> Result<File> {
    let file = options().truncate(true).open(path)?;
    close_to_others(&file)?;
    Ok(file)
}

/// Makes an empty file where there is none, and closes one that is there to others.
pub fn keep(path: &Path) -> Result<()> {
    close_to_others(&options().truncate(false).open(path)?)
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true).mode(FILE);
    options
}

fn close_to_others(file: &File) -> Result<()> {
    if file.metadata()?.permissions().mode() & 0o077 == 0 {
        return Ok(());
    }
    match file.set_permissions(Permissions::from_mode(FILE)) {
        // Its owner, who is somebody else, shares it on purpose.
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Ok(()),
        set => set,
    }
}
