//! The one decision: head, then route, then credentials, then tenancy and role, then limits.

use crate::address::AddressKey;
use crate::charge::{Charge, ChargeOutcome, Counters};
use crate::credential::{CredentialError, find_credential};
use crate::head::RequestHead;
use crate::identity::{Plan, Role, TenantId, Username};
use crate::keys::Keys;
use crate::path::Path;
use crate::policy::{KeySource, Policy};
use crate::problem::{Code, Problem};
use crate::refusal::{Refusal, sentence};
use crate::report::LimitReport;
use crate::route::{Access, Enforce, Method, Route, RouteLimits};
use crate::time::Timestamp;
use crate::token::{Claims, Grant, TokenError};
use crate::verified::VerifiedTokens;
use std::sync::Arc;

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
    /// The template of the route that decided.
    pub rule: Arc<str>,
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
pub fn decide<C: Counters>(
    policy: &Policy,
    head: &RequestHead<'_>,
    now: Timestamp,
    keys: &Keys,
    tokens: &mut VerifiedTokens,
    counters: &mut C,
) -> Decision {
    let path = match read_head(head) {
        Ok(path) => path,
        Err(reason) => return Decision::Refuse(malformed(reason, head, "".into())),
    };
    let route = policy.find(Method::parse(head.method), &path);
    let question = Question {
        policy,
        head,
        path,
        route,
        now,
    };
    match question.judge(keys, tokens, counters) {
        Ok(allow) => Decision::Allow(allow),
        Err(no) if route.enforce == Enforce::Shadow && no.refusal.code != Code::Malformed => {
            Decision::Allow(Allow {
                identity: no.identity,
                limits: None,
                rule: Arc::clone(&route.template),
                would_refuse: Some(no.refusal.code),
            })
        }
        Err(no) if no.keys_may_help => Decision::AwaitKeys(*no.refusal),
        Err(no) => Decision::Refuse(*no.refusal),
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
    Path::parse(head.path).map_err(|malformed| malformed.0)
}

fn malformed(reason: &str, head: &RequestHead<'_>, rule: Arc<str>) -> Refusal {
    Refusal::new(
        Problem::new(Code::Malformed, sentence(reason)),
        head.wants_html(),
        rule,
    )
}

/// A refusal on its way out.
struct No {
    refusal: Box<Refusal>,
    /// Who was refused, once that is known for good.
    identity: Option<Identity>,
    keys_may_help: bool,
}

impl From<Refusal> for No {
    fn from(refusal: Refusal) -> Self {
        Self {
            refusal: Box::new(refusal),
            identity: None,
            keys_may_help: false,
        }
    }
}

pub(crate) struct Question<'q, 'h> {
    policy: &'q Policy,
    pub(crate) head: &'q RequestHead<'h>,
    pub(crate) path: Path<'h>,
    pub(crate) route: &'q Route,
    pub(crate) now: Timestamp,
}

impl Question<'_, '_> {
    fn judge<C: Counters>(
        &self,
        keys: &Keys,
        tokens: &mut VerifiedTokens,
        counters: &mut C,
    ) -> Result<Allow, No> {
        let tenant = self.tenant_segment()?;
        let needed = match self.route.access {
            Access::Public => return self.admit(None, self.anonymous_charge(), counters),
            Access::User => None,
            Access::Viewer => Some(Role::Viewer),
            Access::Member => Some(Role::Member),
            Access::Owner => Some(Role::Owner),
        };
        let claims = self.claims(keys, tokens)?;
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

    /// The tenant's segment as sent. An encoded one has other spellings, so it is refused as such.
    fn tenant_segment(&self) -> Result<Option<&str>, No> {
        let tenant = self.route.path.tenant(&self.path);
        if tenant.is_some_and(|segment| segment.contains('%')) {
            return Err(malformed(
                "the tenant in the path is percent-encoded",
                self.head,
                self.rule(),
            )
            .into());
        }
        Ok(tenant)
    }

    fn claims(&self, keys: &Keys, tokens: &mut VerifiedTokens) -> Result<Arc<Claims>, No> {
        let credential = match find_credential(self.head) {
            Ok(Some(credential)) => credential,
            Ok(None) => return Err(self.unauthenticated("no credentials were sent").into()),
            Err(error @ CredentialError::NotText) => {
                return Err(malformed(&error.to_string(), self.head, self.rule()).into());
            }
            Err(error) => return Err(self.unauthenticated(&error.to_string()).into()),
        };
        tokens
            .verify(
                credential.token,
                keys,
                self.policy.issuer(),
                self.policy.audience(),
                self.now,
            )
            .map_err(|error| {
                let refusal = match error {
                    TokenError::NoKeys => self
                        .refuse(Problem::new(Code::NoKeys, sentence(&error.to_string())))
                        .header("retry-after", "2"),
                    _ => self.unauthenticated(&error.to_string()),
                };
                let fetched = matches!(self.policy.key_source(), KeySource::Cluster { .. });
                let keys_may_help =
                    fetched && matches!(error, TokenError::NoKeys | TokenError::UnknownKey);
                No {
                    refusal: Box::new(refusal),
                    identity: None,
                    keys_may_help,
                }
            })
    }

    /// The user's standing in the tenant. One that is not the user's and one that does not exist are refused alike.
    fn membership<'c>(
        &self,
        claims: &'c Claims,
        tenant: Option<&str>,
        needed: Role,
    ) -> Result<(&'c TenantId, &'c Grant), No> {
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
                let address = AddressKey::of(self.head.client);
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
    ) -> Result<Allow, No> {
        let outcome = charge.map(|charge| counters.charge(&charge, self.now));
        let refusal = match outcome {
            None => return Ok(self.allow(identity, None)),
            Some(ChargeOutcome::Admitted(limits)) => return Ok(self.allow(identity, Some(limits))),
            Some(ChargeOutcome::Refused(limits)) => self.rate_limited(&limits, identity.as_ref()),
            Some(ChargeOutcome::NotYet) => self
                .refuse(Problem::new(
                    Code::Unavailable,
                    "The limits cannot be counted just now.",
                ))
                .header("retry-after", "1"),
        };
        Err(No {
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
            rule: self.rule(),
            would_refuse: None,
        }
    }

    pub(crate) fn rule(&self) -> Arc<str> {
        Arc::clone(&self.route.template)
    }
}
