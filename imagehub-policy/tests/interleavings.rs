//! Every interleaving of two and three workers over one store, step by step.

#[path = "support/model.rs"]
mod model;
mod support;

use imagehub_policy::LimitTable;
use model::{Model, Names, a_minute, before, left, plan};
use std::collections::HashSet;
use support::EnvoyStore;

#[test]
fn three_workers_creating_one_bucket_at_once_admit_exactly_the_count() {
    let names = Names::new();
    let table = LimitTable::new(64, [1, 2]);
    for count in 0..=3 {
        let charge = names.address(1, a_minute(count));
        let model = Model::explore(table, EnvoyStore::default(), vec![charge; 3]);
        assert_eq!(
            model.admissions(),
            HashSet::from([count as usize]),
            "of {count}"
        );
        assert!(
            model.mismatches || count == 0,
            "the creation race was tried"
        );
    }
}

#[test]
fn three_workers_on_the_last_unit_admit_exactly_one() {
    let names = Names::new();
    let table = LimitTable::new(64, [1, 2]);
    let charge = names.address(1, a_minute(10));
    let store = before(table, &[charge; 9]);
    assert_eq!(
        Model::explore(table, store, vec![charge; 3]).admissions(),
        HashSet::from([1])
    );
}

#[test]
fn a_user_s_very_first_requests_on_two_workers_spend_both_buckets_alike() {
    let names = Names::new();
    let table = LimitTable::new(4_096, [1, 2]);
    let charge = names.member(&names.alice, plan(10, 100));
    let model = Model::explore(table, EnvoyStore::default(), vec![charge; 2]);
    assert_eq!(model.admissions(), HashSet::from([2]));
    for (_, store) in &model.ends {
        assert_eq!(left(table, store, &charge), 8);
        assert_eq!(
            left(table, store, &names.member(&names.bob, plan(100, 100))),
            98
        );
    }
}

#[test]
fn two_users_on_the_tenant_s_last_unit_admit_exactly_one_and_the_other_loses_nothing() {
    let names = Names::new();
    // One set for everything, and many: the buckets share a value, and they do not.
    for entries in [48, 4_096] {
        let table = LimitTable::new(entries, [1, 2]);
        let (alice, bob) = (
            names.member(&names.alice, plan(10, 5)),
            names.member(&names.bob, plan(10, 5)),
        );
        let store = before(table, &[alice; 4]);
        let model = Model::explore(table, store, vec![alice, bob]);
        assert_eq!(model.admissions(), HashSet::from([1]), "{entries} entries");
        for (outcomes, store) in &model.ends {
            let alone = plan(10, 1_000);
            assert_eq!(
                left(table, store, &names.member(&names.alice, alone)),
                6 - usize::from(outcomes[0]),
                "{entries} entries"
            );
            assert_eq!(
                left(table, store, &names.member(&names.bob, alone)),
                10 - usize::from(outcomes[1]),
                "{entries} entries"
            );
        }
    }
}

#[test]
fn three_workers_on_a_user_s_last_unit_admit_exactly_one_and_the_tenant_pays_once() {
    let names = Names::new();
    let table = LimitTable::new(4_096, [1, 2]);
    let alice = names.member(&names.alice, plan(3, 100));
    let store = before(table, &[alice; 2]);
    let model = Model::explore(table, store, vec![alice; 3]);
    assert_eq!(model.admissions(), HashSet::from([1]));
    for (_, store) in &model.ends {
        assert_eq!(
            left(table, store, &names.member(&names.bob, plan(1_000, 100))),
            97
        );
    }
}

#[test]
fn new_keys_that_must_share_a_full_group_never_get_more_than_their_count() {
    let names = Names::new();
    let table = LimitTable::new(48, [1, 2]);
    let crowd: Vec<_> = names.crowd(table, 0).take(50).collect();
    let fill: Vec<_> = crowd[2..]
        .iter()
        .map(|network| names.address(*network, a_minute(4)))
        .collect();
    let store = before(table, &fill);
    // All three land on one shared bucket that has 3 units left, whoever they are.
    let newcomers = vec![
        names.address(crowd[0], a_minute(4)),
        names.address(crowd[1], a_minute(2)),
        names.address(crowd[0], a_minute(4)),
    ];
    let model = Model::explore(table, store, newcomers);
    assert!(model.mismatches);
    for (outcomes, store) in &model.ends {
        let [first, _, third] = outcomes[..] else {
            panic!("three workers")
        };
        let admitted = usize::from(first) + usize::from(third);
        assert!(admitted + left(table, store, &names.address(crowd[0], a_minute(4))) <= 4);
        assert!(outcomes.iter().filter(|admitted| **admitted).count() <= 3);
    }
}

#[test]
fn a_plan_changing_under_two_workers_keeps_the_debt() {
    let names = Names::new();
    let table = LimitTable::new(64, [1, 2]);
    let (old, new) = (
        names.address(1, a_minute(10)),
        names.address(1, a_minute(100)),
    );
    let store = before(table, &[old; 9]);
    let model = Model::explore(table, store, vec![old, new, new]);
    for (outcomes, store) in &model.ends {
        assert!(outcomes[1] && outcomes[2], "the new plan has room");
        let spent = 9 + outcomes.iter().filter(|admitted| **admitted).count();
        assert_eq!(left(table, store, &new), 100 - spent);
    }
}
