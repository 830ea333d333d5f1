//! Which peer of the mesh is trusted, by the name in its certificate.

use std::fmt;

/// Pairs of a SPIFFE identity, such as `/svc/edge` or `/ap/main/ns/default/svc/edge`.
///
/// A peer is named by a pattern if each of the pattern's pairs is one of its own, and if the last pair, which names
/// the workload, is the last of both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerPattern(Vec<(Box<str>, Box<str>)>);

/// Where an identity has no partition, it is in this one.
const DEFAULT_PARTITION: (&str, &str) = ("ap", "default");

impl PeerPattern {
    /// Reads a pattern; `None` if the text is not pairs of distinct names.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let pairs = pairs(text)?;
        let owned = |(name, value): (&str, &str)| (name.into(), value.into());
        Some(Self(pairs.into_iter().map(owned).collect()))
    }

    /// Whether an identity, such as `spiffe://domain/ns/default/dc/dc1/svc/edge`, is one of the named.
    pub fn matches(&self, identity: &[u8]) -> bool {
        self.find_in(identity).is_some()
    }

    fn find_in(&self, identity: &[u8]) -> Option<()> {
        let identity = std::str::from_utf8(identity).ok()?;
        let rest = identity.strip_prefix("spiffe://")?;
        let path = rest.get(rest.find('/')?..)?;
        let peer = pairs(path)?;
        let (name, value) = self.0.last()?;
        if peer.last() != Some(&(name, value)) {
            return None;
        }
        let partition = peer.iter().any(|(name, _)| *name == DEFAULT_PARTITION.0);
        let implied = (!partition).then_some(DEFAULT_PARTITION);
        let has = |(name, value): &(Box<str>, Box<str>)| {
            let wanted = (&**name, &**value);
            peer.contains(&wanted) || implied == Some(wanted)
        };
        self.0.iter().all(has).then_some(())
    }
}

impl fmt::Display for PeerPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|(name, value)| write!(f, "/{name}/{value}"))
    }
}

/// The pairs of a path. A service's name may hold a slash, so a name that comes twice is an attempt to look like
/// another service.
fn pairs(path: &str) -> Option<Vec<(&str, &str)>> {
    let mut parts = path.strip_prefix('/')?.split('/');
    let mut pairs: Vec<(&str, &str)> = Vec::new();
    while let Some(name) = parts.next() {
        let value = parts.next()?;
        if name.is_empty() || value.is_empty() || pairs.iter().any(|(other, _)| *other == name) {
            return None;
        }
        pairs.push((name, value));
    }
    Some(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EDGE: &str = "spiffe://11111111.consul/ns/default/dc/dc1/svc/edge";

    fn matches(pattern: &str, identity: &str) -> bool {
        PeerPattern::parse(pattern).is_some_and(|pattern| pattern.matches(identity.as_bytes()))
    }

    #[test]
    fn every_pair_that_a_pattern_names_is_the_peers() {
        let elsewhere = "spiffe://11111111.consul/ap/blue/ns/other/dc/dc1/svc/edge";
        for pattern in [
            "/svc/edge",
            "/ns/default/svc/edge",
            "/ap/default/ns/default/svc/edge",
        ] {
            assert!(matches(pattern, EDGE), "{pattern}");
            assert_eq!(matches(pattern, elsewhere), pattern == "/svc/edge");
        }
        assert!(matches("/ap/blue/svc/edge", elsewhere));
        assert!(!matches("/ns/other/svc/edge", EDGE));
        assert!(matches(
            "/ns/istio-system/sa/gateway",
            "spiffe://cluster.local/ns/istio-system/sa/gateway"
        ));
    }

    #[test]
    fn who_only_looks_like_the_peer_is_another() {
        let service = |name: &str| format!("spiffe://11111111.consul/ns/default/dc/dc1/svc/{name}");
        for name in [
            "edge2",
            "not-the-edge",
            "my/svc/edge",
            "svc/edge",
            "edge/x",
            "edge/sa/x",
            "edge/",
            "Edge",
            "",
        ] {
            assert!(!matches("/svc/edge", &service(name)), "{name}");
        }
        for identity in [
            "",
            "/ns/default/dc/dc1/svc/edge",
            "spiffe://svc/edge",
            "spiffe://11111111.consul",
            "https://11111111.consul/ns/default/dc/dc1/svc/edge",
            "spiffe://11111111.consul/svc/edge/ns/default",
        ] {
            assert!(!matches("/svc/edge", identity), "{identity}");
        }
    }

    #[test]
    fn what_is_not_pairs_is_no_pattern() {
        for bad in [
            "",
            "/",
            "svc/edge",
            "/svc",
            "/svc/",
            "//edge",
            "/svc/a/svc/b",
            "/svc/edge/",
        ] {
            assert_eq!(PeerPattern::parse(bad), None, "{bad}");
        }
    }
}
