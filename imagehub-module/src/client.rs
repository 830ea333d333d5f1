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

    /// The identity headers that came with the request. Only the trusted peer's may go on.
    pub fn claimed(&self) -> Vec<Vec<u8>> {
        let trusted = self.trusted.filter(|_| self.attested().is_some());
        self.headers
            .iter()
            .filter(|(name, _)| {
                is_identity(name) && trusted.is_none_or(|told| *name != told.header.as_bytes())
            })
            .map(|(name, _)| name.to_vec())
            .collect()
    }
}

/// Whether a header is one by which the module tells who is asking.
pub fn is_identity(name: &[u8]) -> bool {
    name.starts_with(imagehub_policy::identity_headers::PREFIX.as_bytes())
}
