//! Sessions that end before their tokens do.

use std::time::Duration;

use imagehub_app::domain::{ApiToken, TokenName};
use imagehub_policy::Role;
use time::OffsetDateTime;

use crate::world::{World, tenant, user};

crate::on_both_catalogues!(
    a_session_is_good_until_it_is_ended,
    signing_out_everywhere_ends_every_session_and_token,
    another_users_sessions_go_on,
);

async fn a_session_is_good_until_it_is_ended(world: World) {
    world.sign_up("ada").await;
    let (ada, catalogue) = (user("ada"), &world.catalogue);
    assert_eq!(catalogue.session_generation(&ada).await.unwrap(), 0);
    assert!(good(&world, "ada", 0, "a").await);
    for _ in 0..2 {
        catalogue
            .end_session(&ada, "a", in_an_hour())
            .await
            .unwrap();
    }
    assert!(!good(&world, "ada", 0, "a").await);
    assert!(good(&world, "ada", 0, "b").await);
}

async fn signing_out_everywhere_ends_every_session_and_token(world: World) {
    world.sign_up("ada").await;
    let (ada, catalogue) = (user("ada"), &world.catalogue);
    let now = OffsetDateTime::now_utc();
    let token = ApiToken {
        jti: "t".to_owned(),
        name: TokenName::parse("Laptop").unwrap(),
        tenant: tenant("ada"),
        role: Role::Member,
        created_at: now,
        expires_at: in_an_hour(),
        last_use: None,
    };
    catalogue.create_token(&ada, 0, &token).await.unwrap();
    for generation in 1..=2 {
        catalogue.sign_out_everywhere(&ada).await.unwrap();
        let now = catalogue.session_generation(&ada).await.unwrap();
        assert_eq!(now, generation);
        assert!(!good(&world, "ada", generation - 1, "a").await);
        assert!(good(&world, "ada", generation, "a").await);
        assert!(!good(&world, "ada", generation + 1, "a").await);
    }
    assert!(!catalogue.use_token(&ada, "t", now).await.unwrap());
    assert_eq!(catalogue.tokens_of(&ada, now).await.unwrap(), []);
}

async fn another_users_sessions_go_on(world: World) {
    world.sign_up("ada").await;
    world.sign_up("bob").await;
    let (ada, catalogue) = (user("ada"), &world.catalogue);
    catalogue
        .end_session(&ada, "a", in_an_hour())
        .await
        .unwrap();
    catalogue.sign_out_everywhere(&ada).await.unwrap();
    assert!(good(&world, "bob", 0, "a").await);
}

async fn good(world: &World, name: &str, generation: u64, jti: &str) -> bool {
    let good = world
        .catalogue
        .is_session_good(&user(name), generation, jti)
        .await;
    good.unwrap()
}

fn in_an_hour() -> OffsetDateTime {
    OffsetDateTime::now_utc() + Duration::from_secs(3_600)
}
