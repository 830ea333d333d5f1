//! A whole catalogue out of one store and into another.

use std::collections::BTreeMap;
use std::time::Duration;

use imagehub_app::catalogue::{ImageQuery, Order, PublishedKey, Record, SharedCatalogue};
use imagehub_app::domain::{
    AlbumEdit, AlbumId, AlbumTitle, ApiToken, Audience, ImageId, ImageRecord, InviteLink,
    LinkSecret, NewAlbum, Share, ShareTarget, Tags, Title, TokenName, WallTime,
};
use imagehub_policy::Role;

use crate::taken::camera;
use crate::world::{World, new_image, noon, plan, tenant, titles, user};

crate::on_both_catalogues!(
    nothing_is_lost_on_the_way_to_sqlite,
    nothing_is_lost_on_the_way_to_redis,
    an_import_that_was_cut_short_is_begun_anew_in_sqlite,
    an_import_that_was_cut_short_is_begun_anew_in_redis,
    an_import_leaves_what_is_there,
    what_refers_to_nothing_is_left_out,
    many_images_are_moved_in_the_order_of_their_arrival,
    only_a_catalogue_without_people_is_empty,
);

async fn nothing_is_lost_on_the_way_to_sqlite(world: World) {
    nothing_is_lost(world, World::sqlite().await).await;
}

async fn nothing_is_lost_on_the_way_to_redis(world: World) {
    nothing_is_lost(world, World::redis().await).await;
}

async fn an_import_that_was_cut_short_is_begun_anew_in_sqlite(world: World) {
    an_import_that_was_cut_short_is_begun_anew(world, World::sqlite().await).await;
}

async fn an_import_that_was_cut_short_is_begun_anew_in_redis(world: World) {
    an_import_that_was_cut_short_is_begun_anew(world, World::redis().await).await;
}

async fn nothing_is_lost(from: World, to: World) {
    fill(&from).await;
    assert!(to.catalogue.is_empty().await.unwrap());
    assert!(!from.catalogue.is_empty().await.unwrap());
    let records = exported(&from.catalogue).await;
    assert_eq!(kinds(&records), expected_kinds());
    for some in records.chunks(97) {
        to.catalogue.import(some).await.unwrap();
    }
    assert_eq!(sorted(exported(&to.catalogue).await), sorted(records));

    let club = tenant("club");
    let (before, after) = (&from.catalogue, &to.catalogue);
    for order in [Order::Newest, Order::Oldest, Order::Taken] {
        for deleted in [false, true] {
            let query = ImageQuery {
                order,
                deleted,
                ..ImageQuery::first_page()
            };
            let listed = titles(after, "club", &query).await;
            assert_eq!(listed, titles(before, "club", &query).await);
        }
    }
    assert_eq!(
        after.usage(&club).await.unwrap(),
        before.usage(&club).await.unwrap()
    );
    assert_eq!(
        after.tags(&club, "", 9).await.unwrap(),
        before.tags(&club, "", 9).await.unwrap()
    );
    assert_eq!(
        after.albums(&club).await.unwrap(),
        before.albums(&club).await.unwrap()
    );
    assert_eq!(
        after.shares(&club, None, noon()).await.unwrap(),
        before.shares(&club, None, noon()).await.unwrap()
    );
    let bob = user("bob");
    assert_eq!(
        after.tenants_of(&bob).await.unwrap(),
        before.tenants_of(&bob).await.unwrap()
    );
    assert_eq!(after.session_generation(&user("gone")).await.unwrap(), 1);
    to.add_image("club", 1_000, "new", "").await;
    let newest = titles(after, "club", &ImageQuery::first_page()).await;
    assert_eq!(newest[0], "new");
}

async fn an_import_that_was_cut_short_is_begun_anew(from: World, to: World) {
    fill(&from).await;
    let records = exported(&from.catalogue).await;
    to.catalogue
        .import(&records[..records.len() / 2])
        .await
        .unwrap();
    to.catalogue.import(&records).await.unwrap();
    let once = exported(&to.catalogue).await;
    assert_eq!(sorted(once.clone()), sorted(records.clone()));
    to.catalogue.import(&records).await.unwrap();
    assert_eq!(exported(&to.catalogue).await, once);
}

async fn an_import_leaves_what_is_there(world: World) {
    fill(&world).await;
    let (ada, catalogue) = (user("ada"), &world.catalogue);
    let records = exported(catalogue).await;
    catalogue.set_password(&ada, 0, "newer").await.unwrap();
    catalogue
        .set_plan(&tenant("club"), &plan("enterprise"))
        .await
        .unwrap();
    let before = exported(catalogue).await;
    catalogue.import(&records).await.unwrap();
    assert_eq!(sorted(exported(catalogue).await), sorted(before));
}

async fn what_refers_to_nothing_is_left_out(world: World) {
    let source = World::sqlite().await;
    fill(&source).await;
    let mut records = exported(&source.catalogue).await;
    records.retain(|record| {
        !matches!(
            record,
            Record::User { .. } | Record::Tenant { .. } | Record::SigningKey { .. }
        )
    });
    assert!(records.len() > 250);
    world.catalogue.import(&records).await.unwrap();
    assert_eq!(exported(&world.catalogue).await, []);
}

async fn many_images_are_moved_in_the_order_of_their_arrival(world: World) {
    world.sign_up("ada").await;
    let images: Vec<Record> = (0..1_500).map(image).collect();
    for some in images.chunks(500) {
        world.catalogue.import(some).await.unwrap();
    }
    let mut records = exported(&world.catalogue).await;
    records.retain(|record| matches!(record, Record::Image { .. }));
    assert!(records == images);
    let usage = world.catalogue.usage(&tenant("ada")).await.unwrap();
    assert_eq!((usage.images, usage.bytes), (1_500, 15_000));
}

async fn only_a_catalogue_without_people_is_empty(world: World) {
    let catalogue = &world.catalogue;
    assert!(catalogue.is_empty().await.unwrap());
    catalogue.publish_key(&key()).await.unwrap();
    assert!(catalogue.is_empty().await.unwrap());
    world.sign_up("ada").await;
    assert!(!catalogue.is_empty().await.unwrap());
}

/// Some of everything, and more images than fit in one answer.
async fn fill(world: &World) {
    let catalogue = &world.catalogue;
    for name in ["ada", "bob", "cy", "gone"] {
        world.sign_up(name).await;
    }
    let (ada, club) = (user("ada"), tenant("club"));
    let made = catalogue
        .create_tenant(&club, &ada, &plan("team"), noon())
        .await;
    made.unwrap();
    catalogue.set_keep_metadata(&club, true).await.unwrap();
    catalogue.delete_user(&user("gone")).await.unwrap();
    catalogue.sign_out_everywhere(&user("bob")).await.unwrap();
    world.join("club", "bob", Role::Member).await;
    let cy = user("cy");
    let invited = catalogue.set_role(&club, &cy, Role::Viewer, noon());
    invited.await.unwrap();

    let mut images = Vec::new();
    for number in 0..250 {
        let title = format!("image {number}");
        let image = ImageRecord {
            title: Title::parse(&title).unwrap(),
            tags: Tags::parse_list("Sea,früh").unwrap(),
            ..taken(number)
        };
        catalogue.insert_image(&club, &image, None).await.unwrap();
        images.push(image.id);
    }
    for image in images.iter().step_by(3) {
        catalogue.delete_image(&club, image, noon()).await.unwrap();
    }
    for title in ["Summer", "Winter"] {
        let album = NewAlbum {
            id: AlbumId::random(),
            title: AlbumTitle::parse(title).unwrap(),
            created_by: ada.clone(),
            created_at: noon(),
        };
        catalogue.create_album(&club, &album).await.unwrap();
        let some = &images[1..9];
        catalogue
            .put_in_album(&club, &album.id, some)
            .await
            .unwrap();
        let edit = AlbumEdit {
            cover: Some(Some(images[2].clone())),
            ..AlbumEdit::default()
        };
        catalogue.edit_album(&club, &album.id, &edit).await.unwrap();
        catalogue.delete_image(&club, &images[4], noon()).await.ok();
        share(
            world,
            ShareTarget::Album(album.id.clone()),
            Audience::Tenant,
        )
        .await;
    }
    let until = noon() + Duration::from_secs(3_600);
    let image = ShareTarget::Image(images[1].clone());
    share(world, image.clone(), Audience::Anyone { until }).await;
    let revoked = share(world, image, Audience::Tenant).await;
    catalogue
        .revoke_share(&club, &revoked, noon())
        .await
        .unwrap();
    grant(world).await;
}

/// An invite link, an API token and a signing key.
async fn grant(world: &World) {
    let (catalogue, until) = (&world.catalogue, noon() + Duration::from_secs(3_600));
    let link = InviteLink {
        secret: LinkSecret::random(),
        role: Role::Viewer,
        created_by: user("ada"),
        created_at: noon(),
        until,
    };
    catalogue
        .create_invite_link(&tenant("club"), &link)
        .await
        .unwrap();
    let token = ApiToken {
        jti: "token-of-bob".to_owned(),
        name: TokenName::parse("my laptop").unwrap(),
        tenant: tenant("club"),
        role: Role::Member,
        created_at: noon(),
        expires_at: until,
        last_use: None,
    };
    catalogue
        .create_token(&user("bob"), 1, &token)
        .await
        .unwrap();
    let used = catalogue.use_token(&user("bob"), &token.jti, noon()).await;
    assert!(used.unwrap());
    catalogue.publish_key(&key()).await.unwrap();
}

fn key() -> PublishedKey {
    PublishedKey {
        kid: "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k".to_owned(),
        public_key: [7; 32],
        last_use: noon(),
        listed_until: noon() + Duration::from_secs(3_600),
    }
}

fn image(number: u64) -> Record {
    let image = ImageRecord {
        id: ImageId::parse(&format!("{number:032x}")).unwrap(),
        bytes: 10,
        tags: Tags::parse(["sea"]).unwrap(),
        ..taken(number)
    };
    let (tenant, image) = (tenant("ada"), Box::new(image));
    Record::Image { tenant, image }
}

/// One of three images says when it was taken, and with what.
fn taken(number: u64) -> ImageRecord {
    let mut image = new_image("ada", number);
    if number.is_multiple_of(3) {
        let time = format!("20{:02}-05-01T14:03:22", 99 - number % 100);
        image.taken_at = Some(WallTime::parse(&time).unwrap());
        image.camera = Some(camera());
    }
    image
}

async fn share(world: &World, target: ShareTarget, audience: Audience) -> LinkSecret {
    let share = Share {
        secret: LinkSecret::random(),
        target,
        audience,
        created_by: user("ada"),
        created_at: noon(),
        revoked_at: None,
    };
    let made = world.catalogue.create_share(&tenant("club"), &share).await;
    made.unwrap();
    share.secret
}

/// All records, as they are read back from a backup.
async fn exported(catalogue: &SharedCatalogue) -> Vec<Record> {
    let (sender, mut receiver) = tokio::sync::mpsc::channel(10);
    let receive = async {
        let mut records = Vec::new();
        while let Some(record) = receiver.recv().await {
            let line = serde_json::to_string(&record).unwrap();
            let read: Record = serde_json::from_str(&line).unwrap();
            assert_eq!(read, record);
            records.push(read);
        }
        records
    };
    let (exported, records) = tokio::join!(catalogue.export(sender), receive);
    exported.unwrap();
    records
}

/// In writing, whatever the order of the records and of what an album holds.
fn sorted(mut records: Vec<Record>) -> Vec<String> {
    for record in &mut records {
        if let Record::Album { images, .. } = record {
            images.sort();
        }
    }
    let mut texts: Vec<_> = records
        .iter()
        .map(|record| serde_json::to_string(record).unwrap())
        .collect();
    texts.sort();
    texts
}

fn kinds(records: &[Record]) -> BTreeMap<String, usize> {
    let mut kinds = BTreeMap::new();
    for record in records {
        let json = serde_json::to_value(record).unwrap();
        let kind = json["record"].as_str().unwrap().to_owned();
        *kinds.entry(kind).or_insert(0) += 1;
    }
    kinds
}

fn expected_kinds() -> BTreeMap<String, usize> {
    let kinds = [
        ("signing_key", 1),
        ("user", 4),
        ("tenant", 4),
        ("membership", 5),
        ("invitation", 1),
        ("invite_link", 1),
        ("token", 1),
        ("image", 250),
        ("album", 2),
        ("share", 4),
    ];
    kinds
        .into_iter()
        .map(|(kind, count)| (kind.to_owned(), count))
        .collect()
}
