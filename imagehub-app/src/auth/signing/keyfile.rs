//! The private key's file.

use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _};
use ed25519_dalek::{Signer as _, SigningKey};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

/// The signing key cannot be had.
#[derive(Debug, Error)]
pub enum KeyFileError {
    /// The folder or the file cannot be read or written.
    #[error("{}: {error}; the data directory must be writable", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// Others on this machine may read it.
    #[error("{}: mode {mode:o} lets others read the private key; make it 600", path.display())]
    Exposed {
        /// Which file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file holds no Ed25519 key in PKCS#8 PEM.
    #[error("{}: not an Ed25519 private key in PKCS#8 PEM; remove it to get a new one", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
    },
}

/// An Ed25519 private key, kept in a file of mode 0600 as PKCS#8 PEM (RFC 8410).
pub struct KeyFile {
    key: SigningKey,
    kid: String,
}

impl KeyFile {
    /// Reads `session.pem` in `folder`, or makes it when there is none.
    pub fn open(folder: &Path) -> Result<Self, KeyFileError> {
        let path = folder.join("session.pem");
        let failed = |error| KeyFileError::Io {
            path: path.clone(),
            error,
        };
        if !path.try_exists().map_err(failed)? {
            create(folder, &path).map_err(failed)?;
        }
        refuse_exposed(&path)?;
        let pem = std::fs::read_to_string(&path).map_err(failed)?;
        let key =
            SigningKey::from_pkcs8_pem(&pem).map_err(|_| KeyFileError::Unreadable { path })?;
        Ok(Self::new(key))
    }

    fn new(key: SigningKey) -> Self {
        let kid = thumbprint(key.verifying_key().as_bytes());
        Self { key, kid }
    }

    /// The key's id.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public key.
    pub fn public_key(&self) -> [u8; 32] {
        self.key.verifying_key().to_bytes()
    }

    /// Signs bytes.
    pub fn sign(&self, bytes: &[u8]) -> [u8; 64] {
        self.key.sign(bytes).to_bytes()
    }
}

/// The JWK thumbprint of an Ed25519 public key (RFC 7638, RFC 8037 appendix A.3).
pub(super) fn thumbprint(public_key: &[u8; 32]) -> String {
    let x = URL_SAFE_NO_PAD.encode(public_key);
    let canonical = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
    URL_SAFE_NO_PAD.encode(Sha256::digest(canonical))
}

/// Makes a key, unless another process has just made one. It is written beside its place and
/// linked there, so a key that was read once is never replaced, and a crash leaves no half of one.
fn create(folder: &Path, path: &Path) -> std::io::Result<()> {
    let key = SigningKey::from_bytes(&rand::random());
    let pem = key
        .to_pkcs8_pem(LineEnding::LF)
        .map_err(std::io::Error::other)?;
    std::fs::create_dir_all(folder)?;
    let unfinished = folder.join(format!(".session.{}", std::process::id()));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
        options.mode(0o600);
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))?;
    }
    let mut file = options.open(&unfinished)?;
    file.write_all(pem.as_bytes())?;
    file.sync_all()?;
    let linked = std::fs::hard_link(&unfinished, path);
    std::fs::remove_file(&unfinished)?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => std::fs::File::open(folder)?.sync_all(),
    }
}

#[cfg(unix)]
fn refuse_exposed(path: &Path) -> Result<(), KeyFileError> {
    use std::os::unix::fs::PermissionsExt as _;
    let metadata = std::fs::metadata(path).map_err(|error| KeyFileError::Io {
        path: path.to_owned(),
        error,
    })?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 == 0 {
        Ok(())
    } else {
        Err(KeyFileError::Exposed {
            path: path.to_owned(),
            mode,
        })
    }
}

#[cfg(not(unix))]
fn refuse_exposed(_path: &Path) -> Result<(), KeyFileError> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_made_once_with_mode_600_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let keys = folder.path().join("keys");
        let first = KeyFile::open(&keys).unwrap();
        let second = KeyFile::open(&keys).unwrap();
        assert_eq!(first.kid(), second.kid());
        assert_eq!(first.sign(b"x"), second.sign(b"x"));
        let pem = std::fs::read_to_string(keys.join("session.pem")).unwrap();
        assert!(pem.starts_with("-----BEGIN PRIVATE KEY-----"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = keys
                .join("session.pem")
                .metadata()
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_others_may_read_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        KeyFile::open(folder.path()).unwrap();
        let path = folder.path().join("session.pem");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(
            KeyFile::open(folder.path()),
            Err(KeyFileError::Exposed { mode: 0o644, .. })
        ));
    }

    #[test]
    fn a_damaged_key_is_named_and_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        KeyFile::open(folder.path()).unwrap();
        let path = folder.path().join("session.pem");
        std::fs::write(&path, "junk").unwrap();
        assert!(matches!(
            KeyFile::open(folder.path()),
            Err(KeyFileError::Unreadable { .. })
        ));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "junk");
    }

    /// RFC 8037, appendix A.3.
    #[test]
    fn the_thumbprint_is_the_published_one() {
        let x = URL_SAFE_NO_PAD
            .decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
            .unwrap();
        let public_key = x.try_into().unwrap();
        assert_eq!(
            thumbprint(&public_key),
            "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
        );
    }
}
