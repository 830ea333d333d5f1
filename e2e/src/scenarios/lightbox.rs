//! The lightbox by keyboard: there and back, and nothing deleted but the picture in hand.

use anyhow::{Result, ensure};

use crate::accessibility::in_every_look;
use crate::browser::Theme;
use crate::images;
use crate::scenario::Scenario;
use crate::visitor::{Visitor, scenario};

pub fn scenarios() -> Vec<Scenario> {
    vec![
        scenario("lightbox::arrows_step_and_stop_at_the_ends", steps),
        scenario("lightbox::back_closes_it_and_forward_opens_it", history),
        scenario(
            "lightbox::a_picture_keeps_its_size_when_it_gets_sharp",
            size,
        ),
        scenario("lightbox::fits_a_narrow_window", narrow),
        scenario("lightbox::goes_on_through_the_pages_of_a_gallery", listing),
        scenario("lightbox::fingers_swipe_and_pinch", fingers),
        scenario("lightbox::keys_and_clicks_zoom", closer),
        scenario("lightbox::says_what_is_known_about_the_picture", about),
        scenario("lightbox::x_ticks_and_d_deletes_that_picture_alone", delete),
        scenario(
            "lightbox::keys_of_a_picture_lead_to_its_page_and_its_form",
            pages,
        ),
    ]
}

const PLACE: &str = "dialog .box-place";

/// Pictures called three, two and one, newest first.
async fn open_first(visitor: &Visitor<'_>) -> Result<()> {
    let owner = visitor.person().await?;
    for name in ["one.png", "two.png", "three.png"] {
        owner.keep(name, images::small_png()?).await?;
    }
    visitor.browser.open_page(&visitor.gallery).await?;
    visitor
        .value("document.querySelector('.tile a').focus()")
        .await?;
    visitor.browser.press("\n").await?;
    visitor.reads_in(PLACE, "1 of 3").await
}

async fn steps(visitor: &Visitor<'_>) -> Result<()> {
    let browser = visitor.browser;
    open_first(visitor).await?;
    in_every_look(browser, "lightbox-small").await?;
    browser.press(RIGHT).await?;
    visitor.reads_in("dialog .box-title", "two").await?;
    browser
        .click("dialog button[aria-label='Next picture']")
        .await?;
    visitor.reads_in(PLACE, "3 of 3").await?;
    visitor
        .waits_for("document.activeElement.getAttribute('aria-disabled') === 'true'")
        .await?;
    browser.press(RIGHT).await?;
    browser.press(LEFT).await?;
    visitor.reads_in(PLACE, "2 of 3").await?;
    browser.press(ESCAPE).await?;
    visitor.no_longer_sees("dialog").await?;
    let focused = "document.activeElement === document.querySelectorAll('.tile a')[1]";
    visitor.waits_for(focused).await?;
    browser.press(RIGHT).await?;
    visitor
        .waits_for("document.activeElement === document.querySelectorAll('.tile a')[2]")
        .await
}

async fn history(visitor: &Visitor<'_>) -> Result<()> {
    let browser = visitor.browser;
    open_first(visitor).await?;
    browser.press(RIGHT).await?;
    visitor.reads_in(PLACE, "2 of 3").await?;
    browser.back().await?;
    visitor.no_longer_sees("dialog").await?;
    ensure!(
        browser.path().await? == format!("/t/{}", visitor.name),
        "Back left the gallery"
    );
    browser.forward().await?;
    visitor.reads_in(PLACE, "2 of 3").await?;
    browser.click("dialog button[aria-label='Close']").await?;
    visitor.no_longer_sees("dialog").await?;
    visitor.waits_for("!history.state").await
}

/// Smaller than the window, and larger than the thumbnail it begins with.
async fn size(visitor: &Visitor<'_>) -> Result<()> {
    let owner = visitor.person().await?;
    let picture = images::encode(&images::quadrants(700, 400), image::ImageFormat::Jpeg)?;
    owner.keep("middling.jpg", picture).await?;
    visitor.browser.open_page(&visitor.gallery).await?;
    let measure = "(({width, height}) => `${width} ${height}`)(document.querySelector('dialog img').getBoundingClientRect())";
    let at_once = visitor
        .value(&format!(
            "(document.querySelector('.tile a').click(), {measure})"
        ))
        .await?;
    ensure!(at_once == "700 400", "{at_once} at once");
    visitor
        .waits_for("(image => image.complete && image.naturalWidth === 700)(document.querySelector('dialog img'))")
        .await?;
    let sharp = visitor.value(measure).await?;
    ensure!(sharp == "700 400", "{sharp} when it is sharp");
    in_every_look(visitor.browser, "lightbox-middling").await
}

/// Whatever the picture is called.
async fn narrow(visitor: &Visitor<'_>) -> Result<()> {
    let owner = visitor.person().await?;
    let name = format!("{}.png", "a long name ".repeat(12));
    owner.keep(&name, images::small_png()?).await?;
    visitor.browser.look(Theme::Dark, 360).await?;
    visitor.browser.open_page(&visitor.gallery).await?;
    visitor.browser.click(".tile a").await?;
    visitor.reads_in(PLACE, "1 of 1").await?;
    let outside = "[...document.querySelectorAll('dialog[open] :is(a, button, img, .box-place)')]
        .filter(part => part.getBoundingClientRect().left < 0 || part.getBoundingClientRect().right > innerWidth)
        .map(part => part.outerHTML).join()";
    let outside = visitor.value(outside).await?;
    ensure!(outside == "", "{outside} is not in the window");
    Ok(())
}

/// Two more than one page of it.
async fn listing(visitor: &Visitor<'_>) -> Result<()> {
    let browser = visitor.browser;
    let owner = visitor.person().await?;
    for number in 1..=52 {
        let name = format!("{number}.png");
        owner.keep(&name, images::small_png()?).await?;
    }
    browser.open_page(&visitor.gallery).await?;
    visitor
        .value("document.querySelectorAll('.tile a')[45].focus()")
        .await?;
    browser.press("\n").await?;
    visitor.reads_in(PLACE, "46 of 50+").await?;
    browser.press(RIGHT).await?;
    visitor.reads_in(PLACE, "of 50+").await?;
    for _ in 47..52 {
        browser.press(RIGHT).await?;
    }
    visitor.reads_in(PLACE, "52 of 52").await?;
    visitor.reads_in("dialog .box-title", "1").await?;
    visitor
        .waits_for("document.querySelector('[rel=next]') === null")
        .await?;
    browser.open_page("about:blank").await?;
    browser.back().await?;
    visitor.reads_in(PLACE, "52 of 52").await?;
    browser.press(ESCAPE).await?;
    visitor.sees_pictures(52).await
}

async fn fingers(visitor: &Visitor<'_>) -> Result<()> {
    let browser = visitor.browser;
    open_first(visitor).await?;
    browser.look(Theme::Light, 360).await?;
    browser.touch(&[[(300, 400), (100, 410)]]).await?;
    visitor.reads_in(PLACE, "2 of 3").await?;
    browser.touch(&[[(60, 400), (260, 390)]]).await?;
    visitor.reads_in(PLACE, "1 of 3").await?;
    let apart = [[(170, 450), (80, 450)], [(190, 450), (280, 450)]];
    browser.touch(&apart).await?;
    visitor.waits_for(&format!("{WIDTH} > 300")).await?;
    // An enlarged picture is moved, not left.
    browser.touch(&[[(300, 400), (100, 410)]]).await?;
    visitor.reads_in(PLACE, "1 of 3").await?;
    browser.touch(&[[(180, 450), (180, 450)]]).await?;
    browser.touch(&[[(180, 450), (180, 450)]]).await?;
    visitor.waits_for(&format!("{WIDTH} === 48")).await
}

const WIDTH: &str = "document.querySelector('dialog img').getBoundingClientRect().width";

async fn closer(visitor: &Visitor<'_>) -> Result<()> {
    let browser = visitor.browser;
    open_first(visitor).await?;
    browser.look(Theme::Light, 1200).await?;
    browser.press("z").await?;
    visitor.waits_for(&format!("{WIDTH} === 120")).await?;
    browser.press("-").await?;
    visitor.waits_for(&format!("{WIDTH} === 80")).await?;
    browser.press("+").await?;
    visitor.waits_for(&format!("{WIDTH} === 120")).await?;
    browser.press(RIGHT).await?;
    visitor.waits_for(&format!("{WIDTH} === 48")).await?;
    browser.click("dialog [aria-label='Zoom']").await?;
    visitor.waits_for(&format!("{WIDTH} === 120")).await
}

async fn about(visitor: &Visitor<'_>) -> Result<()> {
    let browser = visitor.browser;
    open_first(visitor).await?;
    browser.press("i").await?;
    visitor.reads_in("dialog aside h2", "three").await?;
    in_every_look(browser, "lightbox-about").await?;
    browser.press(RIGHT).await?;
    visitor.reads_in("dialog aside h2", "two").await?;
    let known = visitor.reads("dialog aside dl").await?;
    ensure!(
        known.contains(&format!("by {}", visitor.name)) && known.contains("48 × 32 pixels"),
        "{known}"
    );
    browser.press("i").await?;
    visitor.no_longer_sees("dialog aside").await?;
    browser.click("dialog [aria-label='Share']").await?;
    visitor.reads_in("#sharing-heading", "Share").await
}

async fn delete(visitor: &Visitor<'_>) -> Result<()> {
    let browser = visitor.browser;
    open_first(visitor).await?;
    browser.press("x").await?;
    visitor
        .waits_for("document.querySelector('dialog [aria-label=Select]').ariaPressed === 'true'")
        .await?;
    browser.press(RIGHT).await?;
    visitor.reads_in(PLACE, "2 of 3").await?;
    browser.press("d").await?;
    visitor.sees_pictures(2).await?;
    let left = "[...document.querySelectorAll('.tile img')].map(image => image.alt).join()";
    visitor
        .waits_for(&format!("{left} === 'three,one'"))
        .await?;
    browser.click(".note form button[value='restore']").await?;
    visitor.sees_pictures(3).await
}

async fn pages(visitor: &Visitor<'_>) -> Result<()> {
    let browser = visitor.browser;
    open_first(visitor).await?;
    let page = visitor
        .value("document.querySelector('.tile a').getAttribute('href')")
        .await?;
    let page = page.as_str().unwrap_or_default().to_owned();
    browser.press("e").await?;
    browser.arrives_at(&page).await?;
    visitor
        .waits_for("document.activeElement.id === 'title'")
        .await?;
    visitor.value("document.activeElement.blur()").await?;
    browser.press("g").await?;
    browser.arrives_at(&format!("/t/{}", visitor.name)).await
}

/// As WebDriver spells them (17.4.2, keyboard actions).
const LEFT: &str = "\u{e012}";
const RIGHT: &str = "\u{e014}";
const ESCAPE: &str = "\u{e00c}";
