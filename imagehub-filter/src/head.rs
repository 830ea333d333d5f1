//! A request's head: what the policy reads of it, and what is changed before it goes on.

use imagehub_policy::{Identity, IdentityHeader, RequestHead, identity_headers};
use proxy_wasm::types::{MapType, Status};

use crate::client::Client;
use crate::host::{self, Headers};

/// What the policy reads of the headers.
pub fn of(headers: &Headers) -> RequestHead<'_> {
    let pseudo = |wanted: &str| {
        headers
            .iter()
            .find(|(name, _)| name == wanted)
            .map_or(b"".as_slice(), |(_, value)| value)
    };
    RequestHead::from_headers(
        pseudo(":method"),
        pseudo(":path"),
        headers
            .iter()
            .map(|(name, value)| (name.as_bytes(), value.as_slice())),
    )
}

/// Tells what stands behind the filter who is asking, and lets nobody else do so. What the trusted peer says about the
/// client's address goes along.
///
/// # Errors
/// The proxy's status.
pub fn let_pass(
    headers: &Headers,
    client: &Client<'_>,
    told: &[IdentityHeader],
    identity: Option<&Identity>,
) -> Result<(), Status> {
    for (name, _) in headers {
        let remove = if client.is_told_by(name) {
            client.attested().is_none()
        } else {
            is_identity(name)
        };
        if remove {
            host::remove_header(MapType::HttpRequestHeaders, name)?;
        }
    }
    for header in told {
        if let Some(value) = identity.and_then(|identity| header.value(identity)) {
            host::set_header(MapType::HttpRequestHeaders, header.name(), value)?;
        }
    }
    Ok(())
}

/// Removes the identity headers from a request's trailers.
///
/// # Errors
/// The proxy's status.
pub fn strip_trailers() -> Result<(), Status> {
    for (name, _) in host::headers(MapType::HttpRequestTrailers) {
        if is_identity(&name) {
            host::remove_header(MapType::HttpRequestTrailers, &name)?;
        }
    }
    Ok(())
}

/// Whether a header is of the family that tells who is asking, in whatever case of letters.
fn is_identity(name: &str) -> bool {
    let prefix = identity_headers::PREFIX;
    let start = name.get(..prefix.len());
    start.is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

/// Ends the VM if the request has the header that asks for it.
#[cfg(feature = "test-trap")]
pub fn trap_if_asked() {
    let headers = host::headers(MapType::HttpRequestHeaders);
    if headers.iter().any(|(name, _)| name == "x-imagehub-trap") {
        std::process::abort();
    }
}
