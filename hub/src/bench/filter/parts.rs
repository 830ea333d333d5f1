//! What every chain is made of: programs, modules, the policy, and users with their tokens.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::Size;
use crate::bench::envoy::{Envoy, Filters, Setup};
use crate::bench::users::{Issuer, PLAN};
use crate::config::Config;
use crate::mesh::filter_module;
use crate::tools::{Tool, Toolbox};
use crate::{build, terminal};

/// The tenant whose users are never over their limits, and its plan.
pub const FREE: &str = "bench";
const FREE_PLAN: &str = "enterprise";
/// The tenant on the smallest plan, whose user is over it after a moment.
pub const LIMITED: &str = "limited";
/// Users of the small crowd.
pub const FEW: u64 = 10;

pub struct Parts<'a> {
    pub config: &'a Config,
    pub folder: &'a Path,
    pub envoy: PathBuf,
    pub wrk: PathBuf,
    /// The filter, and one that crashes when a request asks for it.
    pub wasm: PathBuf,
    pub wasm_trap: PathBuf,
    /// The folder of the dynamic modules.
    pub modules: PathBuf,
    /// wrk's script.
    pub script: PathBuf,
    /// The shipped policy, with keys of this run and one plan without end.
    pub policy: String,
    pub issuer: Issuer,
}

impl<'a> Parts<'a> {
    /// Builds, installs and writes all of it.
    ///
    /// # Errors
    /// When something cannot be.
    pub fn get(config: &'a Config, folder: &'a Path, size: Size) -> Result<Self> {
        let toolbox = Toolbox::new(config);
        let issuer = Issuer::new()?;
        let shipped = fs::read_to_string(config.root.join("consul/policy.json"))
            .context("cannot read consul/policy.json")?;
        let script = folder.join("requests.lua");
        fs::write(&script, include_str!("requests.lua"))?;
        let wasm_trap = filter_module::install(&build::trap_filter(config)?, folder)?;
        let parts = Self {
            config,
            folder,
            envoy: toolbox.ensure(Tool::Envoy)?,
            wrk: toolbox.ensure(Tool::Wrk)?,
            wasm: filter_module::install(&build::filter(config)?, folder)?,
            wasm_trap,
            modules: build::module(config)?.with_file_name(""),
            script,
            policy: with_a_plan_without_end(&issuer.trusted_by(&shipped)?)?,
            issuer,
        };
        parts.write_tokens(size)?;
        Ok(parts)
    }

    /// Starts an Envoy with these filters.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start(&self, filters: &Filters, workers: u16, core: Option<usize>) -> Result<Envoy> {
        let setup = Setup {
            program: &self.envoy,
            folder: self.folder,
            workers,
            core,
            modules: Some(&self.modules),
        };
        Envoy::start(&setup, filters)
    }

    fn write_tokens(&self, size: Size) -> Result<()> {
        terminal::step("signing tokens");
        for (who, users) in [(Who::Few, FEW), (Who::New, size.cold), (Who::Over, 1)] {
            let tokens: Vec<String> = (0..users)
                .map(|number| self.token(who, number))
                .collect::<Result<_>>()?;
            fs::write(self.tokens(who), tokens.join("\n"))?;
        }
        Ok(fs::write(self.tokens(Who::Nobody), "")?)
    }

    /// A user's token.
    ///
    /// # Errors
    /// When the clock is set before 1970.
    pub fn token(&self, who: Who, number: u64) -> Result<String> {
        match who {
            Who::Over => self.issuer.token_in("over", LIMITED, PLAN),
            Who::New => self
                .issuer
                .token_in(&format!("new{number}"), FREE, FREE_PLAN),
            Who::Few | Who::Nobody => self.issuer.token_in(&format!("u{number}"), FREE, FREE_PLAN),
        }
    }

    /// The file of somebody's tokens, one a line.
    pub fn tokens(&self, who: Who) -> PathBuf {
        self.folder.join(format!("{who:?}.tokens").to_lowercase())
    }
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// A few users whose tokens have been seen before.
    Few,
    /// Users whose tokens are new every time.
    New,
    /// A user over the limit.
    Over,
    /// Somebody without a token.
    Nobody,
}

impl Who {
    /// What they ask for.
    pub fn path(self) -> String {
        let tenant = if self == Self::Over { LIMITED } else { FREE };
        format!("/t/{tenant}/images/x/pull")
    }

    /// What they are answered, in words of the table.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Few => "200, token seen before",
            Self::New => "200, token new",
            Self::Over => "429",
            Self::Nobody => "401",
        }
    }
}

/// More requests than any load makes: the largest limits that a policy may name.
fn with_a_plan_without_end(policy: &str) -> Result<String> {
    let mut policy: Value = serde_json::from_str(policy)?;
    let limit = json!({"count": 1_000_000, "window_seconds": 1});
    let pull = policy
        .pointer_mut(&format!("/plans/{FREE_PLAN}/pull"))
        .context("the policy has no such plan")?;
    *pull = json!({"user": limit, "tenant": limit});
    Ok(policy.to_string())
}
