//! What this filter refuses. It knows nothing of Envoy, so it is tested without one.

/// Whether a request for `path` by the client that calls itself `agent` is refused.
pub fn refuses(_path: &str, agent: &str) -> bool {
    agent.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_no_name_is_refused() {
        assert!(refuses("/healthz", ""));
    }

    #[test]
    fn who_has_one_passes() {
        assert!(!refuses("/healthz", "curl/8.5.0"));
    }
}
