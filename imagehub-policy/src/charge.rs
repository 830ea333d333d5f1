//! The narrow port between a decision and whatever counts: a charge goes in, an outcome comes out.

use crate::address::AddressKey;
use crate::identity::{LimitClass, TenantId, Username};
use crate::limit::{AnonymousLimit, Limit, PlanLimit};
use crate::report::LimitReport;
use crate::time::Timestamp;
use siphasher::sip128::{Hasher128, SipHasher13};
use std::hash::Hasher;

/// What a bucket is counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BucketKey<'a> {
    /// One user in one tenant, one class.
    User(&'a TenantId, &'a Username, &'a LimitClass),
    /// One tenant, one class.
    Tenant(&'a TenantId, &'a LimitClass),
    /// One client address, one class.
    Address(AddressKey, &'a LimitClass),
    /// One link, by its path, one class.
    Link(&'a str, &'a LimitClass),
    /// One client address's tokens whose signature does not hold.
    BadToken(AddressKey),
    /// One client address's tokens that are verified although too many of them did not hold.
    Verification(AddressKey),
}

impl BucketKey<'_> {
    /// 128 bits under a secret seed, so that nobody can choose names that collide.
    pub(crate) fn hash(&self, seed: [u64; 2]) -> (u64, u64) {
        let mut hasher = SipHasher13::new_with_keys(seed[0], seed[1]);
        // No name holds a NUL, so joining with one is unambiguous.
        let mut part = |bytes: &[u8]| {
            hasher.write(bytes);
            hasher.write(&[0]);
        };
        let address_part = |part: &mut dyn FnMut(&[u8]), address: &AddressKey| match address {
            AddressKey::V4(v4) => part(&v4.octets()),
            AddressKey::V6(network) => part(&network.to_be_bytes()),
            AddressKey::Unknown => {}
        };
        match self {
            Self::User(tenant, user, class) => {
                part(b"user");
                part(tenant.as_str().as_bytes());
                part(user.as_str().as_bytes());
                part(class.as_str().as_bytes());
            }
            Self::Tenant(tenant, class) => {
                part(b"tenant");
                part(tenant.as_str().as_bytes());
                part(class.as_str().as_bytes());
            }
            Self::Link(path, class) => {
                part(b"link");
                part(class.as_str().as_bytes());
                part(path.as_bytes());
            }
            Self::Address(address, class) => {
                part(b"address");
                part(class.as_str().as_bytes());
                address_part(&mut part, address);
            }
            Self::BadToken(address) => {
                part(b"bad_token");
                address_part(&mut part, address);
            }
            Self::Verification(address) => {
                part(b"verification");
                address_part(&mut part, address);
            }
        }
        hasher.finish128().as_u64()
    }
}

/// One request's cost: one unit from one bucket, or one from each of two or from neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charge<'a> {
    /// A client without an account, by its address.
    Anonymous {
        /// Whose.
        address: AddressKey,
        /// What for.
        class: &'a LimitClass,
        /// How much.
        limit: Limit,
    },
    /// A client without an account that follows a link: the address's bucket and the link's.
    Link {
        /// Whose.
        address: AddressKey,
        /// The link's path, without the query.
        link: &'a str,
        /// What for.
        class: &'a LimitClass,
        /// How much for the address.
        by_address: Limit,
        /// How much for the link.
        by_link: Limit,
    },
    /// A token whose signature does not hold, by the client's address.
    BadToken {
        /// Whose.
        address: AddressKey,
        /// How much.
        limit: Limit,
    },
    /// A token that is verified although too many of the address did not hold.
    Verification {
        /// Whose.
        address: AddressKey,
        /// How much.
        limit: Limit,
    },
    /// A user in a tenant: the user's bucket and the tenant's.
    Member {
        /// In which tenant.
        tenant: &'a TenantId,
        /// Whose.
        user: &'a Username,
        /// What for.
        class: &'a LimitClass,
        /// How much, for either.
        limit: PlanLimit,
    },
}

impl<'a> Charge<'a> {
    /// Of a client without an account, on a path of that class.
    pub(crate) fn anonymous(
        address: AddressKey,
        class: &'a LimitClass,
        limit: AnonymousLimit,
        path: &'a str,
    ) -> Self {
        let by_address = limit.address();
        match limit.link() {
            None => Self::Anonymous {
                address,
                class,
                limit: by_address,
            },
            Some(by_link) => Self::Link {
                address,
                link: path,
                class,
                by_address,
                by_link,
            },
        }
    }
}

/// What came of a charge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChargeOutcome {
    /// Every bucket had room, and one was spent from each.
    Admitted(LimitReport),
    /// A bucket was full; nothing was spent. The report says which, and when to come back.
    Refused(LimitReport),
    /// The counters cannot tell now: they could not be read, or wait for somebody else.
    NotYet,
}

/// Whatever counts requests.
pub trait Counters {
    /// Spends one unit from every bucket of the charge, or nothing.
    fn charge(&mut self, charge: &Charge<'_>, now: Timestamp) -> ChargeOutcome;

    /// How full the buckets of the charge are; `None` if the counters cannot tell now. Spends nothing.
    fn look(&mut self, charge: &Charge<'_>, now: Timestamp) -> Option<LimitReport>;
}
