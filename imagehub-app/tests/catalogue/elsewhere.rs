//! What another process changes holds here from then on, however often it was asked for before.

use imagehub_policy::Role;
use time::Duration;

use crate::on_both_catalogues;
use crate::world::{World, noon, tenant, user};

on_both_catalogues!(
    a_role_given_elsewhere_holds_here,
    a_session_ended_elsewhere_has_ended_here,
    an_image_deleted_elsewhere_is_gone_here,
);

async fn a_role_given_elsewhere_holds_here(world: World) {
    let elsewhere = world.another_process().await;
    world.sign_up("ada").await;
    world.sign_up("bob").await;
    world.join("ada", "bob", Role::Viewer).await;
    let (ada, bob) = (tenant("ada"), user("bob"));
    for role in [Role::Owner, Role::Member, Role::Viewer] {
        elsewhere.set_role(&ada, &bob, role, noon()).await.unwrap();
        for _ in 0..2 {
            let here = world.catalogue.membership(&ada, &bob).await.unwrap();
            assert_eq!(here.unwrap().role, role);
        }
    }
    elsewhere.remove_member(&ada, &bob, &bob).await.unwrap();
    let here = world.catalogue.membership(&ada, &bob).await.unwrap();
    assert_eq!(here, None);
}

async fn a_session_ended_elsewhere_has_ended_here(world: World) {
    let elsewhere = world.another_process().await;
    world.sign_up("ada").await;
    let ada = user("ada");
    let good = async |jti| world.catalogue.is_session_good(&ada, 0, jti).await.unwrap();
    assert!(good("one").await && good("one").await && good("other").await);
    let until = noon() + Duration::HOUR;
    elsewhere.end_session(&ada, "one", until).await.unwrap();
    assert!(!good("one").await && good("other").await);
    elsewhere.sign_out_everywhere(&ada).await.unwrap();
    assert!(!good("other").await);
}

async fn an_image_deleted_elsewhere_is_gone_here(world: World) {
    let elsewhere = world.another_process().await;
    world.sign_up("ada").await;
    let ada = tenant("ada");
    let id = world.add_image("ada", 1, "Dunes", "").await;
    let here = async || world.catalogue.find_image(&ada, &id).await.unwrap();
    assert!(here().await.is_some() && here().await.is_some());
    elsewhere.delete_image(&ada, &id, noon()).await.unwrap();
    assert_eq!(here().await, None);
    elsewhere.restore_image(&ada, &id).await.unwrap();
    assert!(here().await.is_some());
}
