//! The pages work without JavaScript: forms and links alone make the journey.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use reqwest::Method;
use reqwest::multipart::{Form, Part};

use crate::browser::Browser;
use crate::client::{PASSWORD, unique};
use crate::images;
use crate::mesh::{Kind, Mesh};
use crate::scenario::Scenario;

pub fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario::new(
            "without_script::forms_and_links_make_the_journey",
            Kind::TwoWorkersSqlite,
            |mesh| async move { without_script(&mesh).await },
        ),
        Scenario::new(
            "without_script::a_refused_pull_is_seen_and_an_upgrade_leads_back_to_the_picture",
            Kind::TwoWorkersSqlite,
            |mesh| async move {
                let browser = Browser::open().await?;
                let clicked = browser
                    .with_evidence("without-script", click_until_refused(&mesh, &browser))
                    .await;
                browser.close().await?;
                clicked
            },
        ),
    ]
}

/// By clicking alone: pull until it is refused, upgrade, and pull again.
async fn click_until_refused(mesh: &Mesh, browser: &Browser) -> Result<()> {
    let url = mesh.started().url.trim_end_matches('/').to_owned();
    let owner = mesh.client().sign_up("clicks").await?;
    let kept = owner.keep("one.png", images::small_png()?).await?;
    let page = format!(
        "/t/{}/images/{}",
        owner.name,
        kept["id"].as_str().context("no id")?
    );
    browser.run_scripts(false).await?;
    let folder = browser.save_downloads().await?;
    browser.log_in(&url, &owner.name).await?;
    browser.open_page(&format!("{url}{page}")).await?;
    let mut pulls = 0;
    while pull(browser, &folder).await? {
        pulls += 1;
        ensure!(pulls < 20, "nothing is refused");
    }
    ensure!(pulls >= 10, "refused after {pulls} pulls");
    browser.click(UPGRADE).await?;
    browser
        .click("form:has(input[value='team']) button")
        .await?;
    browser.sees("Now on team.").await?;
    let at = browser.path().await?;
    ensure!(at == page, "after the upgrade one is at {at}");
    ensure!(
        pull(browser, &folder).await?,
        "the pull after the upgrade is refused"
    );
    Ok(())
}

/// The link that only a refusal's page has.
const UPGRADE: &str = "a[href^='/plans?tenant=']";

/// Clicks the pull's link: whether the original is saved, or refused.
async fn pull(browser: &Browser, folder: &Path) -> Result<bool> {
    let before = saved(folder)?;
    browser.click("[data-pull-button]").await?;
    browser
        .until(
            "the original is saved, or a page offers an upgrade",
            || async {
                if saved(folder)? > before {
                    return Ok(true);
                }
                // Not a word of the page: a digest may have "429" in it.
                let upgrade = browser.all(UPGRADE).await?;
                ensure!(!upgrade.is_empty(), "no way to upgrade is offered");
                Ok(false)
            },
        )
        .await
}

/// Files that came whole.
fn saved(folder: &Path) -> Result<usize> {
    let mut files = 0;
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        files += usize::from(path.extension().is_none_or(|ending| ending != "crdownload"));
    }
    Ok(files)
}

async fn without_script(mesh: &Mesh) -> Result<()> {
    let name = unique("plain");
    let nobody = mesh.client();
    let origin = format!("http://{}", mesh.edge());
    let form = format!(
        "username={name}&password={}&next=",
        PASSWORD.replace(' ', "+")
    );
    let post = |path: &str, body: String, cookie: Option<&str>| {
        let request = nobody
            .request(Method::POST, path)
            .header("accept", "text/html")
            .header("origin", &origin)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body);
        match cookie {
            Some(cookie) => request.header("cookie", cookie),
            None => request,
        }
    };
    let answer = nobody
        .send(post("/signup", form, None))
        .await?
        .expect(303)?;
    let cookie = answer.header("set-cookie")?;
    for part in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        ensure!(cookie.contains(part), "no {part}: {cookie}");
    }
    let cookie = answer.session()?;
    let see = async |path: &str| {
        let request = nobody
            .request(Method::GET, path)
            .header("accept", "text/html");
        nobody.send(request.header("cookie", &cookie)).await
    };
    let gallery = see(&format!("/t/{name}")).await?.expect(200)?;
    ensure!(
        gallery.text().contains("multipart/form-data"),
        "no upload form: {gallery}"
    );
    let policy = gallery.header("content-security-policy")?;
    ensure!(
        !policy.contains("unsafe-inline") && policy.contains("'self'"),
        "not a strict policy: {policy}"
    );

    let part = Part::bytes(images::small_png()?).file_name("plain.png");
    let upload = nobody
        .request(Method::POST, &format!("/t/{name}/images"))
        .header("accept", "text/html")
        .header("origin", &origin)
        .header("cookie", &cookie)
        .multipart(Form::new().text("title", "by hand").part("file", part));
    nobody.send(upload).await?.expect(303)?;
    let gallery = see(&format!("/t/{name}")).await?.expect(200)?;
    ensure!(
        gallery.text().contains("by hand"),
        "the picture is not listed: {gallery}"
    );

    let page_path = gallery
        .text()
        .split("href=\"")
        .filter_map(|rest| rest.split('"').next())
        .find(|link| link.starts_with(&format!("/t/{name}/images/")))
        .context("no link to an image")?
        .to_owned();
    let pull = format!("{page_path}/pull");
    let page = see(&page_path).await?.expect(200)?;
    ensure!(page.text().contains("/pull"), "no link to pull: {page}");

    let mut refused = see(&pull).await?;
    for _ in 0..12 {
        refused = see(&pull).await?;
    }
    let refused = refused.expect(429)?;
    refused.retry_after()?;
    let text = refused.text();
    ensure!(
        text.contains("data-retry-after") && text.contains("Upgrade"),
        "the page of a 429 has no countdown or no Upgrade: {text}"
    );
    let upgrade = post(
        &format!("/t/{name}/plan"),
        "plan=team&next=/".to_owned(),
        Some(&cookie),
    );
    let answer = nobody.send(upgrade).await?.expect(303)?;
    let cookie = answer.session()?;
    let request = nobody
        .request(Method::GET, &pull)
        .header("accept", "text/html")
        .header("cookie", cookie);
    nobody.send(request).await?.expect(200)?;
    Ok(())
}
