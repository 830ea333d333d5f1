//! axe-core, the accessibility rules that browsers' makers and testers use, on the page one sees.

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::browser::{self, Browser, Theme};

/// Both themes, wide and narrow.
const LOOKS: [(Theme, u32); 4] = [
    (Theme::Light, 1200),
    (Theme::Light, 360),
    (Theme::Dark, 360),
    (Theme::Dark, 1200),
];

/// A small telephone, and a window of 1280 pixels that shows everything twice as large.
const LITTLE_ROOM: [u32; 2] = [320, 640];

/// Judges what is shown now in either theme and width, and keeps a screenshot of each; and whether
/// it fits where there is little room.
///
/// # Errors
/// Everything that is wrong in any: a rule that is broken, a page wider than its window.
pub async fn in_every_look(browser: &Browser, name: &str) -> Result<()> {
    let mut wrong = Vec::new();
    for width in LITTLE_ROOM {
        browser.look(Theme::Light, width).await?;
        if let Err(wide) = fits(browser, &format!("{name}-{width}")).await {
            wrong.push(format!("{wide:#}"));
        }
    }
    for (theme, width) in LOOKS {
        browser.look(theme, width).await?;
        let shown = format!("{name}-{}-{width}", theme.name());
        browser.screenshot(&format!("page-{shown}")).await?;
        for judged in [fits(browser, &shown).await, judge(browser, &shown).await] {
            if let Err(broken) = judged {
                wrong.push(format!("{broken:#}"));
            }
        }
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    let (theme, width) = LOOKS[0];
    browser.look(theme, width).await
}

/// What sticks out, if anything does.
async fn fits(browser: &Browser, shown: &str) -> Result<()> {
    const WIDE: &str = r"
        if (document.documentElement.scrollWidth <= innerWidth) return null;
        return [...document.querySelectorAll('body *')]
            .filter(element => element.getBoundingClientRect().right > innerWidth)
            .slice(0, 3).map(element => element.outerHTML.slice(0, 200))";
    let wide = browser.script(WIDE, vec![]).await?;
    ensure!(wide.is_null(), "{shown}: wider than its window: {wide:#}");
    Ok(())
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
