//! A Redis that answers and does not do its work: said at once, by name, and over when it is over.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::time::{Duration, Instant};

use imagehub_app::catalogue::redis::RedisCatalogue;
use imagehub_app::catalogue::{Catalogue as _, CatalogueError, Users as _};

use crate::redis_server::RedisServer;
use crate::world::{new_user, user};

#[tokio::test]
async fn a_redis_that_is_stopped_ends_requests_and_serves_again_when_it_goes_on() {
    let server = RedisServer::start();
    let catalogue = catalogue(&server);
    catalogue.create_user(&new_user("ada")).await.unwrap();
    server.signal("STOP");
    for _ in 0..3 {
        let begun = Instant::now();
        let outcome = catalogue.find_user(&user("ada")).await;
        assert!(matches!(outcome, Err(CatalogueError::Unavailable(_))));
        assert!(begun.elapsed() < Duration::from_secs(2));
    }
    server.signal("CONT");
    let begun = Instant::now();
    while let Err(error) = catalogue.ping().await {
        assert!(begun.elapsed() < Duration::from_secs(10), "{error}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(catalogue.find_user(&user("ada")).await.unwrap().is_some());
}

#[tokio::test]
async fn a_full_redis_is_read_by_a_process_that_only_just_started() {
    let server = RedisServer::start();
    catalogue(&server)
        .create_user(&new_user("ada"))
        .await
        .unwrap();
    server.ask(&["CONFIG", "SET", "maxmemory", "1"]);

    let fresh = catalogue(&server);
    assert!(fresh.find_user(&user("ada")).await.unwrap().is_some());
    refuses_changes(&fresh, "OOM").await;

    server.ask(&["CONFIG", "SET", "maxmemory", "0"]);
    fresh.ping().await.unwrap();
    fresh.create_user(&new_user("bob")).await.unwrap();
}

#[tokio::test]
async fn a_replica_is_read_and_says_that_it_takes_no_changes() {
    let server = RedisServer::start();
    catalogue(&server)
        .create_user(&new_user("ada"))
        .await
        .unwrap();
    server.ask(&["REPLICAOF", "127.0.0.1", "1"]);

    let fresh = catalogue(&server);
    assert!(fresh.find_user(&user("ada")).await.unwrap().is_some());
    refuses_changes(&fresh, "READONLY").await;

    server.ask(&["REPLICAOF", "NO", "ONE"]);
    fresh.create_user(&new_user("bob")).await.unwrap();
}

#[tokio::test]
async fn a_redis_that_cannot_save_says_that_it_takes_no_changes() {
    let folder = tempfile::tempdir().unwrap();
    let there = folder.path().to_str().unwrap();
    let server = RedisServer::start_with(&["--dir", there, "--save", "3600 1"]);
    let catalogue = catalogue(&server);
    catalogue.create_user(&new_user("ada")).await.unwrap();
    folder.close().unwrap();
    server.ask(&["BGSAVE"]);
    let begun = Instant::now();
    while catalogue.ping().await.is_ok() {
        assert!(begun.elapsed() < Duration::from_secs(10));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    refuses_changes(&catalogue, "MISCONF").await;
    assert!(catalogue.find_user(&user("ada")).await.unwrap().is_some());
}

#[tokio::test]
async fn a_redis_that_wants_a_password_says_so() {
    let server = RedisServer::start();
    server.ask(&["CONFIG", "SET", "requirepass", "sesame"]);
    refuses_changes(&catalogue(&server), "NOAUTH").await;
    let wrong = server.url().replace("redis://", "redis://:open@");
    refuses_changes(&RedisCatalogue::new(&wrong).unwrap(), "WRONGPASS").await;
    let right = server.url().replace("redis://", "redis://:sesame@");
    RedisCatalogue::new(&right).unwrap().ping().await.unwrap();
}

#[tokio::test]
async fn who_was_refused_for_a_password_is_served_once_it_is_right() {
    let server = RedisServer::start();
    server.ask(&["ACL", "SETUSER", "hub", "on", ">open", "~*", "+@all"]);
    let url = server.url().replace("redis://", "redis://hub:sesame@");
    let catalogue = RedisCatalogue::new(&url).unwrap();
    refuses_changes(&catalogue, "WRONGPASS").await;
    server.ask(&["ACL", "SETUSER", "hub", ">sesame"]);
    catalogue.ping().await.unwrap();
}

#[tokio::test]
async fn a_redis_that_is_still_loading_says_so() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("redis://{}/", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let lines = BufReader::new(stream.try_clone().unwrap()).lines();
                // Each command begins with the number of its words.
                for line in lines.map_while(Result::ok) {
                    if line.starts_with('*') {
                        let answer = b"-LOADING Redis is loading the dataset in memory\r\n";
                        stream.write_all(answer).ok();
                    }
                }
            });
        }
    });
    refuses_changes(&RedisCatalogue::new(&url).unwrap(), "LOADING").await;
}

#[tokio::test]
async fn a_redis_that_would_forget_records_is_not_used() {
    let server = RedisServer::start();
    server.ask(&["CONFIG", "SET", "maxmemory-policy", "allkeys-lru"]);
    let catalogue = catalogue(&server);
    let outcome = catalogue.create_user(&new_user("ada")).await;
    let Err(CatalogueError::Unsuitable(why)) = outcome else {
        panic!("{outcome:?}");
    };
    assert!(
        why.contains("noeviction") && why.contains("allkeys-lru"),
        "{why}"
    );
    server.ask(&["CONFIG", "SET", "maxmemory-policy", "noeviction"]);
    catalogue.create_user(&new_user("ada")).await.unwrap();
}

fn catalogue(server: &RedisServer) -> RedisCatalogue {
    RedisCatalogue::new(&server.url()).unwrap()
}

/// Neither a change nor a check of readiness is waited for, and both say why.
async fn refuses_changes(catalogue: &RedisCatalogue, code: &str) {
    let begun = Instant::now();
    for outcome in [
        catalogue.create_user(&new_user("eve")).await,
        catalogue.ping().await,
    ] {
        let error = outcome.unwrap_err();
        let refused = matches!(
            error,
            CatalogueError::Refusing(_) | CatalogueError::NoSpace(_)
        );
        assert!(refused, "{error:?}");
        assert!(error.to_string().contains(code), "{error}");
    }
    assert!(begun.elapsed() < Duration::from_secs(2));
}
