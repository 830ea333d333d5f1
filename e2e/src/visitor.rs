//! Somebody with a gallery of their own, at a browser that shows it.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};

use crate::browser::{Browser, File};
use crate::client::{PASSWORD, TestUser, unique};
use crate::mesh::{Kind, Mesh};
use crate::scenario::Scenario;
use crate::{images, wait};

/// Somebody new, signed in, with the gallery's page open.
pub struct Visitor<'a> {
    /// The browser.
    pub browser: &'a Browser,
    /// The mesh the gallery is on.
    pub mesh: &'a Mesh,
    /// Where the gallery is.
    pub gallery: String,
    /// Name of the user and of the gallery.
    pub name: String,
}

/// A scenario made to a visitor.
pub fn scenario<S>(name: &'static str, steps: S) -> Scenario
where
    S: AsyncFn(&Visitor<'_>) -> Result<()> + Copy + Send + 'static,
{
    Scenario::new(name, Kind::TwoWorkersSqlite, move |mesh| async move {
        let browser = Browser::open().await?;
        let file = name.replace("::", "-");
        let walked = browser
            .with_evidence(&file, async {
                steps(&Visitor::come(&mesh, &browser).await?).await
            })
            .await;
        browser.close().await?;
        walked
    })
}

impl<'a> Visitor<'a> {
    async fn come(mesh: &'a Mesh, browser: &'a Browser) -> Result<Self> {
        let url = mesh.started().url.trim_end_matches('/').to_owned();
        let name = unique("visitor");
        browser.sign_up(&url, &name).await?;
        let gallery = format!("{url}/t/{name}");
        browser.open_page(&gallery).await?;
        Ok(Self {
            browser,
            mesh,
            gallery,
            name,
        })
    }

    /// The same user as a program, with a token of its own.
    ///
    /// # Errors
    /// When the log-in is refused.
    pub async fn person(&self) -> Result<TestUser> {
        let body = json!({"username": self.name, "password": PASSWORD});
        let client = self.mesh.client();
        let answer = client.call(Method::POST, "/api/v1/login", &body).await?;
        Ok(TestUser {
            name: self.name.clone(),
            client: client.with_token(&answer.expect(200)?.token()?),
        })
    }

    /// Opens another page of the site.
    ///
    /// # Errors
    /// When it does not load.
    pub async fn opens(&self, path: &str) -> Result<()> {
        let site = self.gallery.trim_end_matches(&format!("/t/{}", self.name));
        self.browser.open_page(&format!("{site}{path}")).await
    }

    /// Drops so many small pictures on the page.
    ///
    /// # Errors
    /// When there is no place for them.
    pub async fn drop_pictures(&self, count: usize) -> Result<()> {
        let names: Vec<String> = (1..=count)
            .map(|number| format!("picture {number}.png"))
            .collect();
        let files: Result<Vec<File<'_>>> = names
            .iter()
            .map(|name| Ok((name.as_str(), "image/png", images::small_png()?)))
            .collect();
        self.browser.drop_files("form[data-upload]", &files?).await
    }

    /// Selects the first so many pictures by keyboard, which makes their ticks appear.
    ///
    /// # Errors
    /// When there are fewer.
    pub async fn ticks(&self, count: usize) -> Result<()> {
        for index in 0..count {
            let focus = format!("document.querySelectorAll('.tile > input')[{index}].focus()");
            self.value(&focus).await?;
            self.browser.press(" ").await?;
        }
        self.reads_in("[data-batch-count]", &format!("{count} selected"))
            .await
    }

    /// Waits until the page shows so many pictures; a busy machine takes its time to decode many.
    ///
    /// # Errors
    /// How many it shows instead.
    pub async fn sees_pictures(&self, count: usize) -> Result<()> {
        let patience = Duration::from_secs(15) + Duration::from_secs(2) * u32::try_from(count)?;
        let what = format!("{count} pictures are shown");
        wait::until(&what, patience, || async {
            let tiles = self.browser.all("[data-gallery] .tile").await?.len();
            ensure!(tiles == count, "{tiles}");
            Ok(())
        })
        .await
    }

    /// What the one visible element that matches says.
    ///
    /// # Errors
    /// When there is none.
    pub async fn reads(&self, css: &str) -> Result<String> {
        Ok(self.browser.visible(css).await?.text().await?)
    }

    /// Waits until an element says this.
    ///
    /// # Errors
    /// What it says instead.
    pub async fn reads_in(&self, css: &str, words: &str) -> Result<()> {
        self.browser
            .until(&format!("{css} says {words:?}"), || async {
                let text = self.reads(css).await?;
                ensure!(text.contains(words), "{text:?}");
                Ok(())
            })
            .await
    }

    /// Whether any element that matches is seen now.
    ///
    /// # Errors
    /// When there is no page.
    pub async fn is_seen(&self, css: &str) -> Result<bool> {
        const SEEN: &str = "return [...document.querySelectorAll(arguments[0])]
            .some(element => element.checkVisibility())";
        let seen = self.browser.script(SEEN, vec![css.into()]).await?;
        seen.as_bool().context("neither seen nor not")
    }

    /// Waits until nothing that matches is seen.
    ///
    /// # Errors
    /// When it stays.
    pub async fn no_longer_sees(&self, css: &str) -> Result<()> {
        self.browser
            .until(&format!("{css} is gone"), || async {
                ensure!(!self.is_seen(css).await?, "it is there");
                Ok(())
            })
            .await
    }

    /// The value of a script's expression.
    ///
    /// # Errors
    /// When it throws.
    pub async fn value(&self, expression: &str) -> Result<Value> {
        self.browser
            .script(&format!("return {expression}"), vec![])
            .await
    }

    /// Waits until a script's expression is true.
    ///
    /// # Errors
    /// What it is instead.
    pub async fn waits_for(&self, expression: &str) -> Result<()> {
        self.browser
            .until(expression, || async {
                let value = self.value(expression).await?;
                ensure!(value == true, "{value}");
                Ok(())
            })
            .await
    }
}
