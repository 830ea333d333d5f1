//! What hands do at a page beside clicking: keys, drops and pastes.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::Browser;

/// A file's name, media type and bytes.
pub type File<'a> = (&'a str, &'a str, Vec<u8>);

/// Makes a `DataTransfer` of the files it is given.
const TRANSFER: &str = r"
    const transferOf = files => {
        const transfer = new DataTransfer();
        for (const file of files) {
            const bytes = Uint8Array.from(atob(file.bytes), c => c.charCodeAt(0));
            transfer.items.add(new File([bytes], file.name, {type: file.type}));
        }
        return transfer;
    };";

impl Browser {
    /// Presses keys wherever the focus is; one that is on its way out of a closed dialog is awaited.
    ///
    /// # Errors
    /// When nothing takes keys.
    pub async fn press(&self, keys: &str) -> Result<()> {
        self.until("the focus takes keys", || async {
            Ok(self.page.active_element().await?.send_keys(keys).await?)
        })
        .await
    }

    /// Drops files on an element the way a hand does: enter, over, drop.
    ///
    /// # Errors
    /// When the element is not there.
    pub async fn drop_files(&self, css: &str, files: &[File<'_>]) -> Result<()> {
        const DROP: &str = r"
            const [target, files] = arguments;
            const transfer = transferOf(files);
            for (const kind of ['dragenter', 'dragover', 'drop']) {
                target.dispatchEvent(new DragEvent(kind,
                    {bubbles: true, cancelable: true, dataTransfer: transfer}));
            }";
        let target = serde_json::to_value(self.visible(css).await?)?;
        self.script(&format!("{TRANSFER}{DROP}"), vec![target, described(files)])
            .await?;
        Ok(())
    }

    /// Pastes files on an element, with text beside them if there is any; answers whether the page
    /// left the paste to the browser.
    ///
    /// # Errors
    /// When the element is not there.
    pub async fn paste(&self, css: &str, files: &[File<'_>], text: &str) -> Result<bool> {
        const PASTE: &str = r"
            const [target, files, text] = arguments;
            const clipboardData = transferOf(files);
            if (text) clipboardData.setData('text/plain', text);
            return target.dispatchEvent(new ClipboardEvent('paste',
                {bubbles: true, cancelable: true, clipboardData}));";
        let target = serde_json::to_value(self.visible(css).await?)?;
        let arguments = vec![target, described(files), text.into()];
        let left = self
            .script(&format!("{TRANSFER}{PASTE}"), arguments)
            .await?;
        left.as_bool().context("the paste has no outcome")
    }

    /// Puts fingers on the page, moves each from one point to the other, and lifts them.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn touch(&self, ways: &[[(i32, i32); 2]]) -> Result<()> {
        const STEPS: i32 = 4;
        for step in 0..=STEPS {
            let points: Vec<Value> = (0..)
                .zip(ways)
                .map(|(id, [(x, y), (to_x, to_y)])| {
                    let on = |from: &i32, to: &i32| from + (to - from) * step / STEPS;
                    json!({"id": id, "x": on(x, to_x), "y": on(y, to_y)})
                })
                .collect();
            let kind = if step == 0 { "touchStart" } else { "touchMove" };
            let event = json!({"type": kind, "touchPoints": points});
            self.devtools("Input.dispatchTouchEvent", event).await?;
        }
        let end = json!({"type": "touchEnd", "touchPoints": []});
        self.devtools("Input.dispatchTouchEvent", end).await
    }

    /// Drops what is at these paths on the middle of the page, as from a file manager.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn drop_paths(&self, paths: &[&Path]) -> Result<()> {
        for kind in ["dragEnter", "dragOver", "drop"] {
            let event = json!({"type": kind, "x": 300, "y": 300, "data":
                {"items": [], "files": paths, "dragOperationsMask": 1}});
            self.devtools("Input.dispatchDragEvent", event).await?;
        }
        Ok(())
    }
}

fn described(files: &[File<'_>]) -> Value {
    use base64::Engine as _;
    let files = files.iter().map(|(name, media_type, bytes)| {
        let text = base64::engine::general_purpose::STANDARD.encode(bytes);
        json!({"name": name, "type": media_type, "bytes": text})
    });
    files.collect()
}
