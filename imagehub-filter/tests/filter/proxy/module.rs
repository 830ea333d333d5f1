//! The compiled filter.

use std::sync::LazyLock;

use wasmi::{Engine, Module};

/// The module's bytes.
pub fn bytes() -> &'static [u8] {
    static BYTES: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let path = crate::compiled::path();
        std::fs::read(&path).unwrap_or_else(|error| {
            panic!(
                "{}: {error}. Build it with: cargo build --profile filter \
                 --target wasm32-unknown-unknown -p imagehub-filter",
                path.display()
            )
        })
    });
    &BYTES
}

/// The module, ready to be run.
pub fn compiled() -> &'static Module {
    static MODULE: LazyLock<Module> =
        LazyLock::new(|| Module::new(&Engine::default(), bytes()).expect("a WebAssembly module"));
    &MODULE
}
