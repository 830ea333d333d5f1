//! No byte of a request, a key set or a stored value makes anything panic.

use imagehub_policy::test_support::{NOW, claims, keys, token};
use imagehub_policy::{
    AddressKey, Answerer, Cas, CasResult, Charge, Counters, Decision, Keys, Limit, LimitClass,
    LimitTable, MemoryCounters, PlanLimit, Policy, RequestHead, SET_BYTES, SetStore, StoreError,
    TableCounters, Timestamp, VerifiedTokens, decide, find_credential, parse_client,
};
use proptest::prelude::*;

const POLICY: &[u8] = include_bytes!("../../consul/policy.json");

fn header() -> impl Strategy<Value = (Vec<u8>, Vec<u8>)> {
    let token = token(&claims("alice", &[("acme", "owner", "team")]));
    let name = prop_oneof![
        Just("authorization"),
        Just("cookie"),
        Just("accept"),
        Just("x-imagehub-client")
    ];
    let value = prop_oneof![
        any::<Vec<u8>>(),
        Just(format!("Bearer {token}").into_bytes()),
        Just(format!("imagehub_session={token}").into_bytes()),
        "Bearer [A-Za-z0-9_.=-]{0,60}".prop_map(String::into_bytes),
        "(imagehub_session|[a-z;= ]{0,6})(=[a-zA-Z0-9._-]{0,20})?(; ?[a-z=]{0,10}){0,3}"
            .prop_map(String::into_bytes),
        "(text|application|[*])/(html|json|[*])(;q=[0-9.]{0,5})?,?.{0,10}"
            .prop_map(String::into_bytes),
    ];
    (name.prop_map(|name| name.as_bytes().to_vec()), value)
}

fn path() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        any::<Vec<u8>>(),
        "/(t|api/v1/tenants)/(acme|[a-z%./]{0,8})(/[a-z0-9%.{}*]{0,8}){0,5}([?].{0,10})?"
            .prop_map(String::into_bytes),
        "(/[^/]{0,3}){0,30}".prop_map(String::into_bytes),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn deciding_never_panics_and_only_alice_gets_into_her_tenant(
        method in prop_oneof![Just(b"GET".to_vec()), Just(b"POST".to_vec()), any::<Vec<u8>>()],
        path in path(),
        headers in prop::collection::vec(header(), 0..4),
        client in any::<Vec<u8>>(),
        now: u64,
        listed: bool,
    ) {
        let policy = Policy::parse(POLICY).unwrap();
        let keys = if listed { keys() } else { Keys::none() };
        let named = headers.iter().map(|(name, value)| (name.as_slice(), value.as_slice()));
        let head = RequestHead::from_headers(&method, &path, named);
        let mut counters = MemoryCounters::new(48, [1, 2]);
        for now in [NOW, Timestamp::from_nanos(now), NOW] {
            let mut tokens = VerifiedTokens::default();
            match decide(&policy, &head, &|| parse_client(&client), now, &keys, &mut tokens, &mut counters).decision {
                Decision::Allow(allow) => {
                    let tenant = allow.identity.and_then(|identity| identity.tenant);
                    prop_assert!(tenant.is_none_or(|tenant| tenant.as_str() == "acme" && listed));
                }
                Decision::Tell(_) => prop_assert!(false, "nobody signed that"),
                Decision::Refuse(refusal) | Decision::AwaitKeys(refusal) => {
                    prop_assert!([303, 400, 401, 403, 429, 503].contains(&refusal.status));
                    prop_assert!(!refusal.body(Answerer::Application).is_empty());
                    for (name, value) in &refusal.headers {
                        prop_assert!(value.bytes().all(|b| (b' '..0x7f).contains(&b)), "{}: {:?}", name, value);
                    }
                }
            }
        }
    }

    #[test]
    fn credentials_addresses_and_key_sets_never_panic(bytes: Vec<u8>) {
        let head = RequestHead { authorization: vec![&bytes], cookies: vec![&bytes, &bytes], ..RequestHead::default() };
        let _ = find_credential(&head);
        let _ = RequestHead { accept: Some(&bytes), ..RequestHead::default() }.wants_html();
        let _ = parse_client(&bytes);
        prop_assert!(Keys::from_jwks(&bytes).is_err());
    }

    #[test]
    fn no_stored_bytes_make_a_charge_panic(
        value in prop_oneof![any::<Vec<u8>>(), prop::collection::vec(any::<u8>(), SET_BYTES)],
        now: u64, count in 0..=1_000_000_u32, window in 1..=86_400_u32,
    ) {
        let class = LimitClass::parse("pull").unwrap();
        let limit = Limit::new(count, window).unwrap();
        let address = Charge::Anonymous { address: AddressKey::Unknown, class: &class, limit };
        let member = Charge::Member {
            tenant: &"acme".parse().unwrap(),
            user: &"alice".parse().unwrap(),
            class: &class,
            limit: PlanLimit { user: limit, tenant: limit },
        };
        let mut store = Garbage { value, now };
        let table = LimitTable::new(48, [1, 2]);
        for charge in [address, member] {
            TableCounters::new(&table, &mut store).charge(&charge, Timestamp::from_nanos(now));
        }
    }
}

/// One set of arbitrary content.
struct Garbage {
    value: Vec<u8>,
    now: u64,
}

impl SetStore for Garbage {
    fn load(&mut self, _: u32) -> Result<(Vec<u8>, Cas), StoreError> {
        Ok((self.value.clone(), Cas(1)))
    }

    fn compare_and_set(&mut self, _: u32, value: &[u8], _: Cas) -> Result<CasResult, StoreError> {
        assert_eq!(value.len(), SET_BYTES);
        Ok(CasResult::Done)
    }

    fn now(&mut self) -> Timestamp {
        Timestamp::from_nanos(self.now)
    }
}

/// A store that fails, or is always slower than somebody else.
struct Broken {
    loads: bool,
    attempts: u32,
}

impl SetStore for Broken {
    fn load(&mut self, _: u32) -> Result<(Vec<u8>, Cas), StoreError> {
        if self.loads {
            Ok((Vec::new(), Cas::ABSENT))
        } else {
            Err(StoreError)
        }
    }

    fn compare_and_set(&mut self, _: u32, _: &[u8], _: Cas) -> Result<CasResult, StoreError> {
        self.attempts += 1;
        Ok(CasResult::Mismatch)
    }

    fn now(&mut self) -> Timestamp {
        NOW
    }
}

#[test]
fn a_store_that_fails_admits_nobody_and_says_not_yet() {
    let class = LimitClass::parse("pull").unwrap();
    let charge = Charge::Anonymous {
        address: AddressKey::Unknown,
        class: &class,
        limit: Limit::new(10, 60).unwrap(),
    };
    let table = LimitTable::new(48, [1, 2]);
    let mut store = Broken {
        loads: false,
        attempts: 0,
    };
    let outcome = TableCounters::new(&table, &mut store).charge(&charge, NOW);
    assert_eq!(outcome, imagehub_policy::ChargeOutcome::NotYet);
}

#[test]
fn losing_every_race_ends_and_says_not_yet() {
    let class = LimitClass::parse("pull").unwrap();
    let charge = Charge::Anonymous {
        address: AddressKey::Unknown,
        class: &class,
        limit: Limit::new(10, 60).unwrap(),
    };
    let table = LimitTable::new(48, [1, 2]);
    let mut store = Broken {
        loads: true,
        attempts: 0,
    };
    let mut counters = TableCounters::new(&table, &mut store);
    assert_eq!(
        counters.charge(&charge, NOW),
        imagehub_policy::ChargeOutcome::NotYet
    );
    assert_eq!(store.attempts, 256);
}
