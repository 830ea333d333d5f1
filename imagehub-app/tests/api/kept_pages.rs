//! Pages are kept until something changes, and not a moment longer.

use imagehub_app::catalogue::sqlite::SqliteCatalogue;
use imagehub_app::catalogue::{Catalogue as _, ImageEdit, ImageId, Title};
use imagehub_policy::TenantId;

use crate::reading::{text, upload_some};
use crate::world::Hub;

#[tokio::test]
async fn a_change_by_another_process_is_on_the_next_page() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let id = upload_some(&ada, 1).await.remove(0);
    assert_eq!(text(&ada, "/t/ada").await, text(&ada, "/t/ada").await);
    let catalogue = hub.data.path().join("catalogue.sqlite");
    let elsewhere = SqliteCatalogue::open(&catalogue).await.unwrap();
    let (tenant, id) = (
        TenantId::parse("ada").unwrap(),
        ImageId::parse(&id).unwrap(),
    );
    for title in ["Dunes at dawn", "Dunes at dusk"] {
        let edit = ImageEdit {
            title: Some(Title::parse(title).unwrap()),
            ..ImageEdit::default()
        };
        elsewhere.edit_image(&tenant, &id, &edit).await.unwrap();
        assert!(text(&ada, "/t/ada").await.contains(title), "{title}");
    }
}

#[tokio::test]
async fn who_looks_at_a_gallery_sees_a_page_of_their_own() {
    let hub = Hub::embedded();
    let (ada, mut bob) = (hub.sign_up("ada").await, hub.sign_up("bob").await);
    ada.admit(&mut bob, "viewer").await;
    for _ in 0..2 {
        assert!(text(&ada, "/t/ada").await.contains("data-upload"));
        let page = text(&bob, "/t/ada").await;
        assert!(page.contains("Signed in as <strong>bob</strong>"));
        assert!(!page.contains("data-upload"));
    }
}

#[tokio::test]
async fn what_a_page_says_of_a_form_is_said_once() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    for _ in 0..2 {
        let said = "One picture added.";
        assert!(text(&ada, "/t/ada?added=1").await.contains(said));
        assert!(!text(&ada, "/t/ada").await.contains(said));
    }
}
