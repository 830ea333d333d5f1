//! Redis away: calls fail fast, and succeed again by themselves when it is back.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use imagehub_app::catalogue::redis::RedisCatalogue;
use imagehub_app::catalogue::{Catalogue as _, CatalogueError, Users as _};

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
async fn whoever_asks_first_after_a_restart_is_answered() {
    let mut server = RedisServer::start();
    let catalogue = RedisCatalogue::new(&server.url()).unwrap();
    catalogue.create_user(&new_user("ada")).await.unwrap();

    // What reads is, even if the end of the connection was not noticed yet.
    server.kill();
    let mut server = RedisServer::start_on(server.port());
    assert_eq!(catalogue.find_user(&user("ada")).await.unwrap(), None);

    // A change is, once it was noticed: while somebody else is served, for one.
    server.kill();
    let mut server = RedisServer::start_on(server.port());
    let other = RedisCatalogue::new(&server.url()).unwrap();
    other.ping().await.unwrap();
    catalogue.create_user(&new_user("bob")).await.unwrap();

    // Nobody remembers that it was away meanwhile, or closed what was opened, as proxies do.
    server.kill();
    let port = server.port();
    expect_unavailable(&catalogue).await;
    let proxy = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let closing = std::thread::spawn(move || drop(proxy.accept().unwrap()));
    catalogue.ping().await.unwrap_err();
    closing.join().unwrap();
    let _server = RedisServer::start_on(port);
    catalogue.create_user(&new_user("eve")).await.unwrap();
}

#[tokio::test]
async fn a_change_that_may_have_been_made_is_not_asked_for_again() {
    let server = RedisServer::start();
    let relay = Relay::to(server.port());
    let catalogue = RedisCatalogue::new(&relay.url).unwrap();
    catalogue.create_user(&new_user("ada")).await.unwrap();

    relay.cut_at_next_answer();
    let outcome = catalogue.create_user(&new_user("bob")).await;
    assert!(
        matches!(outcome, Err(CatalogueError::Unavailable(_))),
        "{outcome:?}"
    );
    // What reads is.
    catalogue.ping().await.unwrap();
    relay.cut_at_next_answer();
    assert!(catalogue.find_user(&user("bob")).await.unwrap().is_some());
}

/// What stands between an application and Redis, and may break.
struct Relay {
    url: String,
    cut: Arc<AtomicBool>,
}

impl Relay {
    fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("redis://{}/", listener.local_addr().unwrap());
        let cut = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&cut);
        std::thread::spawn(move || {
            for near in listener.incoming().flatten() {
                let far = TcpStream::connect(("127.0.0.1", port)).unwrap();
                let questions = (near.try_clone().unwrap(), far.try_clone().unwrap());
                std::thread::spawn(move || pass_on(questions.0, questions.1, None));
                let told = Arc::clone(&told);
                std::thread::spawn(move || pass_on(far, near, Some(told)));
            }
        });
        Self { url, cut }
    }

    /// Redis answers the next question, and nobody hears of it.
    fn cut_at_next_answer(&self) {
        self.cut.store(true, Relaxed);
    }
}

fn pass_on(mut from: TcpStream, mut to: TcpStream, cut: Option<Arc<AtomicBool>>) {
    let mut chunk = [0; 4096];
    while let Ok(length @ 1..) = from.read(&mut chunk) {
        let is_cut = cut.as_ref().is_some_and(|cut| cut.swap(false, Relaxed));
        if is_cut || to.write_all(&chunk[..length]).is_err() {
            break;
        }
    }
    for end in [from, to] {
        end.shutdown(Shutdown::Both).ok();
    }
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
