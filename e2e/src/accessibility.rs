//! axe-core, the accessibility rules that browsers' makers and testers use, on the page one sees.

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::browser::{self, Browser};

/// Runs every rule on the browser's page; says which were broken, and by what.
///
/// # Errors
/// When a rule is broken, or the rules cannot be run.
pub async fn judge(browser: &Browser, page: &str) -> Result<()> {
    const RUN: &str = r"
        ;return axe.run(document, {resultTypes: ['violations']}).then(result => [result.passes.length,
            result.violations.map(rule => [rule.id, rule.help,
                rule.nodes.map(node => node.html + ' ' + node.failureSummary)])])";
    let rules = std::fs::read_to_string(browser::tool(&["axe.min.js"])?)?;
    let answer = browser
        .script(&(rules + RUN), vec![])
        .await
        .with_context(|| format!("{page}: running the rules"))?;
    let (kept, broken) = (&answer[0], &answer[1]);
    ensure!(
        kept.as_u64().is_some_and(|kept| kept > 0),
        "{page}: no rule was run: {answer}"
    );
    ensure!(
        broken.as_array().is_some_and(Vec::is_empty),
        "{page}: {}",
        described(broken)
    );
    Ok(())
}

fn described(broken: &Value) -> String {
    let rules = broken.as_array().map(Vec::as_slice).unwrap_or_default();
    rules
        .iter()
        .map(|rule| format!("{} ({}): {:#}", rule[0], rule[1], rule[2]))
        .collect::<Vec<_>>()
        .join("\n")
}
