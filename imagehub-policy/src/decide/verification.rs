//! Whose token a request carries. Verifying is what costs, so an address with many tokens whose signature did not hold
//! has few more verified.

use super::{Denial, RequestContext, malformed};
use crate::address::AddressKey;
use crate::charge::{Charge, ChargeOutcome, Counters};
use crate::credential::{Credential, CredentialError, Via, find_credential};
use crate::jws;
use crate::keys::Keys;
use crate::limit::Limit;
use crate::operator;
use crate::policy::KeySource;
use crate::problem::{Code, Problem};
use crate::refusal::sentence;
use crate::report::LimitReport;
use crate::token::{Claims, TokenError};
use crate::verified::{Lookup, Trusted, VerifiedTokens};
use std::sync::Arc;

/// Unseen tokens that are verified for an address with too many that did not hold.
const VERIFICATIONS: Limit = Limit::a_second(5);

/// Tokens of one address whose signature does not hold, and how many there may be.
#[derive(Clone, Copy)]
struct BadTokens {
    address: AddressKey,
    limit: Limit,
}

impl BadTokens {
    const fn charge(&self) -> Charge<'static> {
        Charge::BadToken {
            address: self.address,
            limit: self.limit,
        }
    }

    /// With fewer than this left, verifications are counted as well. It is a second's worth of them: what drains meanwhile
    /// does not come on top.
    fn reserve(&self) -> u32 {
        VERIFICATIONS.count().min(self.limit.count()).max(1)
    }
}

impl RequestContext<'_, '_> {
    /// What the request's token says.
    pub(super) fn claims(
        &self,
        keys: &Keys,
        tokens: &mut VerifiedTokens,
        counters: &mut dyn Counters,
    ) -> Result<Arc<Claims>, Denial> {
        let token = self.credential()?.token;
        let trusted = Trusted {
            keys,
            issuer: self.policy.issuer(),
            audience: self.policy.audience(),
        };
        let lookup = tokens.look_up(token, trusted, self.now);
        match lookup.map_err(|error| self.unverified(error))? {
            Lookup::Seen(claims) => Ok(claims),
            Lookup::Unseen(parsed) => {
                self.verified(counters, || tokens.open(token, &parsed, self.now))
            }
        }
    }

    /// Answers an operator's question. It changes no counter.
    pub(super) fn levels(
        &self,
        keys: &Keys,
        counters: &mut dyn Counters,
    ) -> Result<Option<LimitReport>, Denial> {
        let credential = self.credential()?;
        if credential.via != Via::Bearer {
            return Err(self
                .unauthenticated("an operator's token is sent as a bearer token")
                .into());
        }
        let parsed = jws::parse(credential.token, keys).map_err(|error| self.unverified(error))?;
        let issuer = self.policy.issuer();
        let question = self.verified(counters, || operator::open(&parsed, issuer, self.now))?;
        question
            .look(self.policy, self.client, counters, self.now)
            .map_err(|reason| malformed(reason, self.head).into())
    }

    fn credential(&self) -> Result<Credential<'_>, Denial> {
        match find_credential(self.head) {
            Ok(Some(credential)) => Ok(credential),
            Ok(None) => Err(self.unauthenticated("no credentials were sent").into()),
            Err(error @ CredentialError::NotText) => {
                Err(malformed(&error.to_string(), self.head).into())
            }
            Err(error) => Err(self.unauthenticated(&error.to_string()).into()),
        }
    }

    /// Verifies a token that was not seen before, by `open`.
    fn verified<T>(
        &self,
        counters: &mut dyn Counters,
        open: impl FnOnce() -> Result<T, TokenError>,
    ) -> Result<T, Denial> {
        let bad_tokens = self.policy.bad_token().map(|limit| BadTokens {
            address: AddressKey::of((self.client)()),
            limit,
        });
        if let Some(bad_tokens) = bad_tokens {
            self.may_verify(bad_tokens, counters)?;
        }
        open().map_err(|error| {
            if let (Some(bad_tokens), TokenError::Signature) = (bad_tokens, error) {
                counters.charge(&bad_tokens.charge(), self.now);
            }
            self.unverified(error)
        })
    }

    fn may_verify(&self, bad_tokens: BadTokens, counters: &mut dyn Counters) -> Result<(), Denial> {
        let left = counters
            .look(&bad_tokens.charge(), self.now)
            .and_then(|report| report.buckets().next().map(|bucket| bucket.remaining));
        if left.unwrap_or(0) >= bad_tokens.reserve() {
            return Ok(());
        }
        let verification = Charge::Verification {
            address: bad_tokens.address,
            limit: VERIFICATIONS,
        };
        match counters.charge(&verification, self.now) {
            ChargeOutcome::Admitted(_) => Ok(()),
            ChargeOutcome::Refused(report) => Err(self.too_many_bad_tokens(&report).into()),
            ChargeOutcome::NotYet => Err(self.not_counted().into()),
        }
    }

    fn unverified(&self, error: TokenError) -> Denial {
        let refusal = match error {
            TokenError::NoKeys => self
                .refuse(Problem::new(Code::NoKeys, sentence(&error.to_string())))
                .header("retry-after", "2"),
            _ => self.unauthenticated(&error.to_string()),
        };
        let fetched = matches!(self.policy.key_source(), KeySource::Cluster { .. });
        let missing = matches!(error, TokenError::NoKeys | TokenError::UnknownKey);
        Denial {
            keys_may_help: fetched && missing,
            ..refusal.into()
        }
    }
}
