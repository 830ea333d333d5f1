//! The one decision: head, then route, then credentials, then tenancy and role, then limits.

use crate::address::AddressKey;
use crate::charge::{Charge, ChargeOutcome, Counters};
use crate::credential::{CredentialError, find_credential};
use crate::head::RequestHead;
use crate::identity::{Plan, Role, TenantId, Username};
use crate::keys::Keys;
use crate::limit::Limit;
use crate::path::Path;
use crate::policy::{KeySource, Policy};
use crate::problem::{Code, Problem};
use crate::refusal::{Refusal, sentence};
use crate::report::LimitReport;
use crate::route::{Access, Enforce, Method, Route, RouteLimits};
use crate::time::Timestamp;
use crate::token::{Claims, Grant, TokenError};
use crate::verified::{Lookup, Trusted, VerifiedTokens};
use std::net::IpAddr;
use std::sync::Arc;

/// Unseen tokens that are verified for an address with too many that did not hold.
const VERIFICATIONS: Limit = Limit::a_second(5);

/// What is to become of a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// It goes on.
    Allow(Allow),
    /// It is answered here.
    Refuse(Refusal),
    /// Fresh keys may decide otherwise; this is the answer if they do not come.
    AwaitKeys(Refusal),
}

/// A request that goes on.
#[derive(Debug, Clone, PartialEq)]
pub struct Allow {
    /// Who asks; `None` on public routes.
    pub identity: Option<Identity>,
    /// How full the buckets are, on limited routes whose limits are enforced.
    pub limits: Option<LimitReport>,
    /// On a route that is only being tried out: what it would have been refused for.
    pub would_refuse: Option<Code>,
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The user.
    pub user: Username,
    /// On a tenant's route: which.
    pub tenant: Option<TenantId>,
    /// The user's role there.
    pub role: Option<Role>,
    /// That tenant's plan.
    pub plan: Option<Plan>,
}

/// Decides about a request. Refusing spends nothing; letting pass spends one from every bucket of a limited route.
/// `client` tells the client's address. It is called only when something is counted by address.
pub fn decide<C: Counters>(
    policy: &Policy,
    head: &RequestHead<'_>,
    client: &dyn Fn() -> Option<IpAddr>,
    now: Timestamp,
    keys: &Keys,
    tokens: &mut VerifiedTokens,
    counters: &mut C,
) -> Decision {
    let path = match read_head(head) {
        Ok(path) => path,
        Err(reason) => return Decision::Refuse(malformed(reason, head)),
    };
    let route = policy.find(Method::parse(head.method), &path);
    let request = RequestContext {
        policy,
        head,
        client,
        path,
        route,
        now,
    };
    if let Some(refusal) = request.refused_upgrade() {
        return Decision::Refuse(refusal);
    }
    match request.judge(keys, tokens, counters) {
        Ok(allow) => Decision::Allow(allow),
        Err(denial)
            if route.enforce == Enforce::Shadow && denial.refusal.code != Code::Malformed =>
        {
            Decision::Allow(Allow {
                identity: denial.identity,
                limits: None,
                would_refuse: Some(denial.refusal.code),
            })
        }
        Err(denial) if denial.keys_may_help => Decision::AwaitKeys(*denial.refusal),
        Err(denial) => Decision::Refuse(*denial.refusal),
    }
}

/// Checks what every decision reads. Credentials are read only where they are asked for.
fn read_head<'a>(head: &RequestHead<'a>) -> Result<Path<'a>, &'static str> {
    if head.method.is_empty() || !head.method.iter().all(u8::is_ascii_graphic) {
        return Err("the method is not a token");
    }
    if head
        .accept
        .is_some_and(|accept| std::str::from_utf8(accept).is_err())
    {
        return Err("the accept header is not UTF-8");
    }
    if head
        .upgrades()
        .any(|name| std::str::from_utf8(name).is_err())
    {
        return Err("the upgrade header is not UTF-8");
    }
    Path::parse(head.path).map_err(|malformed| malformed.0)
}

fn malformed(reason: &str, head: &RequestHead<'_>) -> Refusal {
    Refusal::new(
        Problem::new(Code::Malformed, sentence(reason)),
        head.wants_html(),
    )
}

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

/// A refusal, and what it is known to depend on.
struct Denial {
    refusal: Box<Refusal>,
    /// Who was refused, once that is known for good.
    identity: Option<Identity>,
    keys_may_help: bool,
}

impl From<Refusal> for Denial {
    fn from(refusal: Refusal) -> Self {
        Self {
            refusal: Box::new(refusal),
            identity: None,
            keys_may_help: false,
        }
    }
}

pub(crate) struct RequestContext<'q, 'h> {
    policy: &'q Policy,
    pub(crate) head: &'q RequestHead<'h>,
    client: &'q dyn Fn() -> Option<IpAddr>,
    pub(crate) path: Path<'h>,
    pub(crate) route: &'q Route,
    pub(crate) now: Timestamp,
}

impl RequestContext<'_, '_> {
    fn judge<C: Counters>(
        &self,
        keys: &Keys,
        tokens: &mut VerifiedTokens,
        counters: &mut C,
    ) -> Result<Allow, Denial> {
        let tenant = self.tenant_segment()?;
        let needed = match self.route.access {
            Access::Public => return self.admit(None, self.anonymous_charge(), counters),
            Access::User => None,
            Access::Viewer => Some(Role::Viewer),
            Access::Member => Some(Role::Member),
            Access::Owner => Some(Role::Owner),
        };
        let claims = self.claims(keys, tokens, counters)?;
        let Some(needed) = needed else {
            let identity = Identity {
                user: claims.sub.clone(),
                tenant: None,
                role: None,
                plan: None,
            };
            return self.admit(Some(identity), None, counters);
        };
        let (tenant, grant) = self.membership(&claims, tenant, needed)?;
        let charge = self.member_charge(&claims.sub, tenant, grant);
        let identity = Identity {
            user: claims.sub.clone(),
            tenant: Some(tenant.clone()),
            role: Some(grant.role),
            plan: Some(grant.plan.clone()),
        };
        self.admit(Some(identity), charge, counters)
    }

    /// Behind an upgrade nothing is limited or looked at any more, so a route that is only being tried out refuses it too.
    fn refused_upgrade(&self) -> Option<Refusal> {
        let allowed = |name: &[u8]| {
            let mut own = self.route.upgrades.iter();
            own.any(|own| own.as_bytes().eq_ignore_ascii_case(name))
        };
        let refused = self.head.upgrades().find(|name| !allowed(name))?;
        let detail = format!(
            "This route does not go on as {}.",
            String::from_utf8_lossy(refused)
        );
        Some(self.refuse(Problem::new(Code::Forbidden, detail)))
    }

    /// The tenant's segment as sent. An encoded one has other spellings, so it is refused as such.
    fn tenant_segment(&self) -> Result<Option<&str>, Denial> {
        let tenant = self.route.path.tenant(&self.path);
        if tenant.is_some_and(|segment| segment.contains('%')) {
            return Err(malformed("the tenant in the path is percent-encoded", self.head).into());
        }
        Ok(tenant)
    }

    fn claims<C: Counters>(
        &self,
        keys: &Keys,
        tokens: &mut VerifiedTokens,
        counters: &mut C,
    ) -> Result<Arc<Claims>, Denial> {
        let token = match find_credential(self.head) {
            Ok(Some(credential)) => credential.token,
            Ok(None) => return Err(self.unauthenticated("no credentials were sent").into()),
            Err(error @ CredentialError::NotText) => {
                return Err(malformed(&error.to_string(), self.head).into());
            }
            Err(error) => return Err(self.unauthenticated(&error.to_string()).into()),
        };
        let trusted = Trusted {
            keys,
            issuer: self.policy.issuer(),
            audience: self.policy.audience(),
        };
        let lookup = tokens.look_up(token, trusted, self.now);
        let parsed = match lookup.map_err(|error| self.unverified(error))? {
            Lookup::Seen(claims) => return Ok(claims),
            Lookup::Unseen(parsed) => parsed,
        };
        let bad_tokens = self.policy.bad_token().map(|limit| BadTokens {
            address: AddressKey::of((self.client)()),
            limit,
        });
        if let Some(bad_tokens) = bad_tokens {
            self.may_verify(bad_tokens, counters)?;
        }
        tokens.open(token, &parsed, self.now).map_err(|error| {
            if let (Some(bad_tokens), TokenError::Signature) = (bad_tokens, error) {
                counters.charge(&bad_tokens.charge(), self.now);
            }
            self.unverified(error)
        })
    }

    /// Verifying is what costs. An address with many tokens that did not hold has few more verified.
    fn may_verify<C: Counters>(
        &self,
        bad_tokens: BadTokens,
        counters: &mut C,
    ) -> Result<(), Denial> {
        if counters.remaining(&bad_tokens.charge(), self.now) >= bad_tokens.reserve() {
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

    /// The user's standing in the tenant. One that is not the user's and one that does not exist are refused alike.
    fn membership<'c>(
        &self,
        claims: &'c Claims,
        tenant: Option<&str>,
        needed: Role,
    ) -> Result<(&'c TenantId, &'c Grant), Denial> {
        let Some((tenant, grant)) = tenant.and_then(|name| claims.tenants.get_key_value(name))
        else {
            return Err(self
                .forbidden("You are not a member of this tenant.".to_owned())
                .into());
        };
        if grant.role < needed {
            let detail = format!(
                "This takes the role {needed}; yours in {tenant} is {}.",
                grant.role
            );
            return Err(self.forbidden(detail).into());
        }
        Ok((tenant, grant))
    }

    fn anonymous_charge(&self) -> Option<Charge<'_>> {
        match (&self.route.limit, &self.route.limits) {
            (Some(class), RouteLimits::Anonymous(limit)) => {
                let address = AddressKey::of((self.client)());
                let by_address = limit.address();
                Some(match limit.link() {
                    None => Charge::Anonymous {
                        address,
                        class,
                        limit: by_address,
                    },
                    Some(by_link) => Charge::Link {
                        address,
                        link: self.path.without_query(),
                        class,
                        by_address,
                        by_link,
                    },
                })
            }
            _ => None,
        }
    }

    fn member_charge<'c>(
        &'c self,
        user: &'c Username,
        tenant: &'c TenantId,
        grant: &Grant,
    ) -> Option<Charge<'c>> {
        let class = self.route.limit.as_ref()?;
        let limit = self.policy.plan_limit(self.route, &grant.plan)?;
        Some(Charge::Member {
            tenant,
            user,
            class,
            limit,
        })
    }

    fn admit<C: Counters>(
        &self,
        identity: Option<Identity>,
        charge: Option<Charge<'_>>,
        counters: &mut C,
    ) -> Result<Allow, Denial> {
        let outcome = charge.map(|charge| counters.charge(&charge, self.now));
        let refusal = match outcome {
            None => return Ok(self.allow(identity, None)),
            Some(ChargeOutcome::Admitted(limits)) => return Ok(self.allow(identity, Some(limits))),
            Some(ChargeOutcome::Refused(limits)) => self.rate_limited(&limits, identity.as_ref()),
            Some(ChargeOutcome::NotYet) => self.not_counted(),
        };
        Err(Denial {
            refusal: Box::new(refusal),
            identity,
            keys_may_help: false,
        })
    }

    fn allow(&self, identity: Option<Identity>, limits: Option<LimitReport>) -> Allow {
        let limits = limits.filter(|_| self.route.enforce == Enforce::On);
        Allow {
            identity,
            limits,
            would_refuse: None,
        }
    }
}
