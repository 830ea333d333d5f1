//! Path templates: which paths a route is for.

use crate::path::{MAX_SEGMENTS, Path};

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
}
