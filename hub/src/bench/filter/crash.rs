//! What one crash kills: a chain that crashes at a request, and who is still answered.

use std::time::Duration;

use anyhow::{Result, ensure};

use super::chain::Chain;
use super::lua;
use super::parts::{Parts, Who};
use crate::bench::envoy::Envoy;
use crate::bench::{clients, wasm};
use crate::build;
use crate::mesh::filter_module;

const WORKERS: u16 = 4;
/// Enough fresh connections that every worker gets some.
const PROBES: u32 = 64;
const ENDS_WITHIN: Duration = Duration::from_secs(20);

/// Makes a chain crash, and says what is left.
///
/// # Errors
/// When the crashing one cannot be built or started.
pub fn of(parts: &Parts<'_>, chain: Chain) -> Result<String> {
    let filters = match chain {
        Chain::Filter => {
            let trap = filter_module::install(&build::trap_filter(parts.config)?, parts.folder)?;
            wasm::filters(parts.config, &trap, &parts.policy)?
        }
        Chain::Lua => lua::script(
            "function envoy_on_request(handle)\n  if handle:headers():get('x-imagehub-trap') then error('crash') end\nend",
        ),
        _ => chain.filters(parts)?,
    };
    let mut envoy = parts.start(&filters, WORKERS, None)?;
    match chain {
        Chain::Filter | Chain::Lua => {
            let crashed = clients::get_crash(&envoy.url(&Who::Few.path())).ok();
            after(parts, &envoy, crashed)
        }
        _ => {
            // Native code is not known to crash here: the signal is what a bug in it ends in.
            envoy.crash();
            ensure!(envoy.ends_within(ENDS_WITHIN)?, "Envoy survived SIGSEGV");
            Ok("the process: all workers".to_owned())
        }
    }
}

/// How requests on new connections are answered after the crash.
fn after(parts: &Parts<'_>, envoy: &Envoy, crashed: Option<u16>) -> Result<String> {
    let agent = crate::consul::http_agent(Duration::from_secs(5));
    let token = parts.token(Who::Few, 0)?;
    let failed = (0..PROBES)
        .filter(|_| {
            let status = clients::get(&agent, &envoy.url(&Who::Few.path()), &token);
            !status.is_ok_and(|status| status < 500)
        })
        .count();
    let of_that = match crashed {
        Some(200) => "that request's checks (it passed unchecked)".to_owned(),
        Some(status) => format!("that request ({status})"),
        None => "that request".to_owned(),
    };
    Ok(if failed == 0 {
        of_that
    } else {
        format!(
            "its worker's VM: {failed} of {PROBES} requests refused afterwards at {WORKERS} workers"
        )
    })
}
