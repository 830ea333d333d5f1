//! Albums: made, filled, changed, listed by.

use futures_util::future::join_all;
use imagehub_app::catalogue::{CatalogueError, ImageQuery, Order};
use imagehub_app::domain::{
    Album, AlbumEdit, AlbumId, AlbumName, AlbumTitle, ImageId, MAX_ALBUMS, NewAlbum, Tag,
};

use crate::world::{World, noon, tenant, titles, user};

crate::on_both_catalogues!(
    a_new_album_is_empty_and_found,
    albums_are_listed_newest_first,
    an_album_is_its_tenants_alone,
    an_image_is_in_an_album_once_and_in_any_number_of_them,
    an_image_names_the_albums_it_is_in,
    the_newest_albums_are_named,
    an_albums_images_are_paged_and_filtered_like_all,
    the_cover_is_the_chosen_image_or_else_the_newest,
    a_deleted_image_leaves_its_albums_until_it_is_restored,
    a_deleted_album_leaves_its_images,
    an_edit_changes_what_it_names,
    only_what_is_in_the_album_can_be_its_cover,
    what_is_no_album_is_not_found,
    a_tenant_has_so_many_albums_and_no_more,
);

async fn a_new_album_is_empty_and_found(world: World) {
    world.sign_up("ada").await;
    let (ada, catalogue) = (tenant("ada"), &world.catalogue);
    let new = new_album("Sommer am See 🌅");
    let album = catalogue.create_album(&ada, &new).await.unwrap();
    let expected = Album {
        id: new.id.clone(),
        title: new.title.clone(),
        cover: None,
        images: 0,
        created_by: user("ada"),
        created_at: noon(),
    };
    assert_eq!(album, expected);
    assert_eq!(find(&world, &new.id).await, expected);
    assert_eq!(titles(catalogue, "ada", &of(&new.id)).await, [""; 0]);
}

async fn albums_are_listed_newest_first(world: World) {
    world.sign_up("ada").await;
    for title in ["one", "two", "three"] {
        create(&world, title).await;
    }
    let albums = world.catalogue.albums(&tenant("ada")).await.unwrap();
    let titles: Vec<_> = albums.iter().map(|album| album.title.as_str()).collect();
    assert_eq!(titles, ["three", "two", "one"]);
}

async fn an_album_is_its_tenants_alone(world: World) {
    world.sign_up("ada").await;
    world.sign_up("bob").await;
    let album = create(&world, "ada's").await;
    let image = world.add_image("bob", 1, "bob's", "").await;
    let (bob, catalogue) = (tenant("bob"), &world.catalogue);
    assert_eq!(catalogue.find_album(&bob, &album).await.unwrap(), None);
    assert_eq!(catalogue.albums(&bob).await.unwrap(), []);
    put(&world, &album, &[&image]).await;
    assert_eq!(find(&world, &album).await.images, 0);
    assert!(titles(catalogue, "bob", &of(&album)).await.is_empty());
    let deleted = catalogue.delete_album(&bob, &album, noon()).await;
    assert!(matches!(deleted, Err(CatalogueError::NotFound)));
}

async fn an_image_is_in_an_album_once_and_in_any_number_of_them(world: World) {
    world.sign_up("ada").await;
    let (first, second) = (
        create(&world, "first").await,
        create(&world, "second").await,
    );
    let image = world.add_image("ada", 1, "one", "").await;
    for album in [&first, &second] {
        put(&world, album, &[&image, &image]).await;
        put(&world, album, &[&image, &ImageId::random()]).await;
        assert_eq!(find(&world, album).await.images, 1);
        assert_eq!(titles(&world.catalogue, "ada", &of(album)).await, ["one"]);
    }
    let taken = [image, ImageId::random()];
    for _ in 0..2 {
        let taken = world
            .catalogue
            .take_out_of_album(&tenant("ada"), &first, &taken)
            .await;
        taken.unwrap();
        assert_eq!(find(&world, &first).await.images, 0);
        assert_eq!(find(&world, &second).await.images, 1);
    }
}

async fn an_image_names_the_albums_it_is_in(world: World) {
    world.sign_up("ada").await;
    world.sign_up("bob").await;
    let image = world.add_image("ada", 1, "one", "").await;
    let (first, _) = (create(&world, "first").await, create(&world, "empty").await);
    let last = create(&world, "last").await;
    put(&world, &first, &[&image]).await;
    put(&world, &last, &[&image]).await;
    let (ada, catalogue) = (tenant("ada"), &world.catalogue);
    let of_the_image = || async {
        let names = catalogue.albums_of(&ada, &image).await.unwrap();
        named(names)
    };
    let in_both = [
        (last.clone(), "last".into()),
        (first.clone(), "first".into()),
    ];
    assert_eq!(of_the_image().await, in_both);
    catalogue.delete_image(&ada, &image, noon()).await.unwrap();
    assert_eq!(of_the_image().await, []);
    catalogue.restore_image(&ada, &image).await.unwrap();
    assert_eq!(of_the_image().await, in_both);
    catalogue.delete_album(&ada, &last, noon()).await.unwrap();
    assert_eq!(of_the_image().await, in_both[1..]);
    let out = std::slice::from_ref(&image);
    catalogue
        .take_out_of_album(&ada, &first, out)
        .await
        .unwrap();
    assert_eq!(of_the_image().await, []);
    put(&world, &first, &[&image]).await;
    let elsewhere = catalogue.albums_of(&tenant("bob"), &image).await.unwrap();
    assert_eq!(elsewhere, []);
    let unknown = catalogue.albums_of(&ada, &ImageId::random()).await.unwrap();
    assert_eq!(unknown, []);
}

async fn the_newest_albums_are_named(world: World) {
    world.sign_up("ada").await;
    world.sign_up("bob").await;
    for title in ["one", "two", "three"] {
        create(&world, title).await;
    }
    let newest = async |name: &str, limit| {
        let names = world.catalogue.newest_titles(&tenant(name), limit).await;
        let names = named(names.unwrap()).into_iter().map(|(_, title)| title);
        names.collect::<Vec<_>>()
    };
    assert_eq!(newest("ada", 2).await, ["three", "two"]);
    assert_eq!(newest("ada", 9).await, ["three", "two", "one"]);
    assert_eq!(newest("ada", 0).await, [""; 0]);
    assert_eq!(newest("bob", 9).await, [""; 0]);
}

fn named(names: Vec<AlbumName>) -> Vec<(AlbumId, String)> {
    let pair = |name: AlbumName| (name.id, name.title.as_str().to_owned());
    names.into_iter().map(pair).collect()
}

async fn an_albums_images_are_paged_and_filtered_like_all(world: World) {
    world.sign_up("ada").await;
    let album = create(&world, "summer").await;
    let mut ids = Vec::new();
    for number in 0..6 {
        let tag = if number % 2 == 0 { "sea" } else { "sun" };
        ids.push(
            world
                .add_image("ada", number, &number.to_string(), tag)
                .await,
        );
    }
    // Not in the order of their arrival, which is the list's.
    put(&world, &album, &[&ids[4], &ids[0], &ids[2], &ids[1]]).await;
    let mut query = of(&album);
    query.limit = 2;
    assert_eq!(
        titles(&world.catalogue, "ada", &query).await,
        ["4", "2", "1", "0"]
    );
    query.order = Order::Oldest;
    assert_eq!(
        titles(&world.catalogue, "ada", &query).await,
        ["0", "1", "2", "4"]
    );
    query.text = Some("4".to_owned());
    assert_eq!(titles(&world.catalogue, "ada", &query).await, ["4"]);
    query.text = None;
    query.tag = Some(Tag::parse("sea").unwrap());
    assert_eq!(
        titles(&world.catalogue, "ada", &query).await,
        ["0", "2", "4"]
    );
    query.limit = 1;
    query.order = Order::Newest;
    assert_eq!(
        titles(&world.catalogue, "ada", &query).await,
        ["4", "2", "0"]
    );
}

async fn the_cover_is_the_chosen_image_or_else_the_newest(world: World) {
    world.sign_up("ada").await;
    let (ada, catalogue) = (tenant("ada"), &world.catalogue);
    let album = create(&world, "summer").await;
    let mut ids = Vec::new();
    for number in 0..3 {
        ids.push(world.add_image("ada", number, "", "").await);
    }
    put(&world, &album, &[&ids[1]]).await;
    put(&world, &album, &[&ids[0]]).await;
    assert_eq!(cover(&world, &album).await.as_ref(), Some(&ids[1]));
    let chosen = choose(&world, &album, Some(&ids[0])).await.unwrap();
    assert_eq!(chosen.cover.as_ref(), Some(&ids[0]));
    put(&world, &album, &[&ids[2]]).await;
    assert_eq!(cover(&world, &album).await.as_ref(), Some(&ids[0]));

    catalogue.delete_image(&ada, &ids[0], noon()).await.unwrap();
    assert_eq!(cover(&world, &album).await.as_ref(), Some(&ids[2]));
    let listed = catalogue.albums(&ada).await.unwrap();
    assert_eq!(listed[0].cover.as_ref(), Some(&ids[2]));
    catalogue.restore_image(&ada, &ids[0]).await.unwrap();
    assert_eq!(cover(&world, &album).await.as_ref(), Some(&ids[0]));
    let taken = catalogue
        .take_out_of_album(&ada, &album, &[ids[0].clone()])
        .await;
    taken.unwrap();
    assert_eq!(cover(&world, &album).await.as_ref(), Some(&ids[2]));
    choose(&world, &album, Some(&ids[1])).await.unwrap();
    choose(&world, &album, None).await.unwrap();
    assert_eq!(cover(&world, &album).await.as_ref(), Some(&ids[2]));
}

async fn a_deleted_image_leaves_its_albums_until_it_is_restored(world: World) {
    world.sign_up("ada").await;
    let (ada, catalogue) = (tenant("ada"), &world.catalogue);
    let album = create(&world, "summer").await;
    let (one, two) = (
        world.add_image("ada", 1, "one", "").await,
        world.add_image("ada", 2, "two", "").await,
    );
    put(&world, &album, &[&one, &two]).await;
    catalogue.delete_image(&ada, &one, noon()).await.unwrap();
    put(&world, &album, &[&one]).await;
    assert_eq!(find(&world, &album).await.images, 1);
    assert_eq!(titles(catalogue, "ada", &of(&album)).await, ["two"]);
    catalogue.restore_image(&ada, &one).await.unwrap();
    assert_eq!(find(&world, &album).await.images, 2);
    assert_eq!(titles(catalogue, "ada", &of(&album)).await, ["two", "one"]);

    catalogue.delete_image(&ada, &two, noon()).await.unwrap();
    let taken = catalogue
        .take_out_of_album(&ada, &album, std::slice::from_ref(&two))
        .await;
    taken.unwrap();
    catalogue.restore_image(&ada, &two).await.unwrap();
    assert_eq!(titles(catalogue, "ada", &of(&album)).await, ["one"]);

    catalogue.delete_image(&ada, &one, noon()).await.unwrap();
    catalogue.purge_image(&ada, &one).await.unwrap();
    assert_eq!(find(&world, &album).await.images, 0);
    assert_eq!(cover(&world, &album).await, None);
}

async fn a_deleted_album_leaves_its_images(world: World) {
    world.sign_up("ada").await;
    let (ada, catalogue) = (tenant("ada"), &world.catalogue);
    let album = create(&world, "summer").await;
    let image = world.add_image("ada", 1, "one", "").await;
    put(&world, &album, &[&image]).await;
    catalogue.delete_album(&ada, &album, noon()).await.unwrap();
    assert_eq!(catalogue.find_album(&ada, &album).await.unwrap(), None);
    assert_eq!(catalogue.albums(&ada).await.unwrap(), []);
    assert!(titles(catalogue, "ada", &of(&album)).await.is_empty());
    let all = ImageQuery::first_page();
    assert_eq!(titles(catalogue, "ada", &all).await, ["one"]);
    catalogue.delete_image(&ada, &image, noon()).await.unwrap();
    catalogue.purge_image(&ada, &image).await.unwrap();
}

async fn an_edit_changes_what_it_names(world: World) {
    world.sign_up("ada").await;
    let (ada, catalogue) = (tenant("ada"), &world.catalogue);
    let album = create(&world, "old").await;
    let image = world.add_image("ada", 1, "", "").await;
    put(&world, &album, &[&image]).await;
    choose(&world, &album, Some(&image)).await.unwrap();
    let edit = AlbumEdit {
        title: Some(AlbumTitle::parse("new").unwrap()),
        cover: None,
    };
    let edited = catalogue.edit_album(&ada, &album, &edit).await.unwrap();
    assert_eq!(edited.title.as_str(), "new");
    assert_eq!(edited.cover, Some(image));
    assert_eq!(edited, find(&world, &album).await);
}

async fn only_what_is_in_the_album_can_be_its_cover(world: World) {
    world.sign_up("ada").await;
    let (ada, catalogue) = (tenant("ada"), &world.catalogue);
    let album = create(&world, "summer").await;
    let inside = world.add_image("ada", 1, "", "").await;
    let outside = world.add_image("ada", 2, "", "").await;
    put(&world, &album, &[&inside]).await;
    for image in [&outside, &ImageId::random()] {
        let refused = choose(&world, &album, Some(image)).await;
        assert!(matches!(refused, Err(CatalogueError::NotFound)));
    }
    catalogue.delete_image(&ada, &inside, noon()).await.unwrap();
    let refused = choose(&world, &album, Some(&inside)).await;
    assert!(matches!(refused, Err(CatalogueError::NotFound)));
}

async fn what_is_no_album_is_not_found(world: World) {
    world.sign_up("ada").await;
    let (ada, none, catalogue) = (tenant("ada"), AlbumId::random(), &world.catalogue);
    let edited = catalogue
        .edit_album(&ada, &none, &AlbumEdit::default())
        .await;
    assert!(matches!(edited, Err(CatalogueError::NotFound)));
    let deleted = catalogue.delete_album(&ada, &none, noon()).await;
    assert!(matches!(deleted, Err(CatalogueError::NotFound)));
    let filled = catalogue.put_in_album(&ada, &none, &[]).await;
    assert!(matches!(filled, Err(CatalogueError::NotFound)));
    let emptied = catalogue.take_out_of_album(&ada, &none, &[]).await;
    assert!(matches!(emptied, Err(CatalogueError::NotFound)));
    let nowhere = tenant("nowhere");
    let made = catalogue.create_album(&nowhere, &new_album("x")).await;
    assert!(matches!(made, Err(CatalogueError::NotFound)));
}

async fn a_tenant_has_so_many_albums_and_no_more(world: World) {
    world.sign_up("ada").await;
    let (ada, catalogue) = (tenant("ada"), &world.catalogue);
    let mut last = create(&world, "first").await;
    for _ in 2..MAX_ALBUMS {
        last = create(&world, "another").await;
    }
    let late: Vec<_> = (0..4).map(|_| new_album("late")).collect();
    let made = join_all(late.iter().map(|new| catalogue.create_album(&ada, new))).await;
    assert_eq!(made.iter().filter(|made| made.is_ok()).count(), 1);
    let refused = made.into_iter().find_map(Result::err);
    assert!(matches!(refused, Some(CatalogueError::TooMany)));
    catalogue.delete_album(&ada, &last, noon()).await.unwrap();
    create(&world, "one more").await;
}

async fn create(world: &World, title: &str) -> AlbumId {
    let new = new_album(title);
    let made = world.catalogue.create_album(&tenant("ada"), &new).await;
    made.unwrap().id
}

async fn put(world: &World, album: &AlbumId, images: &[&ImageId]) {
    let images: Vec<ImageId> = images.iter().copied().cloned().collect();
    let put = world
        .catalogue
        .put_in_album(&tenant("ada"), album, &images)
        .await;
    put.unwrap();
}

async fn choose(
    world: &World,
    album: &AlbumId,
    cover: Option<&ImageId>,
) -> Result<Album, CatalogueError> {
    let edit = AlbumEdit {
        title: None,
        cover: Some(cover.cloned()),
    };
    world
        .catalogue
        .edit_album(&tenant("ada"), album, &edit)
        .await
}

async fn find(world: &World, album: &AlbumId) -> Album {
    let found = world.catalogue.find_album(&tenant("ada"), album).await;
    found.unwrap().unwrap()
}

async fn cover(world: &World, album: &AlbumId) -> Option<ImageId> {
    find(world, album).await.cover
}

fn new_album(title: &str) -> NewAlbum {
    NewAlbum {
        id: AlbumId::random(),
        title: AlbumTitle::parse(title).unwrap(),
        created_by: user("ada"),
        created_at: noon(),
    }
}

fn of(album: &AlbumId) -> ImageQuery {
    let mut query = ImageQuery::first_page();
    query.album = Some(album.clone());
    query
}
