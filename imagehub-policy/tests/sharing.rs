//! A crowded table: keys that share a bucket are refused early, never admitted too often.

#[expect(dead_code, reason = "other tests have members")]
#[path = "support/bench.rs"]
mod bench;
mod support;

use bench::{Bench, SECOND, START, admitted, assert_guarantee, limit};
use imagehub_policy::Limit;
use proptest::prelude::*;

/// Clients that all count in one set of 48 buckets.
struct Crowd {
    bench: Bench,
    clients: Vec<u32>,
}

impl Crowd {
    fn new(size: usize) -> Self {
        let clients = (0..).filter(|address| Self::is_in_the_first_set(*address));
        Self {
            bench: Bench::new(48),
            clients: clients.take(size).collect(),
        }
    }

    fn is_in_the_first_set(address: u32) -> bool {
        let mut bench = Bench::new(48);
        bench.address(address, limit(1, 1), START);
        bench.store.values.contains_key(&0)
    }

    /// Fills a set of 48 buckets, each with as much debt as its limit allows. One more client is left.
    fn full(limits: impl Fn(usize) -> Limit) -> Self {
        let mut crowd = Self::new(49);
        for client in 0..48 {
            while crowd.admits(client, limits(client), START) {}
        }
        crowd
    }

    fn admits(&mut self, client: usize, limit: Limit, now: u64) -> bool {
        admitted(&self.bench.address(self.clients[client], limit, now))
    }
}

/// The client of a full crowd that has no bucket yet.
const NEWCOMER: usize = 48;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_crowded_table_refuses_early_and_never_admits_more(
        arrivals in prop::collection::vec((0..70_usize, prop_oneof![2 => Just(0_u64), 2 => 0..2_000_000_u64]), 200..800),
    ) {
        // One set of 48 buckets, and 70 clients on three limits: slow, fast and slower still.
        let limits = [limit(1, 60), limit(2, 20), limit(5, 3_600)];
        let mut crowd = Crowd::new(70);
        let mut now = START;
        let mut by_client = vec![Vec::new(); 70];
        for (client, gap) in arrivals {
            now += gap;
            if crowd.admits(client, limits[client % 3], now) {
                by_client[client].push(now);
            }
        }
        for (client, admissions) in by_client.iter().enumerate() {
            assert_guarantee(admissions, limits[client % 3]);
        }
    }
}

#[test]
fn who_had_to_share_takes_the_debt_along_to_a_bucket_of_its_own() {
    // Client 0's bucket drains slowest, so that is where newcomers count; all others are empty after a second.
    let mut crowd = Crowd::full(|client| {
        if client == 0 {
            limit(2, 100)
        } else {
            limit(1, 1)
        }
    });
    let newcomer = limit(4, 3_600);
    let on_shared: Vec<_> = (0..4)
        .map(|_| crowd.admits(NEWCOMER, newcomer, START))
        .collect();
    assert_eq!(
        on_shared,
        [true, true, false, false],
        "two of the four are client 0's"
    );
    let later = START + 2 * SECOND;
    assert!(
        !crowd.admits(NEWCOMER, newcomer, later),
        "a place is free, but the debt comes along"
    );
}

#[test]
fn a_shared_bucket_drains_as_slowly_as_the_slowest_who_shares_it() {
    let mut crowd = Crowd::full(|_| limit(2, 10));
    // The newcomer, allowed five an hour, shares one of them and uses it up.
    let slow = limit(5, 3_600);
    assert_eq!(
        (0..9)
            .filter(|_| crowd.admits(NEWCOMER, slow, START))
            .count(),
        3
    );
    // Whoever shares with it drains at its pace from now on.
    let soon = START + 9 * SECOND;
    let before = (0..48)
        .filter(|client| crowd.admits(*client, limit(2, 10), soon))
        .count();
    assert_eq!(before, 47, "all but the one that is shared");
    assert!(!crowd.admits(NEWCOMER, slow, soon));
    assert!(!crowd.admits(NEWCOMER, slow, START + 719 * SECOND));
}

#[test]
fn whose_bucket_is_shared_does_not_speed_it_up_again() {
    let owner = limit(100, 1_000);
    let mut crowd = Crowd::new(49);
    for client in 0..48 {
        let limit = if client == 0 { owner } else { limit(1, 1) };
        crowd.admits(client, limit, START);
    }
    let slow = limit(50, 3_600);
    let shared = (0..60)
        .filter(|_| crowd.admits(NEWCOMER, slow, START))
        .count();
    assert_eq!(shared, 49, "one of the fifty is the owner's");
    assert!(crowd.admits(0, owner, START));
    let later = START + 100 * SECOND;
    assert!(
        !crowd.admits(NEWCOMER, slow, later),
        "the owner's one and the owner's other have to drain first"
    );
}
