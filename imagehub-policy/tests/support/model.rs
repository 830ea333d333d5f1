//! A model of workers over one store.
//!
//! A worker's only contact with others is its store operations, so its state is the list of answers it got. To move it
//! one step on, its charge is run again over those answers up to the next, new operation, which the shared store then
//! carries out. All orders of such steps are tried.

use crate::support::EnvoyStore;
use imagehub_policy::{
    AddressKey, Cas, CasResult, Charge, ChargeOutcome, Counters, Limit, LimitClass, LimitTable,
    PlanLimit, SetStore, StoreError, TableCounters, TenantId, Timestamp, Username,
};
use std::collections::HashSet;

pub const NOW: Timestamp = Timestamp::from_secs(1_767_225_600);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Operation {
    Load(u32),
    Set(u32, Vec<u8>, Cas),
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Answer {
    Loaded(Vec<u8>, Cas),
    Set(CasResult),
}

/// Gives the answers a worker has already had, then notes what it asks for next and lets the run fail.
struct Replay<'a> {
    answers: std::slice::Iter<'a, Answer>,
    next: Option<Operation>,
    now: Timestamp,
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
        self.now
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

/// Charges by as many workers, in every order of their steps.
pub struct Model<'a> {
    table: LimitTable,
    charges: Vec<(Charge<'a>, Timestamp)>,
    seen: HashSet<(EnvoyStore, Vec<Vec<Answer>>)>,
    /// Who was admitted, and what the store was then like.
    pub ends: HashSet<(Vec<bool>, EnvoyStore)>,
    /// Whether a worker was ever overtaken.
    pub mismatches: bool,
}

impl<'a> Model<'a> {
    /// All at the same time.
    pub fn explore(table: LimitTable, store: EnvoyStore, charges: Vec<Charge<'a>>) -> Self {
        let charges = charges.into_iter().map(|charge| (charge, NOW)).collect();
        Self::explore_at(table, store, charges)
    }

    /// Each with its own clock.
    pub fn explore_at(
        table: LimitTable,
        store: EnvoyStore,
        charges: Vec<(Charge<'a>, Timestamp)>,
    ) -> Self {
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
        let (charge, now) = &self.charges[worker];
        let mut replay = Replay {
            answers: answers.iter(),
            next: None,
            now: *now,
        };
        let outcome = TableCounters::new(&self.table, &mut replay).charge(charge, *now);
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

    /// How many were admitted, in any of the orders.
    pub fn admissions(&self) -> HashSet<usize> {
        self.ends
            .iter()
            .map(|(outcomes, _)| outcomes.iter().filter(|admitted| **admitted).count())
            .collect()
    }
}

/// Who is charged.
pub struct Names {
    pub tenant: TenantId,
    pub alice: Username,
    pub bob: Username,
    pub class: LimitClass,
}

impl Names {
    pub fn new() -> Self {
        Self {
            tenant: TenantId::parse("acme").unwrap(),
            alice: Username::parse("alice").unwrap(),
            bob: Username::parse("bob").unwrap(),
            class: LimitClass::parse("pull").unwrap(),
        }
    }

    pub fn address(&self, network: u64, limit: Limit) -> Charge<'_> {
        Charge::Anonymous {
            address: AddressKey::V6(network),
            class: &self.class,
            limit,
        }
    }

    /// Networks whose buckets are all in that set.
    pub fn crowd(&self, table: LimitTable, set: u32) -> impl Iterator<Item = u64> {
        (0..).filter(move |network| {
            let store = before(table, &[self.address(*network, a_minute(1))]);
            store.values.contains_key(&set)
        })
    }

    pub fn member<'a>(&'a self, user: &'a Username, limit: PlanLimit) -> Charge<'a> {
        Charge::Member {
            tenant: &self.tenant,
            user,
            class: &self.class,
            limit,
        }
    }
}

pub fn a_minute(count: u32) -> Limit {
    Limit::new(count, 60).unwrap()
}

pub fn plan(user: u32, tenant: u32) -> PlanLimit {
    PlanLimit {
        user: a_minute(user),
        tenant: a_minute(tenant),
    }
}

/// A store after these charges.
pub fn before(table: LimitTable, charges: &[Charge<'_>]) -> EnvoyStore {
    let mut store = EnvoyStore::default();
    for charge in charges {
        TableCounters::new(&table, &mut store).charge(charge, NOW);
    }
    store
}

/// How many more of a charge a store admits.
pub fn left(table: LimitTable, store: &EnvoyStore, charge: &Charge<'_>) -> usize {
    let mut store = store.clone();
    std::iter::repeat_with(|| TableCounters::new(&table, &mut store).charge(charge, NOW))
        .take_while(|outcome| matches!(outcome, ChargeOutcome::Admitted(_)))
        .count()
}
