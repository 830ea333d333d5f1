//! The job as far as Lua can do it.

use serde_json::json;

use crate::bench::envoy::Filters;

/// The script that is measured.
pub fn filters() -> Filters {
    script(include_str!("policy.lua"))
}

/// Any script.
pub fn script(source: &str) -> Filters {
    Filters {
        chain: vec![json!({
            "name": "envoy.filters.http.lua",
            "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua",
                "default_source_code": {"inline_string": source}
            }
        })],
        routes: Vec::new(),
    }
}
