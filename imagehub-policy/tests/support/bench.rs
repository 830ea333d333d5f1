//! A table to charge, and the guarantee to hold it to.

use crate::support::EnvoyStore;
use imagehub_policy::{
    AddressKey, Charge, ChargeOutcome, Counters, Limit, LimitClass, LimitTable, PlanLimit,
    TableCounters, Timestamp,
};
use std::net::Ipv4Addr;

pub const START: u64 = 1_767_225_600_000_000;
pub const SECOND: u64 = 1_000_000;

pub struct Bench {
    pub table: LimitTable,
    pub store: EnvoyStore,
    pub class: LimitClass,
}

impl Bench {
    pub fn new(slots: u32) -> Self {
        Self {
            table: LimitTable::new(slots, [3, 4]),
            store: EnvoyStore {
                now: START,
                ..EnvoyStore::default()
            },
            class: LimitClass::parse("pull").unwrap(),
        }
    }

    pub fn charge(&mut self, charge: &Charge<'_>, now: u64) -> ChargeOutcome {
        self.store.now = now;
        TableCounters::new(&self.table, &mut self.store).charge(charge, Timestamp::from_micros(now))
    }

    pub fn address(&mut self, address: u32, limit: Limit, now: u64) -> ChargeOutcome {
        let class = self.class.clone();
        let address = AddressKey::V4(Ipv4Addr::from_bits(address));
        self.charge(
            &Charge::Anonymous {
                address,
                class: &class,
                limit,
            },
            now,
        )
    }

    pub fn member(
        &mut self,
        tenant: &str,
        user: &str,
        limit: PlanLimit,
        now: u64,
    ) -> ChargeOutcome {
        let class = self.class.clone();
        let charge = Charge::Member {
            tenant: &tenant.parse().unwrap(),
            user: &user.parse().unwrap(),
            class: &class,
            limit,
        };
        self.charge(&charge, now)
    }
}

pub fn limit(count: u32, window_seconds: u32) -> Limit {
    Limit::new(count, window_seconds).unwrap()
}

pub fn admitted(outcome: &ChargeOutcome) -> bool {
    matches!(outcome, ChargeOutcome::Admitted(_))
}

/// Asserts, for every interval between two admissions, that it holds at most `count + floor(t × count / window)`.
pub fn assert_guarantee(admissions: &[u64], limit: Limit) {
    let (count, window) = (
        u128::from(limit.count()),
        u128::from(limit.window_seconds()) * u128::from(SECOND),
    );
    for (first, from) in admissions.iter().enumerate() {
        for (last, until) in admissions.iter().enumerate().skip(first) {
            let most = count + u128::from(until - from) * count / window;
            assert!(
                (last - first + 1) as u128 <= most,
                "{} admitted in {} us under {limit:?}",
                last - first + 1,
                until - from
            );
        }
    }
}
