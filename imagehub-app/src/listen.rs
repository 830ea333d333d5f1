//! Where the application listens: TCP addresses and Unix sockets.

use std::fmt;
use std::fs::{self, Permissions};
use std::io::{Error, ErrorKind, Result};
use std::net::SocketAddr;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Who may connect is decided by the folder that the socket is in.
const SOCKET_MODE: u32 = 0o666;

/// One place to listen on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listen {
    /// `HOST:PORT`.
    Tcp(SocketAddr),
    /// `unix:/path`.
    Unix(PathBuf),
}

/// A text that names no place to listen on.
#[derive(Debug, thiserror::Error)]
#[error("neither HOST:PORT nor unix:/path")]
pub struct ListenError;

impl FromStr for Listen {
    type Err = ListenError;

    fn from_str(text: &str) -> std::result::Result<Self, ListenError> {
        match text.strip_prefix("unix:") {
            Some(path) if path.starts_with('/') => Ok(Self::Unix(path.into())),
            Some(_) => Err(ListenError),
            None => text.parse().map(Self::Tcp).map_err(|_| ListenError),
        }
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => write!(f, "http://{address}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// A socket at this path. What a process left there that was killed is replaced; a socket on which
/// somebody listens, or another kind of file, is not.
///
/// # Errors
/// When the path is in use or cannot be written.
pub fn unix_socket(path: &Path) -> Result<UnixListener> {
    match fs::symlink_metadata(path) {
        Ok(file) if !file.file_type().is_socket() => {
            return Err(Error::new(ErrorKind::AlreadyExists, "it is not a socket"));
        }
        Ok(_) if UnixStream::connect(path).is_ok() => return Err(ErrorKind::AddrInUse.into()),
        Ok(_) => fs::remove_file(path)?,
        Err(_) => {}
    }
    let listener = UnixListener::bind(path)?;
    fs::set_permissions(path, Permissions::from_mode(SOCKET_MODE))?;
    Ok(listener)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_an_address_and_port_or_the_whole_path_of_a_socket() {
        for text in ["127.0.0.1:9001", "[::1]:0", "unix:/run/app.sock"] {
            assert!(text.parse::<Listen>().is_ok(), "{text}");
        }
        for text in ["", "9001", "unix:", "unix:app.sock", "/run/app.sock"] {
            assert!(text.parse::<Listen>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_socket_left_by_a_dead_process_is_replaced_and_anybody_may_connect() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.sock");
        // Dropped, it leaves its file behind, as after a kill.
        drop(UnixListener::bind(&path).unwrap());
        let _listener = unix_socket(&path).unwrap();
        assert!(UnixStream::connect(&path).is_ok());
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o666);
    }

    #[test]
    fn a_socket_in_use_and_a_file_that_is_none_are_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.sock");
        let _first = unix_socket(&path).unwrap();
        assert_eq!(unix_socket(&path).unwrap_err().kind(), ErrorKind::AddrInUse);
        assert!(UnixStream::connect(&path).is_ok());

        let file = folder.path().join("notes");
        fs::write(&file, "kept").unwrap();
        assert!(unix_socket(&file).is_err());
        assert_eq!(fs::read(&file).unwrap(), b"kept");
    }
}
