//! Whose address a request comes from.

use std::cell::OnceCell;
use std::net::IpAddr;

use imagehub_policy::{ClientAddress, parse_client};

use crate::host::{self, Headers};

/// The client of one request. Nothing is asked of the proxy before it is needed, and nothing twice: properties are
/// costly.
pub struct Client<'a> {
    trusted: Option<&'a ClientAddress>,
    headers: &'a Headers,
    attested: OnceCell<Option<IpAddr>>,
    address: OnceCell<Option<IpAddr>>,
}

impl<'a> Client<'a> {
    /// The client of a request with these headers.
    pub fn new(trusted: Option<&'a ClientAddress>, headers: &'a Headers) -> Self {
        Self {
            trusted,
            headers,
            attested: OnceCell::new(),
            address: OnceCell::new(),
        }
    }

    /// Its address: what the trusted peer's header says, otherwise the connection's peer.
    pub fn address(&self) -> Option<IpAddr> {
        *self.address.get_or_init(|| {
            let of_connection = || parse_client(&host::property(&["source", "address"])?);
            self.attested().or_else(of_connection)
        })
    }

    /// What the header says, if it comes from the trusted peer and says one thing only.
    pub fn attested(&self) -> Option<IpAddr> {
        *self.attested.get_or_init(|| {
            let ClientAddress {
                header,
                trusted_peer,
            } = self.trusted?;
            let mut values = self.headers.iter().filter(|(name, _)| name == header);
            let (Some((_, value)), None) = (values.next(), values.next()) else {
                return None;
            };
            let peer = host::property(&["connection", "uri_san_peer_certificate"])?;
            trusted_peer.matches(&peer).then(|| parse_client(value))?
        })
    }

    /// Whether a header is the one that tells the address.
    pub fn is_told_by(&self, name: &str) -> bool {
        self.trusted.is_some_and(|trusted| trusted.header == name)
    }
}
