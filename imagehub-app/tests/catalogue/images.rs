//! Recording, finding, listing, editing and forgetting images.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use imagehub_app::catalogue::{CatalogueError, ImageQuery, Inserted, Order};
use imagehub_app::domain::{ImageEdit, ImageId, Tag, Tags, Title};

use crate::world::{World, new_image, tenant, titles};

crate::on_both_catalogues!(
    a_recorded_image_is_found_as_it_was_given,
    an_image_is_found_in_its_own_tenant_only,
    the_same_bytes_are_one_image_in_a_tenant,
    the_same_bytes_are_two_images_in_two_tenants,
    of_many_uploads_of_the_same_bytes_one_is_recorded,
    nothing_is_recorded_for_an_unknown_tenant,
    pages_go_from_newest_to_oldest_and_end,
    pages_neither_skip_nor_repeat_when_images_come_and_go,
    the_oldest_come_first_when_asked_for,
    a_tag_selects_the_images_that_have_it,
    a_text_is_found_in_title_tags_and_uploader_whatever_its_case,
    an_edit_changes_what_it_names_and_what_is_found,
    edits_at_once_all_take_effect,
    what_is_not_there_can_be_neither_edited_nor_deleted,
);

async fn a_recorded_image_is_found_as_it_was_given(world: World) {
    world.sign_up("ada").await;
    let mut new = new_image("ada", 1);
    new.title = Title::parse("Sonnenaufgang über dem See 🌅").unwrap();
    new.tags = Tags::parse(["sea side", "früh"]).unwrap();
    let Inserted::New(record) = world
        .catalogue
        .insert_image(&tenant("ada"), &new, None)
        .await
        .unwrap()
    else {
        panic!("the first of its bytes");
    };
    let found = world.catalogue.find_image(&tenant("ada"), &new.id).await;
    assert_eq!(found.unwrap(), Some(new.clone()));
    assert_eq!(record, new);
}

async fn an_image_is_found_in_its_own_tenant_only(world: World) {
    world.sign_up("ada").await;
    world.sign_up("bob").await;
    let id = world.add_image("ada", 1, "", "").await;
    let (bob, catalogue) = (tenant("bob"), &world.catalogue);
    assert_eq!(catalogue.find_image(&bob, &id).await.unwrap(), None);
    let digest = new_image("ada", 1).digest;
    assert_eq!(catalogue.find_by_digest(&bob, &digest).await.unwrap(), None);
    assert!(
        titles(catalogue, "bob", &ImageQuery::first_page())
            .await
            .is_empty()
    );
    let deleted = catalogue
        .delete_image(&bob, &id, time::OffsetDateTime::now_utc())
        .await;
    assert!(matches!(deleted, Err(CatalogueError::NotFound)));
}

async fn the_same_bytes_are_one_image_in_a_tenant(world: World) {
    world.sign_up("ada").await;
    let first = world.add_image("ada", 1, "first", "").await;
    let again = world
        .catalogue
        .insert_image(&tenant("ada"), &new_image("ada", 1), None)
        .await
        .unwrap();
    let Inserted::Duplicate(record) = again else {
        panic!("these bytes were there");
    };
    assert_eq!(record.id, first);
    assert_eq!(record.title.as_str(), "first");
    let digest = new_image("ada", 1).digest;
    let found = world
        .catalogue
        .find_by_digest(&tenant("ada"), &digest)
        .await;
    assert_eq!(found.unwrap().unwrap().id, first);
}

async fn the_same_bytes_are_two_images_in_two_tenants(world: World) {
    world.sign_up("ada").await;
    world.sign_up("bob").await;
    let adas = world.add_image("ada", 1, "", "").await;
    let bobs = world.add_image("bob", 1, "", "").await;
    assert_ne!(adas, bobs);
}

async fn of_many_uploads_of_the_same_bytes_one_is_recorded(world: World) {
    world.sign_up("ada").await;
    let ada = tenant("ada");
    let uploads: Vec<_> = (0..16).map(|_| new_image("ada", 7)).collect();
    let outcomes = join_all(
        uploads
            .iter()
            .map(|new| world.catalogue.insert_image(&ada, new, None)),
    )
    .await;
    let ids: BTreeSet<ImageId> = outcomes
        .into_iter()
        .map(|outcome| match outcome.unwrap() {
            Inserted::New(record) | Inserted::Duplicate(record) | Inserted::Restored(record) => {
                record.id
            }
        })
        .collect();
    assert_eq!(ids.len(), 1);
    assert_eq!(
        titles(&world.catalogue, "ada", &ImageQuery::first_page())
            .await
            .len(),
        1
    );
}

async fn nothing_is_recorded_for_an_unknown_tenant(world: World) {
    let outcome = world
        .catalogue
        .insert_image(&tenant("nowhere"), &new_image("nowhere", 1), None)
        .await;
    assert!(matches!(outcome, Err(CatalogueError::NotFound)));
}

async fn pages_go_from_newest_to_oldest_and_end(world: World) {
    world.sign_up("ada").await;
    for number in 0..6 {
        world
            .add_image("ada", number, &format!("{number}"), "")
            .await;
    }
    let mut query = ImageQuery::first_page();
    query.limit = 3;
    let ada = tenant("ada");
    let first = world.catalogue.list_images(&ada, &query).await.unwrap();
    let shown: Vec<_> = first
        .images
        .iter()
        .map(|image| image.title.as_str())
        .collect();
    assert_eq!(shown, ["5", "4", "3"]);
    query.after = first.next;
    assert!(query.after.is_some());
    let second = world.catalogue.list_images(&ada, &query).await.unwrap();
    let shown: Vec<_> = second
        .images
        .iter()
        .map(|image| image.title.as_str())
        .collect();
    assert_eq!(shown, ["2", "1", "0"]);
    assert_eq!(second.next, None);
}

async fn pages_neither_skip_nor_repeat_when_images_come_and_go(world: World) {
    world.sign_up("ada").await;
    let mut ids = Vec::new();
    for number in 0..6 {
        ids.push(
            world
                .add_image("ada", number, &format!("{number}"), "")
                .await,
        );
    }
    let ada = tenant("ada");
    let mut query = ImageQuery::first_page();
    query.limit = 2;
    let first = world.catalogue.list_images(&ada, &query).await.unwrap();
    query.after = first.next;
    // The image the cursor stands at goes, one ahead goes, and a new one comes.
    for gone in [4, 2] {
        world
            .catalogue
            .delete_image(&ada, &ids[gone], time::OffsetDateTime::now_utc())
            .await
            .unwrap();
    }
    world.add_image("ada", 6, "6", "").await;
    let rest = titles(&world.catalogue, "ada", &query).await;
    assert_eq!(rest, ["3", "1", "0"]);
}

async fn the_oldest_come_first_when_asked_for(world: World) {
    world.sign_up("ada").await;
    for number in 0..5 {
        let title = number.to_string();
        world.add_image("ada", number, &title, "sea").await;
    }
    let mut query = ImageQuery::first_page();
    query.order = Order::Oldest;
    query.limit = 2;
    for tag in [None, Some(Tag::parse("sea").unwrap())] {
        query.tag = tag;
        let shown = titles(&world.catalogue, "ada", &query).await;
        assert_eq!(shown, ["0", "1", "2", "3", "4"]);
    }
    query.text = Some("3".to_owned());
    assert_eq!(titles(&world.catalogue, "ada", &query).await, ["3"]);
}

async fn a_tag_selects_the_images_that_have_it(world: World) {
    world.sign_up("ada").await;
    world.add_image("ada", 1, "one", "sea, sun").await;
    world.add_image("ada", 2, "two", "sun").await;
    world.add_image("ada", 3, "three", "sea").await;
    world.add_image("ada", 4, "four", "seaside").await;
    let catalogue = &world.catalogue;
    assert_eq!(
        titles(catalogue, "ada", &tagged("sea")).await,
        ["three", "one"]
    );
    assert_eq!(
        titles(catalogue, "ada", &tagged("sun")).await,
        ["two", "one"]
    );
    let mut both = tagged("sea");
    both.text = Some("SUN".to_owned());
    assert_eq!(titles(catalogue, "ada", &both).await, ["one"]);
    assert!(titles(catalogue, "ada", &tagged("none")).await.is_empty());
}

async fn a_text_is_found_in_title_tags_and_uploader_whatever_its_case(world: World) {
    world.sign_up("ada").await;
    world.add_image("ada", 1, "Über den Wolken", "").await;
    world.add_image("ada", 2, "plain", "ÜBERALL").await;
    world.add_image("ada", 3, "100% _sure_", "").await;
    let catalogue = &world.catalogue;
    assert_eq!(
        titles(catalogue, "ada", &matching("über")).await,
        ["plain", "Über den Wolken"]
    );
    assert_eq!(
        titles(catalogue, "ada", &matching("% _")).await,
        ["100% _sure_"]
    );
    assert_eq!(titles(catalogue, "ada", &matching("ADA")).await.len(), 3);
    assert!(
        titles(catalogue, "ada", &matching("nowhere"))
            .await
            .is_empty()
    );
    let mut paged = matching("ada");
    paged.limit = 1;
    assert_eq!(titles(catalogue, "ada", &paged).await.len(), 3);
}

async fn an_edit_changes_what_it_names_and_what_is_found(world: World) {
    world.sign_up("ada").await;
    let id = world.add_image("ada", 1, "old", "sea,sun").await;
    let (ada, catalogue) = (tenant("ada"), &world.catalogue);
    let edit = ImageEdit {
        title: Some(Title::parse("new").unwrap()),
        tags: None,
        ..ImageEdit::default()
    };
    let edited = catalogue.edit_image(&ada, &id, &edit).await.unwrap();
    assert_eq!(edited.title.as_str(), "new");
    assert_eq!(edited.tags.texts(), ["sea", "sun"]);
    let edit = ImageEdit {
        title: None,
        tags: Some(Tags::parse(["sun", "dusk"]).unwrap()),
        ..ImageEdit::default()
    };
    let edited = catalogue.edit_image(&ada, &id, &edit).await.unwrap();
    let found = catalogue.find_image(&ada, &id).await.unwrap();
    assert_eq!(found.unwrap(), edited);
    assert_eq!(edited.title.as_str(), "new");
    assert_eq!(titles(catalogue, "ada", &tagged("dusk")).await, ["new"]);
    assert_eq!(titles(catalogue, "ada", &tagged("sun")).await, ["new"]);
    assert!(titles(catalogue, "ada", &tagged("sea")).await.is_empty());
    assert!(titles(catalogue, "ada", &matching("old")).await.is_empty());
}

async fn edits_at_once_all_take_effect(world: World) {
    world.sign_up("ada").await;
    let id = world.add_image("ada", 1, "", "").await;
    let ada = tenant("ada");
    let retitle = ImageEdit {
        title: Some(Title::parse("titled").unwrap()),
        tags: None,
        ..ImageEdit::default()
    };
    let retag = ImageEdit {
        title: None,
        tags: Some(Tags::parse(["tagged"]).unwrap()),
        ..ImageEdit::default()
    };
    let edits = [&retitle, &retag].map(|edit| world.catalogue.edit_image(&ada, &id, edit));
    for outcome in join_all(edits).await {
        outcome.unwrap();
    }
    assert_eq!(
        titles(&world.catalogue, "ada", &tagged("tagged")).await,
        ["titled"]
    );
}

async fn what_is_not_there_can_be_neither_edited_nor_deleted(world: World) {
    world.sign_up("ada").await;
    let (ada, id) = (tenant("ada"), ImageId::random());
    let edited = world
        .catalogue
        .edit_image(&ada, &id, &ImageEdit::default())
        .await;
    assert!(matches!(edited, Err(CatalogueError::NotFound)));
    let deleted = world
        .catalogue
        .delete_image(&ada, &id, time::OffsetDateTime::now_utc())
        .await;
    assert!(matches!(deleted, Err(CatalogueError::NotFound)));
}

fn tagged(tag: &str) -> ImageQuery {
    let mut query = ImageQuery::first_page();
    query.tag = Some(Tag::parse(tag).unwrap());
    query
}

fn matching(text: &str) -> ImageQuery {
    let mut query = ImageQuery::first_page();
    query.text = Some(text.to_owned());
    query
}
