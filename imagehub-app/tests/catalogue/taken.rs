//! The order in which pictures were taken.

use imagehub_app::catalogue::{ImageQuery, Order};
use imagehub_app::domain::{
    AlbumId, AlbumTitle, Camera, ImageEdit, ImageId, NewAlbum, Tag, Tags, Title, WallTime,
};

use crate::world::{World, new_image, noon, tenant, titles, user};

crate::on_both_catalogues!(
    what_a_camera_says_is_kept,
    the_last_one_taken_comes_first_in_every_list,
    pictures_of_one_second_are_in_the_order_of_their_arrival,
    the_first_and_the_last_years_are_in_order_too,
    a_picture_that_comes_back_is_where_it_was,
);

pub fn camera() -> Camera {
    Camera {
        make: Some("FUJIFILM".to_owned()),
        exposure: Some("1/250".to_owned()),
        aperture: Some(2.8),
        iso: Some(400),
        focal_length: Some(35.0),
        ..Camera::default()
    }
}

async fn what_a_camera_says_is_kept(world: World) {
    world.sign_up("ada").await;
    let ada = tenant("ada");
    let mut image = new_image("ada", 1);
    image.taken_at = Some(WallTime::parse("1969-07-20T20:17:40").unwrap());
    image.camera = Some(camera());
    let recorded = world.catalogue.insert_image(&ada, &image, None).await;
    recorded.unwrap();
    let found = world.catalogue.find_image(&ada, &image.id).await;
    assert_eq!(found.unwrap(), Some(image));
}

/// Uploaded at noon of 23 November 2026, one a second.
const PICTURES: [(&str, Option<&str>); 6] = [
    ("spring", Some("2026-04-01T12:00:00")),
    ("uploaded first", None),
    ("moon", Some("1969-07-20T20:17:40")),
    ("future", Some("2031-01-01T00:00:00")),
    ("uploaded last", None),
    ("summer", Some("2026-07-01T12:00:00")),
];

const LATEST_FIRST: [&str; 6] = [
    "future",
    "uploaded last",
    "uploaded first",
    "summer",
    "spring",
    "moon",
];

async fn add(world: &World, number: u64, title: &str, taken_at: Option<&str>) -> ImageId {
    let mut image = new_image("ada", number);
    image.title = Title::parse(title).unwrap();
    image.tags = Tags::parse(["sea"]).unwrap();
    image.taken_at = taken_at.map(|time| WallTime::parse(time).unwrap());
    let ada = tenant("ada");
    let inserted = world.catalogue.insert_image(&ada, &image, None).await;
    inserted.unwrap();
    image.id
}

async fn fill(world: &World) -> (AlbumId, Vec<ImageId>) {
    world.sign_up("ada").await;
    let mut ids = Vec::new();
    for (number, (title, taken_at)) in (0..).zip(PICTURES) {
        ids.push(add(world, number, title, taken_at).await);
    }
    let album = NewAlbum {
        id: AlbumId::random(),
        title: AlbumTitle::parse("Summer").unwrap(),
        created_by: user("ada"),
        created_at: noon(),
    };
    let (ada, catalogue) = (tenant("ada"), &world.catalogue);
    catalogue.create_album(&ada, &album).await.unwrap();
    catalogue.put_in_album(&ada, &album.id, &ids).await.unwrap();
    (album.id, ids)
}

/// Lists that all have all of those pictures, in pages of two.
fn lists(album: &AlbumId, deleted: bool) -> Vec<ImageQuery> {
    let mut lists = Vec::new();
    for tag in [None, Some(Tag::parse("sea").unwrap())] {
        for album in [None, Some(album.clone())] {
            for text in [None, Some("ADA"), Some("a")] {
                lists.push(ImageQuery {
                    limit: 2,
                    order: Order::Taken,
                    tag: tag.clone(),
                    album: album.clone(),
                    text: text.map(str::to_owned),
                    deleted,
                    ..ImageQuery::first_page()
                });
            }
        }
    }
    lists
}

async fn expect_in_order(world: &World, album: &AlbumId, deleted: bool) {
    for list in lists(album, deleted) {
        let listed = titles(&world.catalogue, "ada", &list).await;
        assert_eq!(listed, LATEST_FIRST, "{list:?}");
    }
}

async fn the_last_one_taken_comes_first_in_every_list(world: World) {
    let (album, _) = fill(&world).await;
    expect_in_order(&world, &album, false).await;
}

async fn pictures_of_one_second_are_in_the_order_of_their_arrival(world: World) {
    world.sign_up("ada").await;
    for number in 0..7 {
        let title = number.to_string();
        add(&world, number, &title, Some("2000-01-01T00:00:00")).await;
    }
    let mut query = ImageQuery::first_page();
    query.order = Order::Taken;
    query.limit = 2;
    let listed = titles(&world.catalogue, "ada", &query).await;
    assert_eq!(listed, ["6", "5", "4", "3", "2", "1", "0"]);
}

async fn the_first_and_the_last_years_are_in_order_too(world: World) {
    world.sign_up("ada").await;
    for (number, time) in (0..).zip([
        "2105-12-31T23:59:58",
        "1834-01-01T00:00:01",
        "2105-12-31T23:59:59",
        "1834-01-01T00:00:00",
    ]) {
        add(&world, number, time, Some(time)).await;
    }
    let mut query = ImageQuery::first_page();
    query.order = Order::Taken;
    query.limit = 1;
    let listed = titles(&world.catalogue, "ada", &query).await;
    assert_eq!(
        listed,
        [
            "2105-12-31T23:59:59",
            "2105-12-31T23:59:58",
            "1834-01-01T00:00:01",
            "1834-01-01T00:00:00"
        ]
    );
}

async fn a_picture_that_comes_back_is_where_it_was(world: World) {
    let (album, ids) = fill(&world).await;
    let (ada, catalogue) = (tenant("ada"), &world.catalogue);
    for id in &ids {
        catalogue.delete_image(&ada, id, noon()).await.unwrap();
    }
    for list in lists(&album, false) {
        assert!(titles(catalogue, "ada", &list).await.is_empty());
    }
    expect_in_order(&world, &album, true).await;
    for id in &ids {
        catalogue.restore_image(&ada, id).await.unwrap();
        let edit = ImageEdit {
            add_tags: Tags::parse(["sun"]).unwrap(),
            ..ImageEdit::default()
        };
        catalogue.edit_image(&ada, id, &edit).await.unwrap();
    }
    expect_in_order(&world, &album, false).await;
    catalogue
        .take_out_of_album(&ada, &album, &ids)
        .await
        .unwrap();
    let in_album = lists(&album, false)
        .into_iter()
        .filter(|list| list.album.is_some());
    for list in in_album {
        assert!(titles(catalogue, "ada", &list).await.is_empty());
    }
}
