//! Which client a request comes from, as far as log-in attempts are counted by it.

use actix_web::HttpRequest;
use imagehub_policy::{AddressKey, parse_client};

use crate::config::Limits;
use crate::state::State;

/// The client's address, as the limiter groups addresses; `None` if nobody knows.
///
/// In the mesh the only peer is the sidecar, and the edge overwrites the header that the policy
/// names; by itself, this process sees the client.
pub fn client(state: &State, request: &HttpRequest) -> Option<String> {
    let address = match state.config.limits {
        Limits::Embedded => request.peer_addr().map(|peer| peer.ip()),
        Limits::Mesh => {
            let policy = state.policy.current();
            let header = &policy.client_address()?.header;
            parse_client(request.headers().get(header)?.as_bytes())
        }
    };
    match AddressKey::of(address) {
        AddressKey::V4(address) => Some(address.to_string()),
        AddressKey::V6(network) => Some(format!("{network:016x}/64")),
        AddressKey::Unknown => None,
    }
}
