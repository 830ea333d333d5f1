//! The example filters: what each does in a real Envoy, started as their README says.

use std::fs;
use std::path::Path;

use crate::http;
use crate::process::Process;

#[test]
fn the_example_in_rust_adds_its_header_and_counts() {
    adds_its_header_and_counts("rust");
}

#[test]
fn the_example_in_go_adds_its_header_and_counts() {
    adds_its_header_and_counts("go");
}

#[test]
fn the_example_in_assemblyscript_adds_its_header_and_counts() {
    adds_its_header_and_counts("assemblyscript");
}

fn adds_its_header_and_counts(language: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/filters");
    let configuration = fs::read_to_string(folder.join("envoy.yaml")).expect("a file");
    let module = folder.join(language).join("filter.wasm");
    let mut envoy = Process::start(&configuration, &module, "filter.wasm", &[]);
    envoy.wait(|port| http::try_ask(port, "GET", b"/", &[]).is_ok());
    let counted = || {
        let stats = http::ask(envoy.admin, "GET", b"/stats?filter=example_responses", &[]).body;
        let (_, number) = stats
            .split_once("wasmcustom.example_responses: ")
            .expect("the metric");
        number
            .lines()
            .next()
            .and_then(|number| number.parse::<u32>().ok())
            .expect("a number")
    };
    let before = counted();
    for _ in 0..3 {
        let answer = http::ask(envoy.port, "GET", b"/", &[]);
        assert_eq!(answer.header("x-filtered-by"), Some(language));
    }
    assert_eq!(counted(), before + 3);
    let log = envoy.log();
    assert!(
        !log.contains("[error]") && !log.contains("[critical]"),
        "{log}"
    );
}
