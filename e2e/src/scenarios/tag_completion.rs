//! Tags complete themselves, each field for itself, and what was typed before stays.

use anyhow::Result;
use reqwest::Method;
use serde_json::json;

use crate::images;
use crate::scenario::Scenario;
use crate::visitor::{Visitor, scenario};

pub fn scenarios() -> Vec<Scenario> {
    vec![
        scenario(
            "tag_completion::completes_the_last_word_of_its_own_field",
            completes,
        ),
        scenario(
            "tag_completion::a_chosen_suggestion_is_searched_as_a_tag_and_an_order_applies_at_once",
            applies_at_once,
        ),
    ]
}

/// Opens a gallery of two pictures, the older of them with tags.
async fn tagged(visitor: &Visitor<'_>) -> Result<()> {
    let owner = visitor.person().await?;
    let image = owner.keep("one.png", images::small_png()?).await?;
    owner.keep("two.png", images::small_png()?).await?;
    let path = format!(
        "/t/{}/images/{}",
        visitor.name,
        image["id"].as_str().unwrap_or_default()
    );
    let tags = json!({"tags": ["sea", "seagull", "harbour"]});
    let answer = owner.client.call(Method::PATCH, &path, &tags).await?;
    answer.expect(200)?;
    visitor.browser.open_page(&visitor.gallery).await
}

/// A browser says of a suggestion that is taken from the list that it replaces what was typed.
async fn applies_at_once(visitor: &Visitor<'_>) -> Result<()> {
    const TAKE: &str = "(field => {
        field.value = 'harbour';
        field.dispatchEvent(new InputEvent('input', {inputType: 'insertReplacementText', bubbles: true}));
    })(document.querySelector('#q'))";
    tagged(visitor).await?;
    visitor.sees_pictures(2).await?;
    visitor.value(TAKE).await?;
    visitor
        .waits_for("new URLSearchParams(location.search).get('tag') === 'harbour'")
        .await?;
    visitor.sees_pictures(1).await?;
    visitor.browser.click(".finder .chip.on").await?;
    visitor.sees_pictures(2).await?;
    let first = "document.querySelector('.tile img')?.alt";
    visitor.waits_for(&format!("{first} === 'two'")).await?;
    visitor.browser.type_into("#order", "Oldest").await?;
    visitor.waits_for(&format!("{first} === 'one'")).await
}

async fn completes(visitor: &Visitor<'_>) -> Result<()> {
    let browser = visitor.browser;
    tagged(visitor).await?;
    browser.click("[popovertarget='options']").await?;
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
    browser.type_into("#q", "har").await?;
    visitor
        .waits_for(&format!("{} === 'harbour'", options("#q")))
        .await?;
    visitor
        .waits_for(&format!("{} === '{wanted}'", options("#tags")))
        .await
}
