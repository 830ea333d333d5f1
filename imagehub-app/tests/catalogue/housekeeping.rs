//! What a store knows about itself.

use std::time::Duration;

use imagehub_app::catalogue::{Chore, StoreId};

use crate::world::{World, noon};

crate::on_both_catalogues!(
    a_store_has_one_id_from_the_first_claim_on,
    one_of_many_takes_a_turn_and_others_once_it_is_over,
);

async fn a_store_has_one_id_from_the_first_claim_on(world: World) {
    let catalogue = &world.catalogue;
    assert_eq!(catalogue.store_id().await.unwrap(), None);
    let (first, second) = (StoreId::random(), StoreId::random());
    assert_eq!(catalogue.claim_store_id(&first).await.unwrap(), first);
    assert_eq!(catalogue.claim_store_id(&second).await.unwrap(), first);
    assert_eq!(catalogue.store_id().await.unwrap(), Some(first));
    catalogue.set_store_id(&second).await.unwrap();
    assert_eq!(catalogue.store_id().await.unwrap(), Some(second));
    assert!(catalogue.is_empty().await.unwrap());
}

async fn one_of_many_takes_a_turn_and_others_once_it_is_over(world: World) {
    let catalogue = &world.catalogue;
    let day = Duration::from_secs(24 * 3_600);
    let all = (0..8).map(|_| catalogue.take_turn(Chore::Purge, day, noon()));
    let taken = futures_util::future::join_all(all).await;
    let taken = taken.into_iter().filter(|taken| *taken.as_ref().unwrap());
    assert_eq!(taken.count(), 1);

    let moment = Duration::from_millis(1);
    let orphans = Chore::Orphans;
    assert!(catalogue.take_turn(orphans, moment, noon()).await.unwrap());
    let waiting = async {
        let mut now = noon();
        while !catalogue.take_turn(orphans, day, now).await.unwrap() {
            now += moment;
        }
    };
    let in_time = tokio::time::timeout(Duration::from_secs(60), waiting).await;
    in_time.unwrap();
    assert!(!catalogue.take_turn(orphans, day, noon()).await.unwrap());
}
