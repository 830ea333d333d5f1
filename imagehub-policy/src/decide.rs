//! The one decision: head, then route, then credentials, then tenancy and role, then limits.

mod verification;

use crate::address::AddressKey;
use crate::charge::{Charge, ChargeOutcome, Counters};
use crate::head::RequestHead;
use crate::identity::{Plan, Role, TenantId, Username};
use crate::keys::Keys;
use crate::operator::EXPLAIN_PATH;
use crate::path::Path;
use crate::policy::Policy;
use crate::problem::{Code, Problem};
use crate::refusal::{Refusal, sentence};
use crate::report::LimitReport;
use crate::route::{Access, Enforce, Method, Route, RouteLimits};
use crate::time::Timestamp;
use crate::token::{Claims, Grant};
use crate::verified::VerifiedTokens;
use std::net::IpAddr;

/// A decision, and what it was made by.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// What is to become of the request.
    pub decision: Decision,
    /// The [index](crate::Route::index) of the rule; `None` if the head could not be read.
    pub rule: Option<usize>,
    /// The plan, where a tenant's plan had a say.
    pub plan: Option<Plan>,
}

/// What is to become of a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// It goes on.
    Allow(Allow),
    /// It is answered here.
    Refuse(Refusal),
    /// It is an operator's question: how full these buckets are, if there are any.
    Tell(Option<LimitReport>),
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
pub fn decide(
    policy: &Policy,
    head: &RequestHead<'_>,
    client: &dyn Fn() -> Option<IpAddr>,
    now: Timestamp,
    keys: &Keys,
    tokens: &mut VerifiedTokens,
    counters: &mut dyn Counters,
) -> Judgement {
    let path = match read_head(head) {
        Ok(path) => path,
        Err(reason) => {
            return Judgement {
                decision: Decision::Refuse(malformed(reason, head)),
                rule: None,
                plan: None,
            };
        }
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
    let (decision, plan) = match request.refused_upgrade() {
        Some(refusal) => (Decision::Refuse(refusal), None),
        None if request.is_for_operators() => {
            request.decision(request.levels(keys, counters).map(Decision::Tell))
        }
        None => request.decision(request.judge(keys, tokens, counters).map(Decision::Allow)),
    };
    Judgement {
        decision,
        rule: Some(route.index),
        plan,
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
    fn is_for_operators(&self) -> bool {
        self.path.without_query() == EXPLAIN_PATH && self.head.method == b"GET"
    }

    /// What is to become of the request, and the plan that had a say.
    fn decision(&self, judged: Result<Decision, Denial>) -> (Decision, Option<Plan>) {
        let denial = match judged {
            Ok(Decision::Allow(allow)) => {
                let plan = allow.identity.as_ref().and_then(|who| who.plan.clone());
                return (Decision::Allow(allow), plan);
            }
            Ok(decision) => return (decision, None),
            Err(denial) => denial,
        };
        let plan = denial.identity.as_ref().and_then(|who| who.plan.clone());
        let code = denial.refusal.code;
        let decision = if self.route.enforce == Enforce::Shadow && code != Code::Malformed {
            Decision::Allow(Allow {
                identity: denial.identity,
                limits: None,
                would_refuse: Some(code),
            })
        } else if denial.keys_may_help {
            Decision::AwaitKeys(*denial.refusal)
        } else {
            Decision::Refuse(*denial.refusal)
        };
        (decision, plan)
    }

    fn judge(
        &self,
        keys: &Keys,
        tokens: &mut VerifiedTokens,
        counters: &mut dyn Counters,
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
            "An upgrade to {} is not possible here.",
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
                .forbidden("You don't have access to this gallery.".to_owned())
                .into());
        };
        if grant.role < needed {
            let detail = format!(
                "This needs the role of {needed}. Your role in {tenant} is {}.",
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
                let path = self.path.without_query();
                Some(Charge::anonymous(address, class, *limit, path))
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

    fn admit(
        &self,
        identity: Option<Identity>,
        charge: Option<Charge<'_>>,
        counters: &mut dyn Counters,
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
