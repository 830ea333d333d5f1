//! What a page costs in Redis, counted in commands: it does not grow with the tenant.

use imagehub_app::catalogue::{AlbumId, ImageQuery, Order, Tag};

use crate::world::{World, album_record, image_record, tenant};

/// In each tenant every other image is deleted, the older half has a tag and one text, the newer
/// half another text and is in an album, and a few neighbours have what is rare.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_costs_as_many_commands_in_a_large_tenant_as_in_a_small_one() {
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
            "{small} commands of few images, {large} of many: {query:?}"
        );
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
    let before = commands(world);
    let page = world.catalogue.list_images(&tenant(name), query).await;
    page.unwrap();
    commands(world) - before
}

/// Commands that read records and indexes so far, those of scripts included.
fn commands(world: &World) -> u64 {
    let client = redis::Client::open(world.redis_url()).unwrap();
    let mut connection = client.get_connection().unwrap();
    let info: redis::InfoDict = redis::cmd("INFO")
        .arg("commandstats")
        .query(&mut connection)
        .unwrap();
    let calls = |name: &str| {
        let stats: Option<String> = info.get(name);
        let calls = stats.and_then(|stats| {
            let calls = stats.strip_prefix("calls=")?.split(',').next()?;
            calls.parse::<u64>().ok()
        });
        calls.unwrap_or(0)
    };
    let page = ["zrange", "hgetall", "hmget", "zscore"];
    page.iter()
        .map(|command| calls(&format!("cmdstat_{command}")))
        .sum()
}
