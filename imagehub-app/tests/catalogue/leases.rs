//! A catalogue's id and leases.

use std::time::Duration;

use imagehub_app::catalogue::Lease;

use crate::world::{World, noon};

crate::on_both_catalogues!(
    a_catalogue_has_one_id_whoever_asks_first,
    one_of_many_takes_a_lease_and_others_once_it_is_over,
);

async fn a_catalogue_has_one_id_whoever_asks_first(world: World) {
    let catalogue = &world.catalogue;
    let asked = futures_util::future::join_all((0..8).map(|_| catalogue.id())).await;
    let first = catalogue.id().await.unwrap();
    for id in asked {
        assert_eq!(id.unwrap(), first);
    }
    assert!(catalogue.is_empty().await.unwrap());
}

async fn one_of_many_takes_a_lease_and_others_once_it_is_over(world: World) {
    let catalogue = &world.catalogue;
    let day = Duration::from_secs(24 * 3_600);
    let all = (0..8).map(|_| catalogue.try_acquire(Lease::Purge, day, noon()));
    let taken = futures_util::future::join_all(all).await;
    let taken = taken.into_iter().filter(|taken| *taken.as_ref().unwrap());
    assert_eq!(taken.count(), 1);

    let moment = Duration::from_millis(1);
    let orphans = Lease::Orphans;
    assert!(
        catalogue
            .try_acquire(orphans, moment, noon())
            .await
            .unwrap()
    );
    let waiting = async {
        let mut now = noon();
        while !catalogue.try_acquire(orphans, day, now).await.unwrap() {
            now += moment;
        }
    };
    let in_time = tokio::time::timeout(Duration::from_secs(60), waiting).await;
    in_time.unwrap();
    assert!(!catalogue.try_acquire(orphans, day, noon()).await.unwrap());
}
