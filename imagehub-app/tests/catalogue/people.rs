//! Users, and the names they share with tenants.

use imagehub_app::catalogue::CatalogueError;
use imagehub_app::domain::User;
use imagehub_policy::Role;

use crate::world::{World, new_user, noon, plan, tenant, user};

crate::on_both_catalogues!(
    a_new_user_owns_a_tenant_of_the_same_name,
    an_unknown_user_is_nobody_with_nothing,
    a_name_is_taken_once_by_whoever_comes_first,
    of_many_at_once_one_gets_the_name,
);

async fn a_new_user_owns_a_tenant_of_the_same_name(world: World) {
    world.sign_up("ada").await;
    let catalogue = &world.catalogue;
    let found = catalogue.find_user(&user("ada")).await.unwrap();
    let expected = User {
        name: user("ada"),
        created_at: noon(),
    };
    assert_eq!(found, Some(expected));
    let hash = catalogue.password_hash(&user("ada")).await.unwrap();
    assert_eq!(hash.as_deref(), Some("hash of ada's password"));
    let grants = catalogue.tenants_of(&user("ada")).await.unwrap();
    assert_eq!(grants.len(), 1);
    assert_eq!(grants[&tenant("ada")].role, Role::Owner);
    assert_eq!(grants[&tenant("ada")].plan, plan("personal"));
    let record = catalogue
        .find_tenant(&tenant("ada"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(record.created_at, noon());
    assert_eq!(record.plan, plan("personal"));
}

async fn an_unknown_user_is_nobody_with_nothing(world: World) {
    let catalogue = &world.catalogue;
    let nobody = user("nobody");
    assert_eq!(catalogue.find_user(&nobody).await.unwrap(), None);
    assert_eq!(catalogue.password_hash(&nobody).await.unwrap(), None);
    assert!(catalogue.tenants_of(&nobody).await.unwrap().is_empty());
    assert!(catalogue.invitations_of(&nobody).await.unwrap().is_empty());
    let membership = catalogue.membership(&tenant("nobody"), &nobody).await;
    assert_eq!(membership.unwrap(), None);
}

async fn a_name_is_taken_once_by_whoever_comes_first(world: World) {
    world.sign_up("ada").await;
    let catalogue = &world.catalogue;
    let again = catalogue.create_user(&new_user("ada")).await;
    assert!(matches!(again, Err(CatalogueError::Taken)));

    catalogue
        .create_tenant(&tenant("club"), &user("ada"), &plan("team"), noon())
        .await
        .unwrap();
    let user_like_tenant = catalogue.create_user(&new_user("club")).await;
    assert!(matches!(user_like_tenant, Err(CatalogueError::Taken)));
    world.sign_up("bob").await;
    let tenant_like_user = catalogue
        .create_tenant(&tenant("bob"), &user("ada"), &plan("team"), noon())
        .await;
    assert!(matches!(tenant_like_user, Err(CatalogueError::Taken)));
}

async fn of_many_at_once_one_gets_the_name(world: World) {
    let new = new_user("ada");
    let attempts = (0..16).map(|_| world.catalogue.create_user(&new));
    let outcomes = futures_util::future::join_all(attempts).await;
    let won = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert_eq!(won, 1);
}
