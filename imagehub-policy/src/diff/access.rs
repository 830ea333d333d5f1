//! Requests that only one of two policies lets pass.

use super::{Difference, Effect, METHODS, Request, list};
use crate::identity::Role;
use crate::ruling::{Caller, Ruling};

/// What was found so far, one entry for each pair of rules.
#[derive(Default)]
pub(super) struct Changes(Vec<Change>);

struct Change {
    effect: Effect,
    /// The paths of the rules that matched before and match now.
    templates: (String, String),
    upgrade: Option<String>,
    methods: Vec<&'static str>,
    callers: Vec<&'static str>,
    request: String,
}

impl Changes {
    pub(super) fn add(&mut self, effect: Effect, request: &Request<'_>) {
        let templates = (
            request.rules.0.template.to_string(),
            request.rules.1.template.to_string(),
        );
        let upgrade = request.upgrade.map(str::to_owned);
        let known = self.0.iter_mut().find(|change| {
            change.effect == effect && change.templates == templates && change.upgrade == upgrade
        });
        if let Some(change) = known {
            change.methods.push(request.method);
            change.callers.push(called(request.caller));
            return;
        }
        let outcome = |verdict: &Ruling<'_>| match verdict {
            Ruling::Refused(code) => code.status().to_string(),
            Ruling::Passes(_) => "passes".to_owned(),
        };
        self.0.push(Change {
            effect,
            templates,
            upgrade,
            methods: vec![request.method],
            callers: vec![called(request.caller)],
            request: format!(
                "{request}: {} now, {} before",
                outcome(&request.after),
                outcome(&request.before)
            ),
        });
    }

    pub(super) fn differences(self) -> impl Iterator<Item = Difference> {
        self.0.into_iter().map(Change::in_words)
    }
}

impl Change {
    fn in_words(self) -> Difference {
        let (before, after) = self.templates;
        let mut what = format!("{} {after}", methods(&self.methods));
        if before != after {
            what = format!("{what}, before {before},");
        }
        if let Some(upgrade) = self.upgrade {
            what = format!("{what} upgraded to {upgrade}");
        }
        let verb = match self.effect {
            Effect::Wider | Effect::Both => "passes now for",
            Effect::Narrower => "is refused now for",
        };
        Difference {
            effect: self.effect,
            what: format!("{what} {verb} {}", list(&self.callers)),
            request: self.request,
        }
    }
}

fn methods(named: &[&str]) -> String {
    let [known @ .., other] = METHODS;
    let mut names: Vec<_> = known
        .into_iter()
        .filter(|method| named.contains(method))
        .collect();
    if named.contains(&other) {
        names.push("others");
    }
    if names.len() == METHODS.len() {
        return "any method".to_owned();
    }
    names.join(", ")
}

const fn called(caller: Caller<'_>) -> &'static str {
    match caller {
        Caller::Anonymous => "those without a token",
        Caller::User(None) => "other users",
        Caller::User(Some(standing)) => match standing.role {
            Role::Viewer => "viewers",
            Role::Member => "members",
            Role::Owner => "owners",
        },
    }
}
