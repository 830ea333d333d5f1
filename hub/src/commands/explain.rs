//! `hub explain METHOD PATH`.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;

use anyhow::{Context as _, Result, anyhow};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use clap::Args;
use imagehub_policy::{
    Asker, BucketLevel, Explanation, Grant, Plan, Policy, Question, Role, TenantId, Username,
    explain,
};
use serde_json::Value;

use super::policy;
use crate::config::Config;
use crate::mesh::Mesh;
use crate::probe::levels;
use crate::terminal;

#[derive(Args, Debug)]
pub struct Options {
    /// Such as GET.
    method: String,
    /// Such as /t/acme/images.
    path: String,
    /// The user who sends it [default: nobody, or with --tenant the user of that name]
    #[arg(long)]
    user: Option<Username>,
    /// The tenant that the user belongs to.
    #[arg(long)]
    tenant: Option<TenantId>,
    /// The user's role there [default: viewer]
    #[arg(long, requires = "tenant", value_parser = role)]
    role: Option<Role>,
    /// The tenant's plan [default: the policy's first]
    #[arg(long, requires = "tenant")]
    plan: Option<Plan>,
    /// The address it comes from, for limits of clients without an account [default: this tool's]
    #[arg(long)]
    address: Option<IpAddr>,
    /// A file with a token, which says all of this; its signature is not checked. `-` for standard input.
    #[arg(long, conflicts_with_all = ["user", "tenant"])]
    token: Option<PathBuf>,
    /// Also says of each earlier rule why it does not match.
    #[arg(long)]
    all: bool,
}

fn role(text: &str) -> Result<Role, String> {
    Role::parse(text).ok_or_else(|| "is viewer, member or owner".to_owned())
}

/// Says why a request is treated as it is, by the policy in force, and how full its limits are.
///
/// # Errors
/// When policy or token cannot be read.
pub fn run(config: &Config, port: u16, options: &Options) -> Result<()> {
    let file = policy::in_force(config, port);
    let policy = policy::read(&file)?;
    let asker = asker(options, &policy)?;
    let mut told = match explain(&policy, &options.method, &options.path, asker.as_ref()) {
        Ok(told) => told,
        Err(reason) => {
            terminal::result(&format!("refused    400 malformed: {reason}"));
            return Ok(());
        }
    };
    let question = question(options, &policy, asker.as_ref());
    match Mesh::find(config, port).and_then(|mesh| levels::ask(&mesh, &policy, &question)) {
        Ok(levels) => told.tell(&levels),
        Err(error) => terminal::note(&format!(
            "by {} alone: how full the limits are was not looked at: {error:#}",
            file.display()
        )),
    }
    report(&told, options.all);
    Ok(())
}

/// What to ask the filter. Of the asker it needs the name, and the plan of the tenant in the path.
fn question(options: &Options, policy: &Policy, asker: Option<&Asker>) -> Question {
    let route = policy.route(options.method.as_bytes(), options.path.as_bytes());
    let tenant = route.and_then(|route| route.tenant_in(&options.path));
    let grant = asker.and_then(|asker| asker.tenants.get(tenant?));
    Question {
        method: options.method.clone(),
        path: options.path.clone(),
        address: options.address.map(|address| address.to_string()),
        user: asker.map(|asker| asker.user.clone()),
        plan: grant.map(|grant| grant.plan.clone()),
    }
}

fn report(told: &Explanation, all: bool) {
    if all {
        for (path, reason) in &told.passed_over {
            terminal::result(&format!("not        {path}: {reason}"));
        }
    } else if !told.passed_over.is_empty() {
        let count = told.passed_over.len();
        terminal::result(&format!("not        {count} earlier: --all says why"));
    }
    terminal::result(&format!("rule       {}", told.rule));
    let verdict = match told.refused {
        Some(code) => format!("refused    {} {code}", code.status()),
        None if told.buckets.iter().any(|bucket| bucket.level.is_none()) => {
            "passes     as long as its limits have room".to_owned()
        }
        None => "passes".to_owned(),
    };
    terminal::result(&verdict);
    if told.shadow {
        terminal::result(
            "shadow     the rule is tried out: what it refuses passes, and is reported",
        );
    }
    for bucket in &told.buckets {
        terminal::result(&format!(
            "spends     one of the {}'s {} in {} s, class {}{}",
            bucket.name,
            bucket.limit.count(),
            bucket.limit.window_seconds(),
            bucket.class,
            bucket.level.as_ref().map(level).unwrap_or_default()
        ));
    }
    for change in &told.otherwise {
        terminal::result(&format!("otherwise  {change}"));
    }
}

fn level(level: &BucketLevel) -> String {
    match (level.remaining, level.next_in) {
        (0, seconds) => format!(": none is left, one is back in {seconds} s"),
        (remaining, 0) => format!(": {remaining} are left, as many as there may be"),
        (remaining, seconds) => format!(": {remaining} are left, one more in {seconds} s"),
    }
}

fn asker(options: &Options, policy: &Policy) -> Result<Option<Asker>> {
    if let Some(file) = &options.token {
        return token(&policy::text_of(file)?).map(Some);
    }
    let Some(tenant) = &options.tenant else {
        return Ok(options.user.clone().map(|user| Asker {
            user,
            tenants: BTreeMap::new(),
        }));
    };
    let user = match &options.user {
        Some(user) => user.clone(),
        None => Username::parse(tenant.as_str())?,
    };
    let first = policy.plans().first().map(|plan| plan.name.clone());
    let plan = options.plan.clone().or(first);
    let grant = Grant {
        role: options.role.unwrap_or(Role::Viewer),
        plan: plan.context("the policy has no plan")?,
    };
    Ok(Some(Asker {
        user,
        tenants: BTreeMap::from([(tenant.clone(), grant)]),
    }))
}

/// Whom a token is of, as it says itself.
fn token(text: &str) -> Result<Asker> {
    let read = || -> Option<Asker> {
        let payload = text.trim().split('.').nth(1)?;
        let claims: Value = serde_json::from_slice(&BASE64URL.decode(payload).ok()?).ok()?;
        Some(Asker {
            user: Username::parse(claims.get("sub")?.as_str()?).ok()?,
            tenants: serde_json::from_value(claims.get("tenants")?.clone()).ok()?,
        })
    };
    read().ok_or_else(|| anyhow!("this is no token of Image Hub's"))
}
