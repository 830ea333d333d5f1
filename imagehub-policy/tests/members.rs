//! A tenant's users live in the tenant's set, and outside when there is no room.

#[path = "support/bench.rs"]
mod bench;
mod support;

use bench::{Bench, SECOND, START, admitted, assert_guarantee, limit};
use imagehub_policy::{
    Cas, CasResult, Charge, ChargeOutcome, Counters, Limit, LimitTable, PlanLimit, SET_BYTES,
    SetStore, StoreError, TableCounters, Timestamp,
};
use proptest::prelude::*;
use std::collections::HashMap;
use support::EnvoyStore;

/// Users who with the tenant's own bucket leave no place to another one.
const CROWD: usize = 19;

fn plan(user: u32, tenant: u32) -> PlanLimit {
    PlanLimit {
        user: limit(user, 60),
        tenant: limit(tenant, 60),
    }
}

fn generous(user: Limit) -> PlanLimit {
    PlanLimit {
        user,
        tenant: limit(1_000_000, 1),
    }
}

/// A bench whose tenant `acme` has no place for another user, as long as the crowd's buckets have debt.
fn crowded(crowd: Limit) -> Bench {
    let mut bench = Bench::new(1_024);
    for user in 0..CROWD {
        assert!(admitted(&bench.member(
            "acme",
            &format!("u{user}"),
            generous(crowd),
            START
        )));
    }
    assert_eq!(bench.store.values.len(), 1, "all of them are in one set");
    bench
}

/// What a request reads and writes.
struct Counted<'a> {
    store: &'a mut EnvoyStore,
    loads: u32,
    writes: u32,
}

impl SetStore for Counted<'_> {
    fn load(&mut self, set: u32) -> Result<(Vec<u8>, Cas), StoreError> {
        self.loads += 1;
        self.store.load(set)
    }

    fn compare_and_set(
        &mut self,
        set: u32,
        value: &[u8],
        cas: Cas,
    ) -> Result<CasResult, StoreError> {
        self.writes += 1;
        self.store.compare_and_set(set, value, cas)
    }

    fn now(&mut self) -> Timestamp {
        self.store.now()
    }
}

/// Whether a user of `acme` is admitted, and how many loads and writes that takes.
fn cost(bench: &mut Bench, user: &str, limit: PlanLimit) -> (bool, u32, u32) {
    let Bench {
        table,
        store,
        class,
    } = bench;
    let mut counted = Counted {
        store,
        loads: 0,
        writes: 0,
    };
    let charge = Charge::Member {
        tenant: &"acme".parse().unwrap(),
        user: &user.parse().unwrap(),
        class,
        limit,
    };
    let now = Timestamp::from_micros(START);
    let outcome = TableCounters::new(table, &mut counted).charge(&charge, now);
    (admitted(&outcome), counted.loads, counted.writes)
}

#[test]
fn a_user_and_the_tenant_are_charged_by_one_compare_and_set() {
    let mut bench = Bench::new(1_024);
    assert_eq!(cost(&mut bench, "alice", plan(2, 100)), (true, 1, 1));
    assert_eq!(cost(&mut bench, "alice", plan(2, 100)), (true, 1, 1));
    assert_eq!(cost(&mut bench, "alice", plan(2, 100)), (false, 1, 0));
    assert_eq!(cost(&mut bench, "bob", plan(2, 2)), (false, 1, 0));
}

#[test]
fn a_user_without_a_place_takes_two_and_what_the_tenant_refuses_none() {
    let mut bench = crowded(limit(1, 60));
    assert_eq!(cost(&mut bench, "alice", plan(1, 1_000)), (true, 2, 2));
    assert_eq!(cost(&mut bench, "alice", plan(1, 1_000)), (false, 2, 0));
    assert_eq!(cost(&mut bench, "bob", plan(1, 2)), (false, 2, 0));
}

#[test]
fn a_user_outside_comes_home_when_there_is_room_and_no_debt_outside() {
    let mut bench = crowded(limit(1, 1));
    let ten = generous(limit(10, 60));
    assert!(admitted(&bench.member("acme", "alice", ten, START)));
    assert_eq!(bench.store.values.len(), 2, "she counts outside");
    let outside = *bench.store.values.keys().next_back().unwrap();
    let home = *bench.store.values.keys().next().unwrap();
    let stamps = |bench: &Bench| [home, outside].map(|set| bench.store.values[&set].1);

    // There is room after a second; her debt is there for six.
    let before = stamps(&bench);
    assert!(admitted(&bench.member(
        "acme",
        "alice",
        ten,
        START + 5 * SECOND
    )));
    let owing = stamps(&bench);
    assert!(
        (0..2).all(|set| owing[set] > before[set]),
        "outside and confirmed"
    );
    assert!(admitted(&bench.member(
        "acme",
        "alice",
        ten,
        START + 12 * SECOND
    )));
    let free = stamps(&bench);
    let changed = (0..2).filter(|set| free[*set] > owing[*set]).count();
    assert_eq!(changed, 1, "at home");
}

#[test]
fn users_who_were_at_home_one_after_the_other_are_not_all_at_home_at_once() {
    let mut bench = Bench::new(1_024);
    let once = generous(limit(1, 1));
    let mut now = START;
    for user in 0..40 {
        now += 2 * SECOND;
        assert!(admitted(&bench.member(
            "acme",
            &format!("u{user}"),
            once,
            now
        )));
    }
    assert_eq!(bench.store.values.len(), 1, "each of them was at home");
    for user in 0..CROWD {
        bench.member("acme", &format!("u{user}"), once, now + 2 * SECOND);
    }
    assert_eq!(bench.store.values.len(), 1);
    for user in CROWD..40 {
        bench.member("acme", &format!("u{user}"), once, now + 2 * SECOND);
    }
    assert!(bench.store.values.len() > 10, "the others are outside");
}

#[test]
fn a_worker_with_a_late_clock_finds_nobody_at_home_who_went_outside() {
    let mut bench = Bench::new(1_024);
    let (twice, crowd) = (generous(limit(2, 120)), generous(limit(1, 60)));
    assert!(admitted(&bench.member("acme", "alice", twice, START)));
    // Her bucket is empty to the millisecond when the crowd takes all places.
    let now = START + 60 * SECOND;
    for user in 0..CROWD {
        bench.member("acme", &format!("u{user}"), crowd, now);
    }
    for _ in 0..2 {
        assert!(admitted(&bench.member("acme", "alice", twice, now)));
    }
    assert_eq!(bench.store.values.len(), 2, "she counts outside");
    assert!(!admitted(&bench.member(
        "acme",
        "alice",
        twice,
        now - 5_000
    )));
}

#[test]
fn what_a_user_has_left_is_told_at_home_and_outside_and_spends_nothing() {
    let mut bench = crowded(limit(9, 60));
    assert!(admitted(&bench.member(
        "acme",
        "alice",
        plan(9, 1_000),
        START
    )));
    let Bench {
        table,
        store,
        class,
    } = &mut bench;
    for (user, left) in [("u0", 8), ("alice", 8), ("bob", 9)] {
        let charge = Charge::Member {
            tenant: &"acme".parse().unwrap(),
            user: &user.parse().unwrap(),
            class,
            limit: plan(9, 1_000),
        };
        let before = store.clone();
        let now = Timestamp::from_micros(START);
        let told = TableCounters::new(table, store).look(&charge, now).unwrap();
        let told = told.buckets().next().unwrap().remaining;
        assert_eq!((told, &*store), (left, &before), "{user}");
    }
}

#[test]
fn a_refusal_outside_says_how_full_both_buckets_are() {
    let mut bench = crowded(limit(1, 60));
    let full = plan(10, 19);
    for _ in 0..3 {
        let ChargeOutcome::Refused(report) = bench.member("acme", "alice", full, START) else {
            panic!("the tenant is full");
        };
        assert_eq!(report.rate_limit(), r#""user";r=10;t=0, "tenant";r=0;t=4"#);
        assert_eq!(report.refused_by().unwrap().name, "tenant");
    }
}

#[test]
fn an_upgrade_outside_keeps_what_was_used_in_requests() {
    let mut bench = crowded(limit(1, 60));
    for _ in 0..10 {
        assert!(admitted(&bench.member(
            "acme",
            "alice",
            plan(10, 1_000),
            START
        )));
    }
    assert!(!admitted(&bench.member(
        "acme",
        "alice",
        plan(10, 1_000),
        START
    )));
    let ChargeOutcome::Admitted(report) = bench.member("acme", "alice", plan(100, 1_000), START)
    else {
        panic!("there is room");
    };
    assert!(
        report.rate_limit().starts_with(r#""user";r=89;t=1, "#),
        "{}",
        report.rate_limit()
    );
}

#[test]
fn a_hundred_thousand_users_of_one_tenant_are_never_admitted_more_and_take_no_more_memory() {
    let mut bench = Bench::new(LimitTable::DEFAULT_SLOTS);
    let twice = generous(limit(2, 3_600));
    let mut early = 0;
    for user in 0..100_000 {
        let user = format!("u{user}");
        let passed = (0..3).filter(|_| admitted(&bench.member("acme", &user, twice, START)));
        let passed = passed.count();
        assert!(passed <= 2, "{user}");
        early += usize::from(passed < 2);
    }
    assert!(
        early < 1_000,
        "{early} users had to share: their keys are three quarters of the buckets"
    );
    assert!(bench.store.values.len() <= bench.table.sets() as usize);
    assert!(
        bench
            .store
            .values
            .values()
            .all(|(value, _)| value.len() == SET_BYTES)
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// The bucket of an address in a table of its own is what a user's is compared with.
    #[test]
    fn wherever_a_user_counts_the_decision_is_that_of_a_bucket_of_its_own(
        arrivals in prop::collection::vec((0..40_u32, prop_oneof![6 => Just(0_u64), 2 => 0..2_000_000_u64, 1 => 0..60_000_000_u64]), 100..600),
    ) {
        let limits = [limit(1, 60), limit(2, 20), limit(5, 3_600)];
        let (mut bench, mut alone) = (Bench::new(4_096), Bench::new(4_096));
        let mut now = START;
        for (user, gap) in arrivals {
            now += gap;
            let user_limit = limits[user as usize % 3];
            let outcome = bench.member("acme", &format!("u{user}"), generous(user_limit), now);
            prop_assert_eq!(admitted(&outcome), admitted(&alone.address(user, user_limit, now)));
        }
    }

    #[test]
    fn a_crowded_table_refuses_users_early_and_never_admits_more(
        arrivals in prop::collection::vec((0..90_usize, prop_oneof![2 => Just(0_u64), 2 => 0..2_000_000_u64]), 200..800),
    ) {
        // Two sets for all: sixty users of one tenant, and thirty addresses.
        let limits = [limit(1, 60), limit(2, 20), limit(5, 3_600)];
        let of_tenant = limit(70, 60);
        let mut bench = Bench::new(48);
        let mut now = START;
        let mut admissions: HashMap<usize, Vec<u64>> = HashMap::new();
        let mut of_all_users = Vec::new();
        for (who, gap) in arrivals {
            now += gap;
            let own = limits[who % 3];
            let outcome = if who < 60 {
                let limit = PlanLimit { user: own, tenant: of_tenant };
                bench.member("acme", &format!("u{who}"), limit, now)
            } else {
                bench.address(u32::try_from(who).unwrap(), own, now)
            };
            if admitted(&outcome) {
                admissions.entry(who).or_default().push(now);
                if who < 60 {
                    of_all_users.push(now);
                }
            }
        }
        assert_guarantee(&of_all_users, of_tenant);
        for (who, admissions) in admissions {
            assert_guarantee(&admissions, limits[who % 3]);
        }
    }

    #[test]
    fn clock_jumps_lock_no_user_out_for_longer_than_a_window_in_each_place_and_give_at_most_a_burst_each(
        steps in prop::collection::vec(
            (prop_oneof![Just(0_i64), -10_000_000_000..10_000_000_000_i64, -20_000..20_000_i64], 0..30_usize, 1..8_usize),
            1..60,
        ),
    ) {
        let three = limit(3, 60);
        let mut bench = Bench::new(1_024);
        let mut now = START * 2;
        let mut total = HashMap::new();
        for (jump, step) in (1..).zip(steps) {
            let (by, user, requests) = step;
            now = now.saturating_add_signed(by);
            let name = format!("u{user}");
            let admitted = (0..requests).filter(|_| admitted(&bench.member("acme", &name, generous(three), now)));
            let total: &mut usize = total.entry(user).or_default();
            *total += admitted.count();
            prop_assert!(*total <= jump * 3);
        }
        // The first refusal after the last jump may be what tells a bucket that the clock was set back. Who had debt outside
        // before the clock was set forward may find it again when it is set back.
        let mut locked_out: Vec<usize> = (0..30).collect();
        for _ in 0..3 {
            locked_out.retain(|user| !admitted(&bench.member("acme", &format!("u{user}"), generous(three), now)));
            now += 60 * SECOND + 10_000;
        }
        prop_assert!(locked_out.is_empty(), "{:?}", locked_out);
    }
}
