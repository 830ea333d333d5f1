//! Windows, and the way back and forth in one.

use anyhow::{Context, Result, ensure};

use super::Browser;

impl Browser {
    /// Clicks a link that opens a window of its own, does `steps` there, closes it and comes back.
    ///
    /// # Errors
    /// When no window opens, or the error of the steps.
    pub async fn in_a_new_window(
        &self,
        link: &str,
        steps: impl Future<Output = Result<()>>,
    ) -> Result<()> {
        let here = self.page.window().await?;
        self.click(link).await?;
        let there = self
            .until("a window opens", || async {
                let windows = self.page.windows().await?;
                let other = windows.into_iter().find(|window| *window != here);
                other.context("there is only one window")
            })
            .await?;
        self.page.switch_to_window(there).await?;
        let done = steps.await;
        self.page.close_window().await?;
        self.page.switch_to_window(here).await?;
        done
    }

    /// The Back button.
    ///
    /// # Errors
    /// When the browser cannot go there.
    pub async fn back(&self) -> Result<()> {
        Ok(self.page.back().await?)
    }

    /// The Forward button.
    ///
    /// # Errors
    /// When the browser cannot go there.
    pub async fn forward(&self) -> Result<()> {
        Ok(self.page.forward().await?)
    }

    /// Waits until the browser is at this path.
    ///
    /// # Errors
    /// Where it is instead.
    pub async fn arrives_at(&self, path: &str) -> Result<()> {
        self.until(&format!("the browser is at {path}"), || async {
            let at = self.path().await?;
            ensure!(at == path, "it is at {at}");
            Ok(())
        })
        .await
    }
}
