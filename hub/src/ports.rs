//! An instance's ports: chosen once, kept, and named with their owner when somebody else has them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};

use crate::instance::Instance;
use crate::process::port_owner::{Owner, port_owner};

/// Every port of one instance. The first five are what `hub status --json` shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ports {
    pub edge: u16,
    pub consul: u16,
    pub app: u16,
    pub app_admin: u16,
    pub edge_admin: u16,
    pub consul_grpc: u16,
    pub consul_server: u16,
    pub consul_serf: u16,
    pub sidecar: u16,
    pub app_metrics: u16,
    pub sidecar_metrics: u16,
    pub edge_metrics: u16,
    pub redis: u16,
    pub redis_upstream: u16,
    pub redis_sidecar: u16,
    pub redis_admin: u16,
    pub redis_metrics: u16,
    pub watch_metrics: u16,
}

/// The port a mesh has unless told otherwise; its other ports are fixed too.
pub const DEFAULT_EDGE: u16 = 8080;
const BLOCK: u16 = 17;
/// Where blocks are looked for when there is no room right after the edge's own port.
const FALLBACK: u16 = 20_480;

impl Ports {
    fn standard() -> Self {
        Self {
            edge: DEFAULT_EDGE,
            consul: 8500,
            app: 9001,
            app_admin: 19_000,
            edge_admin: 19_001,
            consul_grpc: 8502,
            consul_server: 8300,
            consul_serf: 8301,
            sidecar: 21_000,
            app_metrics: 9002,
            sidecar_metrics: 20_200,
            edge_metrics: 20_201,
            redis: 6380,
            redis_upstream: 6379,
            redis_sidecar: 21_001,
            redis_admin: 19_002,
            redis_metrics: 20_202,
            watch_metrics: 20_203,
        }
    }

    /// The ports an instance has without looking for free ones: only the default one does.
    pub fn documented(edge: u16) -> Option<Self> {
        (edge == DEFAULT_EDGE).then(Self::standard)
    }

    fn block(edge: u16, first: u16) -> Self {
        let port = |offset: u16| first.saturating_add(offset);
        Self {
            edge,
            consul: port(0),
            app: port(1),
            app_admin: port(2),
            edge_admin: port(3),
            consul_grpc: port(4),
            consul_server: port(5),
            consul_serf: port(6),
            sidecar: port(7),
            app_metrics: port(8),
            sidecar_metrics: port(9),
            edge_metrics: port(10),
            redis: port(11),
            redis_upstream: port(12),
            redis_sidecar: port(13),
            redis_admin: port(14),
            redis_metrics: port(15),
            watch_metrics: port(16),
        }
    }

    /// All of them, with what each is for; those of Redis only `with_redis`.
    pub fn all(&self, with_redis: bool) -> Vec<(u16, &'static str)> {
        let mut all = vec![
            (self.edge, "the edge"),
            (self.consul, "Consul's HTTP"),
            (self.app, "the application"),
            (self.app_admin, "the sidecar's admin"),
            (self.edge_admin, "the edge's admin"),
            (self.consul_grpc, "Consul's gRPC"),
            (self.consul_server, "Consul's server"),
            (self.consul_serf, "Consul's gossip"),
            (self.sidecar, "the sidecar"),
            (self.app_metrics, "the application's metrics"),
            (self.sidecar_metrics, "the sidecar's metrics"),
            (self.edge_metrics, "the edge's metrics"),
            (self.watch_metrics, "the watch's metrics"),
        ];
        if with_redis {
            all.extend([
                (self.redis, "Redis"),
                (self.redis_upstream, "the application's way to Redis"),
                (self.redis_sidecar, "Redis's sidecar"),
                (self.redis_admin, "Redis's sidecar's admin"),
                (self.redis_metrics, "Redis's sidecar's metrics"),
            ]);
        }
        all
    }

    /// The ports kept in `hub_dir/EDGE/ports.json`, if that instance ever was. A version of this tool
    /// with other ports kept others: these are no use, and chosen anew.
    ///
    /// # Errors
    /// When the file cannot be read, or is none of ours.
    pub fn kept(hub_dir: &Path, edge: u16) -> Result<Option<Self>> {
        let file = hub_dir.join(edge.to_string()).join("ports.json");
        match fs::read(&file) {
            Ok(bytes) => match serde_json::from_slice(&bytes) {
                Ok(ports) => Ok(Some(ports)),
                Err(error) if error.is_data() => Ok(None),
                Err(error) => Err(error).with_context(|| {
                    format!("{} is damaged: remove it and run hub up", file.display())
                }),
            },
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", file.display())),
        }
    }

    /// The kept ports of the instance, else a free block, which is kept from then on.
    ///
    /// # Errors
    /// When no block is free or the file cannot be written.
    pub fn choose(hub_dir: &Path, edge: u16) -> Result<Self> {
        if let Some(kept) = Self::kept(hub_dir, edge)? {
            return Ok(kept);
        }
        let chosen = match Self::documented(edge) {
            Some(ports) => ports,
            None => free_block(edge, &reserved(hub_dir)?)?,
        };
        let file = hub_dir.join(edge.to_string()).join("ports.json");
        fs::write(&file, serde_json::to_vec_pretty(&chosen)?)
            .with_context(|| format!("cannot write {}", file.display()))?;
        Ok(chosen)
    }
}

/// Ports that instances of this checkout keep, running or not, and those of the default one; each
/// with its instance.
fn reserved(hub_dir: &Path) -> Result<BTreeMap<u16, u16>> {
    let of = |edge, ports: &Ports| numbers(ports).into_iter().map(move |port| (port, edge));
    let mut taken: BTreeMap<u16, u16> = of(DEFAULT_EDGE, &Ports::standard()).collect();
    let entries =
        fs::read_dir(hub_dir).with_context(|| format!("cannot read {}", hub_dir.display()))?;
    for entry in entries.flatten() {
        if let Some(edge) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok())
            && let Some(ports) = Ports::kept(hub_dir, edge)?
        {
            taken.extend(of(edge, &ports));
        }
    }
    Ok(taken)
}

fn numbers(ports: &Ports) -> BTreeSet<u16> {
    ports.all(true).into_iter().map(|(port, _)| port).collect()
}

fn free_block(edge: u16, taken: &BTreeMap<u16, u16>) -> Result<Ports> {
    if let Some(other) = taken.get(&edge) {
        bail!(
            "port {edge} is one of those that the instance at port {other} keeps: choose another, e.g. --port 18080"
        );
    }
    let after = edge.saturating_add(1);
    let near = (1024..u16::MAX - BLOCK).contains(&after).then_some(after);
    let far = (FALLBACK..32_000).step_by(usize::from(BLOCK) + 1);
    for first in near.into_iter().chain(far) {
        let block = Ports::block(edge, first);
        let usable = numbers(&block)
            .into_iter()
            .all(|port| port == edge || (!taken.contains_key(&port) && is_free(port)));
        if usable && !(first..first.saturating_add(BLOCK)).contains(&edge) {
            return Ok(block);
        }
    }
    bail!("no block of {BLOCK} free ports between {FALLBACK} and 32000: end what holds them")
}

/// Whether nothing listens on the port of this machine's loopback.
pub fn is_free(port: u16) -> bool {
    obstacle(port).is_none()
}

/// Why the port cannot be had, and what to do; `None` when it can.
pub fn obstacle(port: u16) -> Option<String> {
    let error = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).err()?;
    if error.kind() == ErrorKind::PermissionDenied {
        return Some("is for root only: choose one above 1023 with --port".to_owned());
    }
    const OTHERWISE: &str = "or choose another port for this instance, e.g. --port 18080";
    let Some(Owner {
        process, instance, ..
    }) = port_owner(port)
    else {
        return Some(format!(
            "is taken by a process of another user: end that, {OTHERWISE}"
        ));
    };
    Some(match instance {
        None => format!("is taken by {process}: end that, {OTHERWISE}"),
        Some(Instance { port, dir }) => format!(
            "is taken by {process} of the instance at port {port}, in {}: end that with hub down --port {port}, {OTHERWISE}",
            dir.display()
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_instance_has_the_documented_ports() {
        let ports = Ports::standard();
        assert_eq!(
            (
                ports.edge,
                ports.consul,
                ports.app,
                ports.app_admin,
                ports.edge_admin
            ),
            (8080, 8500, 9001, 19_000, 19_001)
        );
    }

    #[test]
    fn another_instance_gets_a_block_right_after_its_edge() {
        let ports = Ports::block(22_000, 22_001);
        let all = numbers(&ports);
        assert_eq!(all.len(), usize::from(BLOCK) + 1, "no port twice");
        assert_eq!(all.last(), Some(&22_017));
    }

    #[test]
    fn ports_that_another_version_kept_are_chosen_anew() {
        let dir = std::env::temp_dir().join(format!("hub-ports-{}", std::process::id()));
        fs::create_dir_all(dir.join("22000")).expect("a folder");
        let file = dir.join("22000/ports.json");
        fs::write(&file, "{\"edge\": 22000, \"consul\": 22001}").expect("written");
        assert_eq!(Ports::kept(&dir, 22_000).expect("readable"), None);
        let chosen = Ports::choose(&dir, 22_000).expect("a block");
        assert_eq!(Ports::kept(&dir, 22_000).expect("readable"), Some(chosen));
        fs::write(&file, "{\"edge\": ").expect("written");
        assert!(Ports::kept(&dir, 22_000).is_err());
        fs::remove_dir_all(dir).expect("cleaned up");
    }

    #[test]
    fn a_block_that_others_keep_is_left_to_them() {
        let taken = BTreeMap::from([(22_003, 21_999)]);
        let block = free_block(22_000, &taken).expect("there are free ports");
        assert!(!numbers(&block).contains(&22_003));
    }

    #[test]
    fn an_edge_within_the_block_of_another_instance_is_refused_by_its_name() {
        let taken = BTreeMap::from([(22_003, 21_999)]);
        let refused = free_block(22_003, &taken).expect_err("the port is kept");
        assert!(refused.to_string().contains("at port 21999 "), "{refused}");
    }
}
