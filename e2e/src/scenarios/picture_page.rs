//! A picture's page in a real browser: what was pulled has its own name, an upgrade is seen where it
//! was made, and whoever uses a keyboard stays where they are.

use anyhow::{Context, Result, ensure};
use reqwest::Method;
use serde_json::json;

use crate::accessibility::in_every_look;
use crate::client::PASSWORD;
use crate::images;
use crate::scenario::Scenario;
use crate::visitor::{Visitor, scenario};

pub fn scenarios() -> Vec<Scenario> {
    vec![
        scenario("picture_page::a_pull_is_saved_under_its_exact_name", name),
        scenario(
            "picture_page::an_upgrade_is_seen_where_it_was_made",
            upgrade,
        ),
        scenario(
            "picture_page::a_link_is_copied_where_the_clipboard_is_refused",
            copy,
        ),
        scenario("picture_page::arrows_lead_to_its_neighbours", neighbours),
        scenario(
            "picture_page::letters_can_be_switched_off_and_the_list_stays",
            letters_off,
        ),
        scenario("picture_page::a_click_on_the_picture_looks_closer", closer),
        scenario("picture_page::an_animation_plays_for_one_pull", animation),
        scenario("picture_page::the_meter_fills_again", meter),
        scenario(
            "picture_page::eleven_pulls_are_shown_and_none_is_saved",
            eleven_pulls,
        ),
        scenario(
            "picture_page::an_ended_session_leads_back_to_the_picture",
            session_ended,
        ),
        scenario("picture_page::a_refusal_says_when_it_is_over", over),
    ]
}

/// Adds a picture of that name and opens its page; answers the path of its original.
async fn open_picture(visitor: &Visitor<'_>, title: &str) -> Result<String> {
    let owner = visitor.person().await?;
    let image = owner.keep("one.png", images::small_png()?).await?;
    let page = format!(
        "/t/{}/images/{}",
        visitor.name,
        image["id"].as_str().context("no id")?
    );
    let edit = json!({"title": title});
    owner
        .client
        .call(Method::PATCH, &page, &edit)
        .await?
        .expect(200)?;
    visitor.opens(&page).await?;
    Ok(format!("{page}/pull"))
}

async fn name(visitor: &Visitor<'_>) -> Result<()> {
    open_picture(visitor, "Möwe, 50 % über dem Meer").await?;
    let watch = "document.addEventListener('click', event => {
        if (event.target.href?.startsWith('blob:')) window.savedAs = event.target.download;
    }, true)";
    visitor.browser.script(watch, vec![]).await?;
    visitor.browser.click("[data-pull-button]").await?;
    visitor
        .waits_for("window.savedAs === 'Möwe, 50 % über dem Meer.png'")
        .await
}

async fn upgrade(visitor: &Visitor<'_>) -> Result<()> {
    let browser = visitor.browser;
    let pull = open_picture(visitor, "One").await?;
    let owner = visitor.person().await?;
    browser
        .until("a pull is refused", || async {
            while owner.client.get(&pull).await?.status != 429 {}
            browser.click("[data-pull-button]").await?;
            visitor
                .waits_for("!document.querySelector('[data-pull-button]').ariaDisabled || !document.querySelector('[data-refused]').hidden")
                .await?;
            ensure!(visitor.is_seen("[data-refused]").await?, "one had come back");
            Ok(())
        })
        .await?;
    browser.click("[data-pull] [data-upgrade]").await?;
    visitor
        .reads_in("[data-pull-note]", "Upgraded to team")
        .await?;
    visitor
        .waits_for("document.querySelector('[data-upgrade]') === null")
        .await?;
    visitor
        .waits_for("document.activeElement.matches('[data-pull-button]')")
        .await?;
    browser.press("\n").await?;
    visitor.reads_in("[data-pull-note]", "Pulled").await
}

async fn copy(visitor: &Visitor<'_>) -> Result<()> {
    open_picture(visitor, "One").await?;
    let refuse = "navigator.clipboard.writeText = () => Promise.reject(new Error('refused'));
        document.addEventListener('copy', () => { window.copied = getSelection().toString()
            || document.activeElement.value; });";
    visitor.browser.script(refuse, vec![]).await?;
    visitor.browser.click(".facts ~ .row [data-copy]").await?;
    visitor.reads_in("[data-copied]", "Copied").await?;
    visitor.waits_for("window.copied === location.href").await?;
    visitor
        .waits_for("document.activeElement.matches('[data-copy]')")
        .await
}

async fn neighbours(visitor: &Visitor<'_>) -> Result<()> {
    let browser = visitor.browser;
    open_picture(visitor, "Older").await?;
    open_picture(visitor, "Newer").await?;
    browser.press(RIGHT).await?;
    visitor.reads_in("h1", "Older").await?;
    browser.press(LEFT).await?;
    visitor.reads_in("h1", "Newer").await?;
    browser.press("g").await?;
    browser.arrives_at(&format!("/t/{}", visitor.name)).await
}

async fn letters_off(visitor: &Visitor<'_>) -> Result<()> {
    let browser = visitor.browser;
    open_picture(visitor, "One").await?;
    browser.press("?").await?;
    browser.click("dialog.keys input[type='checkbox']").await?;
    browser.click("dialog.keys button").await?;
    visitor.no_longer_sees("dialog.keys").await?;
    browser.press("e").await?;
    browser.press("?").await?;
    browser.visible("dialog.keys").await?;
    ensure!(
        !visitor.is_seen("[data-edit] form").await?,
        "`e` still edits"
    );
    browser.click("dialog.keys input[type='checkbox']").await?;
    browser.click("dialog.keys button").await?;
    browser.press("e").await?;
    visitor
        .waits_for("document.activeElement.id === 'title'")
        .await
}

async fn closer(visitor: &Visitor<'_>) -> Result<()> {
    let browser = visitor.browser;
    open_picture(visitor, "One").await?;
    let path = browser.path().await?;
    browser.click(".picture a").await?;
    visitor.reads_in("dialog .box-title", "One").await?;
    ensure!(
        !visitor
            .is_seen("dialog :is([aria-label='Next picture'], [aria-label='Delete'])")
            .await?,
        "there is more than this picture"
    );
    in_every_look(browser, "picture-closer").await?;
    browser.back().await?;
    visitor.no_longer_sees("dialog").await?;
    ensure!(browser.path().await? == path, "Back left the picture");
    Ok(())
}

async fn animation(visitor: &Visitor<'_>) -> Result<()> {
    let browser = visitor.browser;
    let owner = visitor.person().await?;
    let image = owner
        .keep("moving.gif", images::moving_gif(200, 100)?)
        .await?;
    let id = image["id"].as_str().context("no id")?;
    browser.open_page(&visitor.gallery).await?;
    let marked = browser.all("[data-gallery] [data-animated]").await?.len();
    ensure!(marked == 1, "{marked} pictures are marked as animated");
    let page = format!("/t/{}/images/{id}", visitor.name);
    visitor.opens(&page).await?;
    in_every_look(browser, "picture-animation").await?;
    visitor.reads_in("[data-meter-text]", "10 a minute").await?;
    browser.click("[data-play]").await?;
    visitor.no_longer_sees("[data-play]").await?;
    visitor.reads_in("[data-meter-text]", "9 of 10").await?;
    let picture = browser.visible(".picture img").await?;
    let first = picture.screenshot().await?;
    browser
        .until("the picture moves", || async {
            ensure!(picture.screenshot().await? != first, "it stands still");
            Ok(())
        })
        .await
}

/// Ten in a second, and none left: all are back soon, without a further request.
async fn meter(visitor: &Visitor<'_>) -> Result<()> {
    open_picture(visitor, "One").await?;
    let show = r#"const said = {'ratelimit': '"user";r=0;t=1, "tenant";r=5;t=1', 'ratelimit-policy': '"user";q=10;w=1, "tenant";q=100;w=1'};
        showMeter(document.querySelector('[data-meter]'), name => said[name], 'pulls', Date.now());
        return document.querySelector('[data-meter-text]').textContent"#;
    let at_first = visitor.browser.script(show, vec![]).await?;
    ensure!(at_first == "0 of 10 pulls left", "{at_first}");
    visitor
        .reads_in("[data-meter-text]", "10 of 10 pulls left")
        .await
}

/// The meter stands there before the first; the card stays when the next one has come back.
async fn eleven_pulls(visitor: &Visitor<'_>) -> Result<()> {
    let browser = visitor.browser;
    open_picture(visitor, "One").await?;
    visitor
        .reads_in("[data-meter='user'] [data-meter-text]", "10 a minute")
        .await?;
    visitor
        .reads_in("[data-meter='tenant'] [data-meter-text]", "100 a minute")
        .await?;
    let watch = "document.addEventListener('click', event => {
        if (event.target.href?.startsWith('blob:')) window.saved = true;
    }, true)";
    browser.script(watch, vec![]).await?;
    browser.click("[data-demonstration] summary").await?;
    browser.click("[data-pull-often]").await?;
    visitor
        .reads_in("[data-pull-note]", "10 pulls passed, 1 refused.")
        .await?;
    visitor
        .reads_in(
            "[data-meter='user'] [data-meter-text]",
            "0 of 10 pulls left",
        )
        .await?;
    visitor
        .reads_in("[data-meter='tenant'] [data-meter-text]", "90 of 100")
        .await?;
    let answers =
        "[...document.querySelectorAll('[data-answers] li')].map(li => li.textContent.slice(0, 7))";
    let answers = visitor.value(answers).await?;
    let mut expected = vec!["429 at "];
    expected.extend(["200 at "; 10]);
    ensure!(answers == json!(expected), "the newest first: {answers}");
    in_every_look(browser, "pull-refused").await?;
    visitor
        .reads_in("[data-refused]", "You can pull again.")
        .await?;
    browser.click("[data-refused-dismiss]").await?;
    visitor.no_longer_sees("[data-refused]").await?;
    visitor
        .waits_for("document.activeElement.matches('[data-pull-button]')")
        .await?;
    visitor.waits_for("window.saved === undefined").await
}

async fn session_ended(visitor: &Visitor<'_>) -> Result<()> {
    let browser = visitor.browser;
    open_picture(visitor, "One").await?;
    let path = browser.path().await?;
    browser.forget_cookies().await?;
    browser.click("[data-pull-button]").await?;
    visitor
        .reads_in("[data-refused-why]", "You are logged out.")
        .await?;
    browser.click("[data-refused-why] a").await?;
    browser
        .type_into("[name='username']", &visitor.name)
        .await?;
    browser.type_into("[name='password']", PASSWORD).await?;
    browser.click("main form button[type='submit']").await?;
    browser.arrives_at(&path).await
}

/// To a screen reader, too, which is spared the seconds.
async fn over(visitor: &Visitor<'_>) -> Result<()> {
    let pull = open_picture(visitor, "One").await?;
    let owner = visitor.person().await?;
    while owner.client.get(&pull).await?.status != 429 {}
    visitor.opens(&pull).await?;
    visitor
        .waits_for("document.querySelector('[data-retry-after]').ariaLive === 'off'")
        .await?;
    visitor
        .reads_in("[aria-live='polite']", "You can try again now.")
        .await
}

/// As WebDriver spells them (17.4.2, keyboard actions).
const LEFT: &str = "\u{e012}";
const RIGHT: &str = "\u{e014}";
