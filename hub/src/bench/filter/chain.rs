//! The chains of filters: all do the same job, as far as they can.

use anyhow::Result;
use serde_json::json;

use super::parts::{Parts, Who};
use super::{lua, native};
use crate::bench::envoy::Filters;
use crate::bench::wasm;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chain {
    Nothing,
    Filter,
    Module,
    Native,
    NativeUncached,
    Lua,
}

impl Chain {
    pub const ALL: [Self; 6] = [
        Self::Nothing,
        Self::Filter,
        Self::Module,
        Self::Native,
        Self::NativeUncached,
        Self::Lua,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Nothing => "no filter",
            Self::Filter => "this filter (Wasm)",
            Self::Module => "the same policy as a dynamic module",
            Self::Native => "jwt_authn with cache + rbac + local_ratelimit",
            Self::NativeUncached => "jwt_authn without cache + rbac + local_ratelimit",
            Self::Lua => "Lua",
        }
    }

    /// What it leaves undone of the job.
    pub fn lacks(self) -> &'static str {
        match self {
            Self::Nothing => "everything",
            Self::Filter => "nothing",
            Self::Module => "keys are not fetched",
            Self::Native | Self::NativeUncached => {
                "a policy for each tenant in the configuration; user and tenant not charged together; \
                 no structured RateLimit fields, no problem details, no page"
            }
            Self::Lua => "no signature is verified; counters of each worker apart",
        }
    }

    /// Whether such a request means something to it.
    pub fn serves(self, who: Who) -> bool {
        match self {
            // It verifies nothing: a new token costs what a known one does.
            Self::Lua => who != Who::New,
            _ => true,
        }
    }

    /// Its configuration.
    ///
    /// # Errors
    /// When the filter's cannot be read.
    pub fn filters(self, parts: &Parts<'_>) -> Result<Filters> {
        Ok(match self {
            Self::Nothing => Filters::default(),
            Self::Filter => wasm::filters(parts.config, &parts.wasm, &parts.policy)?,
            Self::Module => module("imagehub", &parts.policy),
            Self::Native => native::filters(&parts.issuer, native::Cache::On),
            Self::NativeUncached => native::filters(&parts.issuer, native::Cache::Off),
            Self::Lua => lua::filters(),
        })
    }
}

/// The dynamic module as a filter of that name.
pub fn module(name: &str, policy: &str) -> Filters {
    Filters {
        chain: vec![json!({
            "name": "envoy.filters.http.dynamic_modules",
            "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.filters.http.dynamic_modules.v3.DynamicModuleFilter",
                "dynamic_module_config": {"name": "imagehub_module"},
                "filter_name": name,
                "filter_config": {
                    "@type": "type.googleapis.com/google.protobuf.StringValue",
                    "value": policy
                }
            }
        })],
        routes: Vec::new(),
    }
}
