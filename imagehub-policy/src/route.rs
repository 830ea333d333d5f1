//! Routes: which rule a method and a path fall under.

use crate::identity::LimitClass;
use crate::limit::{AnonymousLimit, PlanLimit};
use crate::path::Path;
use crate::template::Template;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Access {
    /// Anybody; credentials are not looked at.
    Public,
    /// Whoever is logged in.
    User,
    /// Whoever has this role in the tenant, or a greater one.
    Viewer,
    /// Likewise.
    Member,
    /// Likewise.
    Owner,
}

/// Whether a route's refusals are carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum Enforce {
    /// They are.
    #[default]
    On,
    /// They are only reported: to try a rule out.
    Shadow,
}

/// A request method, as far as routes tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// `GET`
    Get,
    /// `HEAD`
    Head,
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// `PATCH`
    Patch,
    /// `DELETE`
    Delete,
    /// `OPTIONS`
    Options,
    /// Any other.
    Other,
}

impl Method {
    /// From its (case-sensitive) name.
    pub const fn parse(name: &[u8]) -> Self {
        match name {
            b"GET" => Self::Get,
            b"HEAD" => Self::Head,
            b"POST" => Self::Post,
            b"PUT" => Self::Put,
            b"PATCH" => Self::Patch,
            b"DELETE" => Self::Delete,
            b"OPTIONS" => Self::Options,
            _ => Self::Other,
        }
    }

    const fn bit(self) -> u8 {
        match self {
            Self::Get => 1,
            Self::Head => 2,
            Self::Post => 4,
            Self::Put => 8,
            Self::Patch => 16,
            Self::Delete => 32,
            Self::Options => 64,
            Self::Other => 128,
        }
    }
}

/// A set of methods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Methods(u8);

impl Methods {
    /// Every method, known or not.
    pub const ALL: Self = Self(u8::MAX);

    /// Whether the method is among them.
    pub const fn contains(self, method: Method) -> bool {
        self.0 & method.bit() != 0
    }

    /// Their names; of others than routes tell apart, none.
    pub(crate) fn names(self) -> Vec<&'static str> {
        const NAMED: [(&str, Method); 7] = [
            ("GET", Method::Get),
            ("HEAD", Method::Head),
            ("POST", Method::Post),
            ("PUT", Method::Put),
            ("PATCH", Method::Patch),
            ("DELETE", Method::Delete),
            ("OPTIONS", Method::Options),
        ];
        let mine = NAMED.iter().filter(|(_, method)| self.contains(*method));
        mine.map(|(name, _)| *name).collect()
    }

    /// From names, or the single name `*`. `GET` brings `HEAD` along. The error is the index of a name that is none.
    pub(crate) fn parse(names: &[String]) -> Result<Self, usize> {
        if names == ["*"] {
            return Ok(Self::ALL);
        }
        let mut set = 0;
        for (index, name) in names.iter().enumerate() {
            set |= match Method::parse(name.as_bytes()) {
                Method::Other => return Err(index),
                Method::Get => Method::Get.bit() | Method::Head.bit(),
                method => method.bit(),
            };
        }
        Ok(Self(set))
    }
}

/// The limits a route's requests count against, resolved when the policy was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RouteLimits {
    None,
    Anonymous(AnonymousLimit),
    /// In the order of the policy's plans.
    Plans(Vec<PlanLimit>),
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Its place among the policy's routes; the default's is their number.
    pub index: usize,
    /// The path's template as written.
    pub template: Arc<str>,
    /// For which methods.
    pub methods: Methods,
    /// For whom.
    pub access: Access,
    /// Counted as what, if at all.
    pub limit: Option<LimitClass>,
    /// Whether refusals are carried out.
    pub enforce: Enforce,
    /// Protocols that a connection may be upgraded to, in lower case.
    pub upgrades: Vec<Box<str>>,
    pub(crate) path: Template,
    pub(crate) limits: RouteLimits,
}

impl Route {
    /// The tenant that a path of this route names; `None` if it is not a tenant's.
    pub fn tenant_in<'p>(&self, path: &'p str) -> Option<&'p str> {
        self.path.tenant(&Path::parse(path.as_bytes()).ok()?)
    }

    /// Whether the route belongs to a tenant.
    pub const fn has_tenant(&self) -> bool {
        self.path.has_tenant()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn get_implies_head_and_a_star_is_every_method() {
        let get = Methods::parse(&["GET".to_owned()]).unwrap();
        assert!(
            get.contains(Method::Head)
                && !get.contains(Method::Post)
                && !get.contains(Method::Other)
        );
        let all = Methods::parse(&["*".to_owned()]).unwrap();
        assert!(all.contains(Method::parse(b"BREW")) && all.contains(Method::Delete));
        assert_eq!(
            Methods::parse(&["GET".to_owned(), "get".to_owned()]),
            Err(1)
        );
        assert_eq!(Methods::parse(&["*".to_owned(), "GET".to_owned()]), Err(0));
    }
}
