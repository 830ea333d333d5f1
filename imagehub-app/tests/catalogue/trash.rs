//! Deleting with undo, and forgetting for good.

use std::time::Duration;

use imagehub_app::catalogue::{CatalogueError, ImageQuery, Inserted, Order};
use imagehub_app::domain::{ImageEdit, ImageId, Tag};

use crate::world::{World, new_image, noon, tenant, titles};

crate::on_both_catalogues!(
    a_deleted_image_is_in_the_trash_and_nowhere_else,
    a_deleted_image_is_found_by_who_asks_for_what_is_recorded,
    what_comes_after_the_place_of_an_image_are_its_neighbours,
    a_restored_image_is_where_it_was,
    uploading_deleted_bytes_restores_the_image_under_its_id,
    the_trash_is_paged_like_any_list,
    a_purged_image_is_gone_for_good,
    only_deleted_images_are_purged,
    what_was_deleted_long_ago_is_purged_of_every_tenant,
    a_purge_takes_a_hundred_at_a_time,
    a_deleted_image_is_neither_edited_nor_deleted_again,
);

async fn a_deleted_image_is_in_the_trash_and_nowhere_else(world: World) {
    world.sign_up("ada").await;
    let id = world.add_image("ada", 1, "gone", "sea").await;
    world.add_image("ada", 2, "kept", "sea").await;
    let (ada, catalogue) = (tenant("ada"), &world.catalogue);
    let deleted = catalogue.delete_image(&ada, &id, noon()).await.unwrap();
    assert_eq!(deleted.deleted_at, Some(noon()));

    assert_eq!(catalogue.find_image(&ada, &id).await.unwrap(), None);
    for query in [first_page(), tagged("sea"), matching("a")] {
        assert_eq!(titles(catalogue, "ada", &query).await, ["kept"]);
        assert_eq!(titles(catalogue, "ada", &trashed(query)).await, ["gone"]);
    }
    assert!(catalogue.is_recorded(&ada, &id).await.unwrap());
    let digest = new_image("ada", 1).digest;
    let of_digest = catalogue.find_by_digest(&ada, &digest).await.unwrap();
    assert_eq!(of_digest, Some(deleted));
}

async fn a_deleted_image_is_found_by_who_asks_for_what_is_recorded(world: World) {
    world.sign_up("ada").await;
    let id = world.add_image("ada", 1, "one", "").await;
    let (ada, catalogue) = (tenant("ada"), &world.catalogue);
    let live = catalogue.find_image(&ada, &id).await.unwrap();
    assert_eq!(catalogue.find_recorded(&ada, &id).await.unwrap(), live);
    let deleted = catalogue.delete_image(&ada, &id, noon()).await.unwrap();
    assert_eq!(
        catalogue.find_recorded(&ada, &id).await.unwrap(),
        Some(deleted)
    );
    catalogue.purge_image(&ada, &id).await.unwrap();
    assert_eq!(catalogue.find_recorded(&ada, &id).await.unwrap(), None);
}

async fn what_comes_after_the_place_of_an_image_are_its_neighbours(world: World) {
    world.sign_up("ada").await;
    world.sign_up("bob").await;
    let (ada, catalogue) = (tenant("ada"), &world.catalogue);
    let mut ids = Vec::new();
    for (number, title) in (0..).zip(["0", "1", "2", "3"]) {
        ids.push(world.add_image("ada", number, title, "").await);
        world.add_image("bob", number, "not ada's", "").await;
    }
    catalogue.delete_image(&ada, &ids[2], noon()).await.unwrap();
    let beyond = async |order| {
        let query = ImageQuery {
            after: catalogue.place_of(&ada, &ids[1]).await.unwrap(),
            order,
            ..first_page()
        };
        titles(catalogue, "ada", &query).await
    };
    assert_eq!(beyond(Order::Newest).await, ["0"]);
    assert_eq!(beyond(Order::Oldest).await, ["3"]);
    for gone in [ids[2].clone(), ImageId::random()] {
        assert_eq!(catalogue.place_of(&ada, &gone).await.unwrap(), None);
    }
    let of_bob = catalogue.place_of(&tenant("bob"), &ids[1]).await.unwrap();
    assert_eq!(of_bob, None);
}

async fn a_restored_image_is_where_it_was(world: World) {
    world.sign_up("ada").await;
    let mut ids = Vec::new();
    for (number, title) in (0..).zip(["0", "1", "2"]) {
        ids.push(world.add_image("ada", number, title, "sea").await);
    }
    let (ada, catalogue) = (tenant("ada"), &world.catalogue);
    let before = catalogue.find_image(&ada, &ids[1]).await.unwrap().unwrap();
    catalogue.delete_image(&ada, &ids[1], noon()).await.unwrap();
    let restored = catalogue.restore_image(&ada, &ids[1]).await.unwrap();
    assert_eq!(restored, before);
    for query in [first_page(), tagged("sea")] {
        assert_eq!(titles(catalogue, "ada", &query).await, ["2", "1", "0"]);
        assert!(titles(catalogue, "ada", &trashed(query)).await.is_empty());
    }
    let again = catalogue.restore_image(&ada, &ids[1]).await.unwrap();
    assert_eq!(again, before);
    let unknown = catalogue.restore_image(&ada, &ImageId::random()).await;
    assert!(matches!(unknown, Err(CatalogueError::NotFound)));
}

async fn uploading_deleted_bytes_restores_the_image_under_its_id(world: World) {
    world.sign_up("ada").await;
    let id = world.add_image("ada", 1, "first", "sea").await;
    let (ada, catalogue) = (tenant("ada"), &world.catalogue);
    let before = catalogue.find_image(&ada, &id).await.unwrap().unwrap();
    catalogue.delete_image(&ada, &id, noon()).await.unwrap();
    let again = catalogue
        .insert_image(&tenant("ada"), &new_image("ada", 1), None)
        .await;
    assert_eq!(again.unwrap(), Inserted::Restored(before.clone()));
    assert_eq!(catalogue.find_image(&ada, &id).await.unwrap(), Some(before));
    let once_more = catalogue
        .insert_image(&tenant("ada"), &new_image("ada", 1), None)
        .await;
    assert!(matches!(once_more.unwrap(), Inserted::Duplicate(_)));
}

async fn the_trash_is_paged_like_any_list(world: World) {
    world.sign_up("ada").await;
    let (ada, catalogue) = (tenant("ada"), &world.catalogue);
    for number in 0..5 {
        let id = world
            .add_image("ada", number, &number.to_string(), "")
            .await;
        catalogue.delete_image(&ada, &id, noon()).await.unwrap();
    }
    let mut query = trashed(first_page());
    query.limit = 2;
    let newest = titles(catalogue, "ada", &query).await;
    assert_eq!(newest, ["4", "3", "2", "1", "0"]);
    query.order = Order::Oldest;
    let oldest = titles(catalogue, "ada", &query).await;
    assert_eq!(oldest, ["0", "1", "2", "3", "4"]);
}

async fn a_purged_image_is_gone_for_good(world: World) {
    world.sign_up("ada").await;
    let id = world.add_image("ada", 1, "", "sea").await;
    let (ada, catalogue) = (tenant("ada"), &world.catalogue);
    catalogue.delete_image(&ada, &id, noon()).await.unwrap();
    catalogue.purge_image(&ada, &id).await.unwrap();
    assert!(!catalogue.is_recorded(&ada, &id).await.unwrap());
    let digest = new_image("ada", 1).digest;
    assert_eq!(catalogue.find_by_digest(&ada, &digest).await.unwrap(), None);
    for query in [first_page(), tagged("sea")] {
        assert!(titles(catalogue, "ada", &trashed(query)).await.is_empty());
    }
    let restored = catalogue.restore_image(&ada, &id).await;
    assert!(matches!(restored, Err(CatalogueError::NotFound)));
    let anew = catalogue
        .insert_image(&tenant("ada"), &new_image("ada", 1), None)
        .await;
    assert!(matches!(anew.unwrap(), Inserted::New(_)));
}

async fn only_deleted_images_are_purged(world: World) {
    world.sign_up("ada").await;
    let id = world.add_image("ada", 1, "", "").await;
    let (ada, catalogue) = (tenant("ada"), &world.catalogue);
    for id in [&id, &ImageId::random()] {
        let purged = catalogue.purge_image(&ada, id).await;
        assert!(matches!(purged, Err(CatalogueError::NotFound)));
    }
    assert!(catalogue.is_recorded(&ada, &id).await.unwrap());
}

async fn what_was_deleted_long_ago_is_purged_of_every_tenant(world: World) {
    world.sign_up("ada").await;
    world.sign_up("bob").await;
    let catalogue = &world.catalogue;
    let mut old = Vec::new();
    for name in ["ada", "bob"] {
        let id = world.add_image(name, 1, "old", "").await;
        catalogue
            .delete_image(&tenant(name), &id, noon())
            .await
            .unwrap();
        old.push((tenant(name), id));
        world.add_image(name, 3, "live", "").await;
    }
    let later = noon() + Duration::from_secs(60);
    let young = world.add_image("ada", 2, "young", "").await;
    catalogue
        .delete_image(&tenant("ada"), &young, later)
        .await
        .unwrap();

    let none = catalogue.purge_deleted_before(noon()).await.unwrap();
    assert_eq!(none, []);
    let mut purged = catalogue.purge_deleted_before(later).await.unwrap();
    purged.sort();
    assert_eq!(purged, old);
    assert_eq!(catalogue.purge_deleted_before(later).await.unwrap(), []);
    assert!(!catalogue.is_recorded(&old[0].0, &old[0].1).await.unwrap());
    let trash = trashed(first_page());
    assert_eq!(titles(catalogue, "ada", &trash).await, ["young"]);
    assert_eq!(titles(catalogue, "bob", &first_page()).await, ["live"]);
}

async fn a_purge_takes_a_hundred_at_a_time(world: World) {
    world.sign_up("ada").await;
    let (ada, catalogue) = (tenant("ada"), &world.catalogue);
    for number in 0..101 {
        let id = world.add_image("ada", number, "", "").await;
        catalogue.delete_image(&ada, &id, noon()).await.unwrap();
    }
    let later = noon() + Duration::from_secs(1);
    for expected in [100, 1, 0] {
        let purged = catalogue.purge_deleted_before(later).await.unwrap();
        assert_eq!(purged.len(), expected);
    }
}

async fn a_deleted_image_is_neither_edited_nor_deleted_again(world: World) {
    world.sign_up("ada").await;
    let id = world.add_image("ada", 1, "", "").await;
    let (ada, catalogue) = (tenant("ada"), &world.catalogue);
    catalogue.delete_image(&ada, &id, noon()).await.unwrap();
    let edited = catalogue.edit_image(&ada, &id, &ImageEdit::default()).await;
    assert!(matches!(edited, Err(CatalogueError::NotFound)));
    let deleted = catalogue.delete_image(&ada, &id, noon()).await;
    assert!(matches!(deleted, Err(CatalogueError::NotFound)));
}

fn first_page() -> ImageQuery {
    ImageQuery::first_page()
}

fn tagged(tag: &str) -> ImageQuery {
    let mut query = first_page();
    query.tag = Some(Tag::parse(tag).unwrap());
    query
}

fn matching(text: &str) -> ImageQuery {
    let mut query = first_page();
    query.text = Some(text.to_owned());
    query
}

fn trashed(mut query: ImageQuery) -> ImageQuery {
    query.deleted = true;
    query
}
