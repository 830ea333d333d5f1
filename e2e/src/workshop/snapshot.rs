//! What the labs may change, to be compared before and after.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::client::Client;
use crate::mesh::Mesh;

/// The kinds of config entries that `hub` writes. The service resolver is left out: a number there,
/// another one each time, has the edge open new connections.
const KINDS: [&str; 6] = [
    "proxy-defaults",
    "mesh",
    "service-defaults",
    "service-intentions",
    "api-gateway",
    "http-route",
];
/// What differs although the configuration is the same. The last is Consul's number of the virtual
/// machines, `configuration` of `vm_config` in Envoy.
const VOLATILE: [&str; 6] = [
    "CreateIndex",
    "ModifyIndex",
    "Hash",
    "version_info",
    "last_updated",
    "LastTransitionTime",
];

/// Consul's entries, the policy, and the listeners of the application's sidecar.
///
/// # Errors
/// When something does not answer.
pub async fn take(mesh: &Mesh) -> Result<Value> {
    let ports = &mesh.started().ports;
    let consul = local(ports.consul);
    let mut entries = Vec::new();
    for kind in KINDS {
        let path = format!("/v1/config/{kind}?consistent");
        entries.push(consul.get(&path).await?.expect(200)?.json()?);
    }
    let listeners = local(ports.app_admin)
        .get("/config_dump?resource=dynamic_listeners")
        .await?
        .expect(200)?
        .json()?;
    let active: Vec<&Value> = listeners["configs"]
        .as_array()
        .context("no listeners")?
        .iter()
        .map(|listener| &listener["active_state"])
        .collect();
    let services = consul
        .get("/v1/catalog/services")
        .await?
        .expect(200)?
        .json()?;
    let policy = std::fs::read_to_string(mesh.directory().join("policy.json"))?;
    let mut taken = json!({
        "entries": entries,
        "listeners": active,
        "services": services,
        "policy": policy,
        "applied": mesh.directory().join("policy.applied").exists(),
        "lab": mesh.directory().join("lab.json").exists(),
    });
    settle(&mut taken);
    Ok(taken)
}

fn local(port: u16) -> Client {
    Client::new(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
}

fn settle(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(settle),
        Value::Object(members) => {
            members.retain(|name, _| !VOLATILE.contains(&name.as_str()));
            for (name, value) in members.iter_mut() {
                if (name == "VmConfig" || name == "vm_config")
                    && let Some(machine) = value.as_object_mut()
                {
                    machine.remove("Configuration");
                    machine.remove("configuration");
                }
                settle(value);
            }
        }
        _ => {}
    }
}

/// The first path at which two snapshots differ.
pub fn difference(before: &Value, after: &Value) -> Option<String> {
    match (before, after) {
        (Value::Object(left), Value::Object(right)) => {
            left.keys().chain(right.keys()).find_map(|name| {
                let found = difference(&before[name], &after[name])?;
                Some(format!("/{name}{found}"))
            })
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => left
            .iter()
            .zip(right)
            .enumerate()
            .find_map(|(index, (left, right))| {
                Some(format!("/{index}{}", difference(left, right)?))
            }),
        _ => (before != after).then(|| format!(": {before} became {after}")),
    }
}
