//! The first page of who is signed in.

use crate::reading::{text, upload_some};
use crate::world::{Hub, picture};

#[tokio::test]
async fn a_gallery_is_known_by_its_newest_four_pictures_their_number_and_the_day_of_the_last() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let empty = text(&ada, "/").await;
    assert!(empty.contains("No pictures") && !empty.contains("/thumb/"));
    let ids = upload_some(&ada, 5).await;
    ada.add("last.png", picture(9)).await;
    let page = text(&ada, "/").await;
    assert!(page.contains("6 pictures, newest: "));
    assert_eq!(page.matches("/thumb/160\"").count(), 4);
    for (number, id) in ids.iter().enumerate() {
        let thumb = format!("src=\"/t/ada/images/{id}/thumb/160\"");
        assert_eq!(page.contains(&thumb), number >= 2, "{number}");
    }
}

#[tokio::test]
async fn a_gallery_of_others_is_shown_as_long_as_one_is_in_it() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let mut bob = hub.sign_up("bob").await;
    let id = &upload_some(&ada, 1).await[0];
    assert!(!text(&bob, "/").await.contains(id));
    ada.admit(&mut bob, "viewer").await;
    assert!(text(&bob, "/").await.contains(id));
}
