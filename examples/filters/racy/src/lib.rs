//! A filter that counts wrongly on purpose: it reads a counter, works, and writes the counter back.
//!
//! Each of Envoy's workers has a virtual machine of its own; shared data is what they have in common.
//! Two workers that read the same number both write the same next one, and one request is forgotten.

use std::hint::black_box;
use std::time::UNIX_EPOCH;

use proxy_wasm::hostcalls;
use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::{Action, ContextType};
use sha2::{Digest, Sha256};

const PULLS_A_MINUTE: u32 = 10;

proxy_wasm::main! {{
    proxy_wasm::set_root_context(|_| Box::new(Racy { name: String::new() }));
}}

struct Racy {
    /// What `x-imagehub-filter` says: this filter, and the policy that it was given and ignores.
    name: String,
}

impl Context for Racy {}

impl RootContext for Racy {
    fn on_configure(&mut self, _: usize) -> bool {
        let policy = self.get_plugin_configuration().unwrap_or_default();
        let hash: String = Sha256::digest(policy)[..6]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        self.name = format!("racy;policy={hash}");
        true
    }

    fn create_http_context(&self, _: u32) -> Option<Box<dyn HttpContext>> {
        Some(Box::new(Request {
            name: self.name.clone(),
        }))
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }
}

struct Request {
    name: String,
}

impl Context for Request {}

impl HttpContext for Request {
    fn on_http_request_headers(&mut self, _: usize, _: bool) -> Action {
        let headers = self.get_http_request_headers();
        let header = |name: &str| {
            headers
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.as_str())
        };
        let path = header(":path").unwrap_or_default();
        let refused = match tenant_of_pull(path) {
            Some(tenant) if !admit(tenant) => Some(429),
            // Only that somebody says who they are; the application verifies it.
            _ if path.starts_with("/api/v1/hub-probe") && header("authorization").is_none() => {
                Some(401)
            }
            _ => None,
        };
        match refused {
            Some(status) => {
                self.send_http_response(status, vec![("x-imagehub-filter", &self.name)], None);
                Action::Pause
            }
            None => Action::Continue,
        }
    }

    fn on_http_response_headers(&mut self, _: usize, _: bool) -> Action {
        self.set_http_response_header("x-imagehub-filter", Some(&self.name));
        Action::Continue
    }
}

/// `ada` in `/t/ada/images/4f/pull`.
fn tenant_of_pull(path: &str) -> Option<&str> {
    let (tenant, rest) = path.strip_prefix("/t/")?.split_once('/')?;
    rest.ends_with("/pull").then_some(tenant)
}

/// The mistake: between reading and writing, other workers read and write.
fn admit(tenant: &str) -> bool {
    let key = format!("racy/{tenant}/{}", minute());
    let (value, _) = hostcalls::get_shared_data(&key).unwrap_or_default();
    let used = value
        .and_then(|value| value.try_into().ok())
        .map_or(0, u32::from_le_bytes);
    if used >= PULLS_A_MINUTE {
        return false;
    }
    verify_a_signature();
    // No version is given, so whatever is there is overwritten.
    let _ = hostcalls::set_shared_data(&key, Some(&(used + 1).to_le_bytes()), None);
    true
}

/// A real filter does something here. This takes as long.
fn verify_a_signature() {
    (0..4_000_000_u64).for_each(|number| {
        black_box(number.wrapping_mul(number));
    });
}

fn minute() -> u64 {
    let now = hostcalls::get_current_time().ok();
    now.and_then(|now| now.duration_since(UNIX_EPOCH).ok())
        .map_or(0, |since| since.as_secs() / 60)
}
