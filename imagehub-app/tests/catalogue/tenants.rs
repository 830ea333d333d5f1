//! Tenants, members, roles and invitations.

use futures_util::future::join_all;
use imagehub_app::catalogue::{CatalogueError, MAX_INVITATIONS, MAX_TENANTS_PER_USER};
use imagehub_app::domain::RoleChange;
use imagehub_policy::Role;

use crate::world::{World, noon, plan, tenant, user};

crate::on_both_catalogues!(
    a_plan_changes_for_every_member_at_once,
    an_invited_user_becomes_a_member_by_accepting,
    a_second_invitation_replaces_the_first,
    nobody_enters_uninvited,
    a_members_role_changes_at_once,
    an_invitation_can_be_withdrawn,
    an_invitation_can_be_declined,
    a_tenant_has_so_many_invitations_waiting_and_no_more,
    a_users_own_name_is_free_again_when_its_tenant_is_gone,
    nobody_founds_nothing,
    a_removed_member_is_out_at_once,
    the_last_owner_neither_leaves_nor_steps_down,
    two_owners_leaving_at_once_leave_one,
    a_user_is_in_so_many_tenants_and_no_more,
    ones_own_tenant_counts_even_when_one_has_left_it,
    what_is_unknown_is_not_found,
);

async fn a_plan_changes_for_every_member_at_once(world: World) {
    world.sign_up("ada").await;
    world.sign_up("bob").await;
    world.join("ada", "bob", Role::Viewer).await;
    let catalogue = &world.catalogue;
    catalogue
        .set_plan(&tenant("ada"), &plan("team"))
        .await
        .unwrap();
    let grants = catalogue.tenants_of(&user("bob")).await.unwrap();
    assert_eq!(grants[&tenant("ada")].plan, plan("team"));
    assert_eq!(grants[&tenant("bob")].plan, plan("personal"));
}

async fn an_invited_user_becomes_a_member_by_accepting(world: World) {
    world.sign_up("ada").await;
    world.sign_up("bob").await;
    let (ada, bob, catalogue) = (tenant("ada"), user("bob"), &world.catalogue);
    let invited = catalogue.set_role(&ada, &bob, Role::Member, noon()).await;
    assert_eq!(invited.unwrap(), RoleChange::Invited);
    assert_eq!(catalogue.membership(&ada, &bob).await.unwrap(), None);
    let waiting = catalogue.invitations_of(&bob).await.unwrap();
    assert_eq!(waiting, catalogue.invitations_to(&ada).await.unwrap());
    assert_eq!(waiting.len(), 1);
    assert_eq!((&waiting[0].tenant, waiting[0].role), (&ada, Role::Member));
    assert_eq!(waiting[0].invited_at, noon());

    let role = catalogue.accept_invitation(&ada, &bob, noon()).await;
    assert_eq!(role.unwrap(), Role::Member);
    let membership = catalogue.membership(&ada, &bob).await.unwrap().unwrap();
    assert_eq!(membership.role, Role::Member);
    assert!(catalogue.invitations_of(&bob).await.unwrap().is_empty());
    assert!(catalogue.invitations_to(&ada).await.unwrap().is_empty());
    let again = catalogue.accept_invitation(&ada, &bob, noon()).await;
    assert_eq!(again.unwrap(), Role::Member);

    let members = catalogue.members(&ada).await.unwrap();
    let names: Vec<_> = members.iter().map(|m| (m.user.as_str(), m.role)).collect();
    assert_eq!(names, [("ada", Role::Owner), ("bob", Role::Member)]);
}

async fn a_second_invitation_replaces_the_first(world: World) {
    world.sign_up("ada").await;
    world.sign_up("bob").await;
    let (ada, bob, catalogue) = (tenant("ada"), user("bob"), &world.catalogue);
    for role in [Role::Owner, Role::Viewer] {
        catalogue.set_role(&ada, &bob, role, noon()).await.unwrap();
    }
    assert_eq!(catalogue.invitations_of(&bob).await.unwrap().len(), 1);
    let role = catalogue.accept_invitation(&ada, &bob, noon()).await;
    assert_eq!(role.unwrap(), Role::Viewer);
}

async fn nobody_enters_uninvited(world: World) {
    world.sign_up("ada").await;
    world.sign_up("bob").await;
    let entered = world
        .catalogue
        .accept_invitation(&tenant("ada"), &user("bob"), noon())
        .await;
    assert!(matches!(entered, Err(CatalogueError::NotFound)));
}

async fn a_members_role_changes_at_once(world: World) {
    world.sign_up("ada").await;
    world.sign_up("bob").await;
    world.join("ada", "bob", Role::Viewer).await;
    let (ada, bob, catalogue) = (tenant("ada"), user("bob"), &world.catalogue);
    let changed = catalogue.set_role(&ada, &bob, Role::Owner, noon()).await;
    assert_eq!(changed.unwrap(), RoleChange::Changed);
    let membership = catalogue.membership(&ada, &bob).await.unwrap().unwrap();
    assert_eq!(membership.role, Role::Owner);
}

async fn an_invitation_can_be_withdrawn(world: World) {
    world.sign_up("ada").await;
    world.sign_up("bob").await;
    let (ada, bob, catalogue) = (tenant("ada"), user("bob"), &world.catalogue);
    let invited = catalogue.set_role(&ada, &bob, Role::Member, noon()).await;
    invited.unwrap();
    catalogue
        .remove_member(&ada, &bob, &user("ada"))
        .await
        .unwrap();
    let late = catalogue.accept_invitation(&ada, &bob, noon()).await;
    assert!(matches!(late, Err(CatalogueError::NotFound)));
    assert!(catalogue.invitations_of(&bob).await.unwrap().is_empty());
}

async fn an_invitation_can_be_declined(world: World) {
    world.sign_up("ada").await;
    world.sign_up("bob").await;
    let (ada, bob, catalogue) = (tenant("ada"), user("bob"), &world.catalogue);
    let invited = catalogue.set_role(&ada, &bob, Role::Member, noon()).await;
    invited.unwrap();
    catalogue.decline_invitation(&ada, &bob).await.unwrap();
    assert_eq!(catalogue.invitations_of(&bob).await.unwrap(), []);
    assert_eq!(catalogue.invitations_to(&ada).await.unwrap(), []);
    let again = catalogue.decline_invitation(&ada, &bob).await;
    assert!(matches!(again, Err(CatalogueError::NotFound)));
    // A member has nothing to decline, and stays.
    world.join("ada", "bob", Role::Member).await;
    let member = catalogue.decline_invitation(&ada, &bob).await;
    assert!(matches!(member, Err(CatalogueError::NotFound)));
    assert!(catalogue.membership(&ada, &bob).await.unwrap().is_some());
}

async fn a_tenant_has_so_many_invitations_waiting_and_no_more(world: World) {
    world.sign_up("ada").await;
    let (ada, catalogue) = (tenant("ada"), &world.catalogue);
    let names: Vec<_> = (0..=MAX_INVITATIONS).map(|n| format!("u{n:03}")).collect();
    for name in &names {
        world.sign_up(name).await;
    }
    let invite = async |name: &str, role| {
        let user = user(name);
        catalogue.set_role(&ada, &user, role, noon()).await
    };
    for name in &names[1..] {
        invite(name, Role::Viewer).await.unwrap();
    }
    let one_more = invite(&names[0], Role::Viewer).await;
    assert!(matches!(one_more, Err(CatalogueError::TooMany)));
    invite(&names[1], Role::Member).await.unwrap();
    let accepted = user(&names[1]);
    let accepted = catalogue.accept_invitation(&ada, &accepted, noon()).await;
    accepted.unwrap();
    invite(&names[0], Role::Viewer).await.unwrap();
}

async fn a_users_own_name_is_free_again_when_its_tenant_is_gone(world: World) {
    world.sign_up("ada").await;
    world.sign_up("bob").await;
    let (ada, catalogue) = (tenant("ada"), &world.catalogue);
    let found = async |founder: &str| {
        let (founder, team) = (user(founder), plan("team"));
        catalogue.create_tenant(&ada, &founder, &team, noon()).await
    };
    assert!(matches!(found("ada").await, Err(CatalogueError::Taken)));
    catalogue.delete_tenant(&ada).await.unwrap();
    assert!(matches!(found("bob").await, Err(CatalogueError::Taken)));
    found("ada").await.unwrap();
    let membership = catalogue.membership(&ada, &user("ada")).await.unwrap();
    assert_eq!(membership.unwrap().role, Role::Owner);
}

async fn nobody_founds_nothing(world: World) {
    let (club, nobody) = (tenant("club"), user("nobody"));
    let catalogue = &world.catalogue;
    let made = catalogue
        .create_tenant(&club, &nobody, &plan("team"), noon())
        .await;
    assert!(matches!(made, Err(CatalogueError::NotFound)));
    assert_eq!(catalogue.find_tenant(&club).await.unwrap(), None);
}

async fn a_removed_member_is_out_at_once(world: World) {
    world.sign_up("ada").await;
    world.sign_up("bob").await;
    world.join("ada", "bob", Role::Member).await;
    let (ada, bob, catalogue) = (tenant("ada"), user("bob"), &world.catalogue);
    catalogue
        .remove_member(&ada, &bob, &user("ada"))
        .await
        .unwrap();
    assert_eq!(catalogue.membership(&ada, &bob).await.unwrap(), None);
    assert_eq!(catalogue.tenants_of(&bob).await.unwrap().len(), 1);
    let again = catalogue.remove_member(&ada, &bob, &user("ada")).await;
    assert!(matches!(again, Err(CatalogueError::NotFound)));
}

async fn the_last_owner_neither_leaves_nor_steps_down(world: World) {
    world.sign_up("ada").await;
    world.sign_up("bob").await;
    world.join("ada", "bob", Role::Member).await;
    let (ada, catalogue) = (tenant("ada"), &world.catalogue);
    let demoted = catalogue
        .set_role(&ada, &user("ada"), Role::Viewer, noon())
        .await;
    assert!(matches!(demoted, Err(CatalogueError::LastOwner)));
    let left = catalogue
        .remove_member(&ada, &user("ada"), &user("ada"))
        .await;
    assert!(matches!(left, Err(CatalogueError::LastOwner)));
    let confirmed = catalogue
        .set_role(&ada, &user("ada"), Role::Owner, noon())
        .await;
    assert_eq!(confirmed.unwrap(), RoleChange::Changed);

    catalogue
        .set_role(&ada, &user("bob"), Role::Owner, noon())
        .await
        .unwrap();
    catalogue
        .remove_member(&ada, &user("ada"), &user("ada"))
        .await
        .unwrap();
    let last = catalogue
        .remove_member(&ada, &user("bob"), &user("bob"))
        .await;
    assert!(matches!(last, Err(CatalogueError::LastOwner)));
}

async fn two_owners_leaving_at_once_leave_one(world: World) {
    world.sign_up("ada").await;
    world.sign_up("bob").await;
    world.join("ada", "bob", Role::Owner).await;
    let (ada, catalogue) = (tenant("ada"), &world.catalogue);
    let owners = [user("ada"), user("bob")];
    let left = join_all(
        owners
            .iter()
            .map(|owner| catalogue.remove_member(&ada, owner, owner)),
    )
    .await;
    assert_eq!(left.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert_eq!(catalogue.members(&ada).await.unwrap().len(), 1);
}

async fn a_user_is_in_so_many_tenants_and_no_more(world: World) {
    world.sign_up("ada").await;
    world.sign_up("bob").await;
    let (ada, bob, catalogue) = (user("ada"), user("bob"), &world.catalogue);
    let names: Vec<_> = (0..40).map(|n| tenant(&format!("t{n:02}"))).collect();
    let team = plan("team");
    let made = join_all(
        names
            .iter()
            .map(|name| catalogue.create_tenant(name, &ada, &team, noon())),
    );
    let made = made.await;
    let refused = made
        .iter()
        .filter(|made| matches!(made, Err(CatalogueError::TooManyTenants)));
    assert_eq!(refused.count(), 40 - (MAX_TENANTS_PER_USER - 1));
    let grants = catalogue.tenants_of(&ada).await.unwrap();
    assert_eq!(grants.len(), MAX_TENANTS_PER_USER);

    let bobs = tenant("bob");
    catalogue
        .set_role(&bobs, &ada, Role::Member, noon())
        .await
        .unwrap();
    let accepted = catalogue.accept_invitation(&bobs, &ada, noon()).await;
    assert!(matches!(accepted, Err(CatalogueError::TooManyTenants)));
    assert_eq!(catalogue.invitations_of(&ada).await.unwrap().len(), 1);

    let left = grants.keys().find(|name| name.as_str() != "ada").unwrap();
    catalogue
        .set_role(left, &bob, Role::Owner, noon())
        .await
        .unwrap();
    catalogue
        .accept_invitation(left, &bob, noon())
        .await
        .unwrap();
    catalogue.remove_member(left, &ada, &ada).await.unwrap();
    catalogue
        .accept_invitation(&bobs, &ada, noon())
        .await
        .unwrap();
}

async fn ones_own_tenant_counts_even_when_one_has_left_it(world: World) {
    world.sign_up("ada").await;
    world.sign_up("bob").await;
    world.join("ada", "bob", Role::Owner).await;
    let (ada, catalogue) = (user("ada"), &world.catalogue);
    catalogue
        .remove_member(&tenant("ada"), &ada, &ada)
        .await
        .unwrap();
    for n in 1..MAX_TENANTS_PER_USER {
        let name = tenant(&format!("t{n:02}"));
        catalogue
            .create_tenant(&name, &ada, &plan("team"), noon())
            .await
            .unwrap();
    }
    let one_more = catalogue
        .create_tenant(&tenant("more"), &ada, &plan("team"), noon())
        .await;
    assert!(matches!(one_more, Err(CatalogueError::TooManyTenants)));
    world.join("ada", "ada", Role::Member).await;
    assert_eq!(
        catalogue.tenants_of(&ada).await.unwrap().len(),
        MAX_TENANTS_PER_USER
    );
}

async fn what_is_unknown_is_not_found(world: World) {
    world.sign_up("ada").await;
    let (nowhere, nobody, catalogue) = (tenant("nowhere"), user("nobody"), &world.catalogue);
    assert_eq!(catalogue.find_tenant(&nowhere).await.unwrap(), None);
    let planned = catalogue.set_plan(&nowhere, &plan("team")).await;
    assert!(matches!(planned, Err(CatalogueError::NotFound)));
    let invited = catalogue
        .set_role(&tenant("ada"), &nobody, Role::Member, noon())
        .await;
    assert!(matches!(invited, Err(CatalogueError::NotFound)));
    let invited = catalogue
        .set_role(&nowhere, &user("ada"), Role::Member, noon())
        .await;
    assert!(matches!(invited, Err(CatalogueError::NotFound)));
    let removed = catalogue
        .remove_member(&tenant("ada"), &nobody, &user("ada"))
        .await;
    assert!(matches!(removed, Err(CatalogueError::NotFound)));
    assert!(catalogue.members(&nowhere).await.unwrap().is_empty());
}
