//! The first page of a full gallery is small on the wire, and stays still while it loads.

use anyhow::{Context, Result, ensure};
use image::ImageFormat;
use reqwest::Method;
use serde_json::json;

use crate::browser::{Browser, Theme};
use crate::client::TestUser;
use crate::images;
use crate::mesh::{Kind, Mesh};
use crate::scenario::Scenario;
use crate::visitor::{Visitor, scenario};

const PICTURES: u32 = 50;

pub fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario::new(
            "first_page::is_small_and_stays_still",
            Kind::TwoWorkersSqlite,
            |mesh| async move {
                let browser = Browser::open().await?;
                let looked = browser
                    .with_evidence("first-page", visit(&mesh, &browser))
                    .await;
                browser.close().await?;
                looked
            },
        ),
        scenario(
            "first_page::shows_pictures_whole_and_none_behind_the_bar",
            shows_whole,
        ),
    ]
}

async fn visit(mesh: &Mesh, browser: &Browser) -> Result<()> {
    let url = mesh.started().url.trim_end_matches('/').to_owned();
    let owner = mesh.client().sign_up("first").await?;
    fill(&owner).await?;
    browser.log_in(&url, &owner.name).await?;
    browser.forget_what_is_cached().await?;
    for width in [360, 1280] {
        browser.look(Theme::Light, width).await?;
        browser
            .open_page(&format!("{url}/t/{}", owner.name))
            .await?;
        let tiles = browser.all("[data-gallery] .tile").await?.len();
        ensure!(tiles == PICTURES as usize, "{tiles} tiles");
        let top = browser.script(TOP, vec![]).await?;
        let top = top.as_f64().context("no tile")?;
        let most = if width < 640 { 200.0 } else { 260.0 };
        ensure!(
            top <= most,
            "at {width} px the first picture begins at {top}"
        );
        let bytes = browser.script(WEIGHT, vec![]).await?;
        let bytes = bytes.as_u64().context("no weight")?;
        ensure!(
            (10_000..46_000).contains(&bytes),
            "at {width} px: {bytes} bytes besides the pictures and the font"
        );
        browser.script(SCROLL, vec![]).await?;
        browser
            .until("every picture is loaded", || async {
                let waiting = browser.script(WAITING, vec![]).await?;
                ensure!(waiting == 0, "{waiting} are on their way");
                Ok(())
            })
            .await?;
        let shift = browser.script(SHIFT, vec![]).await?;
        let sum = shift["sum"].as_f64().context("no shift")?;
        ensure!(sum < 0.01, "at {width} px: things moved: {shift}");
    }
    Ok(())
}

/// Pictures of every shape, with long titles and a dozen tags.
async fn fill(owner: &TestUser) -> Result<()> {
    for number in 0..PICTURES {
        let picture = images::quadrants(120 + number * 4, 320 - number * 4);
        let name = format!("{number:02} {:.<57}.png", "a picture from the long walk");
        let file = images::encode(&picture, ImageFormat::Png)?;
        let kept = owner.keep(&name, file).await?;
        if number < 12 {
            let id = kept["id"].as_str().context("no id")?;
            let path = format!("/t/{}/images/{id}", owner.name);
            let tags = json!({"tags": [format!("tag number {number}")]});
            let tagged = owner.client.call(Method::PATCH, &path, &tags).await?;
            tagged.expect(200)?;
        }
    }
    Ok(())
}

/// From the tallest to the flattest that there is any use for.
const SHAPES: [(u32, u32); 14] = [
    (60, 300),
    (100, 280),
    (200, 300),
    (210, 280),
    (240, 240),
    (280, 210),
    (333, 250),
    (300, 200),
    (320, 180),
    (400, 200),
    (600, 100),
    (720, 60),
    (900, 50),
    (1420, 20),
];

async fn shows_whole(visitor: &Visitor<'_>) -> Result<()> {
    let (browser, owner) = (visitor.browser, visitor.person().await?);
    for (width, height) in SHAPES.into_iter().chain(SHAPES) {
        let file = images::encode(&images::quadrants(width, height), ImageFormat::Png)?;
        owner
            .keep(&format!("{width} by {height}.png"), file)
            .await?;
    }
    for scripts in [true, false] {
        browser.run_scripts(scripts).await?;
        for width in [320, 360, 640, 1280, 2560] {
            browser.look(Theme::Light, width).await?;
            browser.open_page(&visitor.gallery).await?;
            let wrong = browser.script(CROPPED, vec![]).await?;
            ensure!(
                wrong.as_array().is_some_and(Vec::is_empty),
                "at {width} px, scripts {scripts}: {wrong:#}"
            );
        }
    }
    browser.run_scripts(true).await?;
    for width in [360, 640, 1280] {
        browser.look(Theme::Light, width).await?;
        browser.open_page(&visitor.gallery).await?;
        visitor.ticks(1).await?;
        let behind = browser.script(BEHIND, vec![]).await?;
        ensure!(behind == 0, "at {width} px {behind} are behind the bar");
    }
    Ok(())
}

/// Where the first picture begins before anybody scrolls.
const TOP: &str = "return document.querySelector('.tile').getBoundingClientRect().top";

/// What is cut off by more than a twentieth, or too small to touch, or sticks out.
const CROPPED: &str = r"
    return [...document.querySelectorAll('.tile')].map(tile => {
        const image = tile.querySelector('img');
        const {width, height, right} = image.getBoundingClientRect();
        const own = tile.dataset.width / tile.dataset.height;
        const fits = getComputedStyle(image).objectFit === 'contain';
        const lost = fits ? 0 : 1 - Math.min(width / height / own, own * height / width);
        return [image.alt, lost, width, height, right];
    }).filter(([, lost, width, height, right]) => !(lost <= .05 && width >= 24 && height >= 24 && right <= innerWidth))";

/// How many pictures cannot be seen when they have the focus.
const BEHIND: &str = r"
    return [...document.querySelectorAll('.tile a')].filter(link => {
        link.focus();
        const {left, width, bottom} = link.getBoundingClientRect();
        const seen = document.elementFromPoint(left + width / 2, bottom - 6);
        return link.parentElement !== seen?.closest('.tile');
    }).length";

/// Bytes that came over the network, heads included, without the pictures and the font.
const WEIGHT: &str = r"
    return [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
        .filter(entry => !/\/thumb\/|\.woff2$/.test(entry.name))
        .reduce((sum, entry) => sum + entry.encodedBodySize, 0)";

/// To the end and back, as somebody does who looks: on from a place once its pictures are there.
const SCROLL: &str = r"
    const frame = () => new Promise(requestAnimationFrame);
    const inView = (image) => {
        const {top, bottom} = image.getBoundingClientRect();
        return bottom > 0 && top < innerHeight;
    };
    const waiting = () => [...document.querySelectorAll('[data-gallery] img')].some(image => inView(image) && !image.complete);
    const go = async (y) => {
        scrollTo(0, y);
        do { await frame(); await frame(); } while (waiting());
    };
    const end = document.documentElement.scrollHeight;
    return (async () => {
        for (let y = 0; y < end; y += innerHeight / 2) await go(y);
        await go(0);
    })()";

const WAITING: &str = r"
    return [...document.querySelectorAll('[data-gallery] img')].filter(image => !image.complete).length";

/// How much moved since the page began to load, as the Layout Instability API reckons it.
const SHIFT: &str = r"
    const frame = () => new Promise(requestAnimationFrame);
    return (async () => {
        let sum = 0;
        const moved = [];
        const add = (list) => {
            for (const entry of list) {
                sum += entry.value;
                for (const {node, previousRect, currentRect} of entry.sources)
                    moved.push([Math.round(entry.startTime), node?.cloneNode?.().outerHTML ?? node?.data, previousRect.toJSON(), currentRect.toJSON()]);
            }
        };
        const observer = new PerformanceObserver(list => add(list.getEntries()));
        observer.observe({type: 'layout-shift', buffered: true});
        await frame();
        await frame();
        add(observer.takeRecords());
        return {sum, moved};
    })()";
