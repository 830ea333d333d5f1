//! Which part of the application may know which: no two of them, directly or by others, each other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

type Graph = BTreeMap<String, BTreeSet<String>>;

#[test]
fn no_part_knows_one_that_knows_it() {
    let mut graph = Graph::new();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for entry in source.read_dir().unwrap() {
        let path = entry.unwrap().path();
        let part = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if !["commands", "layers", "lib", "main"].contains(&part.as_str()) {
            read(&path, &part, graph.entry(part.clone()).or_default());
        }
    }
    assert!(
        graph.len() > 20 && graph["app"].contains("web"),
        "{graph:?}"
    );
    assert!(graph["domain"].is_empty(), "{:?}", graph["domain"]);
    // Whoever knows nobody else is taken away, until nobody is left.
    while let Some(free) = graph.keys().find(|part| graph[*part].is_empty()).cloned() {
        graph.remove(&free);
        for known in graph.values_mut() {
            known.remove(&free);
        }
    }
    assert!(graph.is_empty(), "these know each other: {graph:#?}");
}

/// The parts that a file, or a folder's files, name. Tests may name others.
fn read(path: &Path, part: &str, known: &mut BTreeSet<String>) {
    if path.is_dir() {
        for entry in path.read_dir().unwrap() {
            read(&entry.unwrap().path(), part, known);
        }
    } else if path.extension().is_some_and(|kind| kind == "rs") && !path.ends_with("tests.rs") {
        let text = std::fs::read_to_string(path).unwrap();
        let program = text.split("#[cfg(test)]").next().unwrap_or_default();
        let names = program.split("crate::").skip(1).map(|rest| {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
            rest[..end.unwrap_or(rest.len())].to_owned()
        });
        known.extend(names.filter(|name| name != part && !name.is_empty()));
    }
}
