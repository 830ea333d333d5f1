//! A Redis of an older layout, which had fewer indexes, is brought up to date when it is met.

use imagehub_app::catalogue::redis::RedisCatalogue;
use imagehub_app::catalogue::{
    AlbumId, Catalogue, ImageId, ImageQuery, Record, ShareTarget, SharedCatalogue, Tag, Usage,
};
use redis::Commands as _;
use std::sync::Arc;

use crate::redis_server::RedisServer;
use crate::world::{World, album_record, image_record, new_image, noon, tenant, titles, user};

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

/// More images than are gone through without an index.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_second_layout_holds_is_searched_and_its_links_end() {
    let world = World::redis().await;
    world.sign_up("ada").await;
    let mut records: Vec<_> = (0..2_400)
        .map(|number| {
            let (title, tags): (_, &[_]) = match number {
                700 | 701 => ("Selts\u{e4}m", &["r\u{e4}re"]),
                _ => ("plain", &["sea"]),
            };
            image_record("ada", number, title, tags, number % 2 == 1)
        })
        .collect();
    records.push(album_record("ada", "a1", 0..2_400));
    let image = format!("{:032x}", 700);
    let secrets = ["aa", "ab", "ac"].map(|name| name.repeat(16));
    for (secret, until, revoked_at) in [
        (&secrets[0], None, None),
        (&secrets[1], Some(1_000), None),
        (&secrets[2], None, Some(1_000)),
    ] {
        records.push(Record::Share {
            tenant: "ada".to_owned(),
            secret: secret.clone(),
            image: Some(image.clone()),
            album: None,
            until,
            created_by: "ada".to_owned(),
            created_at: 0,
            revoked_at,
        });
    }
    for records in records.chunks(500) {
        world.catalogue.import(records).await.unwrap();
    }
    let exported = all_records(&world.catalogue).await;
    make_second_layout(&world);

    let catalogue = RedisCatalogue::new(&world.redis_url()).unwrap();
    ready(&catalogue).await;
    let catalogue: SharedCatalogue = Arc::new(catalogue);
    let searched = |deleted, tag: Option<&str>, album: Option<&str>, text: Option<&str>| {
        let query = ImageQuery {
            deleted,
            tag: tag.map(|tag| Tag::parse(tag).unwrap()),
            album: album.map(|id| AlbumId::parse(id).unwrap()),
            text: text.map(str::to_owned),
            ..ImageQuery::first_page()
        };
        let catalogue = &catalogue;
        async move { titles(catalogue, "ada", &query).await }
    };
    for deleted in [false, true] {
        let found = searched(deleted, None, None, Some("SELTS\u{c4}")).await;
        assert_eq!(found, ["Selts\u{e4}m"]);
        let found = searched(deleted, Some("r\u{e4}re"), Some("a1"), None).await;
        assert_eq!(found, ["Selts\u{e4}m"]);
        let found = searched(deleted, Some("sea"), Some("a1"), Some("plain")).await;
        assert_eq!(found.len(), 1_199);
    }
    let (ada, id) = (tenant("ada"), ImageId::parse(&image).unwrap());
    let tags = catalogue.tags(&ada, "ra\u{308}", 9).await.unwrap();
    assert_eq!((tags[0].tag.as_str(), tags[0].images), ("r\u{e4}re", 1));
    assert_eq!(tags.len(), 1);
    let albums = catalogue.albums_of(&ada, &id).await.unwrap();
    assert_eq!(albums.len(), 1);
    // A deletion finds the albums it is to leave.
    catalogue.delete_image(&ada, &id, noon()).await.unwrap();
    let album = AlbumId::parse("a1").unwrap();
    assert!(!catalogue.is_in_album(&ada, &album, &id).await.unwrap());
    catalogue.restore_image(&ada, &id).await.unwrap();
    assert!(catalogue.is_in_album(&ada, &album, &id).await.unwrap());
    assert_eq!(all_records(&catalogue).await, exported);
    let forgotten = catalogue.forget_shares_over_before(noon()).await.unwrap();
    assert_eq!(forgotten, 2);
    let target = ShareTarget::Image(id);
    let left = catalogue.shares(&ada, Some(&target), noon()).await.unwrap();
    assert_eq!(left.len(), 1);
}

async fn all_records(catalogue: &SharedCatalogue) -> Vec<Record> {
    let (mut records, mut place) = (Vec::new(), None);
    loop {
        let (some, next) = catalogue.export(place.as_ref()).await.unwrap();
        records.extend(some);
        place = next;
        if place.is_none() {
            return records;
        }
    }
}

/// Takes away what the second layout did not have, and writes accents as somebody's system may have.
fn make_second_layout(world: &World) {
    let client = redis::Client::open(world.redis_url()).unwrap();
    let mut connection = client.get_connection().unwrap();
    let noted: Vec<String> = connection
        .keys("imagehub:tenant:ada:image:*:albums")
        .unwrap();
    assert_eq!(noted.len(), 2_400);
    let mut older = redis::pipe();
    older.del(noted);
    older.del(&["imagehub:tenant:ada:search", "imagehub:ends-of-shares"]);
    older.set("imagehub:schema", 2);
    let [new, old] = ["r\u{e4}re", "ra\u{308}re"];
    for number in [700, 701] {
        older.hset_multiple(
            format!("imagehub:tenant:ada:image:{number:032x}"),
            &[
                ("title", "Seltsa\u{308}m"),
                ("tags", old),
                ("folded", old),
                ("search", "seltsa\u{308}m\nra\u{308}re\nada"),
            ],
        );
    }
    let tag = |name: &str| format!("imagehub:tenant:ada:tag:{name}");
    older.rename(tag(new), tag(old));
    older.zrem("imagehub:tenant:ada:tags", new);
    older.zadd("imagehub:tenant:ada:tags", old, -1);
    older.zrem("imagehub:tenant:ada:tag-names", format!("{new}\n{new}"));
    older.zadd("imagehub:tenant:ada:tag-names", format!("{old}\n{old}"), 0);
    older.exec(&mut connection).unwrap();
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
