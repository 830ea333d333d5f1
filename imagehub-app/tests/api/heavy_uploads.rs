//! Many large pictures at once.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use futures_util::future::join_all;
use image::{ImageFormat, Rgb, RgbImage};
use reqwest::multipart::Form;

use crate::world::{Hub, file};

const AT_ONCE: usize = 32;
const KIBIBYTES_OF_ALL: u64 = 1024 * 1024;

#[tokio::test]
async fn many_photographs_at_once_take_bounded_memory_and_browsing_goes_on() {
    let hub = Hub::in_mesh();
    let ada = hub.sign_up("ada").await;
    let photograph = photograph();
    let uploads = (0..AT_ONCE).map(async |number| {
        // What follows the image's end makes each file another one; none of it is served.
        let bytes = [&photograph[..], number.to_string().as_bytes()].concat();
        let form = Form::new().part("file", file("photograph.jpg", bytes));
        ada.upload(form).await.status()
    });
    let (pages, most) = (AtomicU64::new(0), AtomicU64::new(0));
    let browsing = async {
        loop {
            assert_eq!(ada.get("/t/ada/images").await.status(), 200);
            pages.fetch_add(1, Relaxed);
            most.fetch_max(resident(hub.process.id()), Relaxed);
        }
    };
    tokio::select! {
        statuses = join_all(uploads) => assert!(statuses.iter().all(|status| *status == 201)),
        () = browsing => {}
    }
    assert!(pages.into_inner() >= AT_ONCE as u64);
    let most = most.into_inner();
    assert!(most < KIBIBYTES_OF_ALL, "{most} KiB");
    assert!(workers(hub.process.id()).is_empty());
}

/// Twenty-four megapixels, as a camera writes them.
fn photograph() -> Vec<u8> {
    let pixels = RgbImage::from_fn(6000, 4000, |x, y| {
        Rgb([(x / 24) as u8, (y / 16) as u8, ((x ^ y) / 32) as u8])
    });
    let mut jpeg = std::io::Cursor::new(Vec::new());
    pixels.write_to(&mut jpeg, ImageFormat::Jpeg).unwrap();
    jpeg.into_inner()
}

/// What a process and all it started have in memory, in KiB.
fn resident(parent: u32) -> u64 {
    let parent = Path::new("/proc").join(parent.to_string());
    let all = workers_in(&parent).into_iter().chain([parent]);
    // A worker may end while it is looked at.
    all.filter_map(|process| field(&process, "VmRSS:")).sum()
}

fn workers(parent: u32) -> Vec<PathBuf> {
    workers_in(&Path::new("/proc").join(parent.to_string()))
}

fn workers_in(parent: &Path) -> Vec<PathBuf> {
    let pid = parent
        .file_name()
        .and_then(|name| name.to_str()?.parse().ok());
    let processes = Path::new("/proc").read_dir().unwrap();
    processes
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|process| pid.is_some() && field(process, "PPid:") == pid)
        .collect()
}

fn field(process: &Path, name: &str) -> Option<u64> {
    let status = std::fs::read_to_string(process.join("status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}
