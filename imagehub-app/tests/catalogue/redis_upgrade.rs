//! A Redis of the first layout, which had fewer indexes, is brought up to date when it is met.

use imagehub_app::catalogue::redis::RedisCatalogue;
use imagehub_app::catalogue::{
    Catalogue, ImageId, ImageQuery, Record, SharedCatalogue, Tag, Usage,
};
use std::sync::Arc;

use crate::redis_server::RedisServer;
use crate::world::{new_image, noon, tenant, titles, user};

#[tokio::test(flavor = "multi_thread")]
async fn what_the_first_layout_holds_is_found_counted_and_exported() {
    let (_server, catalogue) = upgraded(&["one", "Über", "three"]).await;
    let ada = tenant("ada");
    let usage = catalogue.usage(&ada).await.unwrap();
    let expected = Usage {
        images: 3,
        bytes: 3_000,
        ..Usage::default()
    };
    assert_eq!(usage, expected);
    let counted = catalogue.tags(&ada, "sE", 5).await.unwrap();
    assert_eq!((counted[0].tag.as_str(), counted[0].images), ("Sea", 3));
    let mut query = ImageQuery::first_page();
    query.text = Some("über".to_owned());
    assert_eq!(titles(&catalogue, "ada", &query).await, ["Über"]);

    let (records, _) = catalogue.export(None).await.unwrap();
    let is_of = |name: &str| {
        let users = records
            .iter()
            .filter(|record| matches!(record, Record::User { name: of, .. } if of == name));
        users.count()
    };
    assert_eq!((is_of("ada"), is_of("bob")), (1, 1));
    let images = records
        .iter()
        .filter(|record| matches!(record, Record::Image { .. }));
    assert_eq!(images.count(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn images_of_the_first_layout_can_be_deleted_and_restored() {
    let (_server, catalogue) = upgraded(&["one"]).await;
    let (ada, id) = (tenant("ada"), ImageId::parse("a0").unwrap());
    catalogue.delete_image(&ada, &id, noon()).await.unwrap();
    let mut tagged = ImageQuery::first_page();
    tagged.tag = Some(Tag::parse("Sea").unwrap());
    assert!(titles(&catalogue, "ada", &tagged).await.is_empty());
    catalogue.restore_image(&ada, &id).await.unwrap();
    assert_eq!(titles(&catalogue, "ada", &tagged).await, ["one"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn several_processes_may_meet_the_first_layout_at_once() {
    let server = RedisServer::start();
    fill(&server, &["one", "two"]);
    let processes = (0..4).map(|_| RedisCatalogue::new(&server.url()).unwrap());
    let processes: Vec<_> = processes.collect();
    let pinged = processes.iter().map(ready);
    futures_util::future::join_all(pinged).await;
    let usage = processes[0].usage(&tenant("ada")).await.unwrap();
    assert_eq!((usage.images, usage.bytes), (2, 2_000));
    assert!(
        processes[3]
            .find_user(&user("bob"))
            .await
            .unwrap()
            .is_some()
    );
}

async fn upgraded(titles: &[&str]) -> (RedisServer, SharedCatalogue) {
    let server = RedisServer::start();
    fill(&server, titles);
    let catalogue = RedisCatalogue::new(&server.url()).unwrap();
    ready(&catalogue).await;
    (server, Arc::new(catalogue))
}

/// As readiness does, asks until there is an answer.
async fn ready(catalogue: &RedisCatalogue) {
    let begun = std::time::Instant::now();
    while let Err(error) = catalogue.ping().await {
        assert!(begun.elapsed().as_secs() < 10, "{error}");
    }
}

/// Two users and images of one of them, as the first version wrote them.
fn fill(server: &RedisServer, titles: &[&str]) {
    let client = redis::Client::open(server.url()).unwrap();
    let mut connection = client.get_connection().unwrap();
    let mut fill = redis::pipe();
    fill.set("imagehub:schema", 1);
    for name in ["ada", "bob"] {
        fill.hset_multiple(
            format!("imagehub:user:{name}"),
            &[("password_hash", "hash"), ("created_at", "1000")],
        );
        fill.sadd(format!("imagehub:user:{name}:tenants"), name);
        fill.hset_multiple(
            format!("imagehub:tenant:{name}"),
            &[("plan", "personal"), ("created_at", "1000")],
        );
        fill.hset(
            format!("imagehub:tenant:{name}:members"),
            name,
            "owner 1000",
        );
    }
    for (number, title) in (0..).zip(titles) {
        let (id, ordinal) = (format!("a{number}"), number + 1);
        let digest = new_image("ada", number).digest.hex();
        fill.set("imagehub:tenant:ada:ordinal", ordinal);
        fill.hset("imagehub:tenant:ada:digests", &digest, &id);
        fill.zadd("imagehub:tenant:ada:images", &id, ordinal);
        fill.zadd("imagehub:tenant:ada:tag:Sea", &id, ordinal);
        fill.hset_multiple(
            format!("imagehub:tenant:ada:image:{id}"),
            &[
                ("digest", digest.as_str()),
                ("media_type", "image/jpeg"),
                ("bytes", "1000"),
                ("width", "4"),
                ("height", "3"),
                ("thumbnail_type", "image/jpeg"),
                ("title", title),
                ("tags", "Sea"),
                ("uploaded_by", "ada"),
                ("uploaded_at", "2000"),
            ],
        );
    }
    fill.exec(&mut connection).unwrap();
}
