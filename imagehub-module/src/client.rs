//! Whose address a request comes from.

use std::net::IpAddr;

use imagehub_policy::{ClientAddress, parse_client};

use crate::abi::{Attribute, Envoy, Header};

/// The client of one request.
pub struct Client<'a> {
    pub trusted: Option<&'a ClientAddress>,
    pub envoy: &'a Envoy,
    pub headers: &'a [Header<'a>],
}

impl Client<'_> {
    /// Its address: what the trusted peer's header says, otherwise the connection's peer.
    pub fn address(&self) -> Option<IpAddr> {
        let of_connection = || parse_client(self.envoy.attribute(Attribute::SourceAddress)?);
        self.attested().or_else(of_connection)
    }

    /// What the header says, if it comes from the trusted peer and says one thing only.
    fn attested(&self) -> Option<IpAddr> {
        let ClientAddress {
            header,
            trusted_peer,
        } = self.trusted?;
        let mut values = self
            .headers
            .iter()
            .filter(|(name, _)| *name == header.as_bytes());
        let (Some((_, value)), None) = (values.next(), values.next()) else {
            return None;
        };
        let peer = self.envoy.attribute(Attribute::PeerUriSan)?;
        trusted_peer.matches(peer).then(|| parse_client(value))?
    }

    /// The headers that the request must not go on with: identity headers, and an address that the trusted
    /// peer does not tell.
    pub fn claimed(&self) -> Vec<Vec<u8>> {
        let claimed = |name: &[u8]| {
            let is_address = self
                .trusted
                .is_some_and(|told| *name == *told.header.as_bytes());
            if is_address {
                self.attested().is_none()
            } else {
                is_identity(name)
            }
        };
        let names = self.headers.iter().map(|(name, _)| *name);
        names
            .filter(|name| claimed(name))
            .map(<[u8]>::to_vec)
            .collect()
    }
}

/// Whether a header is of the family that tells who is asking. Envoy's names are in lower case.
pub fn is_identity(name: &[u8]) -> bool {
    name.starts_with(imagehub_policy::identity_headers::PREFIX.as_bytes())
}
