//! `hub explain METHOD PATH`.

use std::path::PathBuf;

use anyhow::{Context as _, Result, anyhow};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use clap::Args;
use imagehub_policy::{Asker, Explanation, Plan, Policy, Role, TenantId, explain};
use serde_json::Value;

use super::policy;
use crate::config::Config;
use crate::terminal;

#[derive(Args, Debug)]
pub struct Options {
    /// Such as GET.
    method: String,
    /// Such as /t/acme/images.
    path: String,
    /// Somebody who is logged in, whoever it is.
    #[arg(long)]
    user: Option<String>,
    /// The tenant that the user belongs to.
    #[arg(long)]
    tenant: Option<TenantId>,
    /// The user's role there [default: viewer]
    #[arg(long, requires = "tenant", value_parser = role)]
    role: Option<Role>,
    /// The tenant's plan [default: the policy's first]
    #[arg(long, requires = "tenant")]
    plan: Option<Plan>,
    /// A file with a token, which says all of this; its signature is not checked. `-` for standard input.
    #[arg(long, conflicts_with_all = ["user", "tenant"])]
    token: Option<PathBuf>,
}

fn role(text: &str) -> Result<Role, String> {
    Role::parse(text).ok_or_else(|| "is viewer, member or owner".to_owned())
}

/// Says why a request is treated as it is, by the policy in force.
///
/// # Errors
/// When policy or token cannot be read.
pub fn run(config: &Config, port: u16, options: &Options) -> Result<()> {
    let file = policy::in_force(config, port);
    let policy = policy::read(&file)?;
    let asker = asker(options, &policy)?;
    terminal::note(&format!(
        "by {} alone: how full the limits are was not looked at",
        file.display()
    ));
    match explain(&policy, &options.method, &options.path, &asker) {
        Ok(explanation) => report(&explanation),
        Err(reason) => terminal::result(&format!("refused    400 malformed: {reason}")),
    }
    Ok(())
}

fn report(told: &Explanation) {
    for (path, reason) in &told.passed_over {
        terminal::result(&format!("not        {path}: {reason}"));
    }
    terminal::result(&format!("rule       {}", told.rule));
    let verdict = match told.refused {
        Some(code) => format!("refused    {} {code}", code.status()),
        None => "passes     as long as its limits have room".to_owned(),
    };
    terminal::result(&verdict);
    if told.shadow {
        terminal::result(
            "shadow     the rule is tried out: what it refuses passes, and is reported",
        );
    }
    for (name, class, limit) in &told.buckets {
        terminal::result(&format!(
            "spends     one of the {name}'s {} in {} s, class {class}",
            limit.count(),
            limit.window_seconds()
        ));
    }
    for change in &told.otherwise {
        terminal::result(&format!("otherwise  {change}"));
    }
}

fn asker(options: &Options, policy: &Policy) -> Result<Asker> {
    if let Some(file) = &options.token {
        return token(&policy::text_of(file)?);
    }
    let Some(tenant) = &options.tenant else {
        return Ok(match options.user {
            Some(_) => Asker::User(Vec::new()),
            None => Asker::Anonymous,
        });
    };
    let first = policy.plans().first().map(|plan| plan.name.clone());
    let plan = options
        .plan
        .clone()
        .or(first)
        .context("the policy has no plan")?;
    let role = options.role.unwrap_or(Role::Viewer);
    Ok(Asker::User(vec![(tenant.clone(), role, plan)]))
}

/// Whom a token is of, as it says itself.
fn token(text: &str) -> Result<Asker> {
    let read = || -> Option<Asker> {
        let payload = text.trim().split('.').nth(1)?;
        let claims: Value = serde_json::from_slice(&BASE64URL.decode(payload).ok()?).ok()?;
        let tenants = claims
            .get("tenants")?
            .as_object()?
            .iter()
            .map(|(name, grant)| {
                let text = |member: &str| grant.get(member)?.as_str();
                let tenant = TenantId::parse(name).ok()?;
                Some((
                    tenant,
                    Role::parse(text("role")?)?,
                    Plan::parse(text("plan")?).ok()?,
                ))
            });
        tenants.collect::<Option<Vec<_>>>().map(Asker::User)
    };
    read().ok_or_else(|| anyhow!("this is no token of Image Hub's"))
}
