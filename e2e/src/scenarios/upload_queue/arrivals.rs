//! How pictures get into the queue, and from there into the page.

use anyhow::{Context, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};

use crate::accessibility::in_every_look;
use crate::browser::File;
use crate::images;
use crate::visitor::Visitor;

/// The page was made for an empty gallery; all that works on pictures works on the first one.
pub async fn first_picture(visitor: &Visitor<'_>) -> Result<()> {
    let browser = visitor.browser;
    ensure!(
        !visitor.is_seen("[data-search]").await?,
        "nothing to search, yet a field for it"
    );
    visitor.drop_pictures(1).await?;
    visitor.sees_pictures(1).await?;
    visitor.no_longer_sees("[data-empty]").await?;
    browser.visible("[data-search]").await?;
    visitor.ticks(1).await?;
    visitor.reads_in("[data-batch-count]", "1 selected").await?;
    browser.type_into("#batch-tags", "first").await?;
    browser.click("button[value='tag']").await?;
    browser.visible(".finder a.chip[href*='first']").await?;
    visitor.sees_pictures(1).await
}

/// A search shows what it found, and a link to the rest until that is found as well.
pub async fn elsewhere(visitor: &Visitor<'_>) -> Result<()> {
    const REST: &str = "[data-tray] p a[href^='/t/']";
    let search = format!("{}?q=picture+1", visitor.gallery);
    visitor.browser.open_page(&search).await?;
    let file = [("other.png", "image/png", images::small_png()?)];
    visitor
        .browser
        .drop_files("form[data-upload]", &file)
        .await?;
    visitor.browser.visible(REST).await?;
    let owner = visitor.person().await?;
    let path = format!("/t/{}/images", visitor.name);
    let listed = owner.client.call(Method::GET, &path, &Value::Null).await?;
    let id = listed.expect(200)?.json()?["images"][0]["id"].clone();
    let path = format!("{path}/{}", id.as_str().context("no id")?);
    let title = json!({"title": "picture 1, too"});
    let named = owner.client.call(Method::PATCH, &path, &title).await?;
    named.expect(200)?;
    visitor.drop_pictures(1).await?;
    visitor.sees_pictures(2).await?;
    visitor.no_longer_sees(REST).await?;
    let nothing = format!("{}?q=nowhere", visitor.gallery);
    visitor.browser.open_page(&nothing).await?;
    visitor.drop_pictures(1).await?;
    visitor.browser.click(REST).await?;
    visitor.sees_pictures(3).await
}

pub async fn samples(visitor: &Visitor<'_>) -> Result<()> {
    visitor.browser.click("[data-samples]").await?;
    visitor.sees_pictures(12).await?;
    visitor.no_longer_sees("[data-empty]").await
}

pub async fn forty_files(visitor: &Visitor<'_>) -> Result<()> {
    const LISTEN: &str = r"
        window.said = [];
        const region = document.querySelector('[data-said]');
        new MutationObserver(() => window.said.push(region.textContent))
            .observe(region, {childList: true, characterData: true, subtree: true});";
    visitor.browser.script(LISTEN, vec![]).await?;
    visitor.drop_pictures(40).await?;
    let count = "[data-tally]";
    visitor.reads_in(count, "of 40 added").await?;
    in_every_look(visitor.browser, "queue-forty").await?;
    visitor.sees_pictures(40).await?;
    visitor.reads_in(count, "40 of 40 added").await?;
    visitor
        .waits_for("window.said.at(-1).includes('All 40 are added.')")
        .await?;
    // At the start, each quarter, and the end; not for every file.
    let said = visitor.value("window.said.length").await?;
    ensure!(
        said.as_u64().is_some_and(|said| said <= 5),
        "said {said} times"
    );
    Ok(())
}

pub async fn every_way_in(visitor: &Visitor<'_>) -> Result<()> {
    let browser = visitor.browser;
    let file = || -> Result<[File<'_>; 1]> { Ok([("one.png", "image/png", images::small_png()?)]) };
    browser.drop_files("footer", &file()?).await?;
    visitor.sees_pictures(1).await?;
    browser.paste("body", &file()?, "").await?;
    visitor.sees_pictures(2).await?;
    let folder = tempfile::tempdir()?;
    let chosen = folder.path().join("chosen.png");
    std::fs::write(&chosen, images::small_png()?)?;
    browser
        .type_into("input[type='file']", &chosen.to_string_lossy())
        .await?;
    visitor.sees_pictures(3).await
}

/// Cells of a table bring their picture along, and a tile its thumbnail.
pub async fn not_meant_for_it(visitor: &Visitor<'_>) -> Result<()> {
    let browser = visitor.browser;
    visitor.drop_pictures(1).await?;
    visitor.sees_pictures(1).await?;
    let file = [("cells.png", "image/png", images::small_png()?)];
    let left = browser.paste("[data-search]", &file, "a\tb").await?;
    ensure!(left, "the field did not get its text");
    let drag = |kind: &str| {
        format!(
            "document.querySelector('.tile img').dispatchEvent(new DragEvent('{kind}', {{bubbles: true}}))"
        )
    };
    visitor.value(&drag("dragstart")).await?;
    browser.drop_files("main", &file).await?;
    visitor.value(&drag("dragend")).await?;
    let queued = browser.all("[data-queue] li").await?.len();
    visitor
        .waits_for("document.querySelectorAll('[data-queue] li').length === 0")
        .await?;
    visitor.sees_pictures(1).await?;
    ensure!(queued <= 1, "{queued} files are in the queue");
    Ok(())
}
