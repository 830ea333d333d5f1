//! Settings save themselves and say so, and what takes something away asks first.

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::client::{PASSWORD, TestUser};
use crate::scenario::Scenario;
use crate::visitor::{Visitor, scenario};

pub fn scenarios() -> Vec<Scenario> {
    vec![
        scenario(
            "settings::a_role_and_a_switch_save_themselves_and_a_refused_role_goes_back",
            saves,
        ),
        scenario(
            "settings::somebody_is_removed_after_a_question_that_escape_closes",
            removes,
        ),
        scenario(
            "settings::somebody_is_removed_after_a_question_without_scripts",
            removes_without_scripts,
        ),
        scenario(
            "settings::a_password_can_be_looked_at_and_is_sent_as_one",
            shows_the_password,
        ),
    ]
}

/// Opens the settings of a gallery with one more member.
async fn with_a_member(visitor: &Visitor<'_>) -> Result<(TestUser, String)> {
    let owner = visitor.person().await?;
    let other = visitor.mesh.client().sign_up("other").await?;
    owner.take_in(&other, "member").await?;
    opens_settings(visitor).await?;
    Ok((owner, other.name))
}

async fn opens_settings(visitor: &Visitor<'_>) -> Result<()> {
    let settings = format!("{}/settings", visitor.gallery);
    visitor.browser.open_page(&settings).await
}

async fn role_of(owner: &TestUser, name: &str) -> Result<Option<String>> {
    let path = format!("/api/v1/tenants/{}/members", owner.name);
    let answer = owner.client.get(&path).await?.expect(200)?.json()?;
    let members = answer["members"].as_array().context("no members")?;
    let found = members.iter().find(|member| member["username"] == name);
    Ok(found.and_then(|member| member["role"].as_str().map(str::to_owned)))
}

async fn saves(visitor: &Visitor<'_>) -> Result<()> {
    let (owner, other) = with_a_member(visitor).await?;
    let role = format!("#role-{other}");
    visitor.browser.type_into(&role, "Viewer").await?;
    let said = format!("form:has({role}) [role='status']");
    visitor.reads_in(&said, "Saved").await?;
    let saved = role_of(&owner, &other).await?;
    ensure!(saved.as_deref() == Some("viewer"), "{saved:?}");
    let focused = format!("document.activeElement.matches({role:?})");
    visitor.waits_for(&focused).await?;

    visitor.browser.click("#uploads .switch").await?;
    visitor
        .reads_in("#uploads [role='status']", "Saved")
        .await?;
    opens_settings(visitor).await?;
    let kept = "document.querySelector('[name=keep_metadata]').checked";
    visitor.waits_for(kept).await?;

    // One's own role waits for its button.
    let own = format!("#role-{}", visitor.name);
    visitor.browser.type_into(&own, "Viewer").await?;
    let form = format!("form:has({own})");
    visitor.browser.click(&format!("{form} button")).await?;
    let said = format!("{form} [role='status']");
    visitor.reads_in(&said, "A gallery needs an owner").await?;
    let shown = visitor
        .value(&format!("document.querySelector({own:?}).value"))
        .await?;
    ensure!(shown == "owner", "the refused role stands: {shown}");
    let saved = role_of(&owner, &visitor.name).await?;
    ensure!(saved.as_deref() == Some("owner"), "{saved:?}");
    Ok(())
}

async fn removes(visitor: &Visitor<'_>) -> Result<()> {
    let (owner, other) = with_a_member(visitor).await?;
    let question = format!("#remove-{other}");
    let button = format!("[popovertarget='remove-{other}']:not([popovertargetaction])");
    visitor.browser.click(&button).await?;
    let words = format!("Remove {other} from {}?", visitor.name);
    visitor.reads_in(&question, &words).await?;
    visitor.browser.press("\u{e00c}").await?;
    visitor.no_longer_sees(&question).await?;
    visitor.browser.click(&button).await?;
    visitor
        .browser
        .click(&format!("{question} [popovertarget]"))
        .await?;
    visitor.no_longer_sees(&question).await?;
    let still = role_of(&owner, &other).await?;
    ensure!(still.is_some(), "removed without an answer");

    visitor.browser.click(&button).await?;
    is_removed(visitor, &owner, &other).await
}

async fn removes_without_scripts(visitor: &Visitor<'_>) -> Result<()> {
    visitor.browser.run_scripts(false).await?;
    let (owner, other) = with_a_member(visitor).await?;
    let button = format!("[popovertarget='remove-{other}']:not([popovertargetaction])");
    visitor.browser.click(&button).await?;
    is_removed(visitor, &owner, &other).await
}

/// The question is answered with its own button.
async fn is_removed(visitor: &Visitor<'_>, owner: &TestUser, other: &str) -> Result<()> {
    let yes = format!("#remove-{other} button[type='submit']");
    visitor.browser.click(&yes).await?;
    visitor
        .browser
        .until("they are out", || async {
            let role = role_of(owner, other).await?;
            ensure!(role.is_none(), "{role:?}");
            let shown = visitor.browser.all(&format!("#role-{other}")).await?;
            ensure!(shown.is_empty(), "the page still shows them");
            Ok(())
        })
        .await
}

async fn shows_the_password(visitor: &Visitor<'_>) -> Result<()> {
    const KIND: &str = "document.querySelector('#password').type";
    const SENT: &str = "document.querySelector('form:has(#password)').addEventListener('submit',
        event => { event.preventDefault(); window.sent = document.querySelector('#password').type; })";
    visitor.browser.forget_cookies().await?;
    visitor.opens("/login").await?;
    let field = ["username", "password"].map(|name| format!("input[name='{name}']"));
    visitor.browser.type_into(&field[0], &visitor.name).await?;
    visitor.browser.type_into(&field[1], PASSWORD).await?;
    let pressed = async |state: &str, kind: &str| {
        visitor
            .browser
            .visible(&format!(".show[aria-pressed='{state}']"))
            .await?;
        let shown: Value = visitor.value(KIND).await?;
        ensure!(shown == kind, "{shown}");
        Ok(())
    };
    pressed("false", "password").await?;
    visitor.browser.click(".show").await?;
    pressed("true", "text").await?;
    visitor.value(SENT).await?;
    visitor
        .browser
        .click("form[action='/login'] button[type='submit']")
        .await?;
    visitor.waits_for("window.sent === 'password'").await
}
