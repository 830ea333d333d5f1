//! What goes with a sweep, and what stays.

use std::time::Duration;

use imagehub_app::blobs::Blobs;
use imagehub_app::catalogue::Images as _;
use imagehub_app::catalogue::sqlite::SqliteCatalogue;
use imagehub_app::domain::ImageId;
use imagehub_app::sweeper::sweep;
use imagehub_policy::TenantId;
use reqwest::Method;
use time::OffsetDateTime;

use crate::world::{self, Hub, picture};
use crate::{folders, kill, run, until};

#[tokio::test]
async fn files_that_no_record_names_go_once_they_are_old_enough() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let kept = ada.add("p.png", picture(1)).await;
    let kept = kept["id"].as_str().unwrap().to_owned();
    let data = kill(hub);
    let blobs = world::blobs(data.path());
    for folder in ["ada/0123456789abcdef", "nobody/fedcba", ".incoming-0123"] {
        std::fs::create_dir_all(blobs.join(folder)).unwrap();
        std::fs::write(blobs.join(folder).join("original"), "12345").unwrap();
    }
    std::fs::write(blobs.join("README"), "not ours").unwrap();
    std::fs::create_dir(blobs.join("lost+found")).unwrap();
    std::fs::write(blobs.join("lost+found/#1"), "not ours").unwrap();

    run(data.path(), &["sweep"]).unwrap();
    assert_eq!(folders(&blobs, "ada").len(), 2, "too young");

    let now = ["sweep", "--sweep-grace-seconds", "0"];
    let said = run(data.path(), &[&now[..], &["--dry-run"]].concat()).unwrap();
    assert!(said.starts_with("3 folders (15 bytes)"), "{said}");
    assert_eq!(folders(&blobs, "ada").len(), 2);

    run(data.path(), &now).unwrap();
    assert_eq!(folders(&blobs, "ada"), [kept]);
    assert!(folders(&blobs, "nobody").is_empty());
    assert!(!blobs.join(".incoming-0123/original").exists());
    assert!(blobs.join("README").exists());
}

#[tokio::test]
async fn a_deleted_image_stays_a_week_and_then_goes_with_its_files() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let mut ids = Vec::new();
    for number in 1..=2 {
        let image = ada.add("p.png", picture(number)).await;
        ids.push(image["id"].as_str().unwrap().to_owned());
    }
    let deleted = ada.own(&format!("/images/{}", ids[0]));
    let answer = ada.ask(Method::DELETE, &deleted).send().await.unwrap();
    assert_eq!(answer.status(), 204);
    let data = kill(hub);

    let file = data.path().join("catalogue.sqlite");
    let catalogue = SqliteCatalogue::open(&file).await.unwrap();
    let (place, staging) = (world::blobs(data.path()), data.path().join("staging"));
    let blobs = Blobs::in_directory(&place, &staging).await.unwrap();
    let (tenant, id) = (
        TenantId::parse("ada").unwrap(),
        ImageId::parse(&ids[0]).unwrap(),
    );
    let hour = Duration::from_secs(3_600);
    for (days, recorded) in [(6, true), (8, false)] {
        let then = OffsetDateTime::now_utc() + days * 24 * hour;
        let swept = sweep(&catalogue, &blobs, then, hour).await.unwrap();
        assert_eq!(swept.purged, usize::from(!recorded));
        assert_eq!(catalogue.is_recorded(&tenant, &id).await.unwrap(), recorded);
        let folder = blobs.folder(&tenant, &id).await.unwrap();
        assert_eq!(folder.is_some(), recorded);
    }
    assert_eq!(folders(&place, "ada"), [ids[1].clone()]);
}

#[tokio::test]
async fn a_running_application_sweeps_by_itself() {
    let hub = Hub::start(&["--sweep-seconds", "0"]);
    let ada = hub.sign_up("ada").await;
    let kept = ada.add("p.png", picture(1)).await;
    let kept = kept["id"].as_str().unwrap().to_owned();
    let data = kill(hub);
    let blobs = world::blobs(data.path());
    let nobodys = blobs.join("ada/0123456789abcdef");
    std::fs::create_dir(&nobodys).unwrap();
    std::fs::write(nobodys.join("original"), "12345").unwrap();

    let flags = ["--sweep-seconds", "1", "--sweep-grace-seconds", "0"];
    let _hub = Hub::start_in(data, &flags);
    until(async || folders(&blobs, "ada") == [kept.as_str()]).await;
}
