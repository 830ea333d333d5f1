//! What is left of a deleted tenant, whose name may be somebody else's by then.

use std::sync::Arc;

use imagehub_app::blob_cleanup::BlobCleanup;
use imagehub_app::blobs::Blobs;
use imagehub_app::catalogue::SharedCatalogue;
use imagehub_app::catalogue::sqlite::SqliteCatalogue;
use imagehub_policy::{TenantId, Username};

use crate::world::{self, Hub, picture};
use crate::{folders, kill};

#[tokio::test]
async fn a_deleted_tenants_files_go_and_those_of_the_names_next_owner_stay() {
    let hub = Hub::embedded();
    for name in ["ada", "bob"] {
        let person = hub.sign_up(name).await;
        for number in 1..=3 {
            person.add("p.png", picture(number)).await;
        }
    }
    let data = kill(hub);
    let place = world::blobs(data.path());
    let catalogue = SqliteCatalogue::open(&data.path().join("catalogue.sqlite")).await;
    let catalogue: SharedCatalogue = Arc::new(catalogue.unwrap());
    let blobs = Blobs::in_directory(&place, &data.path().join("staging")).await;

    let mut cleanup = BlobCleanup::default();
    for name in ["ada", "bob"] {
        let tenant = TenantId::parse(name).unwrap();
        cleanup.take(catalogue.as_ref(), &tenant).await.unwrap();
    }
    let ada = Username::parse("ada").unwrap();
    catalogue.delete_user(&ada).await.unwrap();
    let hub = Hub::start_in(data, &[]);
    let next = hub.sign_up("ada").await;
    let kept = next.add("p.png", picture(1)).await;
    cleanup.delete(catalogue, blobs.unwrap()).await;

    assert_eq!(folders(&place, "ada"), [kept["id"].as_str().unwrap()]);
    assert_eq!(folders(&place, "bob").len(), 3, "recorded images stay");
}
