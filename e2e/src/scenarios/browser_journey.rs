//! The golden journey in a real browser: sign up, drop photographs, pull until refused, upgrade, go
//! on; another person is kept out by the filter; the filter goes off and on, and nothing fails.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use image::ImageFormat;
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::client::{TestUser, unique};
use crate::images;
use crate::load::Background;
use crate::mesh::{Kind, Mesh};
use crate::scenario::Scenario;
use crate::wait;

pub fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario::new(
            "browser_journey::golden",
            Kind::TwoWorkersSqlite,
            |mesh| async move {
                let browser = Browser::open().await?;
                let walked = browser
                    .with_evidence("golden-journey", walk(&mesh, &browser))
                    .await;
                browser.close().await?;
                walked
            },
        )
        .disturbs(),
    ]
}

async fn walk(mesh: &Mesh, browser: &Browser) -> Result<()> {
    // 1. The mesh is up and healthy; `hub up` printed one URL.
    let url = mesh.started().url.trim_end_matches('/').to_owned();
    browser.open_page(&url).await?;
    browser.visible("a[href='/signup']").await?;

    let name = unique("golden");
    browser.sign_up(&url, &name).await?;
    drop_photographs(browser, &url, &name).await?;
    let picture = pull_until_refused(browser).await?;
    upgrade_and_pull(browser).await?;
    stranger_is_kept_out(mesh, browser, &url, &name).await?;
    filter_off_and_on(mesh, browser, &format!("{url}{picture}"), &url).await
}

/// 2. Sign up (one is signed in afterwards); drop photographs on the page; progress per file, then thumbnails the right way up.
async fn drop_photographs(browser: &Browser, url: &str, name: &str) -> Result<()> {
    browser.open_page(&format!("{url}/t/{name}")).await?;
    let sideways = images::jpeg_taken_sideways(&images::quadrants(1600, 1200), 6)?;
    let files = [
        ("sideways.jpg", "image/jpeg", sideways),
        ("plain.png", "image/png", images::small_png()?),
        (
            "noise.jpg",
            "image/jpeg",
            images::encode(&images::noise(900, 700), ImageFormat::Jpeg)?,
        ),
    ];
    let watch = r"
        window.seenInQueue = new Set();
        const queue = document.querySelector('[data-queue]');
        new MutationObserver(() => {
            for (const line of queue.querySelectorAll('li'))
                if (line.querySelector('progress'))
                    window.seenInQueue.add(line.querySelector('.name').textContent);
        }).observe(queue, {childList: true, subtree: true});";
    browser.script(watch, vec![]).await?;
    browser.drop_files("form[data-upload]", &files).await?;
    browser
        .until("three thumbnails are loaded", || async {
            let loaded = "return [...document.querySelectorAll('[data-gallery] img')]
                .filter(img => img.complete && img.naturalWidth > 0).length";
            let loaded = browser.script(loaded, vec![]).await?;
            ensure!(loaded == 3, "{loaded} loaded");
            Ok(())
        })
        .await?;
    let seen = browser
        .script("return [...window.seenInQueue].sort()", vec![])
        .await?;
    ensure!(
        seen == json!(["noise.jpg", "plain.png", "sideways.jpg"]),
        "progress was shown for {seen}"
    );

    // Afterwards the gallery is the server's, not the script's.
    browser.open_page(&format!("{url}/t/{name}")).await?;
    browser
        .until("the sideways picture is upright", || async {
            let colours = browser.script(UPRIGHT, vec![]).await?;
            let colours: Vec<[u8; 3]> = serde_json::from_value(colours.clone())
                .with_context(|| format!("no portrait among the thumbnails: {colours}"))?;
            let [tl, tr, bl, br] = images::QUADRANTS;
            let upright = [bl, tl, br, tr];
            let alike = colours
                .iter()
                .zip(upright)
                .all(|(a, b)| images::alike(*a, b));
            ensure!(colours.len() == 4 && alike, "{colours:?}, not {upright:?}");
            Ok(())
        })
        .await?;
    browser.screenshot("gallery").await?;
    Ok(())
}

/// The colours in the quadrants of the portrait, as the browser paints them.
const UPRIGHT: &str = r"
    const image = [...document.querySelectorAll('[data-gallery] img')]
        .find(img => img.naturalHeight > img.naturalWidth);
    if (!image) return null;
    const canvas = document.createElement('canvas');
    const [w, h] = [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
    const pen = canvas.getContext('2d');
    pen.drawImage(image, 0, 0);
    return [[.25, .25], [.75, .25], [.25, .75], [.75, .75]]
        .map(([x, y]) => [...pen.getImageData(x * w, y * h, 1, 1).data].slice(0, 3));";

/// What the filter says of its answers.
const FILTER_ANSWERED: &str =
    "Answered by the Wasm filter in Envoy. The application never saw this request.";

/// 3. Pull again and again: the 11th in a row is refused, with a countdown and an Upgrade button.
///
/// Answers the path of the picture's page.
async fn pull_until_refused(browser: &Browser) -> Result<String> {
    browser.click("[data-gallery] li:first-child a").await?;
    browser.click("dialog [data-box-page]").await?;
    browser.visible("[data-pull-button]").await?;
    let path = browser.path().await?;
    for left in (0..10).rev() {
        browser.click("[data-pull-button]").await?;
        browser
            .until("a pull is counted", || async {
                let meter = browser.visible("[data-meter-text]").await?.text().await?;
                let note = browser.visible("[data-pull-note]").await?.text().await?;
                let meter_is_right = meter.starts_with(&format!("{left} of 10"))
                    // One may have come back by now.
                    || meter.starts_with(&format!("{} of 10", left + 1));
                ensure!(
                    meter_is_right && note.contains("Pulled"),
                    "{meter:?}, {note:?}"
                );
                Ok(())
            })
            .await?;
    }
    // As many more as came back meanwhile: the clicks above may have taken seconds.
    browser
        .until("a pull is refused", || async {
            let refused = browser.all("[data-pull] [data-refused]").await?;
            let refused = refused.first().context("no refusal in the page")?;
            if !refused.is_displayed().await? {
                browser.click("[data-pull-button]").await?;
            }
            let countdown = browser.all("[data-pull] [data-countdown]").await?;
            let countdown = countdown.first().context("no countdown")?.text().await?;
            let seconds = countdown
                .trim_start_matches("in ")
                .trim_end_matches(" s")
                .parse::<u64>()
                .with_context(|| format!("the countdown says {countdown:?}"))?;
            ensure!(
                (1..=7).contains(&seconds),
                "the countdown says {countdown:?}"
            );
            let upgrade = browser.all("[data-pull] button[data-upgrade]").await?;
            let upgrade = upgrade.first().context("no Upgrade button")?;
            ensure!(
                upgrade.is_displayed().await?,
                "the Upgrade button is hidden"
            );
            ensure!(
                upgrade.text().await?.contains("Upgrade"),
                "it says something else"
            );
            Ok(())
        })
        .await?;
    let by = browser.visible("[data-refused-by]").await?.text().await?;
    ensure!(by == FILTER_ANSWERED, "the card says {by:?}");
    browser.click("[data-refused] summary").await?;
    let headers = browser.visible("[data-refused-headers]").await?;
    let headers = headers.text().await?;
    for header in [
        "HTTP 429",
        "x-imagehub-filter: ",
        "ratelimit: ",
        "retry-after: ",
    ] {
        ensure!(headers.contains(header), "no {header} in {headers:?}");
    }
    browser.screenshot("refused").await?;
    Ok(path)
}

/// 4. Upgrade to Team: the very next pull works.
async fn upgrade_and_pull(browser: &Browser) -> Result<()> {
    browser.click("[data-pull] button[data-upgrade]").await?;
    browser
        .until("the upgrade is told", || async {
            let note = browser.visible("[data-pull-note]").await?.text().await?;
            ensure!(note.contains("team"), "{note:?}");
            Ok(())
        })
        .await?;
    browser
        .until("the meter shows the new plan", || async {
            let meter = browser.visible("[data-meter-text]").await?.text().await?;
            ensure!(meter.ends_with("of 100 pulls left"), "{meter:?}");
            Ok(())
        })
        .await?;
    browser.click("[data-pull-button]").await?;
    browser
        .until("the very next pull works", || async {
            let meter = browser.visible("[data-meter-text]").await?.text().await?;
            let note = browser.visible("[data-pull-note]").await?.text().await?;
            ensure!(
                meter.contains("of 100") && note.contains("Pulled"),
                "{meter:?} {note:?}"
            );
            Ok(())
        })
        .await
}

/// 5. Another user opens the gallery: 403, answered by the filter, unseen by the application.
async fn stranger_is_kept_out(
    mesh: &Mesh,
    browser: &Browser,
    url: &str,
    tenant: &str,
) -> Result<()> {
    let golden = browser.cookies().await?;
    browser.forget_cookies().await?;
    browser.sign_up(url, &unique("other")).await?;
    let before = mesh.answered_by_application(403).await?;
    browser.open_page(&format!("{url}/t/{tenant}")).await?;
    let answer = browser
        .script(
            "return performance.getEntriesByType('navigation')[0].responseStatus",
            vec![],
        )
        .await?;
    ensure!(answer == 403, "the browser saw {answer}");
    let session = browser.visible("a[href^='/session?next=']").await?;
    ensure!(
        session.is_displayed().await?,
        "no way to refresh the session"
    );
    let after = mesh.answered_by_application(403).await?;
    ensure!(before == after, "the application answered it");
    browser.sees(FILTER_ANSWERED).await?;
    browser.visible("header a.brand[href='/']").await?;
    browser.forget_cookies().await?;
    browser.set_cookies(golden).await
}

/// A page left open notices within ten seconds what became of the filter.
async fn chip_says(browser: &Browser, words: &str) -> Result<()> {
    let what = format!("the chip says {words:?}");
    wait::until(&what, Duration::from_secs(10), || async {
        let chip = browser.visible("[data-mesh]").await?.text().await?;
        ensure!(chip.contains(words), "{chip:?}");
        Ok(())
    })
    .await
}

/// 6. Filter off: limits are gone; on: they are back; nothing restarted, not one request failed.
async fn filter_off_and_on(mesh: &Mesh, browser: &Browser, picture: &str, url: &str) -> Result<()> {
    let others: TestUser = mesh
        .client()
        .sign_up("background")
        .await?
        .on_plan("enterprise")
        .await?;
    let path = format!("/t/{}/images?limit=1", others.name);
    let client = others.client.clone();
    let load = Background::start(4, Duration::from_millis(40), 200, move |_| {
        let (client, path) = (client.clone(), path.clone());
        async move { client.get(&path).await }
    });
    let application = crate::process::listening_on(mesh.started().ports.app)?;

    browser.open_page(picture).await?;
    chip_says(browser, "· on").await?;
    mesh.hub(&["filter", "off"]).await?;
    chip_says(browser, "Filter off").await?;
    let meter = "return getComputedStyle(document.querySelector('[data-meter]')).visibility";
    let meter = browser.script(meter, vec![]).await?;
    ensure!(meter == "hidden", "the meter is {meter}");
    browser.sees("pulls are not limited").await?;
    let pulls = r"
        const path = arguments[0];
        return Promise.all(Array.from({length: 160}, async () => {
            const answer = await fetch(path, {cache: 'no-store'});
            await answer.arrayBuffer();
            return [answer.status, answer.headers.has('ratelimit')];
        }))";
    let pull = browser
        .script(
            "return document.querySelector('[data-pull]').dataset.pull",
            vec![],
        )
        .await?;
    let seen = browser.script(pulls, vec![pull.clone()]).await?;
    let free = |answer: &Value| *answer == json!([200, false]);
    let answers = seen.as_array().context("no answers")?;
    ensure!(answers.iter().all(free), "with the filter off: {seen}");

    mesh.hub(&["filter", "on"]).await?;
    chip_says(browser, "· on").await?;
    let seen = browser.script(pulls, vec![pull]).await?;
    let answers = seen.as_array().context("no answers")?;
    ensure!(
        answers.iter().any(|answer| *answer == json!([429, true])),
        "160 pulls on a plan of 100, all passed: {seen}"
    );
    ensure!(
        crate::process::listening_on(mesh.started().ports.app)? == application,
        "the application was restarted"
    );
    load.finish_without_complaint(100).await?;
    browser.open_page(url).await
}
