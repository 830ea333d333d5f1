//! Concrete paths, one for every way in which the rules of two policies can match.

use crate::policy::Policy;
use crate::template::Template;
use std::collections::HashSet;

/// Paths such that whatever is sent matches the same templates of both policies as one of them.
pub(super) fn paths(before: &Policy, after: &Policy) -> Vec<String> {
    let mut templates: Vec<&Template> = Vec::new();
    for route in before.routes().iter().chain(after.routes()) {
        if !templates.contains(&&route.path) {
            templates.push(&route.path);
        }
    }
    let mut search = Search::default();
    search.extend(&mut Vec::new(), &templates);
    search.found
}

/// Extends a path segment by segment, as long as there are templates that its end could tell apart.
#[derive(Default)]
struct Search<'t> {
    found: Vec<String>,
    /// The sets of templates for which a path was found.
    matched: HashSet<Vec<&'t Template>>,
    /// What was extended already, by depth and the templates that match so far.
    extended: HashSet<(usize, Vec<&'t Template>)>,
}

impl<'t> Search<'t> {
    fn extend(&mut self, path: &mut Vec<String>, alive: &[&'t Template]) {
        let depth = path.len();
        if depth > 0 {
            self.take(path, alive);
        }
        let settled = |template: &&Template| template.is_open() && template.len() <= depth;
        if (depth > 0 && alive.iter().all(settled))
            || !self.extended.insert((depth, alive.to_vec()))
        {
            return;
        }
        for segment in next_segments(path, alive) {
            let matching: Vec<_> = alive
                .iter()
                .copied()
                .filter(|template| template.matches_at(depth, &segment))
                .collect();
            let last = segment.is_empty();
            path.push(segment);
            if last {
                self.take(path, &matching);
            } else {
                self.extend(path, &matching);
            }
            path.pop();
        }
    }

    fn take(&mut self, path: &[String], alive: &[&'t Template]) {
        let ends_here = |template: &&&Template| {
            template.len() == path.len() || (template.is_open() && template.len() < path.len())
        };
        let matched = alive.iter().filter(ends_here).copied().collect();
        if self.matched.insert(matched) {
            self.found.push(format!("/{}", path.join("/")));
        }
    }
}

/// A segment that no template spells out at this place, every one that some does, and the empty one, which ends a path.
fn next_segments(path: &[String], alive: &[&Template]) -> Vec<String> {
    let depth = path.len();
    let mut literals: Vec<String> = Vec::new();
    for literal in alive.iter().filter_map(|template| template.literal(depth)) {
        if !literal.is_empty() && !literals.iter().any(|other| other == literal) {
            literals.push(literal.to_owned());
        }
    }
    let is_tenant = |template: &&Template| template.is_tenant(depth);
    let mut name = if alive.iter().any(is_tenant) {
        "acme".to_owned()
    } else {
        format!("x{depth}")
    };
    while literals.contains(&name) || path.contains(&name) {
        name.push('x');
    }
    let mut segments = vec![name];
    segments.append(&mut literals);
    segments.push(String::new());
    segments
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::path::Path;

    fn policy(paths: &[&str]) -> Policy {
        let routes: Vec<_> = paths
            .iter()
            .map(|path| serde_json::json!({"path": path, "methods": ["GET"], "access": "public"}))
            .collect();
        crate::diff::tests::policy(|document| document["routes"] = routes.into())
    }

    #[test]
    fn there_is_a_path_for_every_set_of_templates_that_can_match() {
        let before = policy(&["/", "/t/{tenant}", "/t/{tenant}/{*}", "/t/{tenant}/acme"]);
        let after = policy(&["/t/open", "/t/{name}/{tenant}", "/{*}"]);
        let mut found = paths(&before, &after);
        found.sort_unstable();
        assert_eq!(
            found,
            [
                "/",
                "/t/acme",
                "/t/acme/acme",
                "/t/acme/acmex",
                "/t/acme/acmex/x3",
                "/t/open",
                "/x0"
            ]
        );
    }

    #[test]
    fn any_path_matches_what_one_of_them_matches() {
        let shipped = Policy::parse(crate::cases::POLICY).unwrap();
        let other = policy(&["/t/{tenant}/images/{name}/{name}/{*}", "/a/{name}/b"]);
        let matched = |path: &str| -> Vec<bool> {
            let path = Path::parse(path.as_bytes()).unwrap();
            let routes = shipped.routes().iter().chain(other.routes());
            routes.map(|route| route.path.matches(&path)).collect()
        };
        let known: HashSet<_> = paths(&shipped, &other)
            .iter()
            .map(|path| matched(path))
            .collect();
        let words = [
            "t", "acme", "images", "x1", "pull", "a", "b", "api", "v1", "", "s",
        ];
        let mut tried = vec![String::new()];
        for _ in 0..4 {
            tried = tried
                .iter()
                .flat_map(|path| words.iter().map(move |word| format!("{path}/{word}")))
                .collect();
            for path in tried
                .iter()
                .filter(|path| Path::parse(path.as_bytes()).is_ok())
            {
                assert!(known.contains(&matched(path)), "{path}");
            }
        }
    }
}
