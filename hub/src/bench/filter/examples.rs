//! The example filters side by side: what the choice of a language costs.

use std::path::Path;
use std::time::Instant;

use anyhow::Result;
use serde_json::{Value, json};

use super::Size;
use super::parts::{Parts, Who};
use super::rounds::{self, Price};
use crate::bench::envoy::{Envoy, Filters};
use crate::examples::Language;
use crate::terminal;

/// What was measured, and in words what was not.
pub struct Examples {
    /// The one without a filter is the first.
    measured: Vec<Example>,
    not_measured: Vec<String>,
}

struct Example {
    name: &'static str,
    /// Bytes of the module.
    file: Option<u64>,
    /// Milliseconds from Envoy's start to its first answer.
    start: f64,
    /// MiB after the load.
    resident: f64,
    price: Price,
}

/// Measures no filter and each language that can be built here, under the same load.
///
/// # Errors
/// When one does not build, start or answer.
pub fn measure(parts: &Parts<'_>, size: Size) -> Result<Examples> {
    let mut not_measured = Vec::new();
    let mut rows = vec![("no filter", None, started(parts, &Filters::default())?)];
    for language in Language::ALL {
        let name = language.name();
        if let Some(lacking) = language.lacks() {
            not_measured.push(format!("{name}: not measured: {lacking}."));
            continue;
        }
        let module = language.build(parts.config)?;
        let file = std::fs::metadata(&module)?.len();
        rows.push((name, Some(file), started(parts, &filters(&module))?));
    }
    terminal::step("measuring the example filters");
    let asked: Vec<(&Envoy, Who)> = rows
        .iter()
        .map(|(_, _, (envoy, _))| (envoy, Who::Few))
        .collect();
    let prices = rounds::of(parts, size, &asked)?;
    let measured = rows
        .iter()
        .zip(prices)
        .map(|((name, file, (envoy, start)), price)| {
            Ok(Example {
                name,
                file: *file,
                start: *start,
                resident: envoy.resident_kib()? as f64 / 1024.0,
                price,
            })
        })
        .collect::<Result<_>>()?;
    Ok(Examples {
        measured,
        not_measured,
    })
}

/// An Envoy of one worker that answers, and the milliseconds until it did.
fn started(parts: &Parts<'_>, filters: &Filters) -> Result<(Envoy, f64)> {
    let start = Instant::now();
    let envoy = parts.start(filters, 1, Some(0))?;
    Ok((envoy, start.elapsed().as_secs_f64() * 1e3))
}

/// As `examples/filters/envoy.yaml` has it.
fn filters(module: &Path) -> Filters {
    Filters {
        chain: vec![json!({
            "name": "example",
            "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm",
                "config": {
                    "name": "example",
                    "vm_config": {
                        "runtime": "envoy.wasm.runtime.v8",
                        "code": { "local": { "filename": module } }
                    }
                }
            }
        })],
        routes: Vec::new(),
    }
}

impl Examples {
    /// The table in Markdown, so that it can be quoted as it is.
    pub fn table(&self) -> Vec<String> {
        let without = self.measured.first().map_or(0.0, |row| row.resident);
        let mut lines = vec![
            "| example filter | KiB of the module | ms from start to first answer | MiB resident, one worker | added | µs CPU a request | added | requests/s on one core |"
                .to_owned(),
            "|---|---|---|---|---|---|---|---|".to_owned(),
        ];
        for row in &self.measured {
            let of_a_filter = |text: String| row.file.map(|_| text).unwrap_or_default();
            let kib = row
                .file
                .map(|bytes| format!("{:.0}", bytes as f64 / 1024.0));
            lines.push(format!(
                "| {} | {} | {:.0} | {:.0} | {} | {} | {} | {} |",
                row.name,
                kib.unwrap_or_default(),
                row.start,
                row.resident,
                of_a_filter(format!("{:.0}", row.resident - without)),
                row.price.cpu,
                of_a_filter(row.price.added.to_string()),
                row.price.requests_a_second,
            ));
        }
        lines.push(String::new());
        lines.extend(self.not_measured.iter().cloned());
        lines
    }

    /// The same for programs.
    pub fn json(&self) -> Value {
        self.measured
            .iter()
            .map(|row| {
                json!({
                    "filter": row.name, "file_bytes": row.file, "start_ms": row.start,
                    "resident_mib": row.resident,
                    "cpu_micros": row.price.cpu.json(), "added_micros": row.price.added.json(),
                    "requests_a_second": row.price.requests_a_second.json(),
                })
            })
            .collect()
    }
}
