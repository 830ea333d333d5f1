//! What concerns one file alone is said on its line, with what can be done about it.

use anyhow::{Context, Result, ensure};
use image::ImageFormat;

use crate::accessibility::in_every_look;
use crate::browser::File;
use crate::images;
use crate::visitor::Visitor;

use super::holds::SENT;

const LINE: &str = "[data-queue] li";
const ACTION: &str = "[data-queue] li button";

/// Whoever cancels by keyboard is not lost at the top of the page either.
pub async fn cancelled(visitor: &Visitor<'_>) -> Result<()> {
    let browser = visitor.browser;
    browser.slow_uploads(20_000).await?;
    let file = images::encode(&images::noise(600, 600), ImageFormat::Png)?;
    browser
        .drop_files("form[data-upload]", &[("large.png", "image/png", file)])
        .await?;
    visitor.reads_in(ACTION, "Cancel").await?;
    browser.visible(ACTION).await?.send_keys("\n").await?;
    visitor.no_longer_sees(LINE).await?;
    visitor
        .waits_for("document.activeElement === document.querySelector('input[type=file]')")
        .await?;
    browser.slow_uploads(-1).await?;
    visitor.drop_pictures(1).await?;
    visitor.sees_pictures(1).await
}

/// No other try makes a picture of a text; wrong tags can be mended.
pub async fn failed(visitor: &Visitor<'_>) -> Result<()> {
    let browser = visitor.browser;
    let text: [File<'_>; 1] = [("notes.png", "image/png", b"no picture at all".to_vec())];
    browser.drop_files("form[data-upload]", &text).await?;
    visitor.reads_in(".queue .failed .state", "JPEG").await?;
    visitor.reads_in(ACTION, "Dismiss").await?;
    browser.click(ACTION).await?;
    visitor.no_longer_sees(LINE).await?;

    let many: Vec<String> = (0..21).map(|number| format!("tag{number}")).collect();
    browser.click("[popovertarget='options']").await?;
    browser.type_into("#tags", &many.join(",")).await?;
    visitor.drop_pictures(2).await?;
    visitor
        .reads_in(".queue .failed .state", "tags: at most 20")
        .await?;
    visitor.reads_in("[data-tally]", "Try all again").await?;
    in_every_look(browser, "queue-failed").await?;
    visitor
        .value("(tags => { tags.value = 'sea' })(document.querySelector('#tags'))")
        .await?;
    browser.click("[data-tally] button").await?;
    visitor.sees_pictures(2).await?;
    browser.visible(".finder a.chip[href*='sea']").await?;
    Ok(())
}

/// Each time the queue is told to go on at once.
pub async fn given_up(visitor: &Visitor<'_>) -> Result<()> {
    const GO_ON: &str = "(button => button.checkVisibility() && button.click())(document.querySelector('[data-held] [data-go-on]'))";
    visitor.mesh.hub(&["stop", "app"]).await?;
    visitor.drop_pictures(1).await?;
    visitor
        .browser
        .until("it is given up", || async {
            visitor.value(GO_ON).await?;
            ensure!(visitor.is_seen(".queue .failed").await?, "it is not");
            Ok(())
        })
        .await?;
    let sent = visitor.value(SENT).await?;
    ensure!(sent == 6, "given up after {sent} tries");
    visitor
        .reads_in(".queue .failed .state", "has a problem")
        .await?;
    ensure!(!visitor.is_seen("[data-held]").await?, "the queue waits");
    visitor.mesh.hub(&["start", "app"]).await?;
    visitor.reads_in(ACTION, "Try again").await?;
    visitor.browser.click(ACTION).await?;
    visitor.sees_pictures(1).await
}

/// Whether the browser is asked to ask is seen after it has left.
pub async fn leaving(visitor: &Visitor<'_>) -> Result<()> {
    const NOTE: &str = "addEventListener('beforeunload',
        event => sessionStorage.setItem('asked', event.defaultPrevented))";
    let browser = visitor.browser;
    browser.slow_uploads(20_000).await?;
    let file = images::encode(&images::noise(600, 600), ImageFormat::Png)?;
    browser
        .drop_files("form[data-upload]", &[("large.png", "image/png", file)])
        .await?;
    visitor.reads_in(ACTION, "Cancel").await?;
    visitor.value(NOTE).await?;
    browser.open_page(&visitor.gallery).await?;
    let asked = visitor.value("sessionStorage.getItem('asked')").await?;
    ensure!(asked == "true", "left without a question: {asked}");

    browser.slow_uploads(-1).await?;
    visitor.drop_pictures(1).await?;
    visitor.sees_pictures(1).await?;
    visitor.value(NOTE).await?;
    browser.open_page(&visitor.gallery).await?;
    let asked = visitor.value("sessionStorage.getItem('asked')").await?;
    ensure!(asked == "false", "asked for nothing: {asked}");
    Ok(())
}

/// A browser lists a folder a hundred at a time.
pub async fn folder(visitor: &Visitor<'_>) -> Result<()> {
    let kept = tempfile::tempdir()?;
    let folder = kept.path().join("folder");
    std::fs::create_dir_all(folder.join("deep/er"))?;
    for (name, place) in [("one", ""), ("two", "deep"), ("three", "deep/er")] {
        let path = folder.join(place).join(format!("{name}.png"));
        std::fs::write(path, images::small_png()?)?;
    }
    for number in 0..120 {
        std::fs::write(folder.join(format!("note {number}.txt")), "no picture")?;
    }
    visitor.browser.drop_paths(&[&folder]).await?;
    visitor
        .reads_in(
            "[data-queue]",
            "120 files are not pictures and were left out",
        )
        .await?;
    visitor.sees_pictures(3).await?;
    visitor.reads_in("[data-tally]", "3 of 3 added").await?;
    Ok(())
}

pub async fn known_already(visitor: &Visitor<'_>) -> Result<()> {
    let browser = visitor.browser;
    let file: [File<'_>; 1] = [("sea.png", "image/png", images::small_png()?)];
    browser.drop_files("form[data-upload]", &file).await?;
    visitor.sees_pictures(1).await?;
    let picture = visitor
        .value("document.querySelector('.tile a').getAttribute('href')")
        .await?;
    browser.open_page(&visitor.gallery).await?;
    browser.drop_files("form[data-upload]", &file).await?;
    visitor.reads_in(".queue .state", "the same as sea").await?;
    let link = "document.querySelector('.queue .state a').getAttribute('href')";
    ensure!(
        visitor.value(link).await? == picture,
        "it links to something else"
    );
    visitor.sees_pictures(1).await?;

    let page = picture.as_str().context("no address")?;
    visitor.opens(page).await?;
    browser.press("d").await?;
    browser.arrives_at(&format!("/t/{}", visitor.name)).await?;
    visitor.sees_pictures(0).await?;
    browser.drop_files("form[data-upload]", &file).await?;
    visitor
        .reads_in(".queue .state", "was in the trash, now restored: sea")
        .await?;
    ensure!(
        visitor.value(link).await? == picture,
        "it came back as another one"
    );
    visitor.sees_pictures(1).await
}

pub async fn hostile_name(visitor: &Visitor<'_>) -> Result<()> {
    const NAME: &str = "<img src=x onerror=document.title='taken'>.txt";
    let browser = visitor.browser;
    let file: [File<'_>; 1] = [(NAME, "text/plain", b"text".to_vec())];
    browser.drop_files("form[data-upload]", &file).await?;
    visitor.reads_in(".queue .failed .name", NAME).await?;
    let file = [(NAME, "image/png", images::small_png()?)];
    browser.drop_files("form[data-upload]", &file).await?;
    visitor.sees_pictures(1).await?;
    visitor
        .waits_for("document.querySelector('img[src=x]') === null && document.title !== 'taken'")
        .await
}
