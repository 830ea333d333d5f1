//! Every interleaving of two and three workers over one store, step by step.
//!
//! A worker's only contact with others is its store operations, so its state is the list of answers it got. To move it
//! one step on, its charge is run again over those answers up to the next, new operation, which the shared store then
//! carries out. All orders of such steps are tried.

mod support;

use imagehub_policy::{
    AddressKey, Cas, CasResult, Charge, ChargeOutcome, Counters, Limit, LimitClass, LimitTable,
    PlanLimit, SetStore, StoreError, TableCounters, TenantId, Timestamp, Username,
};
use std::collections::HashSet;
use support::EnvoyStore;

const NOW: Timestamp = Timestamp::from_secs(1_767_225_600);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Operation {
    Load(u32),
    Set(u32, Vec<u8>, Cas),
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Answer {
    Loaded(Vec<u8>, Cas),
    Set(CasResult),
}

/// Gives the answers a worker has already had, then notes what it asks for next and lets the run fail.
struct Replay<'a> {
    answers: std::slice::Iter<'a, Answer>,
    next: Option<Operation>,
}

impl SetStore for Replay<'_> {
    fn load(&mut self, set: u32) -> Result<(Vec<u8>, Cas), StoreError> {
        match self.answers.next() {
            Some(Answer::Loaded(value, cas)) => Ok((value.clone(), *cas)),
            Some(Answer::Set(_)) => panic!("a worker does not repeat itself"),
            None => {
                self.next.get_or_insert(Operation::Load(set));
                Err(StoreError)
            }
        }
    }

    fn compare_and_set(
        &mut self,
        set: u32,
        value: &[u8],
        cas: Cas,
    ) -> Result<CasResult, StoreError> {
        match self.answers.next() {
            Some(Answer::Set(result)) => Ok(*result),
            Some(Answer::Loaded(..)) => panic!("a worker does not repeat itself"),
            None => {
                self.next
                    .get_or_insert(Operation::Set(set, value.to_vec(), cas));
                Err(StoreError)
            }
        }
    }

    fn now(&mut self) -> Timestamp {
        NOW
    }
}

fn carry_out(store: &mut EnvoyStore, operation: Operation) -> Answer {
    match operation {
        Operation::Load(set) => {
            let (value, cas) = store.load(set).unwrap();
            Answer::Loaded(value, cas)
        }
        Operation::Set(set, value, cas) => {
            Answer::Set(store.compare_and_set(set, &value, cas).unwrap())
        }
    }
}

type State = (EnvoyStore, Vec<Vec<Answer>>);

struct Model<'a> {
    table: LimitTable,
    charges: Vec<Charge<'a>>,
    seen: HashSet<State>,
    ends: HashSet<(Vec<bool>, EnvoyStore)>,
    mismatches: bool,
}

impl<'a> Model<'a> {
    fn explore(table: LimitTable, store: EnvoyStore, charges: Vec<Charge<'a>>) -> Self {
        let histories = vec![Vec::new(); charges.len()];
        let mut model = Self {
            table,
            charges,
            seen: HashSet::new(),
            ends: HashSet::new(),
            mismatches: false,
        };
        model.visit(store, histories);
        model
    }

    fn run(&self, worker: usize, answers: &[Answer]) -> Result<ChargeOutcome, Operation> {
        let mut replay = Replay {
            answers: answers.iter(),
            next: None,
        };
        let outcome =
            TableCounters::new(&self.table, &mut replay).charge(&self.charges[worker], NOW);
        replay.next.map_or(Ok(outcome), Err)
    }

    fn visit(&mut self, store: EnvoyStore, histories: Vec<Vec<Answer>>) {
        if !self.seen.insert((store.clone(), histories.clone())) {
            return;
        }
        let mut outcomes = Vec::new();
        for worker in 0..self.charges.len() {
            match self.run(worker, &histories[worker]) {
                Ok(outcome) => outcomes.push(matches!(outcome, ChargeOutcome::Admitted(_))),
                Err(operation) => {
                    let (mut store, mut histories) = (store.clone(), histories.clone());
                    let answer = carry_out(&mut store, operation);
                    self.mismatches |= answer == Answer::Set(CasResult::Mismatch);
                    histories[worker].push(answer);
                    self.visit(store, histories);
                }
            }
        }
        if outcomes.len() == self.charges.len() {
            self.ends.insert((outcomes, store));
        }
    }

    fn admissions(&self) -> HashSet<usize> {
        self.ends
            .iter()
            .map(|(outcomes, _)| outcomes.iter().filter(|admitted| **admitted).count())
            .collect()
    }
}

struct Names {
    tenant: TenantId,
    alice: Username,
    bob: Username,
    class: LimitClass,
}

impl Names {
    fn new() -> Self {
        Self {
            tenant: TenantId::parse("acme").unwrap(),
            alice: Username::parse("alice").unwrap(),
            bob: Username::parse("bob").unwrap(),
            class: LimitClass::parse("pull").unwrap(),
        }
    }

    fn address(&self, network: u64, limit: Limit) -> Charge<'_> {
        Charge::Anonymous {
            address: AddressKey::V6(network),
            class: &self.class,
            limit,
        }
    }

    fn member<'a>(&'a self, user: &'a Username, limit: PlanLimit) -> Charge<'a> {
        Charge::Member {
            tenant: &self.tenant,
            user,
            class: &self.class,
            limit,
        }
    }
}

fn a_minute(count: u32) -> Limit {
    Limit::new(count, 60).unwrap()
}

fn plan(user: u32, tenant: u32) -> PlanLimit {
    PlanLimit {
        user: a_minute(user),
        tenant: a_minute(tenant),
    }
}

fn before(table: LimitTable, charges: &[Charge<'_>]) -> EnvoyStore {
    let mut store = EnvoyStore::default();
    for charge in charges {
        TableCounters::new(&table, &mut store).charge(charge, NOW);
    }
    store
}

/// How many more of a charge a store admits.
fn left(table: LimitTable, store: &EnvoyStore, charge: &Charge<'_>) -> usize {
    let mut store = store.clone();
    std::iter::repeat_with(|| TableCounters::new(&table, &mut store).charge(charge, NOW))
        .take_while(|outcome| matches!(outcome, ChargeOutcome::Admitted(_)))
        .count()
}

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
    let fill: Vec<_> = (0..48)
        .map(|network| names.address(1_000 + network, a_minute(4)))
        .collect();
    let store = before(table, &fill);
    // All three land on one shared bucket that has 3 units left, whoever they are.
    let newcomers = vec![
        names.address(1, a_minute(4)),
        names.address(2, a_minute(2)),
        names.address(1, a_minute(4)),
    ];
    let model = Model::explore(table, store, newcomers);
    assert!(model.mismatches);
    for (outcomes, store) in &model.ends {
        let [first, _, third] = outcomes[..] else {
            panic!("three workers")
        };
        let admitted = usize::from(first) + usize::from(third);
        assert!(admitted + left(table, store, &names.address(1, a_minute(4))) <= 4);
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
