//! What one crash kills: a chain is made to crash by a request, and others ask for what is left.

use std::time::Duration;

use anyhow::{Result, ensure};

use super::chain::{self, Chain};
use super::lua;
use super::parts::{Parts, Who};
use crate::bench::envoy::{Envoy, Filters};
use crate::bench::{clients, wasm};

const WORKERS: u16 = 4;
/// Enough fresh connections that every worker gets some.
const PROBES: u32 = 64;
const ENDS_WITHIN: Duration = Duration::from_secs(20);
/// A request with this header asks for a crash, by its value of what kind.
const TRAP: &str = "x-imagehub-trap";

/// What one crash of each kind of filter ends, as a table in Markdown.
///
/// # Errors
/// As [`of`].
pub fn table(parts: &Parts<'_>) -> Result<Vec<String>> {
    let mut lines = vec![
        "| chain | one crash ends |".to_owned(),
        "|---|---|".to_owned(),
    ];
    for chain in [Chain::Filter, Chain::Module, Chain::Native, Chain::Lua] {
        lines.push(format!("| {} | {} |", chain.name(), of(parts, chain)?));
    }
    Ok(lines)
}

/// Makes a chain crash, and says what that killed.
///
/// # Errors
/// When it cannot be started, or nothing crashes.
pub fn of(parts: &Parts<'_>, chain: Chain) -> Result<String> {
    let start = |filters: &Filters| parts.start(filters, WORKERS, None);
    match chain {
        Chain::Filter => {
            let trap = wasm::filters(parts.config, &parts.wasm_trap, &parts.policy)?;
            at_request(parts, &start(&trap)?, "trap")
        }
        Chain::Lua => at_request(parts, &start(&lua::script(LUA_ERROR))?, "error"),
        Chain::Module => {
            let mut envoy = start(&chain::module("imagehub-trap", &parts.policy))?;
            let panic = at_request(parts, &envoy, "panic")?;
            // The process ends before it answers.
            let _ = clients::get_with(&ask(&envoy), (TRAP, "abort"));
            Ok(format!("{panic}; abort: {}", end_of(&mut envoy)?))
        }
        Chain::Nothing | Chain::Native | Chain::NativeUncached => {
            // No request is known to crash it: the signal is what a bug in native code ends in.
            let mut envoy = start(&chain.filters(parts)?)?;
            envoy.crash();
            Ok(format!("SIGSEGV: {}", end_of(&mut envoy)?))
        }
    }
}

const LUA_ERROR: &str = "function envoy_on_request(handle)
  if handle:headers():get('x-imagehub-trap') then error('asked for') end
end";

fn ask(envoy: &Envoy) -> String {
    envoy.url(&Who::Few.path())
}

fn end_of(envoy: &mut Envoy) -> Result<&'static str> {
    ensure!(envoy.ends_within(ENDS_WITHIN)?, "Envoy survived it");
    Ok("the process, all workers")
}

/// What a request with such a crash kills, while the process goes on.
fn at_request(parts: &Parts<'_>, envoy: &Envoy, kind: &str) -> Result<String> {
    let crashed = clients::get_with(&ask(envoy), (TRAP, kind))?;
    let token = format!("Bearer {}", parts.token(Who::Few, 0)?);
    let refused = (0..PROBES)
        .filter(|_| {
            let status = clients::get_with(&ask(envoy), ("authorization", &token));
            !status.is_ok_and(|status| status == 200)
        })
        .count();
    let what = match (refused, crashed) {
        (0, 200) => "that request's checks: it passed".to_owned(),
        (0, status) => format!("that request ({status})"),
        (_, status) => format!(
            "a worker's VM: that request ({status}), {refused} of {PROBES} more at {WORKERS} workers"
        ),
    };
    Ok(format!("{kind}: {what}"))
}
