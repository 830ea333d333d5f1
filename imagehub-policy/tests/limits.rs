//! What the limiter promises, for arrivals, limits and clocks of all kinds.

#[path = "support/bench.rs"]
mod bench;
mod support;

use bench::{Bench, SECOND, START, admitted, assert_guarantee, limit};
use imagehub_policy::{
    AddressKey, Charge, ChargeOutcome, Counters, Limit, LimitReport, PlanLimit, TableCounters,
    Timestamp,
};
use proptest::prelude::*;
use std::net::Ipv4Addr;

fn plan(user: u32, tenant: u32) -> PlanLimit {
    PlanLimit {
        user: limit(user, 60),
        tenant: limit(tenant, 60),
    }
}

fn report(outcome: ChargeOutcome) -> LimitReport {
    match outcome {
        ChargeOutcome::Admitted(report) | ChargeOutcome::Refused(report) => report,
        ChargeOutcome::NotYet => panic!("the store works"),
    }
}

fn any_limit() -> impl Strategy<Value = Limit> {
    let count = prop_oneof![0..5_u32, 0..200_u32, 999_900..=1_000_000_u32];
    let window = prop_oneof![1..5_u32, 1..=3_600_u32, 86_300..=86_400_u32];
    (count, window).prop_map(|(count, window)| limit(count, window))
}

/// Gaps between arrivals: none, a moment, about one unit's worth, long.
fn gaps(limit: Limit) -> impl Strategy<Value = Vec<u64>> {
    let unit = u64::from(limit.window_seconds()) * SECOND / u64::from(limit.count().max(1));
    let gap = prop_oneof![4 => Just(0_u64), 2 => 0..10_u64, 3 => 0..=unit + 1, 1 => 0..=unit * 20];
    prop::collection::vec(gap, 1..400)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_interval_admits_more_than_the_count_and_what_came_back(
        (limit, gaps) in any_limit().prop_flat_map(|limit| (Just(limit), gaps(limit)))
    ) {
        let mut bench = Bench::new(64);
        let (mut now, mut admissions) = (START, Vec::new());
        for gap in gaps {
            now += gap;
            if admitted(&bench.address(1, limit, now)) {
                admissions.push(now);
            }
        }
        assert_guarantee(&admissions, limit);
    }

    #[test]
    fn a_burst_admits_exactly_the_count_whatever_came_before(
        count in 1..300_u32, window in 1..=86_400_u32, idle in 0..100_u64, used in 0..300_u32,
    ) {
        let limit = limit(count, window);
        let mut bench = Bench::new(64);
        let spent = (0..used).filter(|_| admitted(&bench.address(1, limit, START))).count();
        prop_assert_eq!(spent, used.min(count) as usize);
        let now = START + u64::from(window) * SECOND * (1 + idle);
        let again = (0..count + 50).filter(|_| admitted(&bench.address(1, limit, now))).count();
        prop_assert_eq!(again, count as usize);
    }

    #[test]
    fn a_unit_is_back_when_the_report_says_and_not_a_second_earlier(
        count in 1..200_u32, window in 1..=3_600_u32, used in 0..400_u32, gap in 0..3_000_000_u64,
    ) {
        let limit = limit(count, window);
        let mut bench = Bench::new(64);
        for _ in 0..used {
            bench.address(1, limit, START);
        }
        let now = START + gap;
        if let ChargeOutcome::Refused(report) = bench.address(1, limit, now) {
            let wait = u64::from(report.retry_after()) * SECOND;
            prop_assert!(wait > 0);
            if wait > SECOND {
                prop_assert!(!admitted(&bench.address(1, limit, now + wait - SECOND)));
            }
            prop_assert!(admitted(&bench.address(1, limit, now + wait)), "refused when told to come back");
        }
    }

    #[test]
    fn clock_jumps_lock_nobody_out_for_longer_than_a_window_and_give_at_most_a_burst_each(
        limit in (1..50_u32, 1..=3_600_u32).prop_map(|(count, window)| limit(count, window)),
        steps in prop::collection::vec((prop_oneof![Just(0_i64), -10_000_000_000..10_000_000_000_i64, -20_000..20_000_i64], 1..80_u32), 1..12),
    ) {
        let mut bench = Bench::new(64);
        let mut now = START * 2;
        let (mut jumps, mut total) = (0_u64, 0_u64);
        for (jump, requests) in steps {
            now = now.saturating_add_signed(jump);
            jumps += 1;
            total += (0..requests).filter(|_| admitted(&bench.address(1, limit, now))).count() as u64;
            prop_assert!(total <= jumps * u64::from(limit.count()));
        }
        // The first refusal after the last jump may be what tells the bucket that the clock was set back.
        bench.address(1, limit, now);
        let window = u64::from(limit.window_seconds()) * SECOND;
        let tolerance = 10_000;
        prop_assert!(admitted(&bench.address(1, limit, now + window + tolerance)), "locked out for more than a window");
    }

    #[test]
    fn both_buckets_keep_the_guarantee_and_a_refusal_leaves_both_as_they_were(
        arrivals in prop::collection::vec((0..4_usize, prop_oneof![3 => Just(0_u64), 1 => 0..2_000_000_u64]), 1..300),
        user in 1..12_u32, tenant in 1..25_u32,
    ) {
        let limits = plan(user, tenant);
        let mut bench = Bench::new(1_024);
        let names = ["u0", "u1", "u2", "u3"];
        let mut now = START;
        let mut by_user = vec![Vec::new(); names.len()];
        let mut all = Vec::new();
        for (who, gap) in arrivals {
            now += gap;
            let outcome = bench.member("acme", names[who], limits, now);
            match outcome {
                ChargeOutcome::Admitted(_) => {
                    by_user[who].push(now);
                    all.push(now);
                }
                refused => {
                    let again = bench.member("acme", names[who], limits, now);
                    prop_assert_eq!(refused, again);
                }
            }
        }
        assert_guarantee(&all, limits.tenant);
        for admissions in by_user {
            assert_guarantee(&admissions, limits.user);
        }
    }

}

#[test]
fn an_upgrade_keeps_what_was_used_in_requests() {
    let mut bench = Bench::new(1_024);
    for _ in 0..10 {
        assert!(admitted(&bench.member(
            "acme",
            "alice",
            plan(10, 100),
            START
        )));
    }
    assert!(!admitted(&bench.member(
        "acme",
        "alice",
        plan(10, 100),
        START
    )));
    let after = report(bench.member("acme", "alice", plan(100, 1_000), START));
    assert_eq!(after.rate_limit(), r#""user";r=89;t=1, "tenant";r=989;t=1"#);
}

#[test]
fn a_downgrade_keeps_it_too() {
    let mut bench = Bench::new(1_024);
    for _ in 0..100 {
        assert!(admitted(&bench.member(
            "acme",
            "alice",
            plan(100, 1_000),
            START
        )));
    }
    let refused = bench.member("acme", "alice", plan(10, 100), START);
    assert!(!admitted(&refused));
    assert_eq!(report(refused).refused_by().unwrap().remaining, 0);
    // Switching back and forth gains nothing.
    assert!(!admitted(&bench.member(
        "acme",
        "alice",
        plan(100, 1_000),
        START
    )));
}

#[test]
fn a_changed_window_keeps_it_too() {
    let mut bench = Bench::new(64);
    for _ in 0..5 {
        bench.address(1, limit(10, 60), START);
    }
    let after = report(bench.address(1, limit(10, 3_600), START));
    assert_eq!(after.rate_limit(), r#""address";r=4;t=360"#);
}

#[test]
fn what_the_tenant_refuses_does_not_cost_the_user() {
    let mut bench = Bench::new(1_024);
    for _ in 0..5 {
        assert!(admitted(&bench.member("acme", "alice", plan(10, 5), START)));
    }
    for _ in 0..100 {
        let refused = bench.member("acme", "bob", plan(10, 5), START);
        assert_eq!(
            report(refused).rate_limit(),
            r#""user";r=10;t=0, "tenant";r=0;t=12"#
        );
    }
    let later = report(bench.member("acme", "bob", plan(10, 5), START + 12 * SECOND));
    assert_eq!(later.rate_limit(), r#""user";r=9;t=6, "tenant";r=0;t=12"#);
}

#[test]
fn a_limit_of_nothing_admits_nothing_and_says_to_come_back_after_the_window() {
    let mut bench = Bench::new(64);
    for wait in [0, 60, 3_600] {
        let refused = bench.address(1, limit(0, 60), START + wait * SECOND);
        assert!(!admitted(&refused));
        assert_eq!(report(refused).retry_after(), 60);
    }
}

#[test]
fn workers_whose_clocks_differ_by_some_milliseconds_lose_nothing_and_gain_nothing() {
    let mut bench = Bench::new(64);
    let ten = limit(10, 60);
    for turn in 0..10 {
        let now = START + [0, 8_000][turn % 2];
        assert!(admitted(&bench.address(1, ten, now)));
    }
    for turn in 0..10 {
        assert!(!admitted(&bench.address(
            1,
            ten,
            START + [0, 8_000][turn % 2]
        )));
    }
    assert!(admitted(&bench.address(1, ten, START + 8_000 + 6 * SECOND)));
}

#[test]
fn a_clock_set_back_by_a_year_costs_at_most_a_window() {
    let mut bench = Bench::new(64);
    let ten = limit(10, 60);
    for _ in 0..10 {
        bench.address(1, ten, START);
    }
    let back = START - 365 * 86_400 * SECOND;
    assert_eq!(report(bench.address(1, ten, back)).retry_after(), 6);
    assert!(admitted(&bench.address(1, ten, back + 6 * SECOND)));
}

#[test]
fn a_late_reader_of_the_clock_asks_again_before_it_takes_it_for_a_step_back() {
    let mut bench = Bench::new(64);
    let ten = limit(10, 60);
    for _ in 0..10 {
        bench.address(1, ten, START + 12 * SECOND);
    }
    // A request whose time was read 12 s ago, while the store's clock says 18 s: 6 s have drained, not none.
    bench.store.now = START + 18 * SECOND;
    let class = bench.class.clone();
    let charge = Charge::Anonymous {
        address: AddressKey::V4(Ipv4Addr::from_bits(1)),
        class: &class,
        limit: ten,
    };
    let outcome = TableCounters::new(&bench.table, &mut bench.store)
        .charge(&charge, Timestamp::from_micros(START));
    assert!(admitted(&outcome));
}
