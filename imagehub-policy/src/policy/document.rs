//! The policy's document: its shape, and what must hold beyond its shape.

use super::{ClientAddress, KeySource, PlanEntry, Policy, PolicyError};
use crate::identity::{LimitClass, Plan};
use crate::identity_headers::IdentityHeader;
use crate::json::{Ordered, Strict};
use crate::keys::Keys;
use crate::limit::{AnonymousLimit, Limit, PlanLimit};
use crate::peer::PeerPattern;
use crate::route::{Access, Enforce, Methods, Route, RouteLimits};
use crate::table::LimitTable;
use crate::template::Template;
use serde::de::{Deserialize, Deserializer, IntoDeserializer};
use std::collections::HashMap;
use std::fmt;

/// The longest time between two fetches of the keys, in seconds.
const MAX_REFRESH_SECONDS: u32 = 3_600;
/// The largest table: 256 MiB.
const MAX_LIMIT_SLOTS: u32 = 4_194_304;
/// The most storage a plan may give: the largest number that every reader of JSON takes as it is.
const MAX_STORAGE_BYTES: u64 = 9_007_199_254_740_991;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    issuer: String,
    audience: String,
    keys: KeysDocument,
    client_address: Option<ClientAddressDocument>,
    identity_headers: Option<Vec<IdentityHeader>>,
    limit_slots: Option<u32>,
    plans: Ordered<Plan, Ordered<LimitClass, PlanLimit>>,
    storage_bytes: Option<Ordered<Plan, u64>>,
    anonymous: Ordered<AnonymousClass, AnonymousLimit>,
    routes: Vec<RouteDocument>,
    default: DefaultDocument,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct KeysDocument {
    jwks: Option<Strict>,
    cluster: Option<String>,
    path: Option<String>,
    refresh_seconds: Option<u32>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct ClientAddressDocument {
    header: String,
    trusted_peer: String,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RouteDocument {
    path: String,
    methods: Vec<String>,
    access: Access,
    limit: Option<LimitClass>,
    #[serde(default)]
    enforce: Enforce,
    #[serde(default)]
    upgrades: Vec<Box<str>>,
}

/// What is counted by client address: a class of requests, or tokens that do not verify.
#[derive(PartialEq)]
enum AnonymousClass {
    Requests(LimitClass),
    BadToken,
}

const BAD_TOKEN: &str = "bad_token";

impl<'de> Deserialize<'de> for AnonymousClass {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        if name == BAD_TOKEN {
            return Ok(Self::BadToken);
        }
        LimitClass::deserialize(name.into_deserializer()).map(Self::Requests)
    }
}

impl fmt::Display for AnonymousClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Requests(class) => class.fmt(f),
            Self::BadToken => f.write_str(BAD_TOKEN),
        }
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct DefaultDocument {
    access: Access,
    limit: Option<LimitClass>,
    #[serde(default)]
    enforce: Enforce,
}

fn error(path: impl Into<String>, message: impl Into<String>) -> PolicyError {
    PolicyError {
        path: path.into(),
        message: message.into(),
    }
}

pub(super) fn read(bytes: &[u8]) -> Result<Policy, PolicyError> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let document: Document = serde_path_to_error::deserialize(&mut deserializer)
        .map_err(|e| error(e.path().to_string(), e.inner().to_string()))?;
    deserializer.end().map_err(|e| error(".", e.to_string()))?;
    check(document)
}

fn check(document: Document) -> Result<Policy, PolicyError> {
    not_empty("issuer", &document.issuer)?;
    not_empty("audience", &document.audience)?;
    if document.plans.0.is_empty() {
        return Err(error("plans", "there must be a plan"));
    }
    let mut plans: Vec<_> = document
        .plans
        .0
        .into_iter()
        .map(|(name, Ordered(classes))| PlanEntry {
            name,
            storage_bytes: None,
            classes,
        })
        .collect();
    if let Some(Ordered(storage)) = document.storage_bytes {
        give_storage(&mut plans, storage)?;
    }
    let default = RouteDocument {
        path: "/{*}".to_owned(),
        methods: vec!["*".to_owned()],
        access: document.default.access,
        limit: document.default.limit,
        enforce: document.default.enforce,
        upgrades: Vec::new(),
    };
    let (anonymous, bad_token) = check_anonymous(document.anonymous.0)?;
    let limits = Limits { plans, anonymous };
    let mut routes = Vec::with_capacity(document.routes.len());
    for (index, route) in document.routes.into_iter().enumerate() {
        routes.push(check_route(&format!("routes[{index}]"), route, &limits)?);
    }
    let default = Route {
        template: "default".into(),
        ..check_route("default", default, &limits)?
    };
    let mut policy = Policy {
        hash: String::new(),
        issuer: document.issuer,
        audience: document.audience,
        keys: check_keys(document.keys)?,
        client_address: document
            .client_address
            .map(check_client_address)
            .transpose()?,
        identity_headers: check_identity_headers(document.identity_headers)?,
        limit_slots: check_limit_slots(document.limit_slots)?,
        plans: limits.plans,
        anonymous: limits.anonymous,
        bad_token,
        routes,
        default,
        by_first_segment: HashMap::new(),
        by_any_segment: Vec::new(),
    };
    policy.index();
    Ok(policy)
}

fn give_storage(plans: &mut [PlanEntry], storage: Vec<(Plan, u64)>) -> Result<(), PolicyError> {
    for (name, bytes) in storage {
        let at = || format!("storage_bytes.{name}");
        let Some(plan) = plans.iter_mut().find(|plan| plan.name == name) else {
            return Err(error(at(), "is no plan"));
        };
        if bytes > MAX_STORAGE_BYTES {
            return Err(error(at(), format!("must be at most {MAX_STORAGE_BYTES}")));
        }
        plan.storage_bytes = Some(bytes);
    }
    match plans.iter().find(|plan| plan.storage_bytes.is_none()) {
        Some(plan) => Err(error(
            "storage_bytes",
            format!("must name every plan: {} is missing", plan.name),
        )),
        None => Ok(()),
    }
}

fn check_limit_slots(slots: Option<u32>) -> Result<u32, PolicyError> {
    let slots = slots.unwrap_or(LimitTable::DEFAULT_SLOTS);
    if (1..=MAX_LIMIT_SLOTS).contains(&slots) {
        Ok(slots)
    } else {
        let message = format!("must be from 1 to {MAX_LIMIT_SLOTS}");
        Err(error("limit_slots", message))
    }
}

fn not_empty(path: &str, text: &str) -> Result<(), PolicyError> {
    if text.is_empty() {
        Err(error(path, "must not be empty"))
    } else {
        Ok(())
    }
}

fn check_keys(keys: KeysDocument) -> Result<KeySource, PolicyError> {
    match keys {
        KeysDocument {
            jwks: Some(Strict(jwks)),
            cluster: None,
            path: None,
            refresh_seconds: None,
        } => Keys::from_value(&jwks)
            .map(KeySource::Inline)
            .map_err(|e| error("keys.jwks", e.to_string())),
        KeysDocument {
            jwks: None,
            cluster: Some(cluster),
            path: Some(path),
            refresh_seconds: Some(refresh_seconds),
        } => {
            not_empty("keys.cluster", &cluster)?;
            if !path.starts_with('/') {
                return Err(error("keys.path", "must start with /"));
            }
            if refresh_seconds == 0 || refresh_seconds > MAX_REFRESH_SECONDS {
                return Err(error("keys.refresh_seconds", "must be 1 to 3600"));
            }
            Ok(KeySource::Cluster {
                cluster,
                path,
                refresh_seconds,
            })
        }
        _ => Err(error(
            "keys",
            "must have either jwks, or cluster, path and refresh_seconds",
        )),
    }
}

fn check_client_address(document: ClientAddressDocument) -> Result<ClientAddress, PolicyError> {
    let ClientAddressDocument {
        header,
        trusted_peer,
    } = document;
    if header.is_empty()
        || !header
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    {
        return Err(error(
            "client_address.header",
            "must be a header's name in lower case",
        ));
    }
    let trusted_peer = PeerPattern::parse(&trusted_peer).ok_or_else(|| {
        error(
            "client_address.trusted_peer",
            "must be pairs of a SPIFFE identity, such as /svc/edge or /ns/default/svc/edge",
        )
    })?;
    Ok(ClientAddress {
        header,
        trusted_peer,
    })
}

fn check_identity_headers(
    headers: Option<Vec<IdentityHeader>>,
) -> Result<Vec<IdentityHeader>, PolicyError> {
    let headers = headers.unwrap_or_else(|| IdentityHeader::DEFAULT.to_vec());
    for (index, header) in headers.iter().enumerate() {
        if headers.iter().take(index).any(|other| other == header) {
            return Err(error(
                format!("identity_headers[{index}]"),
                "is named twice",
            ));
        }
    }
    Ok(headers)
}

type Anonymous = (Vec<(LimitClass, AnonymousLimit)>, Option<Limit>);

fn check_anonymous(
    limits: Vec<(AnonymousClass, AnonymousLimit)>,
) -> Result<Anonymous, PolicyError> {
    let (mut classes, mut bad_token) = (Vec::new(), None);
    for (class, limit) in limits {
        match class {
            AnonymousClass::Requests(class) => classes.push((class, limit)),
            AnonymousClass::BadToken if limit.link().is_some() => {
                let at = format!("anonymous.{BAD_TOKEN}.link");
                return Err(error(at, "a token is no link"));
            }
            AnonymousClass::BadToken => bad_token = Some(limit.address()),
        }
    }
    Ok((classes, bad_token))
}

struct Limits {
    plans: Vec<PlanEntry>,
    anonymous: Vec<(LimitClass, AnonymousLimit)>,
}

fn check_route(place: &str, route: RouteDocument, limits: &Limits) -> Result<Route, PolicyError> {
    let at = |member: &str, message: String| error(format!("{place}.{member}"), message);
    let path = Template::parse(&route.path).map_err(|message| at("path", message.to_owned()))?;
    if route.methods.is_empty() {
        return Err(at(
            "methods",
            "there must be a method, or \"*\" alone".to_owned(),
        ));
    }
    let methods = Methods::parse(&route.methods).map_err(|index| {
        at(
            &format!("methods[{index}]"),
            "is no method that routes tell apart".to_owned(),
        )
    })?;
    match (route.access, path.has_tenant()) {
        (Access::Viewer | Access::Member | Access::Owner, false) => {
            return Err(at("access", "a role needs {tenant} in the path".to_owned()));
        }
        (Access::User, true) => {
            return Err(at(
                "access",
                "a path with {tenant} is public or takes a role".to_owned(),
            ));
        }
        _ => {}
    }
    if let Some(index) = route.upgrades.iter().position(|name| !is_upgrade(name)) {
        return Err(at(
            &format!("upgrades[{index}]"),
            "must be a protocol's name in lower case, such as websocket".to_owned(),
        ));
    }
    let resolved = match &route.limit {
        None => RouteLimits::None,
        Some(class) => limits
            .of(class, route.access)
            .map_err(|message| at("limit", message))?,
    };
    Ok(Route {
        index: 0,
        template: route.path.into(),
        methods,
        access: route.access,
        limit: route.limit,
        enforce: route.enforce,
        upgrades: route.upgrades,
        path,
        limits: resolved,
    })
}

fn is_upgrade(name: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-./_+".contains(&b);
    !name.is_empty() && name.bytes().all(plain)
}

impl Limits {
    fn of(&self, class: &LimitClass, access: Access) -> Result<RouteLimits, String> {
        match access {
            Access::Public => {
                let limit = self.anonymous.iter().find(|(name, _)| name == class);
                let (_, limit) = limit.ok_or_else(|| format!("anonymous has no class {class}"))?;
                Ok(RouteLimits::Anonymous(*limit))
            }
            Access::User => Err(
                "a plan belongs to a tenant: only public and tenant routes are limited".to_owned(),
            ),
            Access::Viewer | Access::Member | Access::Owner => {
                let limit = |plan: &PlanEntry| {
                    plan.limit(class.as_str())
                        .ok_or_else(|| format!("plan {} has no class {class}", plan.name))
                };
                Ok(RouteLimits::Plans(
                    self.plans.iter().map(limit).collect::<Result<_, _>>()?,
                ))
            }
        }
    }
}
