//! A store that a newer program wrote is left alone.

use imagehub_app::catalogue::redis::RedisCatalogue;
use imagehub_app::catalogue::sqlite::SqliteCatalogue;
use imagehub_app::catalogue::{Catalogue as _, CatalogueError, ImageQuery, Tag};

use crate::redis_server::RedisServer;
use crate::world::{new_user, noon, tenant, user};

#[tokio::test]
async fn a_sqlite_file_is_opened_again_with_all_that_is_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("catalogue.sqlite");
    let first = SqliteCatalogue::open(&path).await.unwrap();
    first.create_user(&new_user("ada")).await.unwrap();
    drop(first);
    let second = SqliteCatalogue::open(&path).await.unwrap();
    assert!(second.find_user(&user("ada")).await.unwrap().is_some());
}

/// The file was written by the first version: a tenant with two tagged images.
#[tokio::test]
async fn a_file_of_the_first_version_is_brought_up_to_date() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("catalogue.sqlite");
    let old = rusqlite::Connection::open(&path).unwrap();
    old.execute_batch(include_str!("first_version.sql"))
        .unwrap();
    drop(old);

    let catalogue = SqliteCatalogue::open(&path).await.unwrap();
    let (ada, everything) = (tenant("ada"), ImageQuery::first_page());
    let page = catalogue.list_images(&ada, &everything).await.unwrap();
    let titles: Vec<_> = page
        .images
        .iter()
        .map(|image| image.title.as_str())
        .collect();
    assert_eq!(titles, ["second", "first"]);
    assert!(page.images.iter().all(|image| image.deleted_at.is_none()));
    let usage = catalogue.usage(&ada).await.unwrap();
    assert_eq!((usage.images, usage.bytes), (2, 30));
    assert_eq!((usage.deleted_images, usage.deleted_bytes), (0, 0));
    let tags = catalogue.tags(&ada, "ÜBER", 10).await.unwrap();
    assert_eq!((tags[0].tag.as_str(), tags[0].images), ("Über uns", 1));
    let mut tagged = everything;
    tagged.tag = Some(Tag::parse("Sea").unwrap());
    let page = catalogue.list_images(&ada, &tagged).await.unwrap();
    assert_eq!(page.images.len(), 2);
    let gone = &page.images[0].id;
    let mut searched = ImageQuery::first_page();
    searched.text = Some("IRS".to_owned());
    let page = catalogue.list_images(&ada, &searched).await.unwrap();
    assert_eq!(page.images[0].title.as_str(), "first");
    assert_eq!(page.images.len(), 1);
    let tenant = catalogue.find_tenant(&ada).await.unwrap().unwrap();
    assert!(!tenant.keep_metadata);
    catalogue.delete_image(&ada, gone, noon()).await.unwrap();
    catalogue.purge_image(&ada, gone).await.unwrap();
    assert_eq!(catalogue.usage(&ada).await.unwrap().bytes, 10);
}

/// Written by the first version, its accents characters of their own.
#[tokio::test]
async fn text_of_an_older_file_is_found_however_it_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("catalogue.sqlite");
    let old = rusqlite::Connection::open(&path).unwrap();
    old.execute_batch(include_str!("first_version.sql"))
        .unwrap();
    old.execute_batch(
        "UPDATE images SET title = 'Cafe' || char(769), tags = 'The' || char(769),
             search = 'cafe' || char(769) || char(10) || 'the' || char(769) || char(10) || 'ada'
         WHERE id = 'a2';
         UPDATE image_tags SET tag = 'The' || char(769) WHERE ordinal = 2;",
    )
    .unwrap();
    drop(old);

    let catalogue = SqliteCatalogue::open(&path).await.unwrap();
    let ada = tenant("ada");
    let mut searched = ImageQuery::first_page();
    for text in ["caf\u{e9}", "th\u{e9}"] {
        searched.text = Some(text.to_owned());
        let page = catalogue.list_images(&ada, &searched).await.unwrap();
        assert_eq!(page.images[0].title.as_str(), "Caf\u{e9}");
    }
    let mut tagged = ImageQuery::first_page();
    tagged.tag = Some(Tag::parse("Th\u{e9}").unwrap());
    let page = catalogue.list_images(&ada, &tagged).await.unwrap();
    assert_eq!(page.images.len(), 1);
    let tags = catalogue.tags(&ada, "", 10).await.unwrap();
    let tags: Vec<_> = tags.iter().map(|of| (of.tag.as_str(), of.images)).collect();
    assert_eq!(tags, [("Sea", 1), ("Th\u{e9}", 1), ("\u{dc}ber uns", 1)]);
}

#[tokio::test]
async fn a_newer_sqlite_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("catalogue.sqlite");
    let newer = rusqlite::Connection::open(&path).unwrap();
    newer.pragma_update(None, "user_version", 99).unwrap();
    drop(newer);
    let opened = SqliteCatalogue::open(&path).await;
    assert!(matches!(
        opened,
        Err(CatalogueError::NewerSchema { found: 99, .. })
    ));
}

#[tokio::test]
async fn a_newer_redis_layout_is_refused_by_every_call() {
    let server = RedisServer::start();
    let client = redis::Client::open(server.url()).unwrap();
    let mut connection = client.get_connection().unwrap();
    let set: String = redis::cmd("SET")
        .arg(&["imagehub:schema", "99"])
        .query(&mut connection)
        .unwrap();
    assert_eq!(set, "OK");
    let catalogue = RedisCatalogue::new(&server.url()).unwrap();
    let created = catalogue.create_user(&new_user("ada")).await;
    assert!(matches!(
        created,
        Err(CatalogueError::NewerSchema { found: 99, .. })
    ));
}

#[tokio::test]
async fn a_process_that_meets_a_newer_redis_layout_later_stops_using_it() {
    let server = RedisServer::start();
    let catalogue = RedisCatalogue::new(&server.url()).unwrap();
    catalogue.create_user(&new_user("ada")).await.unwrap();
    let client = redis::Client::open(server.url()).unwrap();
    let mut connection = client.get_connection().unwrap();
    let set: String = redis::cmd("SET")
        .arg(&["imagehub:schema", "99"])
        .query(&mut connection)
        .unwrap();
    assert_eq!(set, "OK");
    for outcome in [
        catalogue.ping().await,
        catalogue.create_user(&new_user("bob")).await,
    ] {
        assert!(matches!(
            outcome,
            Err(CatalogueError::NewerSchema { found: 99, .. })
        ));
    }
}
