//! Who is out stays out: no link and no token leads back.

use std::time::Duration;

use imagehub_app::catalogue::CatalogueError;
use imagehub_app::domain::{ApiToken, InviteLink, LinkSecret, TokenName};
use imagehub_policy::Role;
use time::OffsetDateTime;

use crate::world::{World, noon, plan, tenant, user};

crate::on_both_catalogues!(
    who_is_removed_finds_every_link_withdrawn,
    who_leaves_takes_the_links_they_made_along,
    who_steps_down_finds_no_link_that_gives_more,
    who_rises_withdraws_nothing,
    a_deleted_users_links_are_withdrawn,
    a_removed_members_tokens_for_the_tenant_are_gone,
    only_an_owner_makes_a_link,
);

async fn who_is_removed_finds_every_link_withdrawn(world: World) {
    let [by_ada, by_bob] = club_of_two_owners(&world).await;
    remove(&world, "bob", "ada").await;
    for link in [&by_ada, &by_bob] {
        let back = join(&world, link, "bob").await;
        assert!(matches!(back, Err(CatalogueError::NotFound)));
    }
    assert_eq!(links(&world).await, []);
}

async fn who_leaves_takes_the_links_they_made_along(world: World) {
    let [by_ada, by_bob] = club_of_two_owners(&world).await;
    remove(&world, "bob", "bob").await;
    assert_eq!(links(&world).await, [by_ada]);
    let back = join(&world, &by_bob, "bob").await;
    assert!(matches!(back, Err(CatalogueError::NotFound)));
}

async fn who_steps_down_finds_no_link_that_gives_more(world: World) {
    club_of_two_owners(&world).await;
    let kept = link("ada", Role::Viewer);
    let of_bob = link("bob", Role::Viewer);
    for link in [&kept, &of_bob, &link("ada", Role::Member)] {
        create(&world, link).await.unwrap();
    }
    set_role(&world, "bob", Role::Viewer).await;
    assert_eq!(links(&world).await, [kept]);
}

async fn who_rises_withdraws_nothing(world: World) {
    let [by_ada, by_bob] = club_of_two_owners(&world).await;
    world.sign_up("cy").await;
    world.join("club", "cy", Role::Viewer).await;
    for role in [Role::Member, Role::Owner, Role::Owner] {
        set_role(&world, "cy", role).await;
    }
    assert_eq!(links(&world).await.len(), [by_ada, by_bob].len());
}

async fn a_deleted_users_links_are_withdrawn(world: World) {
    let [by_ada, _] = club_of_two_owners(&world).await;
    world.catalogue.delete_user(&user("bob")).await.unwrap();
    assert_eq!(links(&world).await, [by_ada]);
}

async fn a_removed_members_tokens_for_the_tenant_are_gone(world: World) {
    club_of_two_owners(&world).await;
    let catalogue = &world.catalogue;
    for (name, place) in [("bob", "club"), ("bob", "bob"), ("ada", "club")] {
        let token = token_for(place);
        catalogue
            .create_token(&user(name), 0, &token)
            .await
            .unwrap();
    }
    remove(&world, "bob", "ada").await;
    world.join("club", "bob", Role::Owner).await;
    for (name, place, works) in [
        ("bob", "club", false),
        ("bob", "bob", true),
        ("ada", "club", true),
    ] {
        let token = token_for(place);
        let used = catalogue.use_token(&user(name), &token.jti, noon()).await;
        assert_eq!(used.unwrap(), works, "{name} in {place}");
    }
}

async fn only_an_owner_makes_a_link(world: World) {
    club_of_two_owners(&world).await;
    set_role(&world, "bob", Role::Member).await;
    for name in ["bob", "nobody"] {
        let made = create(&world, &link(name, Role::Viewer)).await;
        assert!(matches!(made, Err(CatalogueError::NotFound)), "{name}");
    }
}

/// A tenant of Ada's and Bob's, and a link for an owner made by each.
async fn club_of_two_owners(world: &World) -> [InviteLink; 2] {
    world.sign_up("ada").await;
    world.sign_up("bob").await;
    let (club, ada, team) = (tenant("club"), user("ada"), plan("team"));
    let made = world.catalogue.create_tenant(&club, &ada, &team, noon());
    made.await.unwrap();
    world.join("club", "bob", Role::Owner).await;
    let links = [link("ada", Role::Owner), link("bob", Role::Owner)];
    for link in &links {
        create(world, link).await.unwrap();
    }
    links
}

async fn create(world: &World, link: &InviteLink) -> Result<(), CatalogueError> {
    let club = tenant("club");
    world.catalogue.create_invite_link(&club, link).await
}

async fn join(world: &World, link: &InviteLink, name: &str) -> Result<Role, CatalogueError> {
    let club = tenant("club");
    world
        .catalogue
        .join_by_link(&club, &link.secret, &user(name), noon())
        .await
}

async fn links(world: &World) -> Vec<InviteLink> {
    let links = world.catalogue.invite_links(&tenant("club"), noon()).await;
    links.unwrap()
}

async fn remove(world: &World, name: &str, by: &str) {
    world
        .catalogue
        .remove_member(&tenant("club"), &user(name), &user(by))
        .await
        .unwrap();
}

async fn set_role(world: &World, name: &str, role: Role) {
    world
        .catalogue
        .set_role(&tenant("club"), &user(name), role, noon())
        .await
        .unwrap();
}

fn link(maker: &str, role: Role) -> InviteLink {
    InviteLink {
        secret: LinkSecret::random(),
        role,
        created_by: user(maker),
        created_at: noon(),
        until: in_an_hour(),
    }
}

/// An API token for a tenant, known by the tenant's name.
pub fn token_for(place: &str) -> ApiToken {
    ApiToken {
        jti: format!("for-{place}"),
        name: TokenName::parse("Laptop").unwrap(),
        tenant: tenant(place),
        role: Role::Member,
        created_at: noon(),
        expires_at: in_an_hour(),
        last_use: None,
    }
}

fn in_an_hour() -> OffsetDateTime {
    noon() + Duration::from_secs(3_600)
}
