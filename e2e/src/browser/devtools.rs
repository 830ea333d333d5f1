//! What only the DevTools protocol can do, through chromedriver's own command.

use std::path::PathBuf;

use anyhow::{Context, Result};
use fantoccini::wd::WebDriverCompatibleCommand;
use reqwest::{Method, Url};
use serde_json::{Value, json};
use url::ParseError;

use super::Browser;

/// The colours a system asks pages for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Theme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    /// Its name, as in `prefers-color-scheme`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

#[derive(Debug)]
struct Command {
    name: &'static str,
    parameters: Value,
}

impl WebDriverCompatibleCommand for Command {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!(
            "session/{}/goog/cdp/execute",
            session.unwrap_or_default()
        ))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        let body = json!({"cmd": self.name, "params": self.parameters});
        (Method::POST, Some(body.to_string()))
    }
}

impl Browser {
    /// Shows pages as a system with this setting and a window of this width does, without motion.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn look(&self, theme: Theme, width: u32) -> Result<()> {
        let media = json!({"features": [
            {"name": "prefers-color-scheme", "value": theme.name()},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]});
        self.devtools("Emulation.setEmulatedMedia", media).await?;
        let window =
            json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false});
        self.devtools("Emulation.setDeviceMetricsOverride", window)
            .await
    }

    /// Lets pages run scripts, or not: a browser without JavaScript.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn run_scripts(&self, run: bool) -> Result<()> {
        self.devtools(
            "Emulation.setScriptExecutionDisabled",
            json!({"value": !run}),
        )
        .await
    }

    /// Takes the network away, or gives it back.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn offline(&self, offline: bool) -> Result<()> {
        self.network(offline, -1).await
    }

    /// Lets so many bytes a second leave the browser.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn slow_uploads(&self, bytes_a_second: i64) -> Result<()> {
        self.network(false, bytes_a_second).await
    }

    async fn network(&self, offline: bool, upload: i64) -> Result<()> {
        self.devtools("Network.enable", json!({})).await?;
        let conditions = json!({"offline": offline, "latency": 0,
            "downloadThroughput": -1, "uploadThroughput": upload});
        self.devtools("Network.emulateNetworkConditions", conditions)
            .await
    }

    /// Fetches everything anew, as on a first visit.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn forget_what_is_cached(&self) -> Result<()> {
        self.devtools("Network.enable", json!({})).await?;
        let off = json!({"cacheDisabled": true});
        self.devtools("Network.setCacheDisabled", off).await
    }

    /// Saves downloads into a folder that goes with the browser, each under a name of its own, and
    /// says which folder.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn save_downloads(&self) -> Result<PathBuf> {
        let folder = self.profile.join("downloads");
        std::fs::create_dir_all(&folder)?;
        let parameters = json!({"behavior": "allowAndName", "downloadPath": folder});
        self.devtools("Browser.setDownloadBehavior", parameters)
            .await?;
        Ok(folder)
    }

    pub(super) async fn devtools(&self, name: &'static str, parameters: Value) -> Result<()> {
        let command = Command { name, parameters };
        self.page.issue_cmd(command).await.context(name)?;
        Ok(())
    }
}
