//! Log-in attempts and published keys.

use std::time::Duration;

use futures_util::future::join_all;
use imagehub_app::catalogue::{AttemptLimit, AttemptOutcome, AttemptSubject, PublishedKey};

use crate::world::{World, noon, user};

crate::on_both_catalogues!(
    ten_failures_are_allowed_and_the_eleventh_waits,
    a_failure_is_forgotten_after_the_window,
    parallel_guesses_do_not_slip_past_the_limit,
    a_forgiven_attempt_does_not_count,
    attempts_are_counted_for_each_subject_by_itself,
    a_key_is_listed_until_its_last_token_expires,
    publishing_a_key_again_only_prolongs_it,
    keys_that_are_over_go_when_another_is_published,
);

async fn ten_failures_are_allowed_and_the_eleventh_waits(world: World) {
    let ada = AttemptSubject::User(user("ada"));
    for _ in 0..10 {
        assert!(matches!(
            begin(&world, &ada, 0).await,
            AttemptOutcome::Admitted(_)
        ));
    }
    let eleventh = begin(&world, &ada, 60).await;
    let retry_after = Duration::from_secs(14 * 60);
    assert_eq!(eleventh, AttemptOutcome::Refused { retry_after });
}

async fn a_failure_is_forgotten_after_the_window(world: World) {
    let ada = AttemptSubject::User(user("ada"));
    for second in 0..10 {
        begin(&world, &ada, second).await;
    }
    let window = 15 * 60;
    assert!(matches!(
        begin(&world, &ada, window - 1).await,
        AttemptOutcome::Refused { .. }
    ));
    assert!(matches!(
        begin(&world, &ada, window).await,
        AttemptOutcome::Admitted(_)
    ));
    let retry_after = Duration::from_secs(1);
    let next = begin(&world, &ada, window).await;
    assert_eq!(next, AttemptOutcome::Refused { retry_after });
}

async fn parallel_guesses_do_not_slip_past_the_limit(world: World) {
    let ada = AttemptSubject::User(user("ada"));
    let guesses = join_all((0..40).map(|_| begin(&world, &ada, 0))).await;
    let admitted = guesses
        .iter()
        .filter(|outcome| matches!(outcome, AttemptOutcome::Admitted(_)));
    assert_eq!(admitted.count(), 10);
}

async fn a_forgiven_attempt_does_not_count(world: World) {
    let ada = AttemptSubject::User(user("ada"));
    for _ in 0..30 {
        let AttemptOutcome::Admitted(attempt) = begin(&world, &ada, 0).await else {
            panic!("none of them failed");
        };
        world
            .catalogue
            .release_attempt(&ada, &attempt)
            .await
            .unwrap();
    }
}

async fn attempts_are_counted_for_each_subject_by_itself(world: World) {
    let subjects = [
        AttemptSubject::User(user("ada")),
        AttemptSubject::User(user("bob")),
        AttemptSubject::Address("ada".to_owned()),
    ];
    for subject in &subjects {
        for _ in 0..10 {
            let outcome = begin(&world, subject, 0).await;
            assert!(
                matches!(outcome, AttemptOutcome::Admitted(_)),
                "{subject:?}"
            );
        }
    }
}

async fn a_key_is_listed_until_its_last_token_expires(world: World) {
    let catalogue = &world.catalogue;
    assert!(catalogue.live_keys(noon()).await.unwrap().is_empty());
    let key = key(60);
    catalogue.publish_key(&key).await.unwrap();
    let before = catalogue.live_keys(noon() + Duration::from_secs(59)).await;
    assert_eq!(before.unwrap(), [key]);
    let after = catalogue.live_keys(noon() + Duration::from_secs(60)).await;
    assert!(after.unwrap().is_empty());
}

async fn publishing_a_key_again_only_prolongs_it(world: World) {
    for seconds in [60, 90, 30] {
        world.catalogue.publish_key(&key(seconds)).await.unwrap();
    }
    assert_eq!(world.catalogue.live_keys(noon()).await.unwrap(), [key(90)]);
}

async fn keys_that_are_over_go_when_another_is_published(world: World) {
    let catalogue = &world.catalogue;
    let named = |kid: &str, listed_seconds: u64| PublishedKey {
        kid: kid.to_owned(),
        ..key(listed_seconds)
    };
    for (kid, seconds) in [("over", 60), ("live", 61)] {
        catalogue.publish_key(&named(kid, seconds)).await.unwrap();
    }
    let mut next = named("next", 120);
    next.last_use = noon() + Duration::from_secs(60);
    catalogue.publish_key(&next).await.unwrap();
    // Asked for a time when all three were listed.
    let known = catalogue.live_keys(noon()).await.unwrap();
    let known: Vec<_> = known.iter().map(|key| key.kid.as_str()).collect();
    assert_eq!(known, ["live", "next"]);
}

async fn begin(world: &World, subject: &AttemptSubject, second: u64) -> AttemptOutcome {
    let now = noon() + Duration::from_secs(second);
    let begun = world
        .catalogue
        .begin_attempt(subject, AttemptLimit::PER_USER_AT_ADDRESS, now);
    begun.await.unwrap()
}

fn key(listed_seconds: u64) -> PublishedKey {
    PublishedKey {
        kid: "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k".to_owned(),
        public_key: std::array::from_fn(|n| u8::try_from(n).unwrap() * 8),
        last_use: noon(),
        listed_until: noon() + Duration::from_secs(listed_seconds),
    }
}
