//! Who comes by an invitation, or with a session that is over, is told so and gets where they meant
//! to go. What a form came to is said once, and by nothing in the address.

use anyhow::{Context, Result, ensure};
use reqwest::Method;
use serde_json::json;

use crate::browser::Browser;
use crate::client::{PASSWORD, TestUser, unique};
use crate::images;
use crate::mesh::{Kind, Mesh};
use crate::scenario::Scenario;

pub fn scenarios() -> Vec<Scenario> {
    vec![
        scenario(
            "guests::an_invitation_keeps_its_guest",
            async |mesh, browser| invited(mesh, browser).await,
        ),
        scenario(
            "guests::a_session_that_is_over_leads_back",
            async |mesh, browser| led_back(mesh, browser).await,
        ),
        scenario("guests::a_notice_is_said_once", async |mesh, browser| {
            said_once(mesh, browser).await
        }),
    ]
}

fn scenario<S>(name: &'static str, steps: S) -> Scenario
where
    S: AsyncFn(&Mesh, &Browser) -> Result<()> + Copy + Send + 'static,
{
    Scenario::new(name, Kind::TwoWorkersSqlite, move |mesh| async move {
        let browser = Browser::open().await?;
        let file = name.replace("::", "-");
        let walked = browser.with_evidence(&file, steps(&mesh, &browser)).await;
        browser.close().await?;
        walked
    })
}

fn site(mesh: &Mesh) -> String {
    mesh.started().url.trim_end_matches('/').to_owned()
}

async fn invited(mesh: &Mesh, browser: &Browser) -> Result<()> {
    let owner = mesh.client().sign_up("host").await?;
    let links = format!("/api/v1/tenants/{}/invite-links", owner.name);
    let link = json!({"role": "member"});
    let link = owner.client.call(Method::POST, &links, &link).await?;
    let link = link.expect(201)?.json()?;
    let link = link["url"].as_str().context("no link")?.to_owned();
    let host = &owner.name;
    let words = format!("{host} invites you to the gallery {host}, as a member: you can look");

    let url = site(mesh);
    browser.open_page(&format!("{url}{link}")).await?;
    browser.sees(&words).await?;
    for page in ["/login", "/signup", "/login", "/signup"] {
        browser.click(&format!("header a[href^='{page}?']")).await?;
        browser.arrives_at(page).await?;
        browser.sees(&words).await?;
    }
    browser.click("main a[href^='/login?']").await?;
    browser.arrives_at("/login").await?;
    browser.click("main a[href^='/signup?']").await?;
    browser.arrives_at("/signup").await?;
    browser.sees(&words).await?;
    let guest = unique("guest");
    browser.type_into("#username", &guest).await?;
    browser.type_into("#password", PASSWORD).await?;
    browser
        .click("form[action='/signup'] button[type='submit']")
        .await?;
    browser.arrives_at(&format!("/t/{host}")).await?;
    browser
        .sees(&format!("You are in {host} now, as a member."))
        .await?;

    let secret = link.rsplit('/').next().context("no secret")?;
    let revoke = owner
        .client
        .request(Method::DELETE, &format!("{links}/{secret}"));
    owner.client.send(revoke).await?.expect(204)?;
    browser.forget_cookies().await?;
    browser.open_page(&format!("{url}{link}")).await?;
    browser.sees("This link has expired or was revoked").await
}

async fn led_back(mesh: &Mesh, browser: &Browser) -> Result<()> {
    let owner = mesh.client().sign_up("late").await?;
    let url = site(mesh);
    browser.log_in(&url, &owner.name).await?;
    let over = owner
        .client
        .request(Method::POST, "/api/v1/me/sign-out-everywhere");
    owner.client.send(over).await?.expect(204)?;
    let place = format!("/t/{}/albums", owner.name);
    browser.open_page(&format!("{url}{place}")).await?;
    browser.arrives_at("/login").await?;
    browser.sees("Your session has expired.").await?;
    browser.type_into("#username", &owner.name).await?;
    browser.type_into("#password", PASSWORD).await?;
    browser
        .click("form[action='/login'] button[type='submit']")
        .await?;
    browser.arrives_at(&place).await?;
    browser.open_page(&format!("{url}/nowhere")).await?;
    browser.sees(&format!("Signed in as {}", owner.name)).await
}

async fn said_once(mesh: &Mesh, browser: &Browser) -> Result<()> {
    let owner = mesh.client().sign_up("once").await?;
    let (url, gallery) = (site(mesh), format!("/t/{}", owner.name));
    browser.log_in(&url, &owner.name).await?;
    for scripts in [true, false] {
        let picture = keep(&owner).await?;
        browser.run_scripts(scripts).await?;
        browser
            .open_page(&format!("{url}{gallery}/images/{picture}"))
            .await?;
        browser.click("details:has([data-delete]) summary").await?;
        browser.click("form[action$='/delete'] button").await?;
        browser.arrives_at(&gallery).await?;
        browser.sees("One picture deleted.").await?;
        let address = browser.address().await?;
        ensure!(address == format!("{url}{gallery}"), "{address}");
        browser.click(".note button[value='restore']").await?;
        browser.sees("One picture restored.").await?;
        browser
            .open_page(&format!("{url}{gallery}?did=delete&count=3"))
            .await?;
        browser.visible("[data-gallery] .tile").await?;
        let notices = browser
            .all(".note[role='status']:not([hidden])")
            .await?
            .len();
        ensure!(notices == 0, "{notices} notices are said again");
    }
    Ok(())
}

async fn keep(owner: &TestUser) -> Result<String> {
    let kept = owner.keep("one.png", images::small_png()?).await?;
    Ok(kept["id"].as_str().context("no id")?.to_owned())
}
