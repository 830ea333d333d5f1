//! A cursor goes on in the list it was made for, and in no other.

use base64::Engine as _;
use imagehub_app::catalogue::{Cursor, ImageQuery, Order};
use imagehub_app::domain::{AlbumId, Tag};

use crate::world::{World, tenant};

#[test]
fn what_is_no_cursor_is_refused() {
    let garbled = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode([0; 16]);
    let query = ImageQuery::first_page();
    for text in ["", "x", "%%%", garbled.as_str()] {
        let read = Cursor::decode(text, &tenant("ada"), &query);
        assert!(read.is_err(), "{text:?}");
    }
}

#[tokio::test]
async fn a_cursor_reads_back_in_the_list_it_was_made_for_only() {
    let (query, cursor) = a_cursor().await;
    let ada = tenant("ada");
    let written = cursor.encode(&ada, &query);
    let mut longer = query.clone();
    longer.limit = 50;
    assert_eq!(Cursor::decode(&written, &ada, &longer), Ok(cursor));

    assert!(Cursor::decode(&written, &tenant("bob"), &query).is_err());
    let elsewhere: [fn(&mut ImageQuery); 6] = [
        |query| query.tag = None,
        |query| query.text = Some("sea".to_owned()),
        |query| query.album = Some(AlbumId::random()),
        |query| query.order = Order::Oldest,
        |query| query.order = Order::Taken,
        |query| query.deleted = true,
    ];
    for (number, change) in elsewhere.into_iter().enumerate() {
        let mut other = query.clone();
        change(&mut other);
        assert!(Cursor::decode(&written, &ada, &other).is_err(), "{number}");
    }
}

#[tokio::test]
async fn an_edited_cursor_is_refused() {
    let (query, cursor) = a_cursor().await;
    let ada = tenant("ada");
    let written = cursor.encode(&ada, &query);
    assert!(Cursor::decode(&written[1..], &ada, &query).is_err());
    for place in 0..written.len() {
        let mut edited = written.clone().into_bytes();
        edited[place] = if edited[place] == b'A' { b'B' } else { b'A' };
        let edited = String::from_utf8(edited).unwrap();
        assert!(Cursor::decode(&edited, &ada, &query).is_err(), "{edited}");
    }
}

async fn a_cursor() -> (ImageQuery, Cursor) {
    let world = World::sqlite().await;
    world.sign_up("ada").await;
    for number in 0..2 {
        world.add_image("ada", number, "", "sea").await;
    }
    let mut query = ImageQuery::first_page();
    query.tag = Some(Tag::parse("sea").unwrap());
    query.limit = 1;
    let page = world.catalogue.list_images(&tenant("ada"), &query).await;
    (query, page.unwrap().next.unwrap())
}
