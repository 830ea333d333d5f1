//! Share links: made, found, listed, ended.

use std::time::Duration;

use imagehub_app::catalogue::{CatalogueError, Record};
use imagehub_app::domain::{
    AlbumId, AlbumTitle, Audience, ImageId, LinkSecret, MAX_SHARES, NewAlbum, Share, ShareTarget,
};
use time::OffsetDateTime;

use crate::world::{World, noon, tenant, user};

crate::on_both_catalogues!(
    a_link_is_found_as_it_was_made,
    a_link_is_its_tenants_alone,
    links_that_are_not_over_are_listed_newest_first,
    links_of_one_target_are_listed_alone,
    a_revoked_link_stays_known,
    only_what_is_there_can_be_shared,
    a_link_is_over_with_what_it_shows,
    a_link_is_forgotten_long_after_it_was_over,
    links_that_are_over_make_room,
);

async fn a_link_is_found_as_it_was_made(world: World) {
    world.sign_up("ada").await;
    let image = world.add_image("ada", 1, "", "").await;
    let album = album(&world).await;
    for target in [ShareTarget::Image(image), ShareTarget::Album(album)] {
        for audience in [Audience::Tenant, until(3_600)] {
            let share = Share {
                audience,
                ..share(target.clone(), 0)
            };
            create(&world, &share).await.unwrap();
            assert_eq!(find(&world, &share.secret).await, Some(share));
        }
    }
    assert_eq!(find(&world, &LinkSecret::random()).await, None);
}

async fn a_link_is_its_tenants_alone(world: World) {
    world.sign_up("ada").await;
    world.sign_up("bob").await;
    let image = world.add_image("ada", 1, "", "").await;
    let share = share(ShareTarget::Image(image), 0);
    create(&world, &share).await.unwrap();
    let (bob, catalogue) = (tenant("bob"), &world.catalogue);
    let found = catalogue.find_share(&bob, &share.secret).await.unwrap();
    assert_eq!(found, None);
    assert_eq!(catalogue.shares(&bob, None, noon()).await.unwrap(), []);
    let revoked = catalogue.revoke_share(&bob, &share.secret, noon()).await;
    assert!(matches!(revoked, Err(CatalogueError::NotFound)));
    let stolen = catalogue.create_share(&bob, &share).await;
    assert!(matches!(stolen, Err(CatalogueError::NotFound)));
}

async fn links_that_are_not_over_are_listed_newest_first(world: World) {
    world.sign_up("ada").await;
    let image = world.add_image("ada", 1, "", "").await;
    let target = ShareTarget::Image(image);
    let mut shares: Vec<_> = (0..3).map(|n| share(target.clone(), n)).collect();
    shares[1].audience = until(100);
    for share in &shares {
        create(&world, share).await.unwrap();
    }
    shares.reverse();
    assert_eq!(listed(&world, None, 99).await, shares);
    shares.remove(1);
    assert_eq!(listed(&world, None, 100).await, shares);
    revoke(&world, &shares[0].secret, 100).await.unwrap();
    assert_eq!(listed(&world, None, 100).await, shares[1..]);
}

async fn links_of_one_target_are_listed_alone(world: World) {
    world.sign_up("ada").await;
    let image = ShareTarget::Image(world.add_image("ada", 1, "", "").await);
    let other = ShareTarget::Image(world.add_image("ada", 2, "", "").await);
    let album = ShareTarget::Album(album(&world).await);
    let shares = [&image, &album].map(|target| share(target.clone(), 0));
    for share in &shares {
        create(&world, share).await.unwrap();
    }
    assert_eq!(listed(&world, Some(&image), 1).await, shares[..1]);
    assert_eq!(listed(&world, Some(&album), 1).await, shares[1..]);
    assert_eq!(listed(&world, Some(&other), 1).await, []);
    revoke(&world, &shares[0].secret, 1).await.unwrap();
    assert_eq!(listed(&world, Some(&image), 1).await, []);
}

async fn a_revoked_link_stays_known(world: World) {
    world.sign_up("ada").await;
    let image = world.add_image("ada", 1, "", "").await;
    let share = share(ShareTarget::Image(image), 0);
    create(&world, &share).await.unwrap();
    for at in [10, 20] {
        revoke(&world, &share.secret, at).await.unwrap();
        let found = find(&world, &share.secret).await.unwrap();
        assert_eq!(found.revoked_at, Some(second(10)));
        assert!(found.is_over(second(10)));
    }
    let unknown = revoke(&world, &LinkSecret::random(), 10).await;
    assert!(matches!(unknown, Err(CatalogueError::NotFound)));
}

async fn only_what_is_there_can_be_shared(world: World) {
    world.sign_up("ada").await;
    let deleted = world.add_image("ada", 1, "", "").await;
    let ada = tenant("ada");
    let outcome = world.catalogue.delete_image(&ada, &deleted, noon()).await;
    outcome.unwrap();
    let targets = [
        ShareTarget::Image(deleted),
        ShareTarget::Image(ImageId::random()),
        ShareTarget::Album(AlbumId::random()),
    ];
    for target in targets {
        let made = create(&world, &share(target, 0)).await;
        assert!(matches!(made, Err(CatalogueError::NotFound)));
    }
    let nowhere = tenant("nowhere");
    let target = ShareTarget::Image(ImageId::random());
    let made = world
        .catalogue
        .create_share(&nowhere, &share(target, 0))
        .await;
    assert!(matches!(made, Err(CatalogueError::NotFound)));
}

async fn a_link_is_over_with_what_it_shows(world: World) {
    world.sign_up("ada").await;
    let (ada, catalogue) = (tenant("ada"), &world.catalogue);
    let image = world.add_image("ada", 1, "", "").await;
    let old = world.add_image("ada", 2, "", "").await;
    let album = album(&world).await;
    let targets = [
        ShareTarget::Image(image.clone()),
        ShareTarget::Image(old.clone()),
        ShareTarget::Album(album.clone()),
    ];
    let shares = targets.map(|target| share(target, 0));
    for share in &shares {
        create(&world, share).await.unwrap();
    }
    let over = async |share: &Share| find(&world, &share.secret).await.unwrap().revoked_at;
    catalogue.delete_image(&ada, &old, second(1)).await.unwrap();
    assert_eq!(over(&shares[1]).await, None);
    let purged = catalogue.purge_deleted_before(second(2)).await.unwrap();
    assert_eq!(purged.len(), 1);
    catalogue
        .delete_image(&ada, &image, second(3))
        .await
        .unwrap();
    catalogue.purge_image(&ada, &image).await.unwrap();
    catalogue
        .delete_album(&ada, &album, second(4))
        .await
        .unwrap();
    for (share, at) in shares.iter().zip([3, 1, 4]) {
        assert_eq!(over(share).await, Some(second(at)));
        let target = Some(&share.target);
        assert_eq!(listed(&world, target, 1).await, []);
    }
    assert_eq!(listed(&world, None, 1).await, []);
}

async fn a_link_is_forgotten_long_after_it_was_over(world: World) {
    world.sign_up("ada").await;
    let target = ShareTarget::Image(world.add_image("ada", 1, "", "").await);
    let mut shares: Vec<_> = (0..4).map(|n| share(target.clone(), n)).collect();
    shares[1].audience = until(100);
    shares[2].audience = until(300);
    for share in &shares {
        create(&world, share).await.unwrap();
    }
    revoke(&world, &shares[2].secret, 100).await.unwrap();
    revoke(&world, &shares[3].secret, 200).await.unwrap();
    let left = async |at| {
        let mut forgotten = 0;
        loop {
            let some = world.catalogue.forget_shares_over_before(second(at)).await;
            match some.unwrap() {
                0 => break,
                some => forgotten += some,
            }
        }
        let mut left = Vec::new();
        for (number, share) in shares.iter().enumerate() {
            if find(&world, &share.secret).await.is_some() {
                left.push(number);
            }
        }
        (forgotten, left)
    };
    assert_eq!(left(100).await, (0, vec![0, 1, 2, 3]));
    assert_eq!(left(101).await, (2, vec![0, 3]));
    assert_eq!(left(1_000).await, (1, vec![0]));
    assert_eq!(listed(&world, None, 1).await, shares[..1]);
    assert_eq!(listed(&world, Some(&target), 1).await, shares[..1]);
}

async fn links_that_are_over_make_room(world: World) {
    world.sign_up("ada").await;
    let target = ShareTarget::Image(world.add_image("ada", 1, "", "").await);
    let records: Vec<_> = (0..MAX_SHARES)
        .map(|number| Record::Share {
            tenant: tenant("ada"),
            share: Share {
                secret: LinkSecret::random(),
                target: target.clone(),
                audience: match number % 2 {
                    0 => Audience::Anyone { until: second(100) },
                    _ => Audience::Tenant,
                },
                created_by: user("ada"),
                created_at: second(0),
                revoked_at: None,
            },
        })
        .collect();
    world.catalogue.import(&records).await.unwrap();
    let full = create(&world, &share(target.clone(), 99)).await;
    assert!(matches!(full, Err(CatalogueError::TooMany)));
    create(&world, &share(target, 100)).await.unwrap();
}

async fn album(world: &World) -> AlbumId {
    let new = NewAlbum {
        id: AlbumId::random(),
        title: AlbumTitle::parse("Summer").unwrap(),
        created_by: user("ada"),
        created_at: noon(),
    };
    let made = world.catalogue.create_album(&tenant("ada"), &new).await;
    made.unwrap().id
}

async fn create(world: &World, share: &Share) -> Result<(), CatalogueError> {
    world.catalogue.create_share(&tenant("ada"), share).await
}

async fn find(world: &World, secret: &LinkSecret) -> Option<Share> {
    let found = world.catalogue.find_share(&tenant("ada"), secret).await;
    found.unwrap()
}

async fn listed(world: &World, target: Option<&ShareTarget>, at: i64) -> Vec<Share> {
    let listed = world
        .catalogue
        .shares(&tenant("ada"), target, second(at))
        .await;
    listed.unwrap()
}

async fn revoke(world: &World, secret: &LinkSecret, at: i64) -> Result<(), CatalogueError> {
    world
        .catalogue
        .revoke_share(&tenant("ada"), secret, second(at))
        .await
}

/// A link for members, made some seconds after noon.
fn share(target: ShareTarget, made: i64) -> Share {
    Share {
        secret: LinkSecret::random(),
        target,
        audience: Audience::Tenant,
        created_by: user("ada"),
        created_at: second(made),
        revoked_at: None,
    }
}

fn until(at: i64) -> Audience {
    Audience::Anyone { until: second(at) }
}

fn second(second: i64) -> OffsetDateTime {
    noon() + Duration::from_secs(second.unsigned_abs())
}
