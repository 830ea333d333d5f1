//! What `hub bench app` needs of the application's own crates: pictures to upload, a tenant full of
//! records, and a server that answers the same bytes whatever is asked.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use actix_web::web::{self, Bytes};
use actix_web::{App, HttpResponse, HttpServer};
use clap::Parser;
use image::{Rgb, RgbImage};
use imagehub_app::catalogue::redis::RedisCatalogue;
use imagehub_app::catalogue::sqlite::SqliteCatalogue;
use imagehub_app::catalogue::{Record, SharedCatalogue};
use imagehub_app::domain::{Digest, ImageId};
use imagehub_app::imaging::write_thumbnail;
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use serde_json::json;

#[derive(Parser)]
enum Task {
    /// Paints photographs, each other bytes: 001.jpg and on.
    Photographs {
        folder: PathBuf,
        count: u32,
        width: u32,
        height: u32,
    },
    /// Records pictures (no files) in a tenant that is there, in a SQLite file or a Redis.
    Fill {
        catalogue: String,
        tenant: String,
        count: u64,
    },
    /// Writes one thumbnail of one file.
    Thumbnail {
        file: PathBuf,
        out: PathBuf,
        /// Its longer side in pixels.
        size: u32,
    },
    /// Answers a file's bytes as HTML on one worker, and prints the address.
    Constant { file: PathBuf },
}

fn main() -> anyhow::Result<()> {
    match Task::parse() {
        // What a runtime would take is none of its memory.
        Task::Thumbnail { file, out, size } => Ok(write_thumbnail(&file, &out, size)?),
        task => actix_web::rt::System::new().block_on(run(task)),
    }
}

async fn run(task: Task) -> anyhow::Result<()> {
    match task {
        Task::Photographs {
            folder,
            count,
            width,
            height,
        } => photographs(&folder, count, width, height),
        Task::Fill {
            catalogue,
            tenant,
            count,
        } => fill(&catalogue, &tenant, count).await,
        Task::Constant { file } => constant(&file).await,
        Task::Thumbnail { .. } => Ok(()),
    }
}

fn photographs(folder: &Path, count: u32, width: u32, height: u32) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)?;
    for number in 1..=count {
        let path = folder.join(format!("{number:05}.jpg"));
        if path.exists() {
            continue;
        }
        let pixels = photograph(width, height, number);
        let mut file = Vec::new();
        // As phones write them: colours at half the resolution of light.
        let mut encoder = Encoder::new(&mut file, 90);
        encoder.set_sampling_factor(SamplingFactor::F_2_2);
        let (width, height) = (u16::try_from(width)?, u16::try_from(height)?);
        encoder.encode(&pixels, width, height, ColorType::Rgb)?;
        // Whole or not at all: an interrupted run is followed by another.
        let unfinished = path.with_extension("unfinished");
        std::fs::write(&unfinished, file)?;
        std::fs::rename(unfinished, path)?;
    }
    Ok(())
}

/// Slow gradients with edges in them, under the grain of a sensor: 12 megapixels come to 4 MB.
fn photograph(width: u32, height: u32, seed: u32) -> RgbImage {
    let mut state = u64::from(seed).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let (w, h) = (width as f32, height as f32);
    let shift = seed as f32 * 0.37;
    RgbImage::from_fn(width, height, |x, y| {
        // Xorshift: grain that does not repeat.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let grain = (state & 0x1f) as f32 - 16.0;
        let (u, v) = (x as f32 / w, y as f32 / h);
        let ridge = 0.5 + 0.2 * (u * 7.0 + shift).sin() + 0.05 * (u * 31.0 + shift).sin();
        let light = if v > ridge { 0.35 } else { 1.0 };
        let colour = [90.0 + 150.0 * u, 70.0 + 130.0 * v, 200.0 - 120.0 * u * v];
        Rgb(colour.map(|channel: f32| (channel * light + grain).clamp(0.0, 255.0) as u8))
    })
}

/// A ThumbHash as every image has one.
const PLACEHOLDER: &str = "WlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpa";
/// Records that one call brings in.
const IMPORTED_AT_ONCE: usize = 500;

async fn fill(catalogue: &str, tenant: &str, count: u64) -> anyhow::Result<()> {
    let store: SharedCatalogue = if catalogue.contains("://") {
        Arc::new(RedisCatalogue::new(catalogue)?)
    } else {
        Arc::new(SqliteCatalogue::open(Path::new(catalogue)).await?)
    };
    let records = (0..count).map(|number| record(tenant, number));
    let records: Vec<Record> = records.collect::<Result<_, _>>()?;
    for some in records.chunks(IMPORTED_AT_ONCE) {
        store.import(some).await?;
    }
    Ok(())
}

/// A picture of every third is tagged alike, a minute after the one before.
fn record(tenant: &str, number: u64) -> serde_json::Result<Record> {
    const START: i64 = 1_700_000_000_000;
    let mut digest = [0; 32];
    digest[..8].copy_from_slice(&number.to_be_bytes());
    let tag = ["sea", "mountain", "city"][number as usize % 3];
    let record = json!({
        "record": "image",
        "tenant": tenant,
        "id": ImageId::random().as_str(),
        "digest": Digest::new(digest).hex(),
        "crc32": 0,
        "media_type": "image/jpeg",
        "animated": false,
        "bytes": 4_000_000,
        "width": 4000,
        "height": 3000,
        "thumbnail_type": "image/jpeg",
        "placeholder": PLACEHOLDER,
        "title": format!("Photograph {number}"),
        "tags": [tag],
        "uploaded_by": tenant,
        "uploaded_at": START + 60_000 * i64::try_from(number).unwrap_or(0),
        "deleted_at": null,
    });
    serde_json::from_value(record)
}

async fn constant(file: &Path) -> anyhow::Result<()> {
    let page = Bytes::from(std::fs::read(file)?);
    let answer = move || {
        let page = page.clone();
        App::new().default_service(web::to(move || {
            let page = page.clone();
            async move {
                HttpResponse::Ok()
                    .content_type("text/html; charset=utf-8")
                    .body(page)
            }
        }))
    };
    let server = HttpServer::new(answer).workers(1).bind("127.0.0.1:0")?;
    for address in server.addrs() {
        use std::io::Write as _;
        writeln!(std::io::stdout(), "http://{address}")?;
    }
    Ok(server.run().await?)
}
