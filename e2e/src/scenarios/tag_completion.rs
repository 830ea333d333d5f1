//! Tags complete themselves, each field for itself, and what was typed before stays.

use anyhow::Result;
use reqwest::Method;
use serde_json::json;

use crate::images;
use crate::scenario::Scenario;
use crate::visitor::{Visitor, scenario};

pub fn scenarios() -> Vec<Scenario> {
    vec![scenario(
        "tag_completion::completes_the_last_word_of_its_own_field",
        completes,
    )]
}

async fn completes(visitor: &Visitor<'_>) -> Result<()> {
    let browser = visitor.browser;
    let owner = visitor.person().await?;
    let image = owner.keep("one.png", images::small_png()?).await?;
    let path = format!(
        "/t/{}/images/{}",
        visitor.name,
        image["id"].as_str().unwrap_or_default()
    );
    let tags = json!({"tags": ["sea", "seagull", "harbour"]});
    owner
        .client
        .call(Method::PATCH, &path, &tags)
        .await?
        .expect(200)?;
    browser.open_page(&visitor.gallery).await?;
    browser.click("form[data-upload] summary").await?;
    browser.type_into("#tags", "old  town ,  se").await?;
    let options = |field: &str| {
        format!(
            "[...document.querySelector('{field}').list.options].map(option => option.value).sort().join('|')"
        )
    };
    let wanted = "old  town ,  sea|old  town ,  seagull";
    visitor
        .waits_for(&format!("{} === '{wanted}'", options("#tags")))
        .await?;
    browser.type_into("#tag", "har").await?;
    visitor
        .waits_for(&format!("{} === 'harbour'", options("#tag")))
        .await?;
    visitor
        .waits_for(&format!("{} === '{wanted}'", options("#tags")))
        .await
}
