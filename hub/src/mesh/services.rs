//! `consul/services/*.hcl` with an instance's ports put in. The files are compose's, where a service
//! and its sidecar meet by Unix sockets; here they meet on loopback.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::{Map, Value, json};

use crate::ports::Ports;

const LOOPBACK: &str = "127.0.0.1";

/// Where the edge listens when it listens everywhere.
pub const ALL_ADDRESSES: &str = "0.0.0.0";

/// The application's registration and its sidecar's; without Redis it has no upstream.
///
/// # Errors
/// When the file cannot be read or lacks what is to be replaced.
pub fn app(root: &Path, ports: &Ports, with_redis: bool) -> Result<Value> {
    let mut file = read(root, "imagehub-app", LOOPBACK)?;
    with_sidecar(&mut file, ports.app, ports.sidecar, ports.sidecar_metrics)?;
    // Here they are where the application serves them.
    for way_to_metrics in [
        "envoy_extra_static_listeners_json",
        "envoy_extra_static_clusters_json",
    ] {
        take(&mut file, "/services/1/proxy/config", way_to_metrics)?;
    }
    if with_redis {
        let upstream = "/services/1/proxy/upstreams/0";
        take(&mut file, upstream, "local_bind_socket_path")?;
        take(&mut file, upstream, "local_bind_socket_mode")?;
        add(&mut file, upstream, "local_bind_address", json!(LOOPBACK))?;
        let port = json!(ports.redis_upstream);
        add(&mut file, upstream, "local_bind_port", port)?;
    } else {
        put(&mut file, "/services/1/proxy/upstreams", json!([]))?;
    }
    Ok(file)
}

/// Redis's registration and its sidecar's.
///
/// # Errors
/// As [`app`].
pub fn redis(root: &Path, ports: &Ports) -> Result<Value> {
    let mut file = read(root, "redis", LOOPBACK)?;
    with_sidecar(
        &mut file,
        ports.redis,
        ports.redis_sidecar,
        ports.redis_metrics,
    )?;
    Ok(file)
}

/// The gateway's registration: its address is the one its listener binds. Consul takes no address
/// that means all, and binds all where there is none.
///
/// # Errors
/// As [`app`].
pub fn edge(root: &Path, ports: &Ports, listen: &str) -> Result<Value> {
    let mut file = read(root, "edge", listen)?;
    if listen == ALL_ADDRESSES {
        take(&mut file, "/services/0", "address")?;
    }
    put(&mut file, "/services/0/port", json!(ports.edge))?;
    let metrics = format!("{LOOPBACK}:{}", ports.edge_metrics);
    put(
        &mut file,
        "/services/0/proxy/config/envoy_prometheus_bind_addr",
        json!(metrics),
    )?;
    Ok(file)
}

/// The ports of a service and of the sidecar in the block after it.
fn with_sidecar(file: &mut Value, service: u16, sidecar: u16, metrics: u16) -> Result<()> {
    take(file, "/services/0", "socket_path")?;
    add(file, "/services/0", "address", json!(LOOPBACK))?;
    add(file, "/services/0", "port", json!(service))?;
    put(file, "/services/1/port", json!(sidecar))?;
    let proxy = "/services/1/proxy";
    take(file, proxy, "local_service_socket_path")?;
    add(file, proxy, "local_service_address", json!(LOOPBACK))?;
    add(file, proxy, "local_service_port", json!(service))?;
    let metrics = format!("{LOOPBACK}:{metrics}");
    put(
        file,
        "/services/1/proxy/config/envoy_prometheus_bind_addr",
        json!(metrics),
    )
}

/// A file as `consul services register` takes it.
fn read(root: &Path, name: &str, address: &str) -> Result<Value> {
    let path = root.join(format!("consul/services/{name}.hcl"));
    let text = fs::read_to_string(&path)
        .with_context(|| format!("cannot read {}", path.display()))?
        .replace("@ADDRESS@", address);
    let file: Value =
        hcl::from_str(&text).with_context(|| format!("{} is not valid HCL", path.display()))?;
    Ok(match file.get("services") {
        // A single block reads as an object, several as an array.
        Some(Value::Object(service)) => json!({ "services": [service] }),
        _ => file,
    })
}

fn put(file: &mut Value, pointer: &str, value: Value) -> Result<()> {
    *file
        .pointer_mut(pointer)
        .with_context(|| format!("{pointer} is missing in the service's file"))? = value;
    Ok(())
}

fn add(file: &mut Value, block: &str, name: &str, value: Value) -> Result<()> {
    self::block(file, block)?.insert(name.to_owned(), value);
    Ok(())
}

fn take(file: &mut Value, block: &str, name: &str) -> Result<()> {
    let taken = self::block(file, block)?.remove(name);
    taken
        .map(drop)
        .with_context(|| format!("{block} has no {name} in the service's file"))
}

fn block<'a>(file: &'a mut Value, pointer: &str) -> Result<&'a mut Map<String, Value>> {
    file.pointer_mut(pointer)
        .and_then(Value::as_object_mut)
        .with_context(|| format!("{pointer} is missing in the service's file"))
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;

    static PORTS: LazyLock<Ports> = LazyLock::new(|| {
        let dir = std::env::temp_dir().join(format!("hub-services-{}", std::process::id()));
        fs::create_dir_all(dir.join("8080")).expect("a folder");
        let ports = Ports::choose(&dir, 8080).expect("the documented ports");
        fs::remove_dir_all(dir).expect("cleaned up");
        ports
    });

    fn root() -> &'static Path {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .expect("hub is in the checkout")
    }

    #[test]
    fn the_application_reaches_redis_only_when_there_is_one() {
        let without = app(root(), &PORTS, false).expect("a registration");
        let with = app(root(), &PORTS, true).expect("a registration");
        let upstream = "/services/1/proxy/upstreams/0/local_bind_port";
        assert_eq!(without.pointer(upstream), None);
        assert_eq!(with.pointer(upstream), Some(&json!(6379)));
    }

    #[test]
    fn on_loopback_nothing_is_left_of_the_sockets_or_of_the_place_of_an_address() {
        let app = app(root(), &PORTS, true).expect("a registration");
        let redis = redis(root(), &PORTS).expect("a registration");
        let edge = edge(root(), &PORTS, "127.0.0.1").expect("a registration");
        for file in [&app, &redis, &edge] {
            let text = file.to_string();
            assert!(!text.contains("socket") && !text.contains('@'), "{text}");
        }
        for (file, port) in [(app, 9001), (redis, 6380)] {
            for place in ["/services/0/port", "/services/1/proxy/local_service_port"] {
                assert_eq!(file.pointer(place), Some(&json!(port)), "{file}");
            }
        }
    }

    #[test]
    fn every_registration_has_its_own_metrics_port_on_loopback() {
        let edge = edge(root(), &PORTS, ALL_ADDRESSES).expect("a registration");
        let redis = redis(root(), &PORTS).expect("a registration");
        assert_eq!(
            edge.pointer("/services/0/proxy/config/envoy_prometheus_bind_addr"),
            Some(&json!("127.0.0.1:20201"))
        );
        assert_eq!(edge.pointer("/services/0/address"), None, "that means all");
        assert_eq!(
            redis.pointer("/services/1/proxy/config/envoy_prometheus_bind_addr"),
            Some(&json!("127.0.0.1:20202"))
        );
    }
}
