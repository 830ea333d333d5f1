//! `consul/services/*.hcl` with an instance's ports put in.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::ports::Ports;

/// The application's registration; without Redis it has no upstream.
///
/// # Errors
/// When the file cannot be read or lacks what is to be replaced.
pub fn app(root: &Path, ports: &Ports, with_redis: bool) -> Result<Value> {
    let mut service = read(root, "imagehub-app", "127.0.0.1")?;
    put(&mut service, "/port", json!(ports.app))?;
    sidecar(&mut service, ports.sidecar, ports.app_metrics)?;
    let proxy = service
        .pointer_mut("/connect/sidecar_service/proxy")
        .and_then(Value::as_object_mut)
        .context("the sidecar has no proxy block")?;
    if with_redis {
        let bind = proxy
            .get_mut("upstreams")
            .and_then(|upstreams| upstreams.pointer_mut("/0/local_bind_port"))
            .context("the sidecar has no upstream")?;
        *bind = json!(ports.redis_upstream);
    } else {
        proxy.remove("upstreams");
    }
    Ok(wrapped(service))
}

/// Redis's registration.
///
/// # Errors
/// As [`app`].
pub fn redis(root: &Path, ports: &Ports) -> Result<Value> {
    let mut service = read(root, "redis", "127.0.0.1")?;
    put(&mut service, "/port", json!(ports.redis))?;
    sidecar(&mut service, ports.redis_sidecar, ports.redis_metrics)?;
    Ok(wrapped(service))
}

/// The gateway's registration: its address is the one its listener binds.
///
/// # Errors
/// As [`app`].
pub fn edge(root: &Path, ports: &Ports, listen: &str) -> Result<Value> {
    let mut service = read(root, "edge", listen)?;
    put(&mut service, "/port", json!(ports.edge))?;
    let metrics = format!("127.0.0.1:{}", ports.edge_metrics);
    put(
        &mut service,
        "/proxy/config/envoy_prometheus_bind_addr",
        json!(metrics),
    )?;
    Ok(wrapped(service))
}

fn sidecar(service: &mut Value, port: u16, metrics: u16) -> Result<()> {
    const SIDECAR: &str = "/connect/sidecar_service";
    put(service, &format!("{SIDECAR}/port"), json!(port))?;
    let check = format!("127.0.0.1:{port}");
    put(service, &format!("{SIDECAR}/checks/0/tcp"), json!(check))?;
    let metrics = format!("127.0.0.1:{metrics}");
    let bind = format!("{SIDECAR}/proxy/config/envoy_prometheus_bind_addr");
    put(service, &bind, json!(metrics))
}

fn read(root: &Path, name: &str, address: &str) -> Result<Value> {
    let path = root.join(format!("consul/services/{name}.hcl"));
    let text = fs::read_to_string(&path)
        .with_context(|| format!("cannot read {}", path.display()))?
        .replace("@ADDRESS@", address);
    let mut file: Value =
        hcl::from_str(&text).with_context(|| format!("{} is not valid HCL", path.display()))?;
    file.get_mut("services")
        .map(Value::take)
        .with_context(|| format!("{} has no services block", path.display()))
}

/// As `consul services register` takes it.
fn wrapped(service: Value) -> Value {
    json!({ "service": service })
}

fn put(service: &mut Value, pointer: &str, value: Value) -> Result<()> {
    *service
        .pointer_mut(pointer)
        .with_context(|| format!("{pointer} is missing in the service's file"))? = value;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ports() -> Ports {
        let dir = std::env::temp_dir().join(format!("hub-services-{}", std::process::id()));
        fs::create_dir_all(dir.join("8080")).expect("a folder");
        let ports = Ports::choose(&dir, 8080).expect("the documented ports");
        fs::remove_dir_all(dir).expect("cleaned up");
        ports
    }

    fn root() -> &'static Path {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .expect("hub is in the checkout")
    }

    #[test]
    fn the_application_reaches_redis_only_when_there_is_one() {
        let without = app(root(), &ports(), false).expect("a registration");
        let with = app(root(), &ports(), true).expect("a registration");
        let upstream = "/service/connect/sidecar_service/proxy/upstreams/0/local_bind_port";
        assert_eq!(without.pointer(upstream), None);
        assert_eq!(with.pointer(upstream), Some(&json!(6379)));
    }

    #[test]
    fn every_registration_has_its_own_metrics_port_on_loopback() {
        let edge = edge(root(), &ports(), "0.0.0.0").expect("a registration");
        let redis = redis(root(), &ports()).expect("a registration");
        assert_eq!(
            edge.pointer("/service/proxy/config/envoy_prometheus_bind_addr"),
            Some(&json!("127.0.0.1:20201"))
        );
        assert_eq!(edge.pointer("/service/address"), Some(&json!("0.0.0.0")));
        assert_eq!(
            redis.pointer(
                "/service/connect/sidecar_service/proxy/config/envoy_prometheus_bind_addr"
            ),
            Some(&json!("127.0.0.1:20202"))
        );
    }
}
