//! A real Envoy with the filter, in front of a service.

use std::path::Path;

use imagehub_policy::cases::session;

use crate::process::Process;
use crate::upstream::Upstream;
use crate::{compiled, http, packaged, tokens};

/// The configuration as it is shipped.
pub const CONFIGURATION: &str = include_str!("../../../deploy/envoy/envoy.yaml");

/// A running Envoy and what it protects; both end with this value.
pub struct Envoy {
    process: Process,
    pub port: u16,
    pub upstream: Upstream,
}

impl Envoy {
    /// Starts one and waits until it decides.
    pub fn start(keys_listed: bool) -> Self {
        Self::start_with(&compiled::path(), CONFIGURATION, keys_listed)
    }

    /// Starts one with the module out of the image, and without a word about what it may call and be called with.
    pub fn start_packaged(keys_listed: bool) -> Self {
        let restriction = "                  capability_restriction_config:\n";
        let (before, rest) = CONFIGURATION
            .split_once(restriction)
            .expect("a restriction");
        let end = rest.find("                # consul/policy.json");
        let after = &rest[end.expect("the policy after it")..];
        let module = packaged::unpacked();
        Self::start_with(&module, &[before, after].concat(), keys_listed)
    }

    fn start_with(module: &Path, configuration: &str, keys_listed: bool) -> Self {
        let upstream = Upstream::start(keys_listed);
        let ports = [(9001, upstream.port)];
        let mut process = Process::start(configuration, module, "imagehub_filter.wasm", &ports);
        let bearer = format!("Bearer {}", tokens::reissued(&session("ann", &[])));
        let (path, headers) = if keys_listed {
            ("/api/v1/me", vec![("authorization", bearer.as_bytes())])
        } else {
            ("/healthz", vec![])
        };
        process.wait(|port| {
            http::try_ask(port, "GET", path.as_bytes(), &headers)
                .is_ok_and(|answer| answer.status == 200 && answer.is_marked())
        });
        upstream.take_heads();
        Self {
            port: process.port,
            process,
            upstream,
        }
    }

    pub fn log(&self) -> String {
        self.process.log()
    }
}
