//! axe-core, the accessibility rules that browsers' makers and testers use, on the page one sees.

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::browser::{self, Browser, Theme};

/// Wide and light, narrow and dark.
const LOOKS: [(Theme, u32); 2] = [(Theme::Light, 1200), (Theme::Dark, 360)];

/// Judges what is shown now in either theme and width, and keeps a screenshot of each.
///
/// # Errors
/// Everything that is wrong in both: a rule that is broken, a page wider than its window.
pub async fn in_both_looks(browser: &Browser, name: &str) -> Result<()> {
    let mut wrong = Vec::new();
    for (theme, width) in LOOKS {
        browser.look(theme, width).await?;
        let shown = format!("{name}-{}-{width}", theme.name());
        browser.screenshot(&format!("page-{shown}")).await?;
        let fits = "return document.documentElement.scrollWidth <= innerWidth";
        if browser.script(fits, vec![]).await? != true {
            wrong.push(format!("{shown}: wider than its window"));
        }
        if let Err(broken) = judge(browser, &shown).await {
            wrong.push(format!("{broken:#}"));
        }
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    let (theme, width) = LOOKS[0];
    browser.look(theme, width).await
}

/// Runs every rule on the browser's page; says which were broken, and by what.
///
/// # Errors
/// When a rule is broken, or the rules cannot be run.
async fn judge(browser: &Browser, page: &str) -> Result<()> {
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
