//! A real Chromium, headless, driven through chromedriver.

mod devtools;
mod hands;
mod windows;

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use fantoccini::cookies::Cookie;
use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::client::PASSWORD;
use crate::{mesh, wait};

pub use devtools::Theme;
pub use hands::File;

const TIMEOUT: Duration = Duration::from_secs(15);

/// One browser with a profile of its own; end it with [`Browser::close`].
pub struct Browser {
    page: Client,
    driver: Child,
    profile: PathBuf,
}

impl Browser {
    /// Starts chromedriver and a browser.
    ///
    /// # Errors
    /// When either is missing or does not start.
    pub async fn open() -> Result<Self> {
        Self::open_with(&[], &[]).await
    }

    /// A browser that keeps pages to go back to, as browsers do outside of tests.
    ///
    /// # Errors
    /// When there is no browser.
    pub async fn open_keeping_pages() -> Result<Self> {
        Self::open_with(&[], &["disable-back-forward-cache"]).await
    }

    /// A browser that finds this host on this machine, as others would find it by its name.
    ///
    /// # Errors
    /// When there is no browser.
    pub async fn open_knowing(host: &str) -> Result<Self> {
        Self::open_with(
            &[format!("--host-resolver-rules=MAP {host} 127.0.0.1")],
            &[],
        )
        .await
    }

    async fn open_with(arguments: &[String], without: &[&str]) -> Result<Self> {
        let chromium = tool(&["chromium", "chromium-browser", "google-chrome", "chrome"])?;
        let mut driver = Command::new(tool(&["chromedriver"])?)
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let port = driver_port(&mut driver).await?;
        let profile = std::env::temp_dir().join(format!("e2e-browser-{:x}", rand::random::<u64>()));
        let mut flags = vec![
            "--headless=new".to_owned(),
            "--no-sandbox".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--disable-background-networking".to_owned(),
            "--disable-component-update".to_owned(),
            "--disable-sync".to_owned(),
            "--no-first-run".to_owned(),
            "--no-proxy-server".to_owned(),
            "--window-size=1200,900".to_owned(),
            format!("--user-data-dir={}", profile.display()),
        ];
        flags.extend_from_slice(arguments);
        let options = json!({ "binary": chromium, "args": flags, "excludeSwitches": without });
        let mut capabilities = serde_json::Map::new();
        capabilities.insert("goog:chromeOptions".to_owned(), options);
        // What the pages say to the console is evidence when a step fails.
        capabilities.insert("goog:loggingPrefs".to_owned(), json!({"browser": "ALL"}));
        let page = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .context("starting Chromium")?;
        Ok(Self {
            page,
            driver,
            profile,
        })
    }

    /// Ends the browser and its driver and forgets the profile.
    ///
    /// # Errors
    /// When the driver cannot be ended.
    pub async fn close(mut self) -> Result<()> {
        let closed = self.page.close().await;
        self.driver.kill().await?;
        let _ = std::fs::remove_dir_all(&self.profile);
        Ok(closed?)
    }

    /// Runs `steps`; when they fail, saves a screenshot and says where, and what page it was.
    ///
    /// # Errors
    /// The steps' own error, with the evidence.
    pub async fn with_evidence<T>(
        &self,
        name: &str,
        steps: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let error = match steps.await {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        let at = self.page.current_url().await;
        let at = at.map_or_else(|error| error.to_string(), |url| url.to_string());
        let title = self.page.title().await.unwrap_or_default();
        let text = self.text().await.unwrap_or_default();
        let shot = match self.screenshot(name).await {
            Ok(path) => path.display().to_string(),
            Err(error) => format!("none: {error:#}"),
        };
        Err(error.context(format!(
            "in the browser at {at} ({title}), screenshot {shot}, page: {text:?}"
        )))
    }

    /// Saves what is seen now.
    ///
    /// # Errors
    /// When there is nothing to see or nowhere to save it.
    pub async fn screenshot(&self, name: &str) -> Result<PathBuf> {
        let directory = mesh::checkout().join(".hub/screenshots");
        std::fs::create_dir_all(&directory)?;
        let path = directory.join(format!("{name}.png"));
        std::fs::write(&path, self.page.screenshot().await?)?;
        Ok(path)
    }

    /// Opens a page.
    ///
    /// # Errors
    /// When it does not load.
    pub async fn open_page(&self, url: &str) -> Result<()> {
        self.page.goto(url).await.with_context(|| url.to_owned())
    }

    /// Logs in by the form, as somebody who signed up elsewhere.
    ///
    /// # Errors
    /// When it does not lead to the galleries.
    pub async fn log_in(&self, url: &str, name: &str) -> Result<()> {
        self.open_page(&format!("{url}/login")).await?;
        self.type_into("input[name='username']", name).await?;
        self.type_into("input[name='password']", PASSWORD).await?;
        self.click("form[action='/login'] button[type='submit']")
            .await?;
        self.signed_in_as(name).await
    }

    /// Signs somebody up by the form.
    ///
    /// # Errors
    /// When one is not signed in afterwards.
    pub async fn sign_up(&self, url: &str, name: &str) -> Result<()> {
        self.open_page(&format!("{url}/signup")).await?;
        self.type_into("input[name='username']", name).await?;
        self.type_into("input[name='password']", PASSWORD).await?;
        self.click("form[action='/signup'] button[type='submit']")
            .await?;
        self.signed_in_as(name).await
    }

    async fn signed_in_as(&self, name: &str) -> Result<()> {
        self.sees(&format!("Signed in as {name}")).await
    }

    /// Waits until the page says this.
    ///
    /// # Errors
    /// What it says instead.
    pub async fn sees(&self, words: &str) -> Result<()> {
        self.until(&format!("the page says {words:?}"), || async {
            let text = self.text().await?;
            ensure!(text.contains(words), "{text:?}");
            Ok(())
        })
        .await
    }

    /// Where the browser is.
    ///
    /// # Errors
    /// When it does not say.
    pub async fn path(&self) -> Result<String> {
        Ok(self.page.current_url().await?.path().to_owned())
    }

    /// Its whole address.
    ///
    /// # Errors
    /// When it does not say.
    pub async fn address(&self) -> Result<String> {
        Ok(self.page.current_url().await?.to_string())
    }

    /// The page's visible text.
    ///
    /// # Errors
    /// When there is no page.
    pub async fn text(&self) -> Result<String> {
        Ok(self.page.find(Locator::Css("body")).await?.text().await?)
    }

    /// The one visible element that matches, as soon as there is one.
    ///
    /// # Errors
    /// When there is none in time.
    pub async fn visible(&self, css: &str) -> Result<Element> {
        wait::until(&format!("{css} is seen"), TIMEOUT, || async {
            for element in self.page.find_all(Locator::Css(css)).await? {
                if element.is_displayed().await? {
                    return Ok(element);
                }
            }
            bail!("not seen")
        })
        .await
    }

    /// All elements that match now.
    ///
    /// # Errors
    /// When there is no page.
    pub async fn all(&self, css: &str) -> Result<Vec<Element>> {
        Ok(self.page.find_all(Locator::Css(css)).await?)
    }

    /// Types into a field.
    ///
    /// # Errors
    /// When the field is not there.
    pub async fn type_into(&self, css: &str, text: &str) -> Result<()> {
        Ok(self.visible(css).await?.send_keys(text).await?)
    }

    /// Clicks what is visible.
    ///
    /// # Errors
    /// When it is not there or covered.
    pub async fn click(&self, css: &str) -> Result<()> {
        Ok(self.visible(css).await?.click().await?)
    }

    /// Runs a script in the page.
    ///
    /// # Errors
    /// When it throws.
    pub async fn script(&self, script: &str, arguments: Vec<Value>) -> Result<Value> {
        Ok(self.page.execute(script, arguments).await?)
    }

    /// The cookies of the page's site.
    ///
    /// # Errors
    /// When there is no page.
    pub async fn cookies(&self) -> Result<Vec<Cookie<'static>>> {
        Ok(self.page.get_all_cookies().await?)
    }

    /// Takes cookies kept from before.
    ///
    /// # Errors
    /// When they are of another site than the page.
    pub async fn set_cookies(&self, cookies: Vec<Cookie<'static>>) -> Result<()> {
        for cookie in cookies {
            self.page.add_cookie(cookie).await?;
        }
        Ok(())
    }

    /// Logs out by forgetting every cookie.
    ///
    /// # Errors
    /// When there is no page.
    pub async fn forget_cookies(&self) -> Result<()> {
        Ok(self.page.delete_all_cookies().await?)
    }

    /// Waits until `check` succeeds.
    ///
    /// # Errors
    /// The last error of `check`.
    pub async fn until<T, Fut>(&self, what: &str, check: impl FnMut() -> Fut) -> Result<T>
    where
        Fut: Future<Output = Result<T>>,
    {
        wait::until(what, TIMEOUT, check).await
    }
}

/// Chromedriver picks a free port and says which.
async fn driver_port(driver: &mut Child) -> Result<u16> {
    let output = driver.stdout.take().context("no output")?;
    let mut lines = BufReader::new(output).lines();
    let port = async {
        while let Some(line) = lines.next_line().await? {
            if let Some((_, port)) = line.rsplit_once("started successfully on port ") {
                return Ok(port.trim_end_matches('.').parse()?);
            }
        }
        bail!("it ended")
    };
    let port = tokio::time::timeout(TIMEOUT, port)
        .await
        .context("it said no port")
        .flatten()
        .context("starting chromedriver")?;
    // The rest of its output is read so that it never blocks on a full pipe.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    Ok(port)
}

/// The first of these programs on PATH, else among the tools that `hub` installed.
pub fn tool(names: &[&str]) -> Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path)
        .flat_map(|directory| names.iter().map(move |name| directory.join(name)))
        .find(|candidate| candidate.is_file());
    let installed = || installed(&mesh::checkout().join(".hub/tools"), names);
    on_path.or_else(installed).with_context(|| {
        format!("none of {names:?} is on PATH or under .hub/tools: `hub test` installs them")
    })
}

fn installed(directory: &Path, names: &[&str]) -> Option<PathBuf> {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(directory)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    entries.sort();
    let named = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| names.contains(&name)) && path.is_file()
    };
    entries
        .iter()
        .find(|path| named(path))
        .cloned()
        .or_else(|| {
            let directories = entries
                .iter()
                .filter(|path| path.is_dir() && !path.is_symlink());
            directories
                .into_iter()
                .find_map(|path| installed(path, names))
        })
}
