//! API tokens: recorded, used, revoked.

use std::time::Duration;

use futures_util::future::join_all;
use imagehub_app::catalogue::CatalogueError;
use imagehub_app::domain::{ApiToken, MAX_TOKENS, TokenName};
use imagehub_policy::Role;
use time::OffsetDateTime;

use crate::world::{World, noon, tenant, user};

crate::on_both_catalogues!(
    a_token_is_listed_as_it_was_made_newest_first,
    a_token_works_until_it_ends,
    a_use_is_noted_once_a_minute,
    a_revoked_token_is_over_at_once,
    a_token_is_its_users_alone,
    a_user_has_so_many_tokens_and_no_more,
    ended_tokens_make_room,
    a_token_needs_a_user_in_the_tenant,
    a_session_that_is_over_makes_no_token,
);

async fn a_token_is_listed_as_it_was_made_newest_first(world: World) {
    world.sign_up("ada").await;
    let mut tokens = [token("a", 0), token("b", 1), token("c", 2)];
    for token in &tokens {
        create(&world, token).await.unwrap();
    }
    tokens.reverse();
    assert_eq!(listed(&world, 3).await, tokens);
}

async fn a_token_works_until_it_ends(world: World) {
    world.sign_up("ada").await;
    create(&world, &token("a", 0)).await.unwrap();
    assert!(uses(&world, "a", 3_599).await);
    assert!(!uses(&world, "a", 3_600).await);
    assert!(!uses(&world, "b", 0).await);
    assert_eq!(listed(&world, 3_599).await.len(), 1);
    assert_eq!(listed(&world, 3_600).await, []);
}

async fn a_use_is_noted_once_a_minute(world: World) {
    world.sign_up("ada").await;
    create(&world, &token("a", 0)).await.unwrap();
    assert_eq!(listed(&world, 0).await[0].last_use, None);
    for (used, noted) in [(10, 10), (69, 10), (70, 70), (90, 70)] {
        assert!(uses(&world, "a", used).await);
        assert_eq!(listed(&world, 90).await[0].last_use, Some(second(noted)));
    }
}

async fn a_revoked_token_is_over_at_once(world: World) {
    world.sign_up("ada").await;
    let catalogue = &world.catalogue;
    for jti in ["a", "b"] {
        create(&world, &token(jti, 0)).await.unwrap();
    }
    catalogue.revoke_token(&user("ada"), "a").await.unwrap();
    assert!(!uses(&world, "a", 1).await);
    assert!(uses(&world, "b", 1).await);
    assert_eq!(listed(&world, 1).await.len(), 1);
    for unknown in ["a", "x"] {
        let revoked = catalogue.revoke_token(&user("ada"), unknown).await;
        assert!(matches!(revoked, Err(CatalogueError::NotFound)));
    }
}

async fn a_token_is_its_users_alone(world: World) {
    world.sign_up("ada").await;
    world.sign_up("bob").await;
    create(&world, &token("a", 0)).await.unwrap();
    let (bob, catalogue) = (user("bob"), &world.catalogue);
    assert!(!catalogue.use_token(&bob, "a", noon()).await.unwrap());
    assert_eq!(catalogue.tokens_of(&bob, noon()).await.unwrap(), []);
    let revoked = catalogue.revoke_token(&bob, "a").await;
    assert!(matches!(revoked, Err(CatalogueError::NotFound)));
    assert!(uses(&world, "a", 1).await);
}

async fn a_user_has_so_many_tokens_and_no_more(world: World) {
    world.sign_up("ada").await;
    let tokens: Vec<_> = (0..MAX_TOKENS + 10)
        .map(|number| token(&number.to_string(), 0))
        .collect();
    let made = join_all(tokens.iter().map(|token| create(&world, token))).await;
    assert_eq!(made.iter().filter(|made| made.is_ok()).count(), MAX_TOKENS);
    let refused = made.into_iter().find_map(Result::err);
    assert!(matches!(refused, Some(CatalogueError::TooMany)));
    let listed = listed(&world, 0).await;
    let catalogue = &world.catalogue;
    catalogue
        .revoke_token(&user("ada"), &listed[0].jti)
        .await
        .unwrap();
    create(&world, &token("one more", 0)).await.unwrap();
}

async fn ended_tokens_make_room(world: World) {
    world.sign_up("ada").await;
    for number in 0..MAX_TOKENS {
        create(&world, &token(&number.to_string(), 0))
            .await
            .unwrap();
    }
    create(&world, &token("later", 3_600)).await.unwrap();
    assert_eq!(listed(&world, 3_600).await.len(), 1);
}

async fn a_session_that_is_over_makes_no_token(world: World) {
    world.sign_up("ada").await;
    let (ada, catalogue) = (user("ada"), &world.catalogue);
    catalogue.sign_out_everywhere(&ada).await.unwrap();
    let late = create(&world, &token("a", 0)).await;
    assert!(matches!(late, Err(CatalogueError::SignedOut)));
    assert_eq!(listed(&world, 0).await, []);
    let made = catalogue.create_token(&ada, 1, &token("a", 0)).await;
    made.unwrap();
}

async fn a_token_needs_a_user_in_the_tenant(world: World) {
    let made = create(&world, &token("a", 0)).await;
    assert!(matches!(made, Err(CatalogueError::NotFound)));
    world.sign_up("ada").await;
    world.sign_up("bob").await;
    for elsewhere in ["nowhere", "bob"] {
        let mut token = token("a", 0);
        token.tenant = tenant(elsewhere);
        let made = create(&world, &token).await;
        assert!(matches!(made, Err(CatalogueError::NotFound)));
    }
}

async fn create(world: &World, token: &ApiToken) -> Result<(), CatalogueError> {
    world.catalogue.create_token(&user("ada"), 0, token).await
}

async fn listed(world: &World, at: i64) -> Vec<ApiToken> {
    let tokens = world.catalogue.tokens_of(&user("ada"), second(at)).await;
    tokens.unwrap()
}

async fn uses(world: &World, jti: &str, at: i64) -> bool {
    let used = world
        .catalogue
        .use_token(&user("ada"), jti, second(at))
        .await;
    used.unwrap()
}

/// A token made some seconds after noon, for an hour.
fn token(jti: &str, made: i64) -> ApiToken {
    ApiToken {
        jti: jti.to_owned(),
        name: TokenName::parse("Laptop, upload").unwrap(),
        tenant: tenant("ada"),
        role: Role::Member,
        created_at: second(made),
        expires_at: second(made) + Duration::from_secs(3_600),
        last_use: None,
    }
}

fn second(second: i64) -> OffsetDateTime {
    noon() + time::Duration::seconds(second)
}
