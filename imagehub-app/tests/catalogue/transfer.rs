//! Moving a whole catalogue, record by record.

use std::collections::BTreeMap;
use std::time::Duration;

use imagehub_app::catalogue::{
    AlbumEdit, AlbumId, AlbumTitle, ApiToken, Audience, ExportPlace, ImageQuery, InviteLink,
    LinkSecret, NewAlbum, Order, PublishedKey, Record, Share, ShareTarget, SharedCatalogue,
    TokenName,
};
use imagehub_policy::Role;

use crate::world::{World, noon, plan, tenant, titles, user};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_from_redis_to_redis() {
    nothing_is_lost(World::redis().await, World::redis().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_that_was_cut_short_is_begun_anew_in_redis() {
    an_import_that_was_cut_short_is_begun_anew(World::redis().await, World::redis().await).await;
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
    for order in [Order::Newest, Order::Oldest] {
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
        images.push(world.add_image("club", number, &title, "Sea,früh").await);
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
    catalogue.create_token(&user("bob"), &token).await.unwrap();
    let used = catalogue.use_token(&user("bob"), &token.jti, noon()).await;
    assert!(used.unwrap());
    let key = PublishedKey {
        kid: "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k".to_owned(),
        public_key: [7; 32],
        last_use: noon(),
        listed_until: until,
    };
    catalogue.publish_key(&key).await.unwrap();
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

/// All records, each answer asked for from a place that was written down and read back.
async fn exported(catalogue: &SharedCatalogue) -> Vec<Record> {
    let mut records = Vec::new();
    let mut place: Option<ExportPlace> = None;
    loop {
        let (some, next) = catalogue.export(place.as_ref()).await.unwrap();
        assert!(some.len() < 1_000);
        records.extend(some);
        let Some(next) = next else {
            return records;
        };
        let written = serde_json::to_string(&next).unwrap();
        place = Some(serde_json::from_str(&written).unwrap());
    }
}

fn sorted(records: Vec<Record>) -> Vec<String> {
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
