//! A crowded table: keys that share a bucket are refused early, never admitted too often.

#[path = "support/bench.rs"]
mod bench;
mod support;

use bench::{Bench, SECOND, START, admitted, assert_guarantee, limit};
use imagehub_policy::Limit;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_crowded_table_refuses_early_and_never_admits_more(
        arrivals in prop::collection::vec((0..70_u32, prop_oneof![2 => Just(0_u64), 2 => 0..2_000_000_u64]), 200..800),
    ) {
        // One set of 48 buckets, and 70 clients on three limits: slow, fast and slower still.
        let limits = [limit(1, 60), limit(2, 20), limit(5, 3_600)];
        let mut bench = Bench::new(48);
        let mut now = START;
        let mut by_client = vec![Vec::new(); 70];
        for (client, gap) in arrivals {
            now += gap;
            if admitted(&bench.address(client, limits[client as usize % 3], now)) {
                by_client[client as usize].push(now);
            }
        }
        for (client, admissions) in by_client.iter().enumerate() {
            assert_guarantee(admissions, limits[client % 3]);
        }
    }
}

/// Fills a set of 48 buckets, each with as much debt as its limit allows.
fn full_group(limits: impl Fn(u32) -> Limit) -> Bench {
    let mut bench = Bench::new(48);
    for client in 0..48 {
        let limit = limits(client);
        while admitted(&bench.address(1_000 + client, limit, START)) {}
    }
    bench
}

#[test]
fn who_had_to_share_takes_the_debt_along_to_a_bucket_of_its_own() {
    // Client 0's bucket drains slowest, so that is where newcomers count; all others are empty after a second.
    let mut bench = full_group(|client| {
        if client == 0 {
            limit(2, 100)
        } else {
            limit(1, 1)
        }
    });
    let newcomer = limit(4, 3_600);
    let on_shared: Vec<_> = (0..4)
        .map(|_| admitted(&bench.address(1, newcomer, START)))
        .collect();
    assert_eq!(
        on_shared,
        [true, true, false, false],
        "two of the four are client 0's"
    );
    let later = START + 2 * SECOND;
    assert!(
        !admitted(&bench.address(1, newcomer, later)),
        "a place is free, but the debt comes along"
    );
}

#[test]
fn a_shared_bucket_drains_as_slowly_as_the_slowest_who_shares_it() {
    let mut bench = full_group(|_| limit(2, 10));
    // The newcomer, allowed five an hour, shares one of them and uses it up.
    let slow = limit(5, 3_600);
    assert_eq!(
        (0..9)
            .filter(|_| admitted(&bench.address(1, slow, START)))
            .count(),
        3
    );
    // Whoever shares with it drains at its pace from now on.
    let soon = START + 9 * SECOND;
    let before = (0..48)
        .filter(|client| admitted(&bench.address(1_000 + client, limit(2, 10), soon)))
        .count();
    assert_eq!(before, 47, "all but the one that is shared");
    assert!(!admitted(&bench.address(1, slow, soon)));
    assert!(!admitted(&bench.address(1, slow, START + 719 * SECOND)));
}

#[test]
fn whose_bucket_is_shared_does_not_speed_it_up_again() {
    let owner = limit(100, 1_000);
    let mut bench = Bench::new(48);
    for client in 0..48 {
        bench.address(
            1_000 + client,
            if client == 0 { owner } else { limit(1, 1) },
            START,
        );
    }
    let slow = limit(50, 3_600);
    let shared = (0..60)
        .filter(|_| admitted(&bench.address(1, slow, START)))
        .count();
    assert_eq!(shared, 49, "one of the fifty is the owner's");
    assert!(admitted(&bench.address(1_000, owner, START)));
    let later = START + 100 * SECOND;
    assert!(
        !admitted(&bench.address(1, slow, later)),
        "the owner's one and the owner's other have to drain first"
    );
}
