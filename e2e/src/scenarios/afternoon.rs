//! A stranger's afternoon, in a real browser, with and without JavaScript, on a telephone and a
//! large screen, in either theme: sign up, add forty
//! photographs, tag, search, share one, invite a colleague, meet a limit and upgrade, delete by
//! mistake and undo, take the album home.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use image::ImageFormat;
use reqwest::Method;
use serde_json::Value;

use crate::browser::{Browser, Theme};
use crate::client::{PASSWORD, unique};
use crate::mesh::{Kind, Mesh};
use crate::scenario::Scenario;
use crate::{images, wait};

const PHOTOGRAPHS: usize = 40;
/// As phones write it into what is taken upright, upside down, and on either side.
const ORIENTATIONS: [u8; 4] = [1, 6, 3, 8];

pub fn scenarios() -> Vec<Scenario> {
    [
        (Scripts::On, 1280, Theme::Light),
        (Scripts::On, 360, Theme::Dark),
        (Scripts::Off, 1280, Theme::Dark),
        (Scripts::Off, 360, Theme::Light),
    ]
    .into_iter()
    .map(|(scripts, width, theme)| {
        let label = format!("{}_at_{width}_px", scripts.label());
        let name = format!("afternoon::of_a_stranger_{label}");
        let evidence = format!("afternoon-{label}");
        Scenario::new(name, Kind::TwoWorkersSqlite, move |mesh| {
            let evidence = evidence.clone();
            async move {
                let browser = Browser::open().await?;
                browser.look(theme, width).await?;
                let steps = walk(&mesh, &browser, scripts);
                let walked = browser.with_evidence(&evidence, steps).await;
                browser.close().await?;
                walked
            }
        })
        .within(Duration::from_secs(240))
    })
    .collect()
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Scripts {
    On,
    Off,
}

impl Scripts {
    fn label(self) -> &'static str {
        match self {
            Self::On => "with_scripts",
            Self::Off => "without_scripts",
        }
    }
}

/// One person at one browser.
struct Stranger<'a> {
    browser: &'a Browser,
    url: String,
    name: String,
}

async fn walk(mesh: &Mesh, browser: &Browser, scripts: Scripts) -> Result<()> {
    let url = mesh.started().url.trim_end_matches('/').to_owned();
    browser.run_scripts(scripts == Scripts::On).await?;
    let name = unique("stranger");
    browser.sign_up(&url, &name).await?;
    let stranger = Stranger { browser, url, name };
    match scripts {
        Scripts::On => stranger.drop_photographs().await?,
        Scripts::Off => stranger.choose_photographs().await?,
    }
    stranger.thumbnails_are_upright().await?;
    stranger.tag_and_search().await?;
    stranger.make_an_album().await?;
    let link = stranger.share_one().await?;
    stranger.a_fresh_browser_sees(&link).await?;
    stranger.a_colleague_joins().await?;
    stranger.limit_and_upgrade().await?;
    stranger.delete_and_undo().await?;
    stranger.take_the_album_home(mesh).await
}

fn photographs() -> Result<Vec<(String, Vec<u8>)>> {
    (0..PHOTOGRAPHS)
        .map(|number| {
            let picture = images::quadrants(640, 480);
            let file = match ORIENTATIONS[number % ORIENTATIONS.len()] {
                1 => images::encode(&picture, ImageFormat::Jpeg)?,
                turned => images::jpeg_taken_sideways(&picture, turned)?,
            };
            Ok((format!("photo-{number:02}.jpg"), file))
        })
        .collect()
}

impl Stranger<'_> {
    fn gallery(&self) -> String {
        format!("{}/t/{}", self.url, self.name)
    }

    async fn drop_photographs(&self) -> Result<()> {
        self.browser.open_page(&self.gallery()).await?;
        let photographs = photographs()?;
        let files: Vec<(&str, &str, Vec<u8>)> = photographs
            .iter()
            .map(|(name, bytes)| (name.as_str(), "image/jpeg", bytes.clone()))
            .collect();
        self.browser.drop_files("form[data-upload]", &files).await?;
        self.all_are_there().await
    }

    /// The file chooser takes them all at once, and the form sends them in one piece.
    async fn choose_photographs(&self) -> Result<()> {
        let folder = tempfile::tempdir()?;
        let mut paths = Vec::new();
        for (name, bytes) in photographs()? {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes)?;
            paths.push(path.to_string_lossy().into_owned());
        }
        self.browser.open_page(&self.gallery()).await?;
        self.browser
            .type_into("input[type='file']", &paths.join("\n"))
            .await?;
        self.browser.click("[data-plain]").await?;
        self.all_are_there().await
    }

    /// A busy machine takes its time to decode them.
    async fn all_are_there(&self) -> Result<()> {
        let patience = Duration::from_secs(90);
        wait::until("all photographs are in the gallery", patience, || async {
            let tiles = self.browser.all("[data-gallery] .tile img").await?.len();
            ensure!(tiles == PHOTOGRAPHS, "{tiles} tiles");
            Ok(())
        })
        .await
    }

    /// Every orientation comes out as it was seen: the colours are where they belong.
    async fn thumbnails_are_upright(&self) -> Result<()> {
        const SEEN: &str = r"
            return [...document.querySelectorAll('[data-gallery] .tile img')].slice(0, 12).map(image => {
                if (!image.complete || !image.naturalWidth) return null;
                const canvas = document.createElement('canvas');
                const [w, h] = [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
                const pen = canvas.getContext('2d');
                pen.drawImage(image, 0, 0);
                return [[.25, .25], [.75, .25], [.25, .75], [.75, .75]]
                    .map(([x, y]) => [...pen.getImageData(x * w, y * h, 1, 1).data].slice(0, 3));
            });";
        let [tl, tr, bl, br] = images::QUADRANTS;
        // What each orientation (Exif 2.3, 4.6.4) does to the stored quadrants.
        let upright = [
            [tl, tr, bl, br],
            [bl, tl, br, tr],
            [br, bl, tr, tl],
            [tr, br, tl, bl],
        ];
        self.browser.open_page(&self.gallery()).await?;
        self.browser
            .until("the thumbnails are upright", || async {
                let seen = self.browser.script(SEEN, vec![]).await?;
                let seen: Vec<[[u8; 3]; 4]> =
                    serde_json::from_value(seen).context("not all are loaded")?;
                for wanted in upright {
                    let found = seen.iter().any(|colours| {
                        let pairs = colours.iter().zip(wanted);
                        pairs.into_iter().all(|(a, b)| images::alike(*a, b))
                    });
                    ensure!(found, "no thumbnail is {wanted:?}: {seen:?}");
                }
                Ok(())
            })
            .await
    }

    async fn select(&self, count: usize) -> Result<()> {
        self.browser.open_page(&self.gallery()).await?;
        self.browser.visible("[data-gallery] .tile").await?;
        let boxes = self
            .browser
            .all("[data-gallery] .tile input[type='checkbox']")
            .await?;
        ensure!(boxes.len() >= count, "{} boxes to tick", boxes.len());
        for tick in boxes.into_iter().take(count) {
            // By keyboard: the bar of actions may lie over it.
            let tick = serde_json::to_value(tick)?;
            self.browser
                .script("arguments[0].focus()", vec![tick])
                .await?;
            self.browser.press(" ").await?;
        }
        Ok(())
    }

    async fn tag_and_search(&self) -> Result<()> {
        self.select(3).await?;
        self.browser.type_into("#batch-tags", "holiday").await?;
        self.browser.click("button[value='tag']").await?;
        self.browser
            .visible(".finder a.chip[href*='holiday']")
            .await?;
        self.browser.type_into("#q", "holiday").await?;
        self.browser.click("form[role='search'] button").await?;
        self.tiles(3).await
    }

    async fn tiles(&self, count: usize) -> Result<()> {
        self.browser
            .until(&format!("{count} pictures are listed"), || async {
                let tiles = self.browser.all("[data-gallery] .tile").await?.len();
                ensure!(tiles == count, "{tiles}");
                Ok(())
            })
            .await
    }

    async fn make_an_album(&self) -> Result<()> {
        self.select(5).await?;
        self.browser.type_into("#batch-album", "By the sea").await?;
        self.browser.click("button[value='add_to_album']").await?;
        self.browser.sees("added to the album").await?;
        self.browser
            .open_page(&format!("{}/albums", self.gallery()))
            .await?;
        self.browser.click(".shelf a").await?;
        self.browser.sees("By the sea").await?;
        self.tiles(5).await
    }

    async fn share_one(&self) -> Result<String> {
        self.open_a_picture().await?;
        self.browser.click("[data-share] summary").await?;
        self.browser.click("#sharing form.edit button").await?;
        let field = self.browser.visible("#sharing .copyable input").await?;
        field.prop("value").await?.context("the link is empty")
    }

    /// In the lightbox's stead, the picture's own page.
    async fn open_a_picture(&self) -> Result<()> {
        self.browser.open_page(&self.gallery()).await?;
        let tile = self.browser.visible("[data-gallery] .tile a").await?;
        let path = tile.attr("href").await?.context("no address")?;
        self.browser.open_page(&format!("{}{path}", self.url)).await
    }

    async fn a_fresh_browser_sees(&self, link: &str) -> Result<()> {
        let other = Browser::open().await?;
        let seen = other
            .with_evidence("shared", async {
                other.open_page(link).await?;
                other.sees(&format!("Shared by {}", self.name)).await?;
                let loaded =
                    "return [...document.images].filter(i => i.alt && i.naturalWidth > 0).length";
                other
                    .until("the shared picture is shown", || async {
                        ensure!(other.script(loaded, vec![]).await? != 0, "no picture");
                        Ok(())
                    })
                    .await?;
                other.open_page(&self.gallery()).await?;
                ensure!(other.path().await? == "/login", "the gallery opened");
                Ok(())
            })
            .await;
        other.close().await?;
        seen
    }

    async fn a_colleague_joins(&self) -> Result<()> {
        self.browser
            .open_page(&format!("{}/settings", self.gallery()))
            .await?;
        self.browser
            .click("form[action$='/invite-links'] button")
            .await?;
        let field = self
            .browser
            .visible("#invite-links .copyable input")
            .await?;
        let link = field.prop("value").await?.context("the link is empty")?;
        let own = self.browser.cookies().await?;
        self.browser.forget_cookies().await?;
        self.browser.open_page(&link).await?;
        self.browser.sees("invites you to the gallery").await?;
        self.browser.click("main a[href^='/signup?']").await?;
        let colleague = unique("colleague");
        self.browser.type_into("#username", &colleague).await?;
        self.browser.type_into("#password", PASSWORD).await?;
        self.browser
            .click("form[action='/signup'] button[type='submit']")
            .await?;
        self.tiles(PHOTOGRAPHS).await?;
        self.browser.forget_cookies().await?;
        self.browser.set_cookies(own).await
    }

    /// The last pull of the minute is followed by a page that offers the next plan.
    async fn limit_and_upgrade(&self) -> Result<()> {
        self.open_a_picture().await?;
        let pull = self.browser.visible("[data-pull-button]").await?;
        let pull = pull.attr("href").await?.context("no address")?;
        let pulls = "return Promise.all(Array.from({length: 14}, () =>
            fetch(arguments[0], {cache: 'no-store'}).then(answer => answer.status)))";
        let statuses = self
            .browser
            .script(pulls, vec![pull.clone().into()])
            .await?;
        let refused = |statuses: &Value| {
            let statuses = statuses.as_array().cloned().unwrap_or_default();
            statuses.contains(&Value::from(429))
        };
        ensure!(refused(&statuses), "14 pulls: {statuses}");
        self.browser
            .open_page(&format!("{}{pull}", self.url))
            .await?;
        self.browser.sees("429").await?;
        self.browser.click("a[href^='/plans?tenant=']").await?;
        self.browser
            .click("form:has(input[value='team']) button")
            .await?;
        self.browser
            .until("pulls are let through again", || async {
                let statuses = self
                    .browser
                    .script(pulls, vec![pull.clone().into()])
                    .await?;
                ensure!(!refused(&statuses), "{statuses}");
                Ok(())
            })
            .await
    }

    async fn delete_and_undo(&self) -> Result<()> {
        self.select(2).await?;
        self.browser.click("button[value='delete']").await?;
        self.tiles(PHOTOGRAPHS - 2).await?;
        self.browser
            .click(".note form button[value='restore']")
            .await?;
        self.tiles(PHOTOGRAPHS).await
    }

    /// What the button of the album downloads is one zip with its five pictures.
    async fn take_the_album_home(&self, mesh: &Mesh) -> Result<()> {
        self.browser
            .open_page(&format!("{}/albums", self.gallery()))
            .await?;
        self.browser.click(".shelf a").await?;
        let button = self.browser.visible("a[href*='/download?album=']").await?;
        let path = button.attr("href").await?.context("no address")?;
        let cookies = self.browser.cookies().await?;
        let cookies: Vec<String> = cookies
            .iter()
            .map(|cookie| format!("{}={}", cookie.name(), cookie.value()))
            .collect();
        let client = mesh.client();
        let request = client
            .request(Method::GET, &path)
            .header("cookie", cookies.join("; "));
        let zip = client.send(request).await?.expect(200)?;
        // Each entry has one record in the central directory (APPNOTE.TXT, 4.3.12).
        let entries = zip
            .body
            .windows(4)
            .filter(|bytes| *bytes == b"PK\x01\x02")
            .count();
        ensure!(entries == 5, "{entries} files in the zip: {zip}");
        Ok(())
    }
}
