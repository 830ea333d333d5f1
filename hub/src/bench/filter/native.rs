//! The job done by Envoy's own filters: jwt_authn, rbac and local_ratelimit, with everything on that
//! this filter does too.

use serde_json::{Value, json};

use super::parts::{FREE, LIMITED};
use crate::bench::envoy::Filters;
use crate::bench::users::Issuer;

const JWT: &str = "envoy.filters.http.jwt_authn";
const RATE_LIMIT: &str = "envoy.filters.http.local_ratelimit";
/// As many as the filter keeps, and as long a token as it takes.
const CACHED_TOKENS: u32 = 4096;
const LONGEST_TOKEN: u32 = 8192;
/// A bucket for every user of the large crowd.
const USERS: u32 = 1_000_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cache {
    On,
    Off,
}

/// The chain, with a tenant's limits on the tenant's routes.
pub fn filters(issuer: &Issuer, cache: Cache) -> Filters {
    Filters {
        chain: vec![jwt_authn(issuer, cache), rbac(), local_ratelimit()],
        routes: vec![
            (
                format!("/t/{FREE}/"),
                limits(FREE, &bucket(1_000_000, 1), &bucket(1_000_000, 1)),
            ),
            (
                format!("/t/{LIMITED}/"),
                limits(LIMITED, &bucket(10, 60), &bucket(100, 60)),
            ),
        ],
    }
}

fn jwt_authn(issuer: &Issuer, cache: Cache) -> Value {
    let mut provider = json!({
        "issuer": "imagehub",
        "audiences": ["imagehub"],
        "local_jwks": {"inline_string": issuer.jwks().to_string()},
        "forward": true,
        "clock_skew_seconds": 30,
        "payload_in_metadata": "session",
        "claim_to_headers": [{"header_name": "x-imagehub-user", "claim_name": "sub"}]
    });
    if cache == Cache::On {
        provider["jwt_cache_config"] =
            json!({"jwt_cache_size": CACHED_TOKENS, "jwt_max_token_size": LONGEST_TOKEN});
    }
    json!({
        "name": JWT,
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication",
            "providers": {"imagehub": provider},
            "rules": [{"match": {"prefix": "/t/"}, "requires": {"provider_name": "imagehub"}}]
        }
    })
}

/// One policy for each tenant: rbac cannot compare the path with the token.
fn rbac() -> Value {
    let member_of = |tenant: &str| {
        json!({
            "permissions": [{"url_path": {"path": {"prefix": format!("/t/{tenant}/")}}}],
            "principals": [{"sourced_metadata": {
                "metadata_source": "DYNAMIC",
                "metadata_matcher": {
                    "filter": JWT,
                    "path": [{"key": "session"}, {"key": "tenants"}, {"key": tenant}, {"key": "role"}],
                    "value": {"or_match": {"value_matchers": [
                        {"string_match": {"exact": "owner"}},
                        {"string_match": {"exact": "member"}},
                        {"string_match": {"exact": "viewer"}}
                    ]}}
                }
            }}]
        })
    };
    json!({
        "name": "envoy.filters.http.rbac",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC",
            "rules": {
                "action": "ALLOW",
                "policies": {FREE: member_of(FREE), LIMITED: member_of(LIMITED)}
            }
        }
    })
}

fn local_ratelimit() -> Value {
    json!({
        "name": RATE_LIMIT,
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit",
            "stat_prefix": "elsewhere"
        }
    })
}

fn bucket(count: u32, window_seconds: u32) -> Value {
    json!({
        "max_tokens": count,
        "tokens_per_fill": count,
        "fill_interval": format!("{window_seconds}s")
    })
}

/// The tenant's own bucket, and one for each of its users, made when they come.
fn limits(tenant: &str, user: &Value, whole_tenant: &Value) -> Value {
    let always = json!({"default_value": {"numerator": 100, "denominator": "HUNDRED"}});
    let subject = json!({"metadata": {
        "descriptor_key": "user",
        "source": "DYNAMIC",
        "metadata_key": {"key": JWT, "path": [{"key": "session"}, {"key": "sub"}]}
    }});
    json!({RATE_LIMIT: {
        "@type": "type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit",
        "stat_prefix": tenant,
        "filter_enabled": always,
        "filter_enforced": always,
        "enable_x_ratelimit_headers": "DRAFT_VERSION_03",
        "enable_retry_after_header": true,
        "max_dynamic_descriptors": USERS,
        "token_bucket": whole_tenant,
        "rate_limits": [{"actions": [subject]}],
        "descriptors": [{"entries": [{"key": "user"}], "token_bucket": user}]
    }})
}
