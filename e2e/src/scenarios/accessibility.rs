//! Every page, in either theme and width, passes axe-core's rules, and fits a narrow window.

mod long_words;

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use reqwest::Method;
use serde_json::json;

use crate::accessibility::in_every_look;
use crate::browser::Browser;
use crate::client::{TestUser, unique};
use crate::images;
use crate::mesh::{Kind, Mesh};
use crate::scenario::Scenario;

pub fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario::new(
            "accessibility::axe_finds_nothing_on_any_page_in_either_theme",
            Kind::TwoWorkersSqlite,
            |mesh| async move {
                let browser = Browser::open().await?;
                let judged = browser
                    .with_evidence("accessibility", every_page(&mesh, &browser))
                    .await;
                browser.close().await?;
                judged
            },
        )
        .within(Duration::from_secs(600)),
    ]
}

async fn every_page(mesh: &Mesh, browser: &Browser) -> Result<()> {
    let url = mesh.started().url.trim_end_matches('/').to_owned();
    let gallery = Gallery::make(mesh).await?;
    let public = ["/", "/plans", "/signup", "/login"];
    let mut wrong = Vec::new();
    let judge = async |wrong: &mut Vec<String>, name: &str, path: &str, status: u16| {
        judge(browser, name, &format!("{url}{path}"), status, wrong).await
    };
    for path in public {
        judge(&mut wrong, &format!("visitor{path}"), path, 200).await?;
    }
    let sign_up = format!("/signup?next={}", gallery.invite);
    for (name, path) in [("invited", &gallery.invite), ("joining", &sign_up)] {
        judge(&mut wrong, name, path, 200).await?;
    }
    refused_forms(browser, &url, &gallery.owner.name, &mut wrong).await?;
    browser.log_in(&url, &gallery.owner.name).await?;
    for (template, path) in gallery.pages_described(mesh).await? {
        if template != "/login" && template != "/signup" {
            judge(&mut wrong, &template, &path, 200).await?;
        }
    }
    gallery.pull_until_refused().await?;
    judge(&mut wrong, "refused", &gallery.pull, 429).await?;
    for (name, path, status) in gallery.states() {
        judge(&mut wrong, name, &path, status).await?;
    }
    for (name, path) in long_words::pages(&gallery.owner).await? {
        // The session has to know of the gallery that has just been made.
        let path = format!("/session?next={}", path.replace('?', "%3F"));
        judge(&mut wrong, name, &path, 200).await?;
    }
    let pictures = format!("{url}/t/{}", gallery.owner.name);
    for name in ["keys", "lightbox"] {
        browser.open_page(&pictures).await?;
        if name == "lightbox" {
            browser.click("[data-gallery] .tile a").await?;
        } else {
            browser.type_into("body", "?").await?;
        }
        browser.visible("dialog[open]").await?;
        look_at(browser, name, &mut wrong).await?;
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    Ok(())
}

/// The forms to log in and to sign up, as they come back.
async fn refused_forms(
    browser: &Browser,
    url: &str,
    taken: &str,
    wrong: &mut Vec<String>,
) -> Result<()> {
    for (page, name, said) in [
        ("/login", taken, "Unknown user name or wrong password."),
        ("/signup", taken, "The password must have"),
    ] {
        browser.open_page(&format!("{url}{page}")).await?;
        // The server is to answer, not the browser.
        let unchecked = "document.querySelector('main form').noValidate = true";
        browser.script(unchecked, vec![]).await?;
        browser.type_into("input[name='username']", name).await?;
        browser.type_into("input[name='password']", "short").await?;
        browser.click("main form button[type='submit']").await?;
        browser.sees(said).await?;
        look_at(browser, &format!("{page}-refused"), wrong).await?;
    }
    Ok(())
}

/// One page; what is wrong is collected, so that one run tells all.
async fn judge(
    browser: &Browser,
    name: &str,
    url: &str,
    status: u16,
    wrong: &mut Vec<String>,
) -> Result<()> {
    browser.open_page(url).await?;
    let seen = browser
        .script(
            "return performance.getEntriesByType('navigation')[0].responseStatus",
            vec![],
        )
        .await?;
    ensure!(seen == status, "{url} is answered {seen}, not {status}");
    look_at(browser, name, wrong).await
}

/// What is shown now, in either theme and width; and whether it fits where there is little room.
async fn look_at(browser: &Browser, name: &str, wrong: &mut Vec<String>) -> Result<()> {
    let file: String = name
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join("-");
    if let Err(broken) = in_every_look(browser, &file).await {
        wrong.push(format!("{broken:#}"));
    }
    Ok(())
}

/// Somebody with pictures, and what the pages about them are called.
struct Gallery {
    owner: TestUser,
    image: String,
    album: String,
    invite: String,
    share: Option<String>,
    gone: String,
    empty: String,
    foreign: String,
    pull: String,
}

impl Gallery {
    async fn make(mesh: &Mesh) -> Result<Self> {
        let owner = mesh.client().sign_up("axe").await?;
        let other = mesh.client().sign_up("other").await?;
        let mut image = String::new();
        for number in 0..4 {
            let name = format!("picture {number}.png");
            let kept = owner.keep(&name, images::small_png()?).await?;
            image = kept["id"].as_str().context("no id")?.to_owned();
        }
        let path = format!("/t/{}/images/{image}", owner.name);
        let edit = json!({"title": "A title", "tags": ["one tag", "another"]});
        owner
            .client
            .call(Method::PATCH, &path, &edit)
            .await?
            .expect(200)?;
        let album = owner
            .post_form(&format!("/t/{}/albums", owner.name), "title=Somewhere")
            .await?;
        let album = album.header("location")?.to_owned();
        let album = album.split('?').next().unwrap_or_default().to_owned();
        let pictures = format!("action=add_to_album&album_title=Somewhere&ids={image}");
        let batch = format!("/t/{}/images/batch", owner.name);
        owner.post_form(&batch, &pictures).await?;
        let settings = format!("/t/{}/settings", owner.name);
        let links = format!("/t/{}/invite-links", owner.name);
        owner.post_form(&links, "role=member&days=7").await?;
        let invite = link_in(&owner, &settings, "/join/")
            .await?
            .context("no invite link in the settings")?;
        let share = format!("image={image}&audience=anyone&days=30&next={path}");
        owner
            .post_form(&format!("/t/{}/shares", owner.name), &share)
            .await?;
        let share = link_in(&owner, &path, "/s/").await?;
        let ended = json!({"image": image, "audience": "anyone"});
        let shares = format!("/t/{}/shares", owner.name);
        let ended = owner.client.call(Method::POST, &shares, &ended).await?;
        let ended = ended.expect(201)?.json()?;
        let secret = ended["secret"].as_str().context("no secret")?;
        let revoke = format!("{shares}/{secret}");
        let revoked = owner
            .client
            .call(Method::DELETE, &revoke, &json!({}))
            .await?;
        revoked.expect(204)?;
        let gone = format!("/s/{}/{secret}", owner.name);
        let guest = json!({"role": "member"});
        let members = format!("/api/v1/tenants/{}/members/{}", owner.name, other.name);
        owner
            .client
            .call(Method::PUT, &members, &guest)
            .await?
            .expect(202)?;
        let empty = unique("empty");
        let spare = owner.keep("spare.png", images::small_png()?).await?;
        let spare = format!(
            "action=delete&ids={}",
            spare["id"].as_str().context("no id")?
        );
        owner.post_form(&batch, &spare).await?;
        let tenant = json!({"name": empty, "plan": "personal"});
        let founded = owner
            .client
            .call(Method::POST, "/api/v1/tenants", &tenant)
            .await?;
        let owner = owner.refreshed(&founded.expect(201)?)?;
        let pull = format!("{path}/pull");
        Ok(Self {
            foreign: format!("/t/{}", other.name),
            owner,
            image,
            album,
            invite,
            share,
            gone,
            empty,
            pull,
        })
    }

    /// The browser's next pull is refused, too: it is the same person's.
    async fn pull_until_refused(&self) -> Result<()> {
        while self.owner.client.get(&self.pull).await?.status != 429 {}
        Ok(())
    }

    /// Every page the description of the API has, as it is described and as this gallery's.
    async fn pages_described(&self, mesh: &Mesh) -> Result<Vec<(String, String)>> {
        let description = mesh
            .client()
            .get("/openapi.json")
            .await?
            .expect(200)?
            .json()?;
        let paths = description["paths"].as_object().context("no paths")?;
        let mut pages = Vec::new();
        for (template, methods) in paths {
            // A download would be judged as whatever page was there before.
            if methods.get("get").is_none() || is_no_page(template) {
                continue;
            }
            let path = self.fill(template)?;
            let answer = self.owner.client.browse(&path).await?;
            if answer
                .header("content-type")
                .is_ok_and(|kind| kind.starts_with("text/html"))
            {
                ensure!(answer.status == 200, "{template}: {answer}");
                pages.push((template.clone(), path));
            }
        }
        Ok(pages)
    }

    fn fill(&self, template: &str) -> Result<String> {
        if template.starts_with("/join/") {
            return Ok(self.invite.clone());
        }
        if template.starts_with("/s/") {
            return self
                .share
                .clone()
                .context("no share link on the picture's page");
        }
        let path = template
            .replace("/t/{tenant}/albums/{name}", &self.album)
            .replace("/images/{name}", &format!("/images/{}", self.image))
            .replace("/t/{tenant}", &format!("/t/{}", self.owner.name));
        if path.contains('{') {
            bail!("how does one visit {template}? Say so here");
        }
        Ok(path)
    }

    /// What a page looks like in other circumstances: name, path, status.
    fn states(&self) -> Vec<(&'static str, String, u16)> {
        let gallery = format!("/t/{}", self.owner.name);
        vec![
            ("empty", format!("/t/{}", self.empty), 200),
            ("trash", format!("{gallery}?deleted=true"), 200),
            ("nothing-found", format!("{gallery}?q=nowhere"), 200),
            (
                "plans-of-one",
                format!("/plans?tenant={}", self.owner.name),
                200,
            ),
            ("gone", self.gone.clone(), 410),
            ("not-found", "/nowhere".to_owned(), 404),
            ("forbidden", self.foreign.clone(), 403),
        ]
    }
}

/// The first address on a page that begins so, without the host.
async fn link_in(person: &TestUser, page: &str, prefix: &str) -> Result<Option<String>> {
    let text = person.client.browse(page).await?.expect(200)?.text();
    let Some(start) = text.find(&format!("{prefix}{}/", person.name)) else {
        return Ok(None);
    };
    Ok(text[start..].split('"').next().map(str::to_owned))
}

/// Calls for programs, files, and what only leads on to a page.
fn is_no_page(template: &str) -> bool {
    [
        "/api/",
        "/static/",
        "/healthz",
        "/readyz",
        "/.well-known/",
        "/openapi.json",
        "/session",
    ]
    .iter()
    .any(|prefix| template.starts_with(prefix))
        || ["/pull", "/thumb/{size}", "/download", "/tags", "/usage"]
            .iter()
            .any(|end| template.ends_with(end))
}
