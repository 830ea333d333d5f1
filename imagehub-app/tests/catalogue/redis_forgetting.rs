//! A tenant's deletion that was cut short in Redis: its name is not given away before what is
//! left is gone, and the next purge goes on with it.

use imagehub_app::catalogue::CatalogueError;
use redis::Commands as _;

use crate::world::{World, noon, plan, tenant, user};

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_that_was_cut_short_is_finished_by_the_next_purge() {
    let world = World::redis().await;
    world.sign_up("ada").await;
    let client = redis::Client::open(world.redis_url()).unwrap();
    let mut connection = client.get_connection().unwrap();
    // So it is after the script that makes a tenant unknown.
    let image = "imagehub:tenant:club:image:a0";
    let mut left = redis::pipe();
    left.sadd("imagehub:forgetting", "club");
    left.zadd("imagehub:forgotten:club:images", "a0", 1);
    left.hset(image, "digest", "00");
    left.exec(&mut connection).unwrap();

    let (club, ada, catalogue) = (tenant("club"), user("ada"), &world.catalogue);
    let team = plan("team");
    let early = catalogue.create_tenant(&club, &ada, &team, noon()).await;
    assert!(matches!(early, Err(CatalogueError::Taken)));
    catalogue.purge_deleted_before(noon()).await.unwrap();
    let left: bool = connection.exists(image).unwrap();
    assert!(!left);
    let made = catalogue.create_tenant(&club, &ada, &team, noon()).await;
    made.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_tenant_leaves_no_key() {
    let world = World::redis().await;
    world.sign_up("ada").await;
    let (club, catalogue) = (tenant("club"), &world.catalogue);
    let made = catalogue
        .create_tenant(&club, &user("ada"), &plan("team"), noon())
        .await;
    made.unwrap();
    for number in 0..450 {
        let id = world.add_image("club", number, "", "sea,sun").await;
        if number % 2 == 0 {
            catalogue.delete_image(&club, &id, noon()).await.unwrap();
        }
    }
    catalogue.delete_tenant(&club).await.unwrap();
    let client = redis::Client::open(world.redis_url()).unwrap();
    let mut connection = client.get_connection().unwrap();
    let left: Vec<String> = connection.keys("*club*").unwrap();
    assert!(left.is_empty(), "{left:?}");
    let deleted: u64 = connection.zcard("imagehub:deleted").unwrap();
    assert_eq!(deleted, 0);
}
