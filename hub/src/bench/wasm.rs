//! The filter exactly as Consul is told to configure it, in Envoy's own words.

use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::envoy::Filters;
use crate::config::Config;
use crate::mesh::entries::{self, Filter, Generated};

/// The filter of a module, with a policy.
///
/// # Errors
/// When the service defaults do not configure it.
pub fn filters(config: &Config, module: &Path, policy: &str) -> Result<Filters> {
    let filter = Filter {
        module,
        policy,
        generation: 0,
    };
    let entry = entries::app_defaults(
        &config.root,
        &Generated {
            edge_port: None,
            filter: Some(filter),
        },
    )?;
    let plugin = entry
        .pointer("/EnvoyExtensions/0/Arguments/PluginConfig")
        .context("the filter is not in the service defaults")?;
    Ok(Filters {
        chain: vec![plugin_json(plugin)?],
        routes: Vec::new(),
    })
}

fn plugin_json(plugin: &Value) -> Result<Value> {
    let at = |pointer: &str| {
        plugin
            .pointer(pointer)
            .cloned()
            .with_context(|| format!("no {pointer}"))
    };
    let capabilities = at("/CapabilityRestrictionConfiguration/AllowedCapabilities")?;
    Ok(json!({
        "name": "envoy.filters.http.wasm",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm",
            "config": {
                "name": at("/Name")?,
                "root_id": at("/RootID")?,
                "vm_config": {
                    "vm_id": at("/VmConfig/VmID")?,
                    "runtime": "envoy.wasm.runtime.v8",
                    "code": { "local": { "filename": at("/VmConfig/Code/Local/Filename")? } }
                },
                "configuration": {
                    "@type": "type.googleapis.com/google.protobuf.StringValue",
                    "value": at("/Configuration")?
                },
                "capability_restriction_config": { "allowed_capabilities": capabilities }
            }
        }
    }))
}
