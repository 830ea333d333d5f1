//! What a page costs in Redis, counted in keys that are looked up: it does not grow with the tenant.

use imagehub_app::catalogue::redis::RedisCatalogue;
use imagehub_app::catalogue::{AlbumId, Catalogue, ImageQuery, Order, Tag};

use crate::world::{World, album_record, image_record, tenant};

/// In each tenant every other image is deleted, the older half has a tag and one text, the newer
/// half another text and is in an album, and a few neighbours have what is rare.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_costs_as_many_lookups_in_a_large_tenant_as_in_a_small_one() {
    let world = World::redis().await;
    for (name, images) in [("small", 4_400), ("large", 13_200)] {
        world.sign_up(name).await;
        let mut records = Vec::new();
        for number in 0..images {
            let older = number < images / 2;
            let (mut title, mut tags) = if older {
                ("abcx".to_owned(), vec!["sea"])
            } else {
                ("xbcd".to_owned(), vec![])
            };
            // At the same place of a block in both.
            if (960..990).contains(&number) || (images - 990..images - 960).contains(&number) {
                title.push_str(" seldom");
                tags.push("rare");
            }
            records.push(image_record(name, number, &title, &tags, number % 2 == 1));
        }
        records.push(album_record(name, "a", images / 2..images));
        for records in records.chunks(500) {
            world.catalogue.import(records).await.unwrap();
        }
    }
    for query in queries() {
        let small = cost(&world, "small", &query).await;
        let large = cost(&world, "large", &query).await;
        assert!(
            large <= small + 64,
            "{small} lookups of few images, {large} of many: {query:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_for_words_that_all_titles_have_looks_at_few_of_many_images() {
    let world = World::redis().await;
    photographs(&world, 20_000).await;
    let mut query = ImageQuery::first_page();
    query.text = Some("Photograph 19999".to_owned());
    let cost = cost(&world, "ada", &query).await;
    assert!(cost < 500, "{cost} lookups");
}

#[tokio::test(flavor = "multi_thread")]
async fn images_are_looked_at_together_unless_the_user_of_redis_may_not() {
    let world = World::redis().await;
    photographs(&world, 150).await;
    let client = redis::Client::open(world.redis_url()).unwrap();
    redis::cmd("ACL")
        .arg(&["SETUSER", "narrow", "on", ">pass", "~imagehub:*", "+@all"])
        .exec(&mut client.get_connection().unwrap())
        .unwrap();
    let narrow = world.redis_url().replace("://", "://narrow:pass@");
    let narrow = RedisCatalogue::new(&narrow).unwrap();
    let mut query = ImageQuery::first_page();
    query.text = Some("Photograph 149".to_owned());
    query.tag = Some(Tag::parse("sea").unwrap());
    for order in [Order::Newest, Order::Oldest] {
        query.order = order;
        let both: [(&dyn Catalogue, u64); 2] = [(&*world.catalogue, 10), (&narrow, 200)];
        for (catalogue, most) in both {
            let before = commands(&world);
            let page = catalogue.list_images(&tenant("ada"), &query).await.unwrap();
            assert_eq!(page.images.len(), 1);
            let commands = commands(&world) - before;
            assert!(commands < most, "{commands} commands");
        }
    }
}

async fn photographs(world: &World, count: u64) {
    world.sign_up("ada").await;
    let records: Vec<_> = (0..count)
        .map(|number| {
            let title = format!("Photograph {number}");
            image_record("ada", number, &title, &["sea"], false)
        })
        .collect();
    for records in records.chunks(500) {
        world.catalogue.import(records).await.unwrap();
    }
}

fn queries() -> Vec<ImageQuery> {
    let mut queries = Vec::new();
    for order in [Order::Newest, Order::Oldest] {
        for deleted in [false, true] {
            for (tag, album, text) in [
                (None, None, None),
                (Some("sea"), None, None),
                (None, Some("a"), None),
                (Some("sea"), Some("a"), None),
                (Some("rare"), None, None),
                (Some("rare"), Some("a"), None),
                (None, None, Some("seldom")),
                (None, None, Some("abcd")),
                (Some("sea"), None, Some("xbcd")),
                (None, Some("a"), Some("seldom")),
            ] {
                queries.push(ImageQuery {
                    order,
                    deleted,
                    tag: tag.map(|tag| Tag::parse(tag).unwrap()),
                    album: album.map(|id| AlbumId::parse(id).unwrap()),
                    text: text.map(str::to_owned),
                    ..ImageQuery::first_page()
                });
            }
        }
    }
    queries
}

async fn cost(world: &World, name: &str, query: &ImageQuery) -> u64 {
    let before = lookups(world);
    let page = world.catalogue.list_images(&tenant(name), query).await;
    page.unwrap();
    lookups(world) - before
}

/// Keys that were looked up so far, those of scripts and of images looked at together included.
fn lookups(world: &World) -> u64 {
    let client = redis::Client::open(world.redis_url()).unwrap();
    let mut connection = client.get_connection().unwrap();
    let info: redis::InfoDict = redis::cmd("INFO")
        .arg("stats")
        .query(&mut connection)
        .unwrap();
    ["keyspace_hits", "keyspace_misses"]
        .iter()
        .map(|name| info.get::<u64>(name).unwrap())
        .sum()
}

/// Commands so far that read images, those of scripts included.
fn commands(world: &World) -> u64 {
    let client = redis::Client::open(world.redis_url()).unwrap();
    let mut connection = client.get_connection().unwrap();
    let info: redis::InfoDict = redis::cmd("INFO")
        .arg("commandstats")
        .query(&mut connection)
        .unwrap();
    let calls = |name: &&str| {
        let stats: String = info.get(&format!("cmdstat_{name}"))?;
        let calls = stats.strip_prefix("calls=")?.split(',').next()?;
        calls.parse::<u64>().ok()
    };
    let reading = ["zrange", "hget", "hgetall", "hmget", "sort_ro"];
    reading.iter().filter_map(calls).sum()
}
