//! Redis away: calls fail fast, and succeed again by themselves when it is back.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use imagehub_app::catalogue::redis::RedisCatalogue;
use imagehub_app::catalogue::{Catalogue as _, CatalogueError};

use crate::redis_server::RedisServer;
use crate::world::{new_user, user};

#[tokio::test]
async fn without_redis_calls_fail_within_two_seconds_and_it_may_come_later() {
    let mut server = RedisServer::start();
    let port = server.port();
    server.kill();
    let catalogue = RedisCatalogue::new(&server.url()).unwrap();
    for _ in 0..3 {
        expect_unavailable(&catalogue).await;
    }
    let _server = RedisServer::start_on(port);
    recovers(&catalogue).await;
    catalogue.create_user(&new_user("ada")).await.unwrap();
}

#[tokio::test]
async fn a_restart_of_redis_is_survived() {
    let mut server = RedisServer::start();
    let catalogue = RedisCatalogue::new(&server.url()).unwrap();
    catalogue.create_user(&new_user("ada")).await.unwrap();
    server.kill();
    expect_unavailable(&catalogue).await;
    let _server = RedisServer::start_on(server.port());
    recovers(&catalogue).await;
    assert_eq!(catalogue.find_user(&user("ada")).await.unwrap(), None);
}

#[tokio::test]
async fn a_redis_that_hangs_is_not_waited_for() {
    // Connections are accepted by the system, and nobody ever answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("redis://{}/", silent.local_addr().unwrap());
    let catalogue = RedisCatalogue::new(&url).unwrap();
    for _ in 0..2 {
        expect_unavailable(&catalogue).await;
    }
}

async fn expect_unavailable(catalogue: &RedisCatalogue) {
    let begun = Instant::now();
    let outcome = catalogue.find_user(&user("ada")).await;
    assert!(matches!(outcome, Err(CatalogueError::Unavailable(_))));
    assert!(begun.elapsed() < Duration::from_secs(2));
}

/// As readiness does, asks until there is an answer.
async fn recovers(catalogue: &RedisCatalogue) {
    let begun = Instant::now();
    while let Err(error) = catalogue.ping().await {
        assert!(begun.elapsed() < Duration::from_secs(10), "{error}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_redis_that_is_full_refuses_changes_as_such_and_goes_on_answering() {
    let server = RedisServer::start();
    let catalogue = RedisCatalogue::new(&server.url()).unwrap();
    catalogue.create_user(&new_user("ada")).await.unwrap();
    server.ask(&["config", "set", "maxmemory", "1"]);
    let refused = catalogue.create_user(&new_user("bob")).await;
    assert!(
        matches!(refused, Err(CatalogueError::NoSpace(_))),
        "{refused:?}"
    );
    assert!(catalogue.find_user(&user("ada")).await.unwrap().is_some());
    server.ask(&["config", "set", "maxmemory", "0"]);
    catalogue.create_user(&new_user("bob")).await.unwrap();
}
