//! Where there is no network: the application and Redis are reached by Unix sockets.

use std::path::Path;

use reqwest::Client;

use crate::RedisServer;
use crate::world::Hub;

async fn status(socket: &Path, path: &str) -> u16 {
    let http = Client::builder().unix_socket(socket).build().unwrap();
    let answer = http.get(format!("http://hub{path}")).send().await.unwrap();
    answer.status().as_u16()
}

#[tokio::test]
async fn pages_and_metrics_are_served_on_sockets_too_also_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let [app, metrics] = ["app.sock", "metrics.sock"].map(|name| folder.path().join(name));
    let [bind, metrics_bind] = [&app, &metrics].map(|path| format!("unix:{}", path.display()));
    let flags = ["--bind", &bind, "--metrics-bind", &metrics_bind];
    let first = Hub::start(&flags);
    assert_eq!(first.get("/healthz").await.status(), 200);
    assert_eq!(status(&app, "/healthz").await, 200);

    let data = crate::kill(first);
    let _second = Hub::start_in(data, &flags);
    assert_eq!(status(&app, "/healthz").await, 200);
    assert_eq!(status(&metrics, "/metrics").await, 200);
    assert_eq!(status(&app, "/metrics").await, 401, "no public page");
}

#[tokio::test]
async fn redis_is_reached_by_a_socket_and_again_after_it_was_away() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("redis.sock").display().to_string();
    let settings = ["--unixsocket", &socket];
    let mut redis = RedisServer::start_with(&settings);
    let hub = Hub::start(&["--redis-url", &format!("redis+unix://{socket}")]);
    hub.sign_up("ada").await;

    redis.kill();
    assert_eq!(hub.get("/readyz").await.status(), 503);
    let _again = RedisServer::start_with(&settings);
    crate::until(async || hub.get("/readyz").await.status() == 200).await;
}
