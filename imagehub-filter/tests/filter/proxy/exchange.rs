//! One request through the filter, and what became of it.

use std::collections::BTreeMap;

use super::Headers;

/// One request and its response.
#[derive(Clone, Default)]
pub struct Exchange {
    /// The request's head, as the filter leaves it.
    pub request: Headers,
    /// The request's trailers, as the filter leaves them.
    pub trailers: Headers,
    /// The response's head, as the filter leaves it.
    pub response: Headers,
    /// `source.address`.
    pub source_address: Vec<u8>,
    /// `connection.uri_san_peer_certificate`.
    pub peer: Vec<u8>,
    /// What the access log is told.
    pub properties: BTreeMap<String, String>,
    pub(super) paused: bool,
    pub(super) reply: Option<LocalReply>,
    /// How often each function of the proxy was called on behalf of this exchange.
    pub hostcalls: Vec<&'static str>,
}

/// An answer of the filter's own.
#[derive(Clone, Debug)]
pub struct LocalReply {
    /// The status.
    pub status: u16,
    /// The head.
    pub headers: Headers,
    /// The body.
    pub body: Vec<u8>,
    /// What the access log calls it.
    pub details: String,
}

/// What became of a request.
#[derive(Debug)]
pub enum Fate {
    /// The application gets this head.
    Passed(Headers),
    /// The filter answered.
    Replied(LocalReply),
    /// It waits.
    Paused,
}

impl Exchange {
    /// A request with this head.
    pub fn new(request: Headers) -> Self {
        Self {
            request,
            ..Self::default()
        }
    }

    /// What became of the request so far.
    pub fn fate(&self) -> Fate {
        match (&self.reply, self.paused) {
            (Some(reply), _) => Fate::Replied(reply.clone()),
            (None, true) => Fate::Paused,
            (None, false) => Fate::Passed(self.request.clone()),
        }
    }
}

impl Fate {
    /// The application's head; fails the test otherwise.
    pub fn passed(self) -> Headers {
        match self {
            Self::Passed(headers) => headers,
            other => panic!("should have passed: {other:?}"),
        }
    }

    /// The filter's answer; fails the test otherwise.
    pub fn replied(self) -> LocalReply {
        match self {
            Self::Replied(reply) => reply,
            other => panic!("should have been answered: {other:?}"),
        }
    }

    /// Whether the request waits.
    pub fn is_paused(&self) -> bool {
        matches!(self, Self::Paused)
    }

    /// The status of the filter's answer, 0 for a request that passed or waits.
    pub fn status(&self) -> u16 {
        match self {
            Self::Replied(reply) => reply.status,
            _ => 0,
        }
    }
}
