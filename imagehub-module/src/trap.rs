//! Crashes on request, to show what one kills. Only a filter of the name [`NAME`] has them.

use crate::abi::{Envoy, HeaderMap};

/// The filter's name that asks for them.
pub const NAME: &[u8] = b"imagehub-trap";

/// Panics, or ends the process as a bug in native code would, if the request's header says so.
#[expect(clippy::panic, reason = "that is what is asked for")]
pub fn if_asked(envoy: &Envoy) {
    let headers = envoy.headers(HeaderMap::Request);
    let asked = headers.iter().find(|(name, _)| *name == b"x-imagehub-trap");
    match asked {
        None => {}
        Some((_, b"panic")) => panic!("a request asked for it"),
        Some(_) => std::process::abort(),
    }
}
