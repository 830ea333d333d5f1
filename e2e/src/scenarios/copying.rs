//! Copying a link works where browsers have no clipboard for pages: on plain http, by a host's name.

use anyhow::{Context, Result, ensure};

use crate::browser::Browser;
use crate::images;
use crate::mesh::{Kind, Mesh};
use crate::scenario::Scenario;

const HOST: &str = "hub.test";

pub fn scenarios() -> Vec<Scenario> {
    vec![Scenario::new(
        "copying::a_link_works_on_plain_http_and_leaves_the_focus_where_it_was",
        Kind::TwoWorkersSqlite,
        |mesh| async move {
            let browser = Browser::open_knowing(HOST).await?;
            let copied = browser
                .with_evidence("copying", copy_a_link(&mesh, &browser))
                .await;
            browser.close().await?;
            copied
        },
    )]
}

async fn copy_a_link(mesh: &Mesh, browser: &Browser) -> Result<()> {
    let url = format!("http://{HOST}:{}", mesh.edge().port());
    let owner = mesh.client().sign_up("copier").await?;
    let kept = owner.keep("one.png", images::small_png()?).await?;
    let id = kept["id"].as_str().context("no id")?;
    let page = format!("/t/{}/images/{id}", owner.name);
    let share = format!("image={id}&audience=anyone&days=7&next={page}");
    let shares = format!("/t/{}/shares", owner.name);
    owner.post_form(&shares, &share).await?;
    browser.log_in(&url, &owner.name).await?;
    browser.open_page(&format!("{url}{page}#sharing")).await?;
    let secure = browser.script("return isSecureContext", vec![]).await?;
    ensure!(secure == false, "the page is a secure context");

    let link = browser.visible("#sharing .copyable input").await?;
    let link = link.prop("value").await?.context("the link is empty")?;
    ensure!(link.contains(&format!("/s/{}/", owner.name)), "{link}");
    browser.click("#sharing [data-copy]").await?;
    browser
        .until("it is said that the link is copied", || async {
            let said = browser.visible("#sharing [data-copied]").await?;
            let said = said.text().await?;
            ensure!(said == "Copied.", "{said:?}");
            Ok(())
        })
        .await?;
    let focused = "return document.activeElement.matches('#sharing [data-copy]')";
    let focused = browser.script(focused, vec![]).await?;
    ensure!(focused == true, "the focus has left the button");
    browser.click("[data-album] summary").await?;
    // Control and V, as the WebDriver protocol spells keys.
    browser.type_into("#album", "\u{e009}v").await?;
    let pasted = browser.visible("#album").await?.prop("value").await?;
    ensure!(pasted.as_deref() == Some(link.as_str()), "{pasted:?}");
    Ok(())
}
