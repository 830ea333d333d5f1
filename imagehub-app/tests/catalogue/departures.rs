//! Deleting tenants and accounts, and changing a password.

use imagehub_app::catalogue::{CatalogueError, ImageQuery};
use imagehub_app::domain::{AlbumId, AlbumTitle, NewAlbum, Usage};
use imagehub_policy::Role;

use crate::ways_back::token_for;
use crate::world::{World, new_image, new_user, noon, plan, tenant, titles, user};

crate::on_both_catalogues!(
    a_new_password_ends_every_session_and_token_with_it,
    of_two_new_passwords_at_once_one_counts,
    a_tenants_choice_to_keep_metadata_is_remembered,
    a_tenants_image_ids_are_all_it_has,
    a_deleted_tenant_leaves_nothing,
    a_deleted_tenants_name_begins_anew,
    a_deleted_user_takes_the_tenants_nobody_else_is_in,
    who_owns_a_tenant_of_others_alone_cannot_go,
    a_later_owner_of_a_name_does_not_meet_old_sessions,
    what_is_unknown_cannot_be_deleted,
);

async fn a_new_password_ends_every_session_and_token_with_it(world: World) {
    world.sign_up("ada").await;
    let (ada, catalogue) = (user("ada"), &world.catalogue);
    let token = token_for("ada");
    catalogue.create_token(&ada, 0, &token).await.unwrap();
    let generation = catalogue.set_password(&ada, 0, "another").await.unwrap();
    let hash = catalogue.password_hash(&ada).await.unwrap();
    assert_eq!(hash.as_deref(), Some("another"));
    assert!(!catalogue.is_session_good(&ada, 0, "a").await.unwrap());
    let fresh = catalogue.is_session_good(&ada, generation, "b").await;
    assert!(fresh.unwrap());
    let used = catalogue.use_token(&ada, &token.jti, noon()).await;
    assert!(!used.unwrap());
    let unknown = catalogue.set_password(&user("bob"), 0, "another").await;
    assert!(matches!(unknown, Err(CatalogueError::NotFound)));
    assert_eq!(catalogue.password_hash(&user("bob")).await.unwrap(), None);
}

async fn of_two_new_passwords_at_once_one_counts(world: World) {
    world.sign_up("ada").await;
    let (ada, catalogue) = (user("ada"), &world.catalogue);
    // Both were proven with the old one.
    catalogue.set_password(&ada, 0, "first").await.unwrap();
    let late = catalogue.set_password(&ada, 0, "second").await;
    assert!(matches!(late, Err(CatalogueError::SignedOut)));
    let hash = catalogue.password_hash(&ada).await.unwrap();
    assert_eq!(hash.as_deref(), Some("first"));
}

async fn a_tenants_choice_to_keep_metadata_is_remembered(world: World) {
    world.sign_up("ada").await;
    let (ada, catalogue) = (tenant("ada"), &world.catalogue);
    let record = catalogue.find_tenant(&ada).await.unwrap().unwrap();
    assert!(!record.keep_metadata);
    for keep in [true, false] {
        catalogue.set_keep_metadata(&ada, keep).await.unwrap();
        let record = catalogue.find_tenant(&ada).await.unwrap().unwrap();
        assert_eq!(record.keep_metadata, keep);
        assert_eq!(record.plan, plan("personal"));
    }
    let unknown = catalogue.set_keep_metadata(&tenant("bob"), true).await;
    assert!(matches!(unknown, Err(CatalogueError::NotFound)));
}

async fn a_tenants_image_ids_are_all_it_has(world: World) {
    let deleted = filled_club(&world).await;
    let (club, catalogue) = (tenant("club"), &world.catalogue);
    let ids = catalogue.image_ids(&club).await.unwrap();
    assert_eq!(ids.len(), 2);
    assert!(ids.contains(&deleted));
    for id in &ids {
        assert!(catalogue.is_recorded(&club, id).await.unwrap());
    }
    let none = catalogue.image_ids(&tenant("cy")).await.unwrap();
    assert_eq!(none, []);
}

async fn a_deleted_tenant_leaves_nothing(world: World) {
    let id = filled_club(&world).await;
    let (club, catalogue) = (tenant("club"), &world.catalogue);
    catalogue.delete_tenant(&club).await.unwrap();
    assert_eq!(catalogue.find_tenant(&club).await.unwrap(), None);
    for name in ["ada", "bob", "cy"] {
        let grants = catalogue.tenants_of(&user(name)).await.unwrap();
        assert!(!grants.contains_key(&club), "{name}");
        let waiting = catalogue.invitations_of(&user(name)).await.unwrap();
        assert!(waiting.is_empty(), "{name}");
    }
    assert!(!catalogue.is_recorded(&club, &id).await.unwrap());
    assert_eq!(catalogue.usage(&club).await.unwrap(), Usage::default());
    assert_eq!(catalogue.tags(&club, "", 10).await.unwrap(), []);
    let kept = ImageQuery::first_page();
    assert_eq!(titles(catalogue, "bob", &kept).await, ["bob's"]);
}

async fn a_deleted_tenants_name_begins_anew(world: World) {
    filled_club(&world).await;
    let (club, catalogue) = (tenant("club"), &world.catalogue);
    catalogue.delete_tenant(&club).await.unwrap();
    let made = catalogue
        .create_tenant(&club, &user("bob"), &plan("team"), noon())
        .await;
    made.unwrap();
    assert_eq!(catalogue.members(&club).await.unwrap().len(), 1);
    assert!(catalogue.invitations_to(&club).await.unwrap().is_empty());
    assert!(catalogue.albums(&club).await.unwrap().is_empty());
    assert_eq!(catalogue.usage(&club).await.unwrap(), Usage::default());
    assert_eq!(catalogue.tags(&club, "", 10).await.unwrap(), []);
    let record = catalogue.find_tenant(&club).await.unwrap().unwrap();
    assert!(!record.keep_metadata);
    for deleted in [false, true] {
        let mut query = ImageQuery::first_page();
        query.deleted = deleted;
        assert!(titles(catalogue, "club", &query).await.is_empty());
    }
    world.add_image("club", 1, "", "sea").await;
}

async fn a_deleted_user_takes_the_tenants_nobody_else_is_in(world: World) {
    filled_club(&world).await;
    let (bob, catalogue) = (user("bob"), &world.catalogue);
    catalogue.delete_user(&bob).await.unwrap();
    assert_eq!(catalogue.find_user(&bob).await.unwrap(), None);
    assert_eq!(catalogue.password_hash(&bob).await.unwrap(), None);
    assert_eq!(catalogue.find_tenant(&tenant("bob")).await.unwrap(), None);
    assert!(catalogue.tenants_of(&bob).await.unwrap().is_empty());
    let members = catalogue.members(&tenant("club")).await.unwrap();
    assert_eq!(members.len(), 1);
    assert_eq!(members[0].user, user("ada"));
    let club = ImageQuery::first_page();
    assert_eq!(titles(catalogue, "club", &club).await, ["one"]);

    world.sign_up("bob").await;
    let empty = ImageQuery::first_page();
    assert!(titles(catalogue, "bob", &empty).await.is_empty());
    assert_eq!(catalogue.tenants_of(&bob).await.unwrap().len(), 1);
}

async fn who_owns_a_tenant_of_others_alone_cannot_go(world: World) {
    filled_club(&world).await;
    let (ada, catalogue) = (user("ada"), &world.catalogue);
    let refused = catalogue.delete_user(&ada).await;
    assert!(matches!(refused, Err(CatalogueError::LastOwner)));
    assert!(catalogue.find_user(&ada).await.unwrap().is_some());
    assert_eq!(catalogue.tenants_of(&ada).await.unwrap().len(), 2);
    assert_eq!(catalogue.session_generation(&ada).await.unwrap(), 0);

    let owner = catalogue
        .set_role(&tenant("club"), &user("bob"), Role::Owner, noon())
        .await;
    owner.unwrap();
    catalogue.delete_user(&ada).await.unwrap();
    let members = catalogue.members(&tenant("club")).await.unwrap();
    assert_eq!(members.len(), 1);
}

async fn a_later_owner_of_a_name_does_not_meet_old_sessions(world: World) {
    world.sign_up("ada").await;
    let (ada, catalogue) = (user("ada"), &world.catalogue);
    catalogue.delete_user(&ada).await.unwrap();
    assert!(!catalogue.is_session_good(&ada, 0, "a").await.unwrap());
    catalogue.create_user(&new_user("ada")).await.unwrap();
    assert_eq!(catalogue.session_generation(&ada).await.unwrap(), 1);
    assert!(!catalogue.is_session_good(&ada, 0, "a").await.unwrap());
}

async fn what_is_unknown_cannot_be_deleted(world: World) {
    let catalogue = &world.catalogue;
    let deleted = catalogue.delete_tenant(&tenant("nowhere")).await;
    assert!(matches!(deleted, Err(CatalogueError::NotFound)));
    let nobody = user("nobody");
    let deleted = catalogue.delete_user(&nobody).await;
    assert!(matches!(deleted, Err(CatalogueError::NotFound)));
    assert_eq!(catalogue.session_generation(&nobody).await.unwrap(), 0);
}

/// A tenant of two with an image, a deleted image, an album and an invitation; and an image of
/// somebody else's. Returns the deleted image's id.
async fn filled_club(world: &World) -> imagehub_app::domain::ImageId {
    for name in ["ada", "bob", "cy"] {
        world.sign_up(name).await;
    }
    let (club, catalogue) = (tenant("club"), &world.catalogue);
    let (ada, team) = (user("ada"), plan("team"));
    let made = catalogue.create_tenant(&club, &ada, &team, noon()).await;
    made.unwrap();
    world.join("club", "bob", Role::Member).await;
    let invited = catalogue
        .set_role(&club, &user("cy"), Role::Viewer, noon())
        .await;
    invited.unwrap();
    catalogue.set_keep_metadata(&club, true).await.unwrap();
    world.add_image("bob", 1, "bob's", "").await;
    let kept = world.add_image("club", 1, "one", "sea").await;
    let mut gone = new_image("club", 2);
    gone.tags = imagehub_app::domain::Tags::parse(["sun"]).unwrap();
    catalogue.insert_image(&club, &gone, None).await.unwrap();
    let album = NewAlbum {
        id: AlbumId::random(),
        title: AlbumTitle::parse("Summer").unwrap(),
        created_by: ada,
        created_at: noon(),
    };
    catalogue.create_album(&club, &album).await.unwrap();
    let both = [kept, gone.id.clone()];
    catalogue
        .put_in_album(&club, &album.id, &both)
        .await
        .unwrap();
    catalogue
        .delete_image(&club, &gone.id, noon())
        .await
        .unwrap();
    gone.id
}
