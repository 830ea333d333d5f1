//! Selected pictures: how they are selected by touch, and that a log-in loses none of them.

use anyhow::{Result, ensure};

use crate::accessibility::in_every_look;
use crate::client::PASSWORD;
use crate::scenario::Scenario;
use crate::visitor::{Visitor, scenario};

pub fn scenarios() -> Vec<Scenario> {
    vec![
        scenario(
            "selection::is_kept_when_the_session_has_ended",
            session_ends,
        ),
        scenario(
            "selection::is_made_by_a_long_press_that_opens_nothing",
            long_press,
        ),
    ]
}

async fn pictures(visitor: &Visitor<'_>) -> Result<()> {
    visitor.drop_pictures(3).await?;
    visitor.sees_pictures(3).await?;
    visitor.browser.open_page(&visitor.gallery).await
}

async fn session_ends(visitor: &Visitor<'_>) -> Result<()> {
    let browser = visitor.browser;
    pictures(visitor).await?;
    visitor.ticks(2).await?;
    in_every_look(browser, "selection").await?;
    let cookies = browser.cookies().await?;
    browser.forget_cookies().await?;
    browser.click("[data-batch-delete]").await?;
    visitor
        .reads_in("[data-batch-bar] [role='alert']", "You are logged out")
        .await?;
    ensure!(!cookies.is_empty(), "there was no session to end");
    browser
        .click("[data-batch-bar] a[href^='/login?next=']")
        .await?;
    browser
        .type_into("input[name='username']", &visitor.name)
        .await?;
    browser
        .type_into("input[name='password']", PASSWORD)
        .await?;
    browser
        .click("form[action='/login'] button[type='submit']")
        .await?;
    browser.arrives_at(&format!("/t/{}", visitor.name)).await?;
    visitor.reads_in("[data-batch-count]", "2 selected").await?;
    browser.click("[data-batch-delete]").await?;
    visitor.sees_pictures(1).await?;
    browser.open_page(&visitor.gallery).await?;
    ensure!(
        !visitor.is_seen("[data-batch-bar]").await?,
        "something is selected still"
    );
    Ok(())
}

/// A finger that is held down, and the click that some browsers make of it; then a short one.
async fn long_press(visitor: &Visitor<'_>) -> Result<()> {
    const PRESS: &str = r"
        const [milliseconds] = arguments;
        const link = document.querySelector('.tile a');
        const touch = kind => link.dispatchEvent(new PointerEvent(kind, {pointerType: 'touch', bubbles: true}));
        touch('pointerdown');
        return new Promise(done => setTimeout(() => {
            touch('pointerup');
            link.click();
            done();
        }, milliseconds));";
    pictures(visitor).await?;
    visitor.browser.script(PRESS, vec![800.into()]).await?;
    visitor.reads_in("[data-batch-count]", "1 selected").await?;
    ensure!(!visitor.is_seen("dialog.box").await?, "it was opened, too");
    visitor.browser.script(PRESS, vec![50.into()]).await?;
    visitor.browser.visible("dialog.box").await?;
    Ok(())
}
