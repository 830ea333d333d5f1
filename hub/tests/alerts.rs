//! The rules for alarms in `deploy/prometheus`.

use std::process::Command;

#[test]
fn each_rule_fires_when_it_should_and_not_before() {
    let tested = Command::new("promtool")
        .args(["test", "rules", "alerts_test.yaml"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/prometheus"))
        .output()
        .expect("promtool is on PATH: `cargo hub test` sees to it");
    let shown = String::from_utf8_lossy(&tested.stderr);
    assert!(tested.status.success(), "{shown}");
}

#[test]
fn each_rule_asks_for_metrics_that_there_are() {
    let rules = include_str!("../../deploy/prometheus/alerts.yaml");
    let sources = [
        include_str!("../../imagehub-filter/src/metrics.rs"),
        include_str!("../src/watch/metrics.rs"),
    ];
    let is_name = |c: char| c.is_ascii_lowercase() || c == '_';
    let names = rules.split(|c| !is_name(c));
    let names: Vec<_> = names.filter(|name| name.starts_with("imagehub_")).collect();
    assert!(names.len() >= 6, "{names:?}");
    for name in names {
        assert!(sources.iter().any(|source| source.contains(name)), "{name}");
    }
}
