//! What a page costs in Redis: it does not grow with the tenant, and a search holds up nobody.

use imagehub_app::catalogue::{ImageQuery, Order};
use imagehub_app::domain::{AlbumId, Tag};

use crate::world::{World, album_record, image_record, tenant};

#[tokio::test(flavor = "multi_thread")]
async fn a_page_costs_as_many_lookups_in_a_large_tenant_as_in_a_small_one() {
    let world = World::redis().await;
    for (name, images) in [("small", 200), ("large", 2_000)] {
        fill(&world, name, images).await;
    }
    for query in queries() {
        let small = cost(&world, "small", &query).await;
        let large = cost(&world, "large", &query).await;
        assert_eq!(small, large, "{query:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_reads_at_most_250_texts_with_one_command() {
    let world = World::redis().await;
    fill(&world, "ada", 5_000).await;
    let mut query = ImageQuery::first_page();
    query.text = Some("nowhere".to_owned());
    let before = commands(&world, "hmget");
    world
        .catalogue
        .list_images(&tenant("ada"), &query)
        .await
        .unwrap();
    // Every other image is deleted.
    let reads = commands(&world, "hmget") - before;
    assert!((10..=11).contains(&reads), "{reads} commands");
}

/// Every other image is deleted; all have a tag and are in an album.
async fn fill(world: &World, name: &str, images: u64) {
    world.sign_up(name).await;
    let mut records: Vec<_> = (0..images)
        .map(|number| image_record(name, number, "title", &["sea"], number % 2 == 1))
        .collect();
    records.push(album_record(name, "a", 0..images));
    for records in records.chunks(500) {
        world.catalogue.import(records).await.unwrap();
    }
}

/// Every kind of page, and searches for what many images have.
fn queries() -> Vec<ImageQuery> {
    let mut queries = Vec::new();
    for order in [Order::Newest, Order::Oldest, Order::Taken] {
        for deleted in [false, true] {
            for (tag, album, text) in [
                (None, None, None),
                (Some("sea"), None, None),
                (None, Some("a"), None),
                (Some("sea"), Some("a"), None),
                (None, None, Some("title")),
                (Some("sea"), Some("a"), Some("title")),
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
    assert_eq!(page.unwrap().images.len(), 50);
    lookups(world) - before
}

/// Keys that were looked up so far.
fn lookups(world: &World) -> u64 {
    let info = info(world, "stats");
    ["keyspace_hits", "keyspace_misses"]
        .iter()
        .map(|name| info.get::<u64>(name).unwrap())
        .sum()
}

/// How often a command was given so far.
fn commands(world: &World, name: &str) -> u64 {
    let stats: Option<String> = info(world, "commandstats").get(&format!("cmdstat_{name}"));
    stats.map_or(0, |stats| {
        let calls = stats.strip_prefix("calls=").unwrap();
        calls.split(',').next().unwrap().parse().unwrap()
    })
}

fn info(world: &World, section: &str) -> redis::InfoDict {
    let client = redis::Client::open(world.redis_url()).unwrap();
    let mut connection = client.get_connection().unwrap();
    let mut ask = redis::cmd("INFO");
    ask.arg(section).query(&mut connection).unwrap()
}
