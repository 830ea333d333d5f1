//! Every interleaving of workers on a tenant whose users have no room in the tenant's set, or just have it again.

#[expect(dead_code, reason = "other tests have addresses")]
#[path = "support/model.rs"]
mod model;
mod support;

use imagehub_policy::{Charge, Limit, LimitTable, PlanLimit, Timestamp, Username};
use model::{Model, NOW, Names, a_minute, before, left, plan};
use std::collections::HashSet;
use support::EnvoyStore;

const SECOND: u64 = 1_000_000_000;

/// With the tenant's own bucket as many as leave no place to another user.
const CROWD: usize = 19;

struct Tenant {
    names: Names,
    table: LimitTable,
    crowd: Vec<Username>,
}

impl Tenant {
    fn new() -> Self {
        let crowd = (0..CROWD).map(|user| Username::parse(&format!("u{user}")).unwrap());
        Self {
            names: Names::new(),
            table: LimitTable::new(1_024, [1, 2]),
            crowd: crowd.collect(),
        }
    }

    fn alice(&self, limit: PlanLimit) -> Charge<'_> {
        self.names.member(&self.names.alice, limit)
    }

    fn bob(&self, limit: PlanLimit) -> Charge<'_> {
        self.names.member(&self.names.bob, limit)
    }

    /// A charge of each of the crowd, whose buckets are empty again after so many seconds.
    fn crowd(&self, seconds: u32) -> Vec<Charge<'_>> {
        let limit = PlanLimit {
            user: Limit::new(1, seconds).unwrap(),
            tenant: a_minute(1_000),
        };
        let charges = self.crowd.iter().map(|user| self.names.member(user, limit));
        charges.collect()
    }

    /// A full set, and what came after.
    fn full(&self, crowd_seconds: u32, then: &[Charge<'_>]) -> EnvoyStore {
        let mut charges = self.crowd(crowd_seconds);
        charges.extend_from_slice(then);
        before(self.table, &charges)
    }

    fn explore<'a>(&self, store: EnvoyStore, charges: Vec<(Charge<'a>, Timestamp)>) -> Model<'a> {
        Model::explore_at(self.table, store, charges)
    }
}

fn an_hour(count: u32) -> PlanLimit {
    PlanLimit {
        user: Limit::new(count, 3_600).unwrap(),
        tenant: a_minute(1_000),
    }
}

/// So many seconds later.
fn after(seconds: u64) -> Timestamp {
    NOW.saturating_add_nanos(seconds * SECOND)
}

#[test]
fn three_workers_creating_a_bucket_outside_admit_exactly_the_count() {
    let tenant = Tenant::new();
    for count in 0..=2 {
        let alice = tenant.alice(an_hour(count));
        let store = tenant.full(3_600, &[]);
        let (sets, limit) = (store.values.len(), count as usize);
        let model = tenant.explore(store, vec![(alice, NOW); 3]);
        assert_eq!(model.admissions(), HashSet::from([limit]), "of {count}");
        for (_, store) in &model.ends {
            assert_eq!(store.values.len() > sets, count > 0, "she counts outside");
            let bob = tenant.bob(plan(2_000, 1_000));
            assert_eq!(left(tenant.table, store, &bob), 1_000 - CROWD - limit);
        }
    }
}

#[test]
fn a_place_that_one_worker_sees_and_the_others_do_not_yet_gives_nothing_twice() {
    let tenant = Tenant::new();
    for count in 1..=2 {
        let alice = tenant.alice(an_hour(count));
        // By the third worker's clock the crowd's buckets are empty.
        let charges = vec![(alice, NOW), (alice, NOW), (alice, after(1))];
        let model = tenant.explore(tenant.full(1, &[]), charges);
        assert_eq!(model.admissions(), HashSet::from([count as usize]));
        assert!(model.mismatches);
    }
}

#[test]
fn who_has_debt_outside_does_not_begin_afresh_at_home() {
    let tenant = Tenant::new();
    let alice = tenant.alice(an_hour(3));
    let store = tenant.full(1, &[alice, alice]);
    let model = tenant.explore(store, vec![(alice, after(1)); 3]);
    assert_eq!(model.admissions(), HashSet::from([1]));
}

#[test]
fn at_the_end_of_the_mark_the_debt_outside_is_gone_and_not_before() {
    let tenant = Tenant::new();
    let alice = tenant.alice(plan(1, 1_000));
    let store = tenant.full(1, &[alice]);
    let just_before = NOW.saturating_add_nanos(60 * SECOND - 1_000);
    let alone = tenant.explore(store.clone(), vec![(alice, just_before); 2]);
    assert_eq!(alone.admissions(), HashSet::from([0]));
    let charges = vec![(alice, just_before), (alice, after(60)), (alice, after(60))];
    let model = tenant.explore(store, charges);
    assert_eq!(model.admissions(), HashSet::from([1]));
}

#[test]
fn who_owes_nothing_outside_comes_home_while_others_keep_up_the_mark() {
    let tenant = Tenant::new();
    let (alice, bob) = (tenant.alice(plan(1, 1_000)), tenant.bob(an_hour(2)));
    let store = tenant.full(1, &[alice, bob]);
    let charges = vec![(alice, after(60)), (alice, after(60)), (bob, after(60))];
    let model = tenant.explore(store, charges);
    for (outcomes, store) in &model.ends {
        assert!(outcomes[2] && outcomes[0] != outcomes[1], "{outcomes:?}");
        assert_eq!(left(tenant.table, store, &bob), 0);
    }
}

#[test]
fn who_goes_outside_leaves_nothing_at_home_for_a_worker_whose_clock_is_late() {
    let tenant = Tenant::new();
    let alice = tenant.alice(PlanLimit {
        user: Limit::new(2, 120).unwrap(),
        tenant: a_minute(1_000),
    });
    let at_home = before(tenant.table, &[alice]);
    let home = *at_home.values.keys().next().unwrap();
    let others = tenant.names.crowd(tenant.table, home).take(CROWD + 1);
    let mut charges = vec![alice];
    let an_hour = Limit::new(1, 3_600).unwrap();
    charges.extend(others.map(|network| tenant.names.address(network, an_hour)));
    let store = before(tenant.table, &charges);
    // Her one request is over after a minute; five milliseconds earlier it is not quite.
    let late = NOW.saturating_add_nanos(60 * SECOND - 5_000_000);
    let charges = vec![(alice, after(60)), (alice, after(60)), (alice, late)];
    let model = tenant.explore(store, charges);
    assert_eq!(model.admissions(), HashSet::from([2]));
}

#[test]
fn two_users_outside_on_the_tenants_last_unit_admit_one_and_the_other_loses_nothing() {
    let tenant = Tenant::new();
    let last = u32::try_from(CROWD).unwrap() + 1;
    let (alice, bob) = (tenant.alice(plan(5, last)), tenant.bob(plan(5, last)));
    let model = tenant.explore(tenant.full(60, &[]), vec![(alice, NOW), (bob, NOW)]);
    assert_eq!(model.admissions(), HashSet::from([1]));
    for (outcomes, store) in &model.ends {
        for (charge, admitted) in [tenant.alice(plan(5, 2_000)), tenant.bob(plan(5, 2_000))]
            .into_iter()
            .zip(outcomes)
        {
            let spent = usize::from(*admitted);
            assert_eq!(left(tenant.table, store, &charge), 5 - spent);
        }
    }
}

#[test]
fn one_user_at_home_and_one_outside_share_what_the_tenant_has_left() {
    let tenant = Tenant::new();
    let last = u32::try_from(CROWD).unwrap() + 1;
    let at_home = tenant.names.member(&tenant.crowd[0], plan(5, last));
    let outside = tenant.alice(plan(5, last));
    let store = tenant.full(60, &[]);
    let model = tenant.explore(store, vec![(at_home, NOW), (outside, NOW), (outside, NOW)]);
    assert_eq!(model.admissions(), HashSet::from([1]));
}

#[test]
fn a_plan_changing_while_a_user_is_outside_keeps_the_debt() {
    let tenant = Tenant::new();
    let (old, new) = (
        tenant.alice(plan(10, 1_000)),
        tenant.alice(plan(100, 10_000)),
    );
    let store = tenant.full(3_600, &[old; 9]);
    let model = tenant.explore(store, vec![(old, NOW), (new, NOW), (new, NOW)]);
    for (outcomes, store) in &model.ends {
        assert!(outcomes[1] && outcomes[2], "the new plan has room");
        let spent = 9 + outcomes.iter().filter(|admitted| **admitted).count();
        assert_eq!(left(tenant.table, store, &new), 100 - spent);
    }
}
