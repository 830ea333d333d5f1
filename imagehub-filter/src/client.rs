//! Whose address a request comes from.

use std::net::IpAddr;

use imagehub_policy::{ClientAddress, parse_client};

use crate::host;
use crate::pairs::Pair;

/// The client of one request, not looked at yet: properties are dear.
pub struct Client<'a> {
    /// Who is believed about it.
    pub believed: Option<&'a ClientAddress>,
    /// The request's headers.
    pub headers: &'a [Pair<'a>],
}

impl Client<'_> {
    /// Its address: what the trusted peer's header says, otherwise the connection's peer.
    pub fn address(&self) -> Option<IpAddr> {
        self.attested()
            .or_else(|| parse_client(&host::property(b"source\0address").ok()?))
    }

    /// What the header says, if it comes from the trusted peer and says one thing only.
    fn attested(&self) -> Option<IpAddr> {
        let ClientAddress {
            header,
            trusted_peer,
        } = self.believed?;
        let mut values = self
            .headers
            .iter()
            .filter(|(name, _)| *name == header.as_bytes())
            .map(|(_, value)| *value);
        let (value, None) = (values.next()?, values.next()) else {
            return None;
        };
        let peer = host::property(b"connection\0uri_san_peer_certificate").ok()?;
        peer.ends_with(trusted_peer.as_bytes())
            .then(|| parse_client(value))
            .flatten()
    }
}
