//! Invite links: who has one becomes a member.

use std::time::Duration;

use futures_util::future::join_all;
use imagehub_app::catalogue::{CatalogueError, MAX_TENANTS_PER_USER};
use imagehub_app::domain::{InviteLink, LinkSecret, MAX_INVITE_LINKS};
use imagehub_policy::Role;
use time::OffsetDateTime;

use crate::world::{World, noon, plan, tenant, user};

crate::on_both_catalogues!(
    a_link_is_listed_and_found_until_it_ends,
    who_has_the_link_becomes_a_member_with_its_role,
    a_link_serves_any_number_of_people,
    a_member_keeps_the_role_they_have,
    an_invitation_by_name_is_used_up_with_the_link,
    a_withdrawn_link_admits_nobody,
    a_link_does_not_get_anybody_into_too_many_tenants,
    a_tenant_has_so_many_links_and_no_more,
    what_is_unknown_is_not_found,
);

async fn a_link_is_listed_and_found_until_it_ends(world: World) {
    world.sign_up("ada").await;
    let mut links: Vec<_> = (0..3).map(|n| link(Role::Member, n)).collect();
    for link in &links {
        create(&world, link).await.unwrap();
    }
    links.reverse();
    assert_eq!(listed(&world, 3_599).await, links);
    assert_eq!(listed(&world, 3_600).await, links[..2]);
    let (ada, catalogue) = (tenant("ada"), &world.catalogue);
    let secret = &links[2].secret;
    let found = catalogue
        .find_invite_link(&ada, secret, second(3_599))
        .await;
    assert_eq!(found.unwrap().as_ref(), Some(&links[2]));
    let found = catalogue
        .find_invite_link(&ada, secret, second(3_600))
        .await;
    assert_eq!(found.unwrap(), None);
}

async fn who_has_the_link_becomes_a_member_with_its_role(world: World) {
    world.sign_up("ada").await;
    world.sign_up("bob").await;
    let link = link(Role::Viewer, 0);
    create(&world, &link).await.unwrap();
    let role = join(&world, &link, "bob", 10).await.unwrap();
    assert_eq!(role, Role::Viewer);
    let members = world.catalogue.members(&tenant("ada")).await.unwrap();
    assert_eq!(members[1].user, user("bob"));
    assert_eq!(members[1].role, Role::Viewer);
    assert_eq!(members[1].since, second(10));
    let grants = world.catalogue.tenants_of(&user("bob")).await.unwrap();
    assert_eq!(grants[&tenant("ada")].role, Role::Viewer);
}

async fn a_link_serves_any_number_of_people(world: World) {
    world.sign_up("ada").await;
    let link = link(Role::Member, 0);
    create(&world, &link).await.unwrap();
    for name in ["bob", "cy", "dee"] {
        world.sign_up(name).await;
        join(&world, &link, name, 1).await.unwrap();
    }
    let members = world.catalogue.members(&tenant("ada")).await.unwrap();
    assert_eq!(members.len(), 4);
}

async fn a_member_keeps_the_role_they_have(world: World) {
    world.sign_up("ada").await;
    let link = link(Role::Viewer, 0);
    create(&world, &link).await.unwrap();
    let role = join(&world, &link, "ada", 1).await.unwrap();
    assert_eq!(role, Role::Owner);
    let ada = world
        .catalogue
        .membership(&tenant("ada"), &user("ada"))
        .await;
    assert_eq!(ada.unwrap().unwrap().role, Role::Owner);
}

async fn an_invitation_by_name_is_used_up_with_the_link(world: World) {
    world.sign_up("ada").await;
    world.sign_up("bob").await;
    let (ada, bob, catalogue) = (tenant("ada"), user("bob"), &world.catalogue);
    let invited = catalogue.set_role(&ada, &bob, Role::Owner, noon()).await;
    invited.unwrap();
    let link = link(Role::Viewer, 0);
    create(&world, &link).await.unwrap();
    assert_eq!(join(&world, &link, "bob", 1).await.unwrap(), Role::Viewer);
    assert_eq!(catalogue.invitations_of(&bob).await.unwrap(), []);
    assert_eq!(catalogue.invitations_to(&ada).await.unwrap(), []);
}

async fn a_withdrawn_link_admits_nobody(world: World) {
    world.sign_up("ada").await;
    world.sign_up("bob").await;
    let link = link(Role::Member, 0);
    create(&world, &link).await.unwrap();
    let late = join(&world, &link, "bob", 3_600).await;
    assert!(matches!(late, Err(CatalogueError::NotFound)));
    let (ada, catalogue) = (tenant("ada"), &world.catalogue);
    catalogue
        .revoke_invite_link(&ada, &link.secret)
        .await
        .unwrap();
    assert_eq!(listed(&world, 1).await, []);
    let refused = join(&world, &link, "bob", 1).await;
    assert!(matches!(refused, Err(CatalogueError::NotFound)));
    let again = catalogue.revoke_invite_link(&ada, &link.secret).await;
    assert!(matches!(again, Err(CatalogueError::NotFound)));
    assert_eq!(catalogue.members(&ada).await.unwrap().len(), 1);
}

async fn a_link_does_not_get_anybody_into_too_many_tenants(world: World) {
    world.sign_up("ada").await;
    world.sign_up("bob").await;
    for number in 1..MAX_TENANTS_PER_USER {
        let name = tenant(&format!("t{number:02}"));
        let made = world
            .catalogue
            .create_tenant(&name, &user("bob"), &plan("team"), noon())
            .await;
        made.unwrap();
    }
    let link = link(Role::Member, 0);
    create(&world, &link).await.unwrap();
    let refused = join(&world, &link, "bob", 1).await;
    assert!(matches!(refused, Err(CatalogueError::TooManyTenants)));
}

async fn a_tenant_has_so_many_links_and_no_more(world: World) {
    world.sign_up("ada").await;
    let links: Vec<_> = (0..MAX_INVITE_LINKS + 5)
        .map(|_| link(Role::Member, 0))
        .collect();
    let made = join_all(links.iter().map(|link| create(&world, link))).await;
    let refused = made
        .iter()
        .filter(|made| matches!(made, Err(CatalogueError::TooMany)));
    assert_eq!(refused.count(), 5);
    // When those have ended, there is room again.
    create(&world, &link(Role::Member, 3_600)).await.unwrap();
    assert_eq!(listed(&world, 3_600).await.len(), 1);
}

async fn what_is_unknown_is_not_found(world: World) {
    world.sign_up("ada").await;
    let link = link(Role::Member, 0);
    let (nowhere, catalogue) = (tenant("nowhere"), &world.catalogue);
    let made = catalogue.create_invite_link(&nowhere, &link).await;
    assert!(matches!(made, Err(CatalogueError::NotFound)));
    let joined = join(&world, &link, "ada", 1).await;
    assert!(matches!(joined, Err(CatalogueError::NotFound)));
    create(&world, &link).await.unwrap();
    let joined = join(&world, &link, "nobody", 1).await;
    assert!(matches!(joined, Err(CatalogueError::NotFound)));
}

async fn create(world: &World, link: &InviteLink) -> Result<(), CatalogueError> {
    world
        .catalogue
        .create_invite_link(&tenant("ada"), link)
        .await
}

async fn listed(world: &World, at: u64) -> Vec<InviteLink> {
    let links = world
        .catalogue
        .invite_links(&tenant("ada"), second(at))
        .await;
    links.unwrap()
}

async fn join(
    world: &World,
    link: &InviteLink,
    name: &str,
    at: u64,
) -> Result<Role, CatalogueError> {
    world
        .catalogue
        .join_by_link(&tenant("ada"), &link.secret, &user(name), second(at))
        .await
}

/// A link made some seconds after noon, for an hour.
fn link(role: Role, made: u64) -> InviteLink {
    InviteLink {
        secret: LinkSecret::random(),
        role,
        created_by: user("ada"),
        created_at: second(made),
        until: second(made + 3_600),
    }
}

fn second(second: u64) -> OffsetDateTime {
    noon() + Duration::from_secs(second)
}
