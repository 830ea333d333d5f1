//! Routes: which rule a method and a path fall under.

use crate::identity::LimitClass;
use crate::limit::{AnonymousLimit, PlanLimit};
use crate::path::{MAX_SEGMENTS, Path};
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

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Segment {
    Literal(Box<str>),
    Tenant,
    Name,
}

impl Segment {
    fn matches(&self, segment: &str) -> bool {
        match self {
            Self::Literal(literal) => **literal == *segment,
            Self::Tenant | Self::Name => !segment.is_empty(),
        }
    }
}

/// A path with holes: literals, `{tenant}`, `{name}`, and at its end perhaps `{*}`, which stands for any number of
/// segments, none included.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Template {
    segments: Vec<Segment>,
    open: bool,
    tenant: Option<usize>,
}

impl Template {
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        let rest = text.strip_prefix('/').ok_or("a path starts with /")?;
        let mut template = Self {
            segments: Vec::new(),
            open: false,
            tenant: None,
        };
        for part in rest.split('/') {
            if template.open {
                return Err("{*} comes last");
            }
            match part {
                "{*}" => template.open = true,
                "{tenant}" => {
                    if template.tenant.replace(template.segments.len()).is_some() {
                        return Err("{tenant} comes once");
                    }
                    template.segments.push(Segment::Tenant);
                }
                "{name}" => template.segments.push(Segment::Name),
                "." | ".." => return Err("a path has no dot segments"),
                // Plain characters have one spelling in a normalised path, so comparing them is safe.
                literal
                    if literal
                        .bytes()
                        .all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b)) =>
                {
                    template.segments.push(Segment::Literal(literal.into()));
                }
                _ => {
                    return Err(
                        "a segment is {tenant}, {name}, {*} or made of letters, digits and -._~",
                    );
                }
            }
        }
        if template.segments.len() > MAX_SEGMENTS {
            return Err("a path has at most 16 segments");
        }
        let empty = template
            .segments
            .iter()
            .filter(|s| matches!(s, Segment::Literal(l) if l.is_empty()))
            .count();
        if empty > 0 && text != "/" {
            return Err("a path has no empty segments");
        }
        Ok(template)
    }

    pub(crate) const fn has_tenant(&self) -> bool {
        self.tenant.is_some()
    }

    /// The first segment, if it is spelled out.
    pub(crate) fn first_literal(&self) -> Option<&str> {
        self.literal(0)
    }

    /// A segment, if it is spelled out.
    pub(crate) fn literal(&self, index: usize) -> Option<&str> {
        match self.segments.get(index) {
            Some(Segment::Literal(literal)) => Some(literal),
            _ => None,
        }
    }

    /// Whether a segment stands for the tenant.
    pub(crate) fn is_tenant(&self, index: usize) -> bool {
        self.tenant == Some(index)
    }

    /// How many segments there are before `{*}`.
    pub(crate) const fn len(&self) -> usize {
        self.segments.len()
    }

    /// Whether it ends with `{*}`.
    pub(crate) const fn is_open(&self) -> bool {
        self.open
    }

    /// Whether a path may have this segment there.
    pub(crate) fn matches_at(&self, index: usize, segment: &str) -> bool {
        self.segments
            .get(index)
            .map_or(self.open, |expected| expected.matches(segment))
    }

    pub(crate) fn matches(&self, path: &Path<'_>) -> bool {
        let fits = if self.open {
            path.count() >= self.segments.len()
        } else {
            path.count() == self.segments.len()
        };
        fits && self
            .segments
            .iter()
            .zip(path.segments())
            .all(|(expected, segment)| expected.matches(segment))
    }

    /// Why a path does not match; `None` if it does.
    pub(crate) fn mismatch(&self, path: &Path<'_>) -> Option<String> {
        if self.matches(path) {
            return None;
        }
        let pairs = (1_usize..).zip(self.segments.iter().zip(path.segments()));
        for (place, (expected, segment)) in pairs {
            match expected {
                _ if expected.matches(segment) => {}
                Segment::Literal(literal) if path.count() == self.segments.len() || self.open => {
                    return Some(format!("segment {place} is {literal}, not {segment}"));
                }
                _ => break,
            }
        }
        let (least, plural) = (
            if self.open { "at least " } else { "" },
            if self.len() == 1 { "" } else { "s" },
        );
        Some(format!(
            "has {least}{} segment{plural}, the path {}",
            self.len(),
            path.count()
        ))
    }

    /// The segment that stands for the tenant, as sent.
    pub(crate) fn tenant<'a>(&self, path: &Path<'a>) -> Option<&'a str> {
        path.segment(self.tenant?)
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

    fn matches(template: &str, path: &str) -> bool {
        Template::parse(template)
            .unwrap()
            .matches(&Path::parse(path.as_bytes()).unwrap())
    }

    #[test]
    fn literals_and_holes_match_segment_by_segment() {
        assert!(matches("/", "/"));
        assert!(!matches("/", "/a"));
        assert!(matches("/t/{tenant}/images/{name}", "/t/acme/images/1?x=/"));
        assert!(!matches("/t/{tenant}/images/{name}", "/t/acme/images/"));
        assert!(!matches("/t/{tenant}/images", "/t/acme/images/"));
        assert!(!matches("/t/{tenant}", "/t/"));
        assert!(!matches("/t/{tenant}/images", "/T/acme/images"));
    }

    #[test]
    fn a_trailing_star_stands_for_any_rest_or_none() {
        for path in [
            "/t/acme",
            "/t/acme/",
            "/t/acme/a/b/c",
            &format!("/t/acme{}", "/x".repeat(100)),
        ] {
            assert!(matches("/t/{tenant}/{*}", path), "{path}");
        }
        assert!(!matches("/t/{tenant}/{*}", "/t/"));
        assert!(!matches("/static/{*}", "/statics"));
        assert!(matches("/{*}", "/"));
    }

    #[test]
    fn a_template_that_could_mislead_is_refused() {
        for bad in [
            "",
            "t",
            "/t/",
            "//",
            "/a//b",
            "/{*}/a",
            "/{tenant}/{tenant}",
            "/{user}",
            "/a{name}",
            "/%74",
            "/a b",
            "/..",
            "/a/./b",
            &"/a".repeat(17),
        ] {
            assert!(Template::parse(bad).is_err(), "{bad}");
        }
    }

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
