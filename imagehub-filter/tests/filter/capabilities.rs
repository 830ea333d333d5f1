//! The mesh lets the module do what it does, and nothing else.

use std::collections::BTreeSet;

use crate::proxy::compiled;

#[test]
fn the_mesh_allows_exactly_what_the_module_uses() {
    let module = compiled();
    let imports = module.imports().map(|import| import.name().to_owned());
    let callbacks = module
        .exports()
        .map(|export| export.name().to_owned())
        .filter(|name| name.starts_with("proxy_on_") && name != "proxy_on_memory_allocate");
    let used: BTreeSet<String> = imports.chain(callbacks).collect();

    let entry = include_str!("../../../consul/config-entries/imagehub-app.hcl");
    let (_, list) = entry
        .split_once("AllowedCapabilities")
        .expect("a restriction");
    let (list, _) = list
        .split_once("{\n")
        .and_then(|(_, list)| list.split_once("\n          }"))
        .expect("a list");
    let allowed: BTreeSet<String> = list
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, _)| name.trim().to_owned())
        .collect();
    assert_eq!(allowed, used);
}
