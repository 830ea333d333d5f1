//! Searches find what looking at every image would find.

use std::collections::BTreeSet;

use caseless::default_case_fold_str;
use imagehub_app::catalogue::{ImageQuery, Order, SharedCatalogue};
use imagehub_app::domain::{AlbumId, ImageEdit, ImageId, Tag, Tags, Title};
use rand::rngs::StdRng;
use rand::seq::{IndexedMutRandom as _, IndexedRandom as _};
use rand::{RngExt as _, SeedableRng as _};

use crate::world::{World, album_record, image_record, noon, tenant, titles};

crate::on_both_catalogues!(
    a_search_finds_what_looking_at_every_image_finds,
    a_search_finds_one_of_very_many_on_its_first_page,
    a_search_finds_what_the_tenant_has_and_nobody_else,
    marks_of_a_query_language_are_searched_for_as_they_are,
    a_very_long_text_is_found,
    an_accent_is_found_however_it_is_written,
    a_word_is_found_in_any_case,
);

const ALPHABET: [char; 12] = ['a', 'b', 'B', 'ß', 'İ', 'Σ', '東', 'é', ' ', '%', '_', '-'];
const TAGS: [&str; 6] = ["sea", "Sea", "ab", "ΣΑΣ", "東京", "a_b"];
const ALBUMS: [&str; 2] = ["a1", "a2"];

/// An image as it should be.
#[derive(Debug, Clone)]
struct Expected {
    id: ImageId,
    title: String,
    tags: Vec<&'static str>,
    albums: BTreeSet<&'static str>,
    deleted: bool,
}

impl Expected {
    fn random(number: u64, random: &mut StdRng) -> Self {
        Self {
            id: ImageId::parse(&format!("{number:032x}")).unwrap(),
            title: title(random),
            tags: tags(random),
            albums: BTreeSet::new(),
            deleted: random.random_bool(0.45),
        }
    }

    fn text(&self) -> String {
        let parts = [&[self.title.as_str()], self.tags.as_slice(), &["ada"]].concat();
        let parts: Vec<String> = parts
            .iter()
            .map(|part| default_case_fold_str(part))
            .collect();
        parts.join("\n")
    }

    fn fits(&self, query: &ImageQuery) -> bool {
        let text = default_case_fold_str(query.text.as_deref().unwrap_or(""));
        let tag = query.tag.as_ref().map(Tag::as_str);
        let album = query.album.as_ref().map(AlbumId::as_str);
        self.deleted == query.deleted
            && self.text().contains(&text)
            && tag.is_none_or(|tag| self.tags.contains(&tag))
            && album.is_none_or(|album| self.albums.contains(album))
    }
}

fn title(random: &mut StdRng) -> String {
    let length = random.random_range(0..9);
    let title: String = (0..length).map(|_| letter(random)).collect();
    title.trim().to_owned()
}

fn letter(random: &mut StdRng) -> char {
    *ALPHABET.choose(random).unwrap()
}

fn tags(random: &mut StdRng) -> Vec<&'static str> {
    let tags = TAGS.into_iter().filter(|_| random.random_bool(0.3));
    tags.collect()
}

async fn a_search_finds_what_looking_at_every_image_finds(world: World) {
    let seed = rand::random();
    let random = &mut StdRng::seed_from_u64(seed);
    // More than are read at a time.
    let mut images: Vec<_> = (0..3_000).map(|n| Expected::random(n, random)).collect();
    fill(&world, &mut images, random).await;
    for _ in 0..150 {
        let image = images.choose_mut(random).unwrap();
        change(&world, image, random).await;
    }
    images.reverse();
    for _ in 0..150 {
        let query = query(&images, random);
        let mut expected: Vec<_> = images.iter().filter(|image| image.fits(&query)).collect();
        if query.order == Order::Oldest {
            expected.reverse();
        }
        let expected: Vec<_> = expected.iter().map(|image| &image.id).collect();
        let found = found(&world.catalogue, &query).await;
        assert!(
            found.iter().eq(expected.iter().copied()),
            "seed {seed}: {query:?} finds {} of {}",
            found.len(),
            expected.len()
        );
    }
}

async fn fill(world: &World, images: &mut [Expected], random: &mut StdRng) {
    world.sign_up("ada").await;
    let mut records: Vec<_> = (0..)
        .zip(images.iter())
        .map(|(number, image)| {
            image_record("ada", number, &image.title, &image.tags, image.deleted)
        })
        .collect();
    for (album, share) in ALBUMS.into_iter().zip([0.9, 0.05]) {
        let mut numbers = Vec::new();
        for (number, image) in (0..).zip(images.iter_mut()) {
            if random.random_bool(share) {
                image.albums.insert(album);
                numbers.push(number);
            }
        }
        records.push(album_record("ada", album, numbers));
    }
    for records in records.chunks(500) {
        world.catalogue.import(records).await.unwrap();
    }
}

/// Edits the image, deletes or restores it, or moves it between albums.
async fn change(world: &World, image: &mut Expected, random: &mut StdRng) {
    let (ada, catalogue) = (tenant("ada"), &world.catalogue);
    let album = *ALBUMS.choose(random).unwrap();
    let album_id = AlbumId::parse(album).unwrap();
    let ids = [image.id.clone()];
    match random.random_range(0..4) {
        _ if image.deleted => {
            image.deleted = false;
            let restored = catalogue.restore_image(&ada, &image.id).await;
            restored.unwrap();
        }
        0 => {
            image.deleted = true;
            let deleted = catalogue.delete_image(&ada, &image.id, noon()).await;
            deleted.unwrap();
        }
        1 => {
            (image.title, image.tags) = (title(random), tags(random));
            let edit = ImageEdit {
                title: Some(Title::parse(&image.title).unwrap()),
                tags: Some(Tags::parse(image.tags.iter().copied()).unwrap()),
                ..ImageEdit::default()
            };
            let edited = catalogue.edit_image(&ada, &image.id, &edit).await;
            edited.unwrap();
        }
        2 => {
            image.albums.insert(album);
            let put = catalogue.put_in_album(&ada, &album_id, &ids).await;
            put.unwrap();
        }
        _ => {
            image.albums.remove(album);
            let taken = catalogue.take_out_of_album(&ada, &album_id, &ids).await;
            taken.unwrap();
        }
    }
}

/// A query of any kind; its text is mostly one that some image has.
fn query(images: &[Expected], random: &mut StdRng) -> ImageQuery {
    let mut query = ImageQuery::first_page();
    query.limit = random.random_range(1..200);
    query.deleted = random.random_bool(0.4);
    if random.random_bool(0.5) {
        query.order = Order::Oldest;
    }
    if random.random_bool(0.3) {
        query.tag = Some(Tag::parse(TAGS.choose(random).unwrap()).unwrap());
    }
    if random.random_bool(0.3) {
        query.album = Some(AlbumId::parse(ALBUMS.choose(random).unwrap()).unwrap());
    }
    if random.random_bool(0.8) {
        let length = random.random_range(1..6);
        let text: Vec<char> = images.choose(random).unwrap().text().chars().collect();
        let from = random.random_range(0..text.len());
        let mut text: String = text.iter().skip(from).take(length).collect();
        if random.random_bool(0.2) {
            text.push(letter(random));
        }
        if random.random_bool(0.5) {
            // Of one character in lower case, some are more in upper case: these stay.
            text = text.replace('b', "B").replace('σ', "Σ");
        }
        query.text = Some(text);
    }
    query
}

async fn found(catalogue: &SharedCatalogue, query: &ImageQuery) -> Vec<ImageId> {
    let (ada, mut query) = (tenant("ada"), query.clone());
    let mut found = Vec::new();
    loop {
        let page = catalogue.list_images(&ada, &query).await.unwrap();
        assert!(page.images.len() <= query.limit as usize);
        found.extend(page.images.into_iter().map(|image| image.id));
        query.after = page.next;
        if query.after.is_none() {
            return found;
        }
    }
}

async fn a_search_finds_one_of_very_many_on_its_first_page(world: World) {
    world.sign_up("ada").await;
    // All pieces of the text sought are everywhere, the text itself is in the first image only.
    let records: Vec<_> = (0..5_500)
        .map(|number| {
            let title = if number == 0 { "bab b" } else { "babx ab xb b" };
            image_record("ada", number, title, &[], false)
        })
        .collect();
    for records in records.chunks(500) {
        world.catalogue.import(records).await.unwrap();
    }
    for text in ["bab b", "b\n"] {
        let mut query = ImageQuery::first_page();
        query.text = Some(text.to_owned());
        query.order = Order::Oldest;
        let page = world.catalogue.list_images(&tenant("ada"), &query).await;
        assert_eq!(page.unwrap().images[0].title.as_str(), "bab b");
    }
    let mut query = ImageQuery::first_page();
    query.text = Some("bab b".to_owned());
    let page = world.catalogue.list_images(&tenant("ada"), &query).await;
    let page = page.unwrap();
    assert_eq!((page.images.len(), page.next), (1, None));
}

async fn a_search_finds_what_the_tenant_has_and_nobody_else(world: World) {
    // One name is in the other, and too short to be searched for by an index.
    for name in ["ab", "abc"] {
        world.sign_up(name).await;
        world
            .add_image(name, 1, &format!("sea of {name}"), "")
            .await;
    }
    for (name, text, expected) in [
        ("ab", "sea", vec!["sea of ab"]),
        ("abc", "sea", vec!["sea of abc"]),
        ("ab", "of abc", vec![]),
    ] {
        let mut query = ImageQuery::first_page();
        query.text = Some(text.to_owned());
        assert_eq!(titles(&world.catalogue, name, &query).await, expected);
    }
}

async fn marks_of_a_query_language_are_searched_for_as_they_are(world: World) {
    world.sign_up("ada").await;
    world.add_image("ada", 1, "\"sea\" OR -sun*", "").await;
    for (text, expected) in [
        ("\"sea\" OR -sun*", 1),
        ("a\" OR", 1),
        ("sea OR sun", 0),
        ("sea*", 0),
        ("search : sea", 0),
        ("\"", 1),
        ("sea\0", 0),
    ] {
        let mut query = ImageQuery::first_page();
        query.text = Some(text.to_owned());
        assert_eq!(
            found(&world.catalogue, &query).await.len(),
            expected,
            "{text:?}"
        );
    }
}

async fn a_very_long_text_is_found(world: World) {
    world.sign_up("ada").await;
    let title: String = (0..200_u32)
        .filter_map(|n| char::from_u32(0x4e00 + n * 7))
        .collect();
    let tags: Vec<String> = (0..20).map(|n| format!("{n:02}").repeat(20)).collect();
    world.add_image("ada", 1, &title, &tags.join(",")).await;
    let mut query = ImageQuery::first_page();
    query.text = Some(format!("{title}\n{}", tags.join("\n")));
    assert_eq!(found(&world.catalogue, &query).await.len(), 1);
    query.text = Some("x".repeat(10_000));
    assert_eq!(found(&world.catalogue, &query).await, []);
}

async fn an_accent_is_found_however_it_is_written(world: World) {
    world.sign_up("ada").await;
    let (one, two) = ("\u{dc}ber", "U\u{308}ber");
    world
        .add_image("ada", 1, one, &format!("{two},{one}"))
        .await;
    world.add_image("ada", 2, two, two).await;
    assert_eq!(Title::parse(one), Title::parse(two));
    for written in [one, two, "\u{fc}B", "u\u{308}B"] {
        let mut query = ImageQuery::first_page();
        query.text = Some(written.to_owned());
        assert_eq!(found(&world.catalogue, &query).await.len(), 2);
        let tags = world.catalogue.tags(&tenant("ada"), written, 9).await;
        let tags = tags.unwrap();
        assert_eq!((tags[0].tag.as_str(), tags[0].images), (one, 2));
        assert_eq!(tags.len(), 1);
    }
    let mut query = ImageQuery::first_page();
    query.tag = Some(Tag::parse(two).unwrap());
    assert_eq!(found(&world.catalogue, &query).await.len(), 2);
}

async fn a_word_is_found_in_any_case(world: World) {
    world.sign_up("ada").await;
    world
        .add_image("ada", 1, "Der ΚΑΣΟΣ, Hauptstraße", "sea")
        .await;
    for written in ["ΚΑΣ", "κας", "κασος", "HAUPTSTRASSE", "hauptstraße"] {
        let mut query = ImageQuery::first_page();
        query.text = Some(written.to_owned());
        assert_eq!(found(&world.catalogue, &query).await.len(), 1, "{written}");
    }
}
