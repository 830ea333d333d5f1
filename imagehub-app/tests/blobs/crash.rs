//! A process killed in mid-upload: what it acknowledged is there whole, and nothing else is listed.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use imagehub_app::blobs::{Blobs, Encoding, ThumbnailSize};
use imagehub_app::catalogue::sqlite::SqliteCatalogue;
use imagehub_app::catalogue::{ImageQuery, Images as _, Users as _};
use imagehub_app::domain::{ImageId, ImageRecord, MediaType, NewUser, Tags, Title};
use imagehub_policy::{Plan, TenantId, Username};
use time::OffsetDateTime;

use crate::{picture, read, staged};

/// Tells a process of this test that it is the one to be killed, and where to work.
const FOLDER: &str = "IMAGEHUB_TEST_UPLOADER_FOLDER";
const ACKNOWLEDGED: &str = "acknowledged ";

#[tokio::test]
async fn every_acknowledged_image_is_whole_after_a_kill_and_no_other_is_listed() {
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = Vec::new();
    for round in 0_u64..12 {
        // Killed a little later each time, at whatever it is doing then.
        acknowledged.extend(upload_and_kill(
            folder.path(),
            Duration::from_micros(round * 1700),
        ));

        let (catalogue, blobs) = open(folder.path()).await;
        assert!(crate::files::unfinished(folder.path()).is_empty());
        for id in &acknowledged {
            let found = catalogue.find_image(&tenant(), id).await.unwrap();
            assert!(found.is_some(), "{id} was acknowledged");
        }
        expect_all_listed_whole(&catalogue, &blobs).await;
    }
    assert!(acknowledged.len() >= 24);
}

/// Runs an uploader, kills it `late` after its second acknowledgement, and returns all it made.
fn upload_and_kill(folder: &Path, late: Duration) -> Vec<ImageId> {
    let mut uploader = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::uploads_until_killed", "--nocapture"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(uploader.stdout.take().unwrap())
        .lines()
        .map_while(Result::ok)
        .filter_map(|line| {
            let (_, id) = line.split_once(ACKNOWLEDGED)?;
            ImageId::parse(id).ok()
        });
    let mut acknowledged: Vec<_> = lines.by_ref().take(2).collect();
    std::thread::sleep(late);
    uploader.kill().unwrap();
    acknowledged.extend(lines);
    uploader.wait().unwrap();
    acknowledged
}

/// The process to be killed; does nothing when it is run as a test of its own.
#[tokio::test]
async fn uploads_until_killed() {
    let Ok(folder) = std::env::var(FOLDER) else {
        return;
    };
    let (catalogue, blobs) = open(Path::new(&folder)).await;
    let ada = NewUser {
        name: Username::parse("ada").unwrap(),
        password_hash: String::new(),
        plan: Plan::parse("personal").unwrap(),
        created_at: OffsetDateTime::now_utc(),
    };
    // From the second round on she is there.
    catalogue.create_user(&ada).await.ok();
    loop {
        let id = ImageId::random();
        let bytes: Vec<u8> = id.as_str().bytes().cycle().take(300_000).collect();
        let picture = picture(&blobs, &bytes).await;
        let record = ImageRecord {
            id: id.clone(),
            digest: picture.original().digest,
            media_type: MediaType::Jpeg,
            animated: false,
            bytes: picture.original().bytes,
            width: 1,
            height: 1,
            placeholder: imagehub_app::domain::Placeholder::default(),
            crc32: 7,
            thumbnail_type: MediaType::Jpeg,
            title: Title::default(),
            tags: Tags::default(),
            uploaded_by: Username::parse("ada").unwrap(),
            uploaded_at: OffsetDateTime::now_utc(),
            taken_at: None,
            camera: None,
            deleted_at: None,
        };
        blobs.store(&tenant(), &id, picture).await.unwrap();
        catalogue
            .insert_image(&tenant(), &record, None)
            .await
            .unwrap();
        writeln!(std::io::stdout(), "{ACKNOWLEDGED}{id}").unwrap();
    }
}

async fn expect_all_listed_whole(catalogue: &SqliteCatalogue, blobs: &Blobs) {
    let mut query = ImageQuery::first_page();
    query.limit = 200;
    loop {
        let page = catalogue.list_images(&tenant(), &query).await.unwrap();
        for image in &page.images {
            let original = blobs.original(&tenant(), &image.id, None).await.unwrap();
            let bytes = read(original).await;
            assert_eq!(bytes.len() as u64, image.bytes);
            assert_eq!(staged(blobs, &bytes).await.digest(), image.digest);
            for size in ThumbnailSize::ALL {
                let (tenant, encoding) = (tenant(), Encoding::WebP);
                let thumbnail = blobs.thumbnail(&tenant, &image.id, size, encoding);
                thumbnail.await.unwrap();
            }
        }
        query.after = page.next;
        if query.after.is_none() {
            return;
        }
    }
}

async fn open(folder: &Path) -> (SqliteCatalogue, Blobs) {
    let catalogue = SqliteCatalogue::open(&folder.join("catalogue.sqlite"))
        .await
        .unwrap();
    let blobs = Blobs::in_directory(&folder.join("blobs"), &folder.join("staging"))
        .await
        .unwrap();
    (catalogue, blobs)
}

fn tenant() -> TenantId {
    TenantId::parse("ada").unwrap()
}
