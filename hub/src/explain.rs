//! One line for a person out of a chain of errors, with what to do where that is known.

use std::io::ErrorKind;

/// The whole chain in one line; a full disk and a missing permission say what to do about them.
pub fn one_line(error: &anyhow::Error) -> String {
    let text = error
        .chain()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ");
    let advice = error
        .chain()
        .find_map(|cause| cause.downcast_ref::<std::io::Error>())
        .and_then(|cause| match cause.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
                Some("the disk is full: free some space (the first build needs about 6 GB) and run the command again")
            }
            ErrorKind::PermissionDenied => {
                Some("no permission: run as the user who owns the checkout, or give that user the right to write there")
            }
            ErrorKind::ReadOnlyFilesystem => {
                Some("the file system is read-only: use a checkout on one that can be written")
            }
            _ => None,
        });
    match advice {
        Some(advice) => format!("{text} ({advice})"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context as _;

    #[test]
    fn a_full_disk_says_what_to_do() {
        let error = anyhow::Error::from(std::io::Error::from(ErrorKind::StorageFull));
        let line = one_line(&error.context("cannot write .hub/8080/ports.json"));
        assert!(
            line.starts_with("cannot write .hub/8080/ports.json: "),
            "{line}"
        );
        assert!(line.contains("free some space"), "{line}");
    }

    #[test]
    fn a_missing_permission_says_what_to_do() {
        let denied: Result<(), _> = Err(std::io::Error::from(ErrorKind::PermissionDenied));
        let line = one_line(
            &denied
                .context("cannot make .hub")
                .expect_err("it was an error"),
        );
        assert!(line.contains("no permission"), "{line}");
    }
}
