//! Tags: completing them, and changing those of many images.

use imagehub_app::catalogue::{CatalogueError, ImageQuery};
use imagehub_app::domain::{ImageEdit, Tag, Tags};

use crate::world::{World, noon, tenant, titles};

crate::on_both_catalogues!(
    tags_are_completed_whatever_their_case_the_most_used_first,
    a_tag_is_offered_while_an_image_has_it,
    tags_are_put_to_an_image_and_taken_from_it,
    an_image_has_twenty_tags_at_most,
    tags_put_to_an_image_at_once_are_all_there,
);

async fn tags_are_completed_whatever_their_case_the_most_used_first(world: World) {
    world.sign_up("ada").await;
    world.sign_up("bob").await;
    world.add_image("ada", 1, "", "sea,Über uns").await;
    world.add_image("ada", 2, "", "Season,sea").await;
    world.add_image("ada", 3, "", "100%,mountain").await;
    world.add_image("bob", 1, "", "secret").await;
    assert_eq!(
        tags(&world, "se", 10).await,
        counts(&[("sea", 2), ("Season", 1)])
    );
    assert_eq!(
        tags(&world, "SEA", 10).await,
        counts(&[("sea", 2), ("Season", 1)])
    );
    assert_eq!(tags(&world, "über", 10).await, counts(&[("Über uns", 1)]));
    assert_eq!(tags(&world, "ÜBER U", 10).await, counts(&[("Über uns", 1)]));
    assert_eq!(tags(&world, "%", 10).await, counts(&[]));
    assert_eq!(tags(&world, "s", 1).await, counts(&[("sea", 2)]));
    let all = tags(&world, "", 10).await;
    let expected = ["sea", "100%", "Season", "mountain", "Über uns"];
    assert_eq!(all.iter().map(|(tag, _)| tag).collect::<Vec<_>>(), expected);
}

async fn a_tag_is_offered_while_an_image_has_it(world: World) {
    world.sign_up("ada").await;
    let (ada, catalogue) = (tenant("ada"), &world.catalogue);
    let first = world.add_image("ada", 1, "", "sea").await;
    let second = world.add_image("ada", 2, "", "sea,sun").await;
    catalogue.delete_image(&ada, &second, noon()).await.unwrap();
    assert_eq!(tags(&world, "s", 10).await, counts(&[("sea", 1)]));
    catalogue.restore_image(&ada, &second).await.unwrap();
    assert_eq!(
        tags(&world, "s", 10).await,
        counts(&[("sea", 2), ("sun", 1)])
    );
    let edit = ImageEdit {
        tags: Some(Tags::default()),
        ..ImageEdit::default()
    };
    catalogue.edit_image(&ada, &first, &edit).await.unwrap();
    catalogue.delete_image(&ada, &second, noon()).await.unwrap();
    catalogue.purge_image(&ada, &second).await.unwrap();
    assert_eq!(tags(&world, "", 10).await, counts(&[]));
}

async fn tags_are_put_to_an_image_and_taken_from_it(world: World) {
    world.sign_up("ada").await;
    let (ada, catalogue) = (tenant("ada"), &world.catalogue);
    let id = world.add_image("ada", 1, "one", "sea,sun").await;
    let edit = change(&["wind", "sea"], &["sun", "none"]);
    let edited = catalogue.edit_image(&ada, &id, &edit).await.unwrap();
    assert_eq!(edited.tags.texts(), ["sea", "wind"]);
    assert_eq!(edited.title.as_str(), "one");
    let found = catalogue.find_image(&ada, &id).await.unwrap();
    assert_eq!(found, Some(edited));
    for (tag, expected) in [("wind", 1), ("sea", 1), ("sun", 0)] {
        let mut query = ImageQuery::first_page();
        query.tag = Some(Tag::parse(tag).unwrap());
        assert_eq!(titles(catalogue, "ada", &query).await.len(), expected);
    }
}

async fn an_image_has_twenty_tags_at_most(world: World) {
    world.sign_up("ada").await;
    let (ada, catalogue) = (tenant("ada"), &world.catalogue);
    let many: Vec<String> = (0..20).map(|n| format!("t{n}")).collect();
    let id = world.add_image("ada", 1, "", &many.join(",")).await;
    let refused = catalogue
        .edit_image(&ada, &id, &change(&["more"], &[]))
        .await;
    assert!(matches!(refused, Err(CatalogueError::TooMany)));
    let there = change(&["t1"], &[]);
    catalogue.edit_image(&ada, &id, &there).await.unwrap();
    let exchanged = change(&["more"], &["t1"]);
    let edited = catalogue.edit_image(&ada, &id, &exchanged).await.unwrap();
    assert_eq!(edited.tags.texts().len(), 20);
}

async fn tags_put_to_an_image_at_once_are_all_there(world: World) {
    world.sign_up("ada").await;
    let (ada, catalogue) = (tenant("ada"), &world.catalogue);
    let id = world.add_image("ada", 1, "", "").await;
    let edits: Vec<_> = (0..8)
        .map(|n| change(&[format!("t{n}").as_str()], &[]))
        .collect();
    let outcomes = futures_util::future::join_all(
        edits
            .iter()
            .map(|edit| catalogue.edit_image(&ada, &id, edit)),
    )
    .await;
    for outcome in outcomes {
        outcome.unwrap();
    }
    let found = catalogue.find_image(&ada, &id).await.unwrap().unwrap();
    assert_eq!(found.tags.texts().len(), 8);
}

fn change(add: &[&str], remove: &[&str]) -> ImageEdit {
    ImageEdit {
        add_tags: Tags::parse(add.iter().copied()).unwrap(),
        remove_tags: Tags::parse(remove.iter().copied()).unwrap(),
        ..ImageEdit::default()
    }
}

async fn tags(world: &World, prefix: &str, limit: usize) -> Vec<(String, u64)> {
    let tags = world.catalogue.tags(&tenant("ada"), prefix, limit).await;
    let tags = tags.unwrap().into_iter();
    tags.map(|count| (count.tag.as_str().to_owned(), count.images))
        .collect()
}

fn counts(expected: &[(&str, u64)]) -> Vec<(String, u64)> {
    let expected = expected.iter();
    expected.map(|(tag, n)| ((*tag).to_owned(), *n)).collect()
}
