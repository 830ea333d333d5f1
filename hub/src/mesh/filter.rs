//! The filter in the application's service defaults: on, off, another policy, new virtual machines.
//!
//! Several writers do this at a time: an operator, the watch, a script. Each changes only what it
//! read, so that none undoes what another did meanwhile.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;
use serde_json::Value;

use super::entries::{self, APP, Filter, Generated};
use super::{Mesh, filter_module};

/// What the filter is to become, out of what it is.
struct Wanted {
    /// `None`: off.
    module: Option<PathBuf>,
    policy: String,
    generation: u64,
}

impl Mesh {
    /// Writes every config entry, with the filter on.
    ///
    /// # Errors
    /// When Consul refuses one.
    pub fn configure(&self, module: &Path) -> Result<()> {
        let is_app = |entry: &Value| {
            entries::kind_of(entry) == "service-defaults" && entries::name_of(entry) == APP
        };
        for entry in entries::all(&self.root, &self.generated(None))? {
            if is_app(&entry) {
                self.filter_on(module)?;
            } else {
                self.consul.write_entry(&entry)?;
            }
        }
        Ok(())
    }

    /// Switches the filter on with this module and the policy in force, in new virtual machines:
    /// those of before may have died.
    ///
    /// # Errors
    /// When Consul refuses.
    pub fn filter_on(&self, module: &Path) -> Result<()> {
        let module = filter_module::install(module, &self.wasm_dir)?;
        let policy = self.policy()?;
        self.change_filter(|current| {
            Some(Wanted {
                module: Some(module.clone()),
                policy: policy.clone(),
                generation: next_generation(current),
            })
        })
        .map(|_| ())
    }

    /// Takes the filter out. Returns whether it was in.
    ///
    /// # Errors
    /// When Consul refuses.
    pub fn filter_off(&self) -> Result<bool> {
        self.change_filter(|current| {
            current.and_then(entries::module_in)?;
            Some(Wanted {
                module: None,
                policy: String::new(),
                generation: 0,
            })
        })
    }

    /// Gives the running filter another policy. Returns whether that changes anything: not when it
    /// has it, or is off.
    ///
    /// # Errors
    /// When Consul refuses.
    pub fn filter_policy(&self, policy: &str) -> Result<bool> {
        self.change_filter(|current| {
            let current = current?;
            let module = entries::module_in(current)?;
            (entries::policy_in(current) != Some(policy)).then(|| Wanted {
                module: Some(module.into()),
                policy: policy.to_owned(),
                generation: entries::generation_in(current),
            })
        })
    }

    /// Puts new virtual machines in place of those that run. Returns false when the filter is off.
    ///
    /// # Errors
    /// When Consul refuses.
    pub fn filter_reload(&self) -> Result<bool> {
        self.change_filter(|current| {
            Some(Wanted {
                module: Some(current.and_then(entries::module_in)?.into()),
                policy: current.and_then(entries::policy_in)?.to_owned(),
                generation: next_generation(current),
            })
        })
    }

    /// The module Consul has for the filter; `None` when the filter is off.
    ///
    /// # Errors
    /// When Consul is away.
    pub fn module(&self) -> Result<Option<PathBuf>> {
        let entry = self.consul.entry("service-defaults", APP)?;
        Ok(entry
            .as_ref()
            .and_then(entries::module_in)
            .map(PathBuf::from))
    }

    fn change_filter(&self, want: impl Fn(Option<&Value>) -> Option<Wanted>) -> Result<bool> {
        self.consul
            .change_entry("service-defaults", APP, |current| {
                let Some(wanted) = want(current) else {
                    return Ok(None);
                };
                let filter = wanted.module.as_deref().map(|module| Filter {
                    module,
                    policy: &wanted.policy,
                    generation: wanted.generation,
                });
                entries::app_defaults(&self.root, &self.generated(filter)).map(Some)
            })
    }

    fn generated<'a>(&self, filter: Option<Filter<'a>>) -> Generated<'a> {
        Generated {
            edge_port: self.edge_port,
            filter,
        }
    }
}

/// The time, so that it rises even over an `off`, of which no number is left.
fn next_generation(current: Option<&Value>) -> u64 {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |time| time.as_secs());
    now.max(current.map_or(0, entries::generation_in) + 1)
}
