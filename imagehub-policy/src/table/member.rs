//! A member's charge: the user's bucket and the tenant's, in one compare-and-set where that can be.
//!
//! **At home.** A user's bucket lives in the tenant's set. A user without debt there is let in while fewer than 20 of the 48
//! places are taken; the rest is left to keys that have no other set to go to.
//!
//! **Outside.** Other users count in a set of their own. There the user is charged first; the tenant's charge has the last
//! word. It confirms the other one if it is made while the user has no debt at home; then it takes the user's bucket out of the
//! tenant's set, and marks that for the user's whole window. What is not confirmed is given back.
//!
//! **Between the two.** While the mark lasts, a user without a bucket at home comes in only without debt outside; without a
//! mark nobody has any. So all that a user owes is in one bucket at any time.

use super::bucket::{Bucket, MAX_ATTEMPTS, Spent};
use super::{TableCounters, report};
use crate::charge::ChargeOutcome;
use crate::gcra::Entry;
use crate::set::{self, Found, Seat};
use crate::store::{CasResult, SetStore, StoreError};
use crate::time::Timestamp;

/// A charge outside that is not confirmed yet: the bucket without it and with it.
type Unconfirmed = Option<(Entry, Entry)>;

/// A user's bucket without a charge and, if it has room, with it.
struct Side {
    /// Its place in the tenant's set; `None` outside.
    home: Option<Found>,
    before: Entry,
    after: Option<Entry>,
}

impl Side {
    fn home(found: Found, user: &Bucket) -> Self {
        let before = found.entry;
        Self {
            home: Some(found),
            before,
            after: before.spent(user.limit),
        }
    }

    const fn outside(before: Entry, after: Option<Entry>) -> Self {
        Self {
            home: None,
            before,
            after,
        }
    }
}

impl<S: SetStore> TableCounters<'_, S> {
    /// Spends from a user's bucket and the tenant's, or from neither. The user's place is the one outside.
    pub(super) fn member(
        &mut self,
        user: &Bucket,
        tenant: &Bucket,
        now: Timestamp,
    ) -> Result<ChargeOutcome, StoreError> {
        let mut unconfirmed = None;
        let outcome = self.charge_member(user, tenant, &mut unconfirmed, now);
        if let Some((_, charged)) = unconfirmed {
            self.refund(user, &charged, now)?;
        }
        outcome
    }

    /// How a user's bucket looks, without touching it.
    pub(super) fn look_for_user(
        &mut self,
        user: &Bucket,
        tenant: &Bucket,
        now: Timestamp,
    ) -> Result<Entry, StoreError> {
        let (value, _) = self.load(tenant.place.set)?;
        let side = self.side(&value, user, false, &mut None, now)?;
        Ok(side.before)
    }

    fn charge_member(
        &mut self,
        user: &Bucket,
        tenant: &Bucket,
        unconfirmed: &mut Unconfirmed,
        now: Timestamp,
    ) -> Result<ChargeOutcome, StoreError> {
        let set = tenant.place.set;
        for _ in 0..MAX_ATTEMPTS {
            let (mut value, cas) = self.load(set)?;
            let found = self.find(&value, tenant, now);
            let tenant_after = found.entry.spent(tenant.limit);
            if let Some(after) = &tenant_after {
                set::put(&mut value, found.index, after);
            }
            let side = self.side(&value, user, tenant_after.is_some(), unconfirmed, now)?;
            let (Some(user_after), Some(tenant_after)) = (side.after, tenant_after) else {
                if found.set_back || side.home.is_some_and(|home| home.set_back) {
                    self.heal(set)?;
                }
                let full = if side.after.is_none() { user } else { tenant };
                return Ok(ChargeOutcome::Refused(report(
                    (user, &side.before),
                    (tenant, &found.entry),
                    Some(full.name),
                )));
            };
            match &side.home {
                Some(home) => set::put(&mut value, home.index, &user_after),
                None => {
                    let window = user.limit.window_micros();
                    let until = user_after.updated_at.saturating_add(window);
                    set::vacate(&mut value, user.place.fingerprint);
                    set::mark(&mut value, until, now.micros());
                }
            }
            if self.store.compare_and_set(set, &value, cas)? == CasResult::Done {
                if side.home.is_none() {
                    *unconfirmed = None;
                }
                return Ok(ChargeOutcome::Admitted(report(
                    (user, &user_after),
                    (tenant, &tenant_after),
                    None,
                )));
            }
        }
        Err(StoreError)
    }

    /// Where the user counts, by the tenant's set. Outside the user is charged at once, if `charge` says so.
    fn side(
        &mut self,
        value: &[u8],
        user: &Bucket,
        charge: bool,
        unconfirmed: &mut Unconfirmed,
        now: Timestamp,
    ) -> Result<Side, StoreError> {
        let seat = set::seat(
            value,
            user.place.fingerprint,
            user.limit,
            now.micros(),
            || self.store.now().micros(),
        );
        let free = match seat {
            Seat::Own(found) => return Ok(Side::home(found, user)),
            Seat::Free(found) => Some(found),
            Seat::None => None,
        };
        if let Some((before, after)) = *unconfirmed {
            return Ok(Side::outside(before, Some(after)));
        }
        let marked = set::is_marked(value, now.micros());
        match free {
            Some(found) if !marked => return Ok(Side::home(found, user)),
            None if charge => {}
            free => {
                let entry = self.bucket(user, now)?;
                match free {
                    Some(found) if entry.debt == 0 => return Ok(Side::home(found, user)),
                    _ if !charge => return Ok(Side::outside(entry, entry.spent(user.limit))),
                    _ => {}
                }
            }
        }
        Ok(match self.spend(user, now)? {
            Spent::Yes { before, after } => {
                *unconfirmed = Some((before, after));
                Side::outside(before, Some(after))
            }
            Spent::No(entry) => Side::outside(entry, None),
        })
    }
}
