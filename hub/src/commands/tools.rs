//! `hub tools`: installs what is missing, says where everything is.

use anyhow::{Result, bail};

use crate::config::Config;
use crate::terminal;
use crate::tools::{ALL, Toolbox, wasm};

/// Installs the named tools, or all.
///
/// # Errors
/// When one cannot be installed or is not known.
pub fn run(config: &Config, names: &[String]) -> Result<()> {
    const WASM: &str = "wasm";
    let toolbox = Toolbox::new(config);
    let known = |name: &String| name == WASM || ALL.iter().any(|tool| tool.program() == *name);
    if let Some(unknown) = names.iter().find(|name| !known(name)) {
        let all: Vec<&str> = ALL
            .iter()
            .map(|tool| tool.program())
            .chain([WASM])
            .collect();
        bail!("no tool {unknown}: there are {}", all.join(", "));
    }
    let asked = |name: &str| names.is_empty() || names.iter().any(|asked| asked == name);
    for tool in ALL.into_iter().filter(|tool| asked(tool.program())) {
        let program = toolbox.ensure(tool)?;
        terminal::result(&format!("{:<13} {}", tool.program(), program.display()));
    }
    if asked(WASM) {
        let place = match wasm::ensure(&toolbox)? {
            wasm::WasmCargo::Own(_) => "the machine's own toolchain".to_owned(),
            wasm::WasmCargo::Unpacked(root) => root.display().to_string(),
        };
        terminal::result(&format!("{WASM:<13} {place}"));
    }
    Ok(())
}
