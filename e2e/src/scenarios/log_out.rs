//! Who logs out at a shared computer leaves nothing behind that *Back* would show.

use anyhow::{Result, ensure};

use crate::browser::Browser;
use crate::images;
use crate::mesh::{Kind, Mesh};
use crate::scenario::Scenario;

pub fn scenarios() -> Vec<Scenario> {
    vec![Scenario::new(
        "log_out::back_shows_nothing_that_the_browser_kept",
        Kind::TwoWorkersSqlite,
        |mesh| async move {
            let browser = Browser::open_keeping_pages().await?;
            let left = browser
                .with_evidence("log_out", leave(&mesh, &browser))
                .await;
            browser.close().await?;
            left
        },
    )]
}

async fn leave(mesh: &Mesh, browser: &Browser) -> Result<()> {
    let url = mesh.started().url.trim_end_matches('/');
    let owner = mesh.client().sign_up("leaver").await?;
    owner.keep("one.png", images::small_png()?).await?;
    browser.log_in(url, &owner.name).await?;
    let gallery = format!("/t/{}", owner.name);
    browser.open_page(&format!("{url}{gallery}")).await?;
    browser
        .open_page(&format!("{url}{gallery}/settings"))
        .await?;

    // A page that a browser kept is loaded anew as soon as it is shown.
    browser.back().await?;
    browser.arrives_at(&gallery).await?;
    browser
        .until("the browser had kept the gallery", || async {
            let kind = "return performance.getEntriesByType('navigation')[0].type";
            let kind = browser.script(kind, vec![]).await?;
            ensure!(kind == "reload", "it came by {kind}");
            Ok(())
        })
        .await?;

    browser.forward().await?;
    browser.arrives_at(&format!("{gallery}/settings")).await?;
    browser.click("form[action='/logout'] button").await?;
    browser.visible("a[href^='/login']").await?;
    for _ in 0..2 {
        browser.back().await?;
        browser
            .until("a log-in is asked for", || async {
                let path = browser.path().await?;
                ensure!(path.starts_with("/login"), "it is at {path}");
                let tiles = browser.all("[data-tile], .tile").await?;
                ensure!(tiles.is_empty(), "{} pictures are shown", tiles.len());
                Ok(())
            })
            .await?;
    }
    Ok(())
}
