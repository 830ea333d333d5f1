//! A store that another version of the program wrote is left alone.

use imagehub_app::catalogue::redis::RedisCatalogue;
use imagehub_app::catalogue::sqlite::SqliteCatalogue;
use imagehub_app::catalogue::{Catalogue as _, CatalogueError, Users as _};

use crate::redis_server::RedisServer;
use crate::world::{new_user, user};

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

#[tokio::test]
async fn an_older_or_newer_sqlite_file_is_refused() {
    for version in [4, 99] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("catalogue.sqlite");
        let other = rusqlite::Connection::open(&path).unwrap();
        other.pragma_update(None, "user_version", version).unwrap();
        drop(other);
        let opened = SqliteCatalogue::open(&path).await;
        assert!(matches!(
            opened,
            Err(CatalogueError::OtherSchema { found, .. }) if found == version
        ));
    }
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
        Err(CatalogueError::OtherSchema { found: 99, .. })
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
            Err(CatalogueError::OtherSchema { found: 99, .. })
        ));
    }
}
