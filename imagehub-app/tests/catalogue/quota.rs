//! What a tenant's images take, and that it is never more than the quota.

use futures_util::future::join_all;
use imagehub_app::catalogue::{CatalogueError, ImageQuery};
use imagehub_app::domain::{ImageId, ImageRecord, Usage};
use std::sync::Arc;

use crate::world::{World, new_image, noon, tenant};

crate::on_both_catalogues!(
    usage_follows_every_change,
    nobody_goes_over_the_quota,
    deleted_bytes_count_until_they_are_purged,
    bytes_that_are_there_need_no_room,
    of_fifty_uploads_at_once_as_many_are_taken_as_fit,
    whatever_happens_at_once_usage_is_the_sum_of_the_records,
    an_unknown_tenant_takes_nothing,
);

async fn usage_follows_every_change(world: World) {
    world.sign_up("ada").await;
    let (ada, catalogue) = (tenant("ada"), &world.catalogue);
    let first = add(&world, 1, 100).await;
    let second = add(&world, 2, 20).await;
    assert_eq!(usage(&world).await, [2, 120, 0, 0]);
    catalogue.delete_image(&ada, &first, noon()).await.unwrap();
    assert_eq!(usage(&world).await, [1, 20, 1, 100]);
    catalogue.restore_image(&ada, &first).await.unwrap();
    catalogue.restore_image(&ada, &first).await.unwrap();
    assert_eq!(usage(&world).await, [2, 120, 0, 0]);
    catalogue.delete_image(&ada, &first, noon()).await.unwrap();
    catalogue
        .insert_image(&tenant("ada"), &sized(1, 100), None)
        .await
        .unwrap();
    assert_eq!(usage(&world).await, [2, 120, 0, 0]);
    for id in [&first, &second] {
        catalogue.delete_image(&ada, id, noon()).await.unwrap();
    }
    catalogue.purge_image(&ada, &second).await.unwrap();
    assert_eq!(usage(&world).await, [0, 0, 1, 100]);
    let now = noon() + time::Duration::seconds(1);
    catalogue.purge_deleted_before(now).await.unwrap();
    assert_eq!(usage(&world).await, [0, 0, 0, 0]);
}

async fn nobody_goes_over_the_quota(world: World) {
    world.sign_up("ada").await;
    let catalogue = &world.catalogue;
    catalogue
        .insert_image(&tenant("ada"), &sized(1, 60), Some(100))
        .await
        .unwrap();
    let refused = catalogue
        .insert_image(&tenant("ada"), &sized(2, 41), Some(100))
        .await;
    let Err(CatalogueError::QuotaExceeded { used, quota }) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!((used, quota), (60, 100));
    assert_eq!(usage(&world).await, [1, 60, 0, 0]);
    catalogue
        .insert_image(&tenant("ada"), &sized(2, 40), Some(100))
        .await
        .unwrap();
    assert_eq!(usage(&world).await, [2, 100, 0, 0]);
}

async fn deleted_bytes_count_until_they_are_purged(world: World) {
    world.sign_up("ada").await;
    let (ada, catalogue) = (tenant("ada"), &world.catalogue);
    let id = add(&world, 1, 100).await;
    catalogue.delete_image(&ada, &id, noon()).await.unwrap();
    let refused = catalogue
        .insert_image(&tenant("ada"), &sized(2, 1), Some(100))
        .await;
    assert!(matches!(
        refused,
        Err(CatalogueError::QuotaExceeded { used: 100, .. })
    ));
    catalogue.purge_image(&ada, &id).await.unwrap();
    catalogue
        .insert_image(&tenant("ada"), &sized(2, 1), Some(100))
        .await
        .unwrap();
}

async fn bytes_that_are_there_need_no_room(world: World) {
    world.sign_up("ada").await;
    let (ada, catalogue) = (tenant("ada"), &world.catalogue);
    let id = add(&world, 1, 100).await;
    catalogue
        .insert_image(&tenant("ada"), &sized(1, 100), Some(100))
        .await
        .unwrap();
    catalogue.delete_image(&ada, &id, noon()).await.unwrap();
    catalogue
        .insert_image(&tenant("ada"), &sized(1, 100), Some(50))
        .await
        .unwrap();
    assert_eq!(usage(&world).await, [1, 100, 0, 0]);
}

async fn of_fifty_uploads_at_once_as_many_are_taken_as_fit(world: World) {
    world.sign_up("ada").await;
    let ada = tenant("ada");
    let uploads: Vec<_> = (0..50).map(|number| sized(number, 10)).collect();
    let outcomes = join_all(
        uploads
            .iter()
            .map(|new| world.catalogue.insert_image(&ada, new, Some(105))),
    )
    .await;
    let taken = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert_eq!(taken, 10);
    assert_eq!(usage(&world).await, [10, 100, 0, 0]);
}

/// Eight at once insert, delete, restore and purge the same five images, each in another order.
async fn whatever_happens_at_once_usage_is_the_sum_of_the_records(world: World) {
    const QUOTA: u64 = 100;
    world.sign_up("ada").await;
    let work = (0..8).map(|worker| {
        let catalogue = Arc::clone(&world.catalogue);
        tokio::spawn(async move {
            let ada = tenant("ada");
            for turn in 0..40 {
                let new = sized((turn * 3 + worker) % 5, 30);
                let found = catalogue.find_by_digest(&ada, &new.digest).await.unwrap();
                let id = found.map_or(new.id.clone(), |image| image.id);
                let outcome = match (turn + worker * 7) % 4 {
                    0 | 1 => catalogue
                        .insert_image(&tenant("ada"), &new, Some(QUOTA))
                        .await
                        .map(drop),
                    2 => catalogue.delete_image(&ada, &id, noon()).await.map(drop),
                    _ if turn % 2 == 0 => catalogue.restore_image(&ada, &id).await.map(drop),
                    _ => catalogue.purge_image(&ada, &id).await,
                };
                match outcome {
                    Ok(()) | Err(CatalogueError::NotFound) => {}
                    Err(CatalogueError::QuotaExceeded { used, .. }) => assert!(used <= QUOTA),
                    Err(error) => panic!("{error}"),
                }
            }
        })
    });
    for worker in join_all(work).await {
        worker.unwrap();
    }
    let mut expected = Vec::new();
    for deleted in [false, true] {
        let query = ImageQuery {
            deleted,
            ..ImageQuery::first_page()
        };
        let page = world.catalogue.list_images(&tenant("ada"), &query).await;
        let images = page.unwrap().images;
        expected.push(images.len() as u64);
        expected.push(images.iter().map(|image| image.bytes).sum());
    }
    assert_eq!(usage(&world).await, *expected);
    assert!(expected[1] + expected[3] <= QUOTA);
}

async fn an_unknown_tenant_takes_nothing(world: World) {
    let usage = world.catalogue.usage(&tenant("nowhere")).await;
    assert_eq!(usage.unwrap(), Usage::default());
}

/// Images, their bytes, deleted images, their bytes.
async fn usage(world: &World) -> [u64; 4] {
    let usage = world.catalogue.usage(&tenant("ada")).await.unwrap();
    [
        usage.images,
        usage.bytes,
        usage.deleted_images,
        usage.deleted_bytes,
    ]
}

async fn add(world: &World, number: u64, bytes: u64) -> ImageId {
    let new = sized(number, bytes);
    world
        .catalogue
        .insert_image(&tenant("ada"), &new, None)
        .await
        .unwrap();
    new.id
}

fn sized(number: u64, bytes: u64) -> ImageRecord {
    let mut new = new_image("ada", number);
    new.bytes = bytes;
    new
}
