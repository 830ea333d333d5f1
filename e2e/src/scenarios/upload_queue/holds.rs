//! What concerns all files holds the queue, and it goes on with nothing lost.

use anyhow::{Context, Result, ensure};
use image::ImageFormat;
use reqwest::Method;
use serde_json::json;

use crate::accessibility::in_every_look;
use crate::browser::File;
use crate::client::PASSWORD;
use crate::fake_app::{FakeApp, KeySet};
use crate::images;
use crate::policy::{apply, room_for, uploads, uploads_together};
use crate::visitor::Visitor;

const HELD: &str = "[data-held]";
const NOTHING_LOST: &str = "document.querySelector('[data-queue] .failed') === null";
pub(super) const SENT: &str = "performance.getEntriesByType('resource')
    .filter(entry => entry.initiatorType === 'xmlhttprequest').length";

pub async fn limit(visitor: &Visitor<'_>) -> Result<()> {
    apply(visitor.mesh, &uploads(2, 20)?).await?;
    visitor.drop_pictures(3).await?;
    visitor.reads_in(HELD, "a lot of uploads").await?;
    visitor.reads_in("[data-held] .countdown", "in ").await?;
    in_every_look(visitor.browser, "queue-limited").await?;
    let first = seconds_left(visitor).await?;
    let sent = visitor.value(SENT).await?;
    let mut lowest = first;
    while let Some(left) = seconds_left(visitor).await? {
        ensure!(Some(left) <= first, "{left} s after {first:?} s");
        lowest = lowest.min(Some(left));
        let now = visitor.value(&format!("[{SENT}, {}]", seen(HELD))).await?;
        ensure!(
            now[0] == sent || now[1] == false,
            "{now} after {sent}: sent while it waits"
        );
    }
    ensure!(lowest < first, "the countdown stood still at {first:?}");
    visitor.sees_pictures(3).await?;
    visitor.no_longer_sees(HELD).await?;
    visitor.waits_for(NOTHING_LOST).await
}

/// Whoever waits may have uploaded nothing at all.
pub async fn limit_of_all(visitor: &Visitor<'_>) -> Result<()> {
    apply(visitor.mesh, &uploads_together(2, 20)?).await?;
    visitor.drop_pictures(3).await?;
    visitor.reads_in(HELD, "Everybody here together").await?;
    visitor.reads_in("[data-held] .countdown", "in ").await?;
    visitor.sees_pictures(3).await?;
    visitor.waits_for(NOTHING_LOST).await
}

/// In somebody else's gallery, where one may look only, and then add pictures again.
pub async fn role_lowered(visitor: &Visitor<'_>) -> Result<()> {
    let owner = visitor.mesh.client().sign_up("owner").await?;
    owner.take_in(&visitor.person().await?, "member").await?;
    let gallery = format!("/t/{}", owner.name);
    visitor.opens(&format!("/session?next={gallery}")).await?;
    visitor.browser.arrives_at(&gallery).await?;
    visitor.drop_pictures(1).await?;
    visitor.sees_pictures(1).await?;

    let member = format!("/api/v1/tenants/{}/members/{}", owner.name, visitor.name);
    let set = async |role: &str| {
        let body = json!({"role": role});
        owner
            .client
            .call(Method::PUT, &member, &body)
            .await?
            .expect(200)
    };
    set("viewer").await?;
    visitor.drop_pictures(2).await?;
    visitor
        .reads_in(HELD, "no longer add pictures here")
        .await?;
    in_every_look(visitor.browser, "queue-forbidden").await?;
    set("member").await?;
    visitor.browser.click("[data-held] [data-go-on]").await?;
    visitor.sees_pictures(3).await?;
    visitor.no_longer_sees(HELD).await?;
    visitor.waits_for(NOTHING_LOST).await
}

/// No plan helps, and nobody knows for how long it lasts.
pub async fn no_space(visitor: &Visitor<'_>) -> Result<()> {
    let full = json!({"code": "unavailable", "status": 507, "title": "This is unavailable",
        "detail": "There is no space left."});
    let fake_app = FakeApp::replace_application(visitor.mesh, KeySet::Real).await?;
    fake_app.answer_uploads(507, &full);
    visitor.drop_pictures(3).await?;
    visitor.reads_in(HELD, "There is no space left.").await?;
    ensure!(
        !visitor.is_seen("[data-held] [data-upgrade]").await?,
        "an upgrade is offered that makes no room"
    );
    fake_app.leave().await;
    visitor.mesh.hub(&["start", "app"]).await?;
    visitor.browser.click("[data-held] [data-go-on]").await?;
    visitor.sees_pictures(3).await?;
    visitor.waits_for(NOTHING_LOST).await
}

fn seen(css: &str) -> String {
    format!("document.querySelector('{css}').checkVisibility()")
}

/// What the countdown says, while there is one.
async fn seconds_left(visitor: &Visitor<'_>) -> Result<Option<u64>> {
    let text = visitor
        .value("(note => note.hidden ? '' : note.querySelector('[data-countdown]').textContent)(document.querySelector('[data-held]'))")
        .await?;
    let text = text.as_str().context("no countdown")?;
    let seconds = text.trim_start_matches("in ").trim_end_matches(" s");
    if seconds.is_empty() || seconds == "now" {
        return Ok(None);
    }
    seconds.parse().map(Some).with_context(|| text.to_owned())
}

/// Nothing comes back for hours: only the upgrade lets the third file through.
pub async fn upgraded(visitor: &Visitor<'_>) -> Result<()> {
    apply(visitor.mesh, &uploads(2, 86_400)?).await?;
    visitor.drop_pictures(3).await?;
    visitor.reads_in(HELD, "a lot of uploads").await?;
    visitor
        .reads_in("[data-upload] [data-meter]", "0 of 2 uploads left")
        .await?;
    visitor.browser.click("[data-held] [data-upgrade]").await?;
    visitor.sees_pictures(3).await?;
    visitor.waits_for(NOTHING_LOST).await?;
    ensure!(!visitor.is_seen(HELD).await?, "the queue still waits");
    let chip = visitor.reads("[data-plan-chip]").await?;
    ensure!(chip == "Team", "the page says {chip:?}");
    visitor
        .waits_for("document.querySelector('[data-upgrade]') === null")
        .await?;
    visitor
        .waits_for("document.activeElement !== document.body")
        .await
}

pub async fn full(visitor: &Visitor<'_>) -> Result<()> {
    apply(visitor.mesh, &room_for(50_000)?).await?;
    let noise = || images::encode(&images::noise(100, 100), ImageFormat::Png);
    let files: [File<'_>; 3] = [
        ("one.png", "image/png", noise()?),
        ("two.png", "image/png", noise()?),
        ("three.png", "image/png", noise()?),
    ];
    visitor
        .browser
        .drop_files("form[data-upload]", &files)
        .await?;
    visitor.reads_in(HELD, "does not fit").await?;
    visitor.reads_in(HELD, "50 kB").await?;
    in_every_look(visitor.browser, "queue-full").await?;
    visitor.browser.click("[data-held] [data-upgrade]").await?;
    visitor.sees_pictures(3).await?;
    visitor.no_longer_sees(HELD).await?;
    visitor.waits_for(NOTHING_LOST).await
}

/// One logs in again in another window; the page with the queue stays as it is.
pub async fn session_ends(visitor: &Visitor<'_>) -> Result<()> {
    visitor.drop_pictures(1).await?;
    visitor.sees_pictures(1).await?;
    visitor.browser.forget_cookies().await?;
    visitor.drop_pictures(5).await?;
    visitor.reads_in(HELD, "logged out").await?;
    in_every_look(visitor.browser, "queue-logged-out").await?;
    let browser = visitor.browser;
    browser
        .in_a_new_window("[data-held] [data-log-in]", async {
            browser
                .type_into("input[name='username']", &visitor.name)
                .await?;
            browser
                .type_into("input[name='password']", PASSWORD)
                .await?;
            browser
                .click("form[action='/login'] button[type='submit']")
                .await?;
            browser.arrives_at(&format!("/t/{}", visitor.name)).await
        })
        .await?;
    browser.click("[data-held] [data-go-on]").await?;
    visitor.sees_pictures(6).await?;
    visitor.no_longer_sees(HELD).await?;
    visitor.waits_for(NOTHING_LOST).await
}

pub async fn offline(visitor: &Visitor<'_>) -> Result<()> {
    visitor.browser.offline(true).await?;
    visitor.drop_pictures(3).await?;
    visitor.reads_in(HELD, "offline").await?;
    visitor.browser.offline(false).await?;
    visitor.sees_pictures(3).await?;
    visitor.no_longer_sees(HELD).await?;
    visitor.waits_for(NOTHING_LOST).await
}

pub async fn application_away(visitor: &Visitor<'_>) -> Result<()> {
    visitor.mesh.hub(&["stop", "app"]).await?;
    visitor.drop_pictures(3).await?;
    visitor.reads_in(HELD, "has a problem").await?;
    visitor.mesh.hub(&["start", "app"]).await?;
    visitor.browser.click("[data-held] [data-go-on]").await?;
    visitor.sees_pictures(3).await?;
    visitor.waits_for(NOTHING_LOST).await
}
