//! `consul/config-entries/*.hcl` with the generated parts put in.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, anyhow};
use serde_json::{Value, json};

/// What the files leave open.
pub struct Generated<'a> {
    /// The edge's port; `None` keeps the file's.
    pub edge_port: Option<u16>,
    /// `None`: the filter is off.
    pub filter: Option<Filter<'a>>,
}

/// The filter's part of the application's service defaults.
pub struct Filter<'a> {
    /// The module as the sidecar sees it.
    pub module: &'a Path,
    /// The policy, to the byte.
    pub policy: &'a str,
    /// Part of the key by which Envoy finds a virtual machine: another number, new machines.
    pub generation: u64,
}

/// The service whose sidecar has the filter.
pub const APP: &str = "imagehub-app";

const PLUGIN: &str = "/EnvoyExtensions/0/Arguments/PluginConfig";

/// The order entries are written in: an intention with paths needs its service's protocol, a route
/// its gateway.
const ORDER: [&str; 6] = [
    "proxy-defaults",
    "mesh",
    "service-defaults",
    "service-intentions",
    "api-gateway",
    "http-route",
];

/// Every entry, in the order to write them.
///
/// # Errors
/// When a file cannot be read or is no HCL; the message names it.
pub fn all(root: &Path, generated: &Generated<'_>) -> Result<Vec<Value>> {
    let folder = root.join("consul/config-entries");
    let files =
        fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut entries = Vec::new();
    for file in files.flatten() {
        let path = file.path();
        if path.extension().is_some_and(|extension| extension == "hcl") {
            let entry = read(&path).and_then(|entry| fill_in(entry, generated));
            entries.push(entry.with_context(|| path.display().to_string())?);
        }
    }
    entries.sort_by_key(|entry| ORDER.iter().position(|kind| *kind == kind_of(entry)));
    Ok(entries)
}

/// The service defaults of the application alone: what switching the filter rewrites.
///
/// # Errors
/// As [`all`].
pub fn app_defaults(root: &Path, generated: &Generated<'_>) -> Result<Value> {
    all(root, generated)?
        .into_iter()
        .find(|entry| kind_of(entry) == "service-defaults" && name_of(entry) == APP)
        .ok_or_else(|| anyhow!("consul/config-entries has no service-defaults for {APP}"))
}

/// The module a `service-defaults` entry names; `None` when the filter is off.
pub fn module_in(entry: &Value) -> Option<&str> {
    entry
        .pointer(&format!("{PLUGIN}/VmConfig/Code/Local/Filename"))
        .and_then(Value::as_str)
}

/// Whether a filter that is dead refuses, in a `service-defaults` entry.
pub fn is_required(entry: &Value) -> bool {
    entry
        .pointer("/EnvoyExtensions/0/Required")
        .and_then(Value::as_bool)
        .unwrap_or(false)
}

/// What a proxy lets the filter call and be called with: `proxy_log`, `proxy_on_tick` and so on.
///
/// # Errors
/// As [`all`].
pub fn allowed_capabilities(root: &Path) -> Result<Vec<String>> {
    let filter = Filter {
        module: Path::new(""),
        policy: "",
        generation: 0,
    };
    let generated = Generated {
        edge_port: None,
        filter: Some(filter),
    };
    let allowed = format!("{PLUGIN}/CapabilityRestrictionConfiguration/AllowedCapabilities");
    app_defaults(root, &generated)?
        .pointer(&allowed)
        .and_then(Value::as_object)
        .map(|allowed| allowed.keys().cloned().collect())
        .with_context(|| format!("{allowed} is missing"))
}

/// The policy a `service-defaults` entry gives the filter; `None` when the filter is off.
pub fn policy_in(entry: &Value) -> Option<&str> {
    entry
        .pointer(&format!("{PLUGIN}/Configuration"))
        .and_then(Value::as_str)
}

/// The filter's generation in a `service-defaults` entry; 0 when it has none or the filter is off.
pub fn generation_in(entry: &Value) -> u64 {
    entry
        .pointer(&format!("{PLUGIN}/VmConfig/Configuration"))
        .and_then(|number| number.as_str()?.parse().ok())
        .unwrap_or(0)
}

fn read(path: &Path) -> Result<Value> {
    let text = fs::read_to_string(path)?;
    hcl::from_str(&text).context("not valid HCL")
}

fn fill_in(mut entry: Value, generated: &Generated<'_>) -> Result<Value> {
    match (kind_of(&entry), name_of(&entry)) {
        ("api-gateway", _) => {
            if let Some(port) = generated.edge_port {
                put(&mut entry, "/Listeners/0/Port", json!(port))?;
            }
        }
        ("service-defaults", APP) => match &generated.filter {
            None => {
                entry
                    .as_object_mut()
                    .and_then(|entry| entry.remove("EnvoyExtensions"))
                    .context("EnvoyExtensions is missing")?;
            }
            Some(filter) => {
                let module = filter
                    .module
                    .to_str()
                    .context("the module's path is not UTF-8")?;
                let file = format!("{PLUGIN}/VmConfig/Code/Local/Filename");
                put(&mut entry, &file, json!(module))?;
                put(
                    &mut entry,
                    &format!("{PLUGIN}/VmConfig/Configuration"),
                    json!(filter.generation.to_string()),
                )?;
                put(
                    &mut entry,
                    &format!("{PLUGIN}/Configuration"),
                    json!(filter.policy),
                )?;
            }
        },
        _ => {}
    }
    Ok(entry)
}

fn put(entry: &mut Value, pointer: &str, value: Value) -> Result<()> {
    *entry
        .pointer_mut(pointer)
        .with_context(|| format!("{pointer} is missing"))? = value;
    Ok(())
}

/// What kind of entry it is.
pub fn kind_of(entry: &Value) -> &str {
    entry
        .get("Kind")
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// Whose entry it is.
pub fn name_of(entry: &Value) -> &str {
    entry
        .get("Name")
        .and_then(Value::as_str)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root() -> &'static Path {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .expect("hub is in the checkout")
    }

    fn with_filter<'a>(policy: &'a str) -> Generated<'a> {
        Generated {
            edge_port: Some(22_000),
            filter: Some(Filter {
                module: Path::new("/modules/filter-1.wasm"),
                policy,
                generation: 7,
            }),
        }
    }

    #[test]
    fn defaults_come_before_what_depends_on_them() {
        let entries = all(root(), &with_filter("{}")).expect("the files are valid");
        let kinds: Vec<&str> = entries.iter().map(kind_of).collect();
        assert_eq!(kinds.first(), Some(&"proxy-defaults"));
        assert_eq!(kinds.last(), Some(&"http-route"));
        assert!(kinds.iter().all(|kind| ORDER.contains(kind)), "{kinds:?}");
    }

    #[test]
    fn the_policy_reaches_the_plugin_to_the_byte() {
        let policy = "{\n  \"odd\": \"\u{e9}\\u00e9 ${x}\"\n}\n";
        let entry = app_defaults(root(), &with_filter(policy)).expect("it is there");
        let put = entry.pointer("/EnvoyExtensions/0/Arguments/PluginConfig/Configuration");
        assert_eq!(put.and_then(Value::as_str), Some(policy));
        assert_eq!(module_in(&entry), Some("/modules/filter-1.wasm"));
        assert_eq!(generation_in(&entry), 7);
    }

    #[test]
    fn the_filter_is_required_and_its_counters_have_a_fixed_home() {
        let entry = app_defaults(root(), &with_filter("{}")).expect("it is there");
        assert_eq!(
            entry.pointer("/EnvoyExtensions/0/Required"),
            Some(&json!(true))
        );
        let vm = entry.pointer("/EnvoyExtensions/0/Arguments/PluginConfig/VmConfig/VmID");
        assert_eq!(vm, Some(&json!("imagehub-v1")));
    }

    #[test]
    fn switching_the_filter_off_takes_the_extension_and_nothing_else() {
        let on = app_defaults(root(), &with_filter("{}")).expect("it is there");
        let off = app_defaults(
            root(),
            &Generated {
                edge_port: None,
                filter: None,
            },
        )
        .expect("it is there");
        let mut without = on.as_object().expect("an object").clone();
        without.remove("EnvoyExtensions");
        assert_eq!(off, Value::Object(without));
        assert_eq!(module_in(&off), None);
        assert_eq!(generation_in(&off), 0);
    }
}
