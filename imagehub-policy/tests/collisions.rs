//! How rarely two keys have to share a bucket while live keys are half the slots.
//!
//! Every limit here is one request: whoever shares a bucket is refused. None was seen in 200 fillings of each kind (of which 20
//! are repeated here). At worst 0.001 keys a filling are to be expected, one in 28 million: with about a thirtieth of the sets
//! full of users.

use imagehub_policy::{
    AddressKey, Charge, ChargeOutcome, Counters, Limit, LimitClass, LimitTable, MemoryCounters,
    PlanLimit, TenantId, Timestamp, Username,
};

const KEYS: u64 = LimitTable::DEFAULT_SLOTS as u64 / 2;
const FILLINGS: u64 = 20;
const NOW: Timestamp = Timestamp::from_secs(1_767_225_600);

struct Filling {
    counters: MemoryCounters,
    class: LimitClass,
    refused: usize,
}

impl Filling {
    fn new(seed: u64) -> Self {
        Self {
            counters: MemoryCounters::new(LimitTable::DEFAULT_SLOTS, [seed, !seed]),
            class: LimitClass::parse("pull").unwrap(),
            refused: 0,
        }
    }

    fn address(&mut self, key: u64) {
        let charge = Charge::Anonymous {
            address: AddressKey::V6(key),
            class: &self.class,
            limit: a_minute(1),
        };
        let outcome = self.counters.charge(&charge, NOW);
        self.refused += usize::from(!matches!(outcome, ChargeOutcome::Admitted(_)));
    }

    fn member(&mut self, tenant: u64, user: u64, of_tenant: u32) {
        let charge = Charge::Member {
            tenant: &TenantId::parse(&format!("t{tenant}")).unwrap(),
            user: &Username::parse(&format!("u{user}")).unwrap(),
            class: &self.class,
            limit: PlanLimit {
                user: a_minute(1),
                tenant: a_minute(of_tenant),
            },
        };
        let outcome = self.counters.charge(&charge, NOW);
        self.refused += usize::from(!matches!(outcome, ChargeOutcome::Admitted(_)));
    }
}

fn a_minute(count: u32) -> Limit {
    Limit::new(count, 60).unwrap()
}

/// How many keys do not find a bucket of their own.
fn refused(fill: impl Fn(&mut Filling)) -> usize {
    let fillings = (0..FILLINGS).map(|seed| {
        let mut filling = Filling::new(seed);
        fill(&mut filling);
        filling.refused
    });
    fillings.sum()
}

#[test]
fn addresses_have_a_bucket_each() {
    assert_eq!(
        refused(|filling| (0..KEYS).for_each(|key| filling.address(key))),
        0
    );
}

#[test]
fn tenants_of_one_user_have_a_bucket_each_and_so_has_the_user() {
    let fill = |filling: &mut Filling| (0..KEYS / 2).for_each(|key| filling.member(key, key, 1));
    assert_eq!(refused(fill), 0);
}

#[test]
fn tenants_whose_users_come_first_leave_a_bucket_to_everybody_else() {
    // As many sets full of users as do the most harm, and users of theirs without a place there.
    let (tenants, users) = (85, 40);
    let fill = |filling: &mut Filling| {
        for tenant in 0..tenants {
            (0..users).for_each(|user| filling.member(tenant, user, 1_000));
        }
        (0..KEYS - tenants * (users + 1)).for_each(|key| filling.address(key));
    };
    assert_eq!(refused(fill), 0);
}
