//! What a page costs in Redis, counted in commands: it does not grow with the tenant.

use imagehub_app::catalogue::{ImageQuery, Order, Tag};

use crate::world::{World, tenant};

#[tokio::test(flavor = "multi_thread")]
async fn a_page_costs_as_many_commands_in_a_large_tenant_as_in_a_small_one() {
    let world = World::redis().await;
    for (name, images) in [("small", 60), ("large", 1_500)] {
        world.sign_up(name).await;
        for number in 0..images {
            world.add_image(name, number, "", "sea").await;
        }
    }
    let mut queries = vec![ImageQuery::first_page()];
    queries.push(ImageQuery {
        order: Order::Oldest,
        ..ImageQuery::first_page()
    });
    queries.push(ImageQuery {
        tag: Some(Tag::parse("sea").unwrap()),
        ..ImageQuery::first_page()
    });
    for query in queries {
        let small = cost(&world, "small", &query).await;
        let large = cost(&world, "large", &query).await;
        assert_eq!(small, large, "{query:?}");
    }
}

async fn cost(world: &World, name: &str, query: &ImageQuery) -> u64 {
    let before = commands(world);
    let page = world.catalogue.list_images(&tenant(name), query).await;
    assert_eq!(page.unwrap().images.len(), 50);
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
