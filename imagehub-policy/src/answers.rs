//! How each refusal is worded, and what a browser is offered.

use crate::decide::{Identity, RequestContext};
use crate::identity::Plan;
use crate::problem::{Code, Problem};
use crate::refusal::{Refusal, login_location, sentence, with_next};
use crate::report::LimitReport;
use std::borrow::Cow;

impl RequestContext<'_, '_> {
    pub(crate) fn refuse(&self, problem: Problem) -> Refusal {
        Refusal::new(problem, self.head.wants_html())
    }

    /// Where a browser may be sent back to: here, if asking again is harmless; otherwise to the
    /// gallery that the form was about.
    fn here(&self) -> &str {
        const GALLERIES: &str = "/t/";
        let path = self.path.full;
        if self.head.is_retrieval() {
            return path;
        }
        match self.route.path.tenant(&self.path) {
            Some(tenant) if path.starts_with(GALLERIES) => path
                .get(..GALLERIES.len().wrapping_add(tenant.len()))
                .unwrap_or("/"),
            _ => "/",
        }
    }

    pub(crate) fn unauthenticated(&self, reason: &str) -> Refusal {
        let mut problem = Problem::new(Code::Unauthenticated, sentence(reason));
        if !self.head.wants_html() {
            return self.refuse(problem).header("www-authenticate", "Bearer");
        }
        let login = login_location(self.here());
        problem = problem.with("login", login.as_str());
        let mut refusal = self.refuse(problem);
        if self.head.is_retrieval() {
            refusal.status = 303;
            refusal = refusal.header("location", login);
        }
        refusal
    }

    pub(crate) fn forbidden(&self, detail: String) -> Refusal {
        let mut problem = Problem::new(Code::Forbidden, detail);
        if self.head.wants_html() {
            problem = problem.with("refresh", with_next("/session", self.here()));
        }
        self.refuse(problem)
    }

    pub(crate) fn rate_limited(
        &self,
        limits: &LimitReport,
        identity: Option<&Identity>,
    ) -> Refusal {
        let retry_after = self.retry_after(limits);
        let mut problem = Problem::new(Code::RateLimited, self.limit_in_words(limits, identity))
            .with("retry_after", retry_after)
            .with("bucket", limits.refused_by().map(|bucket| bucket.name))
            .violating(
                &limits
                    .violated()
                    .map(|bucket| bucket.name)
                    .collect::<Vec<_>>(),
            );
        if let Some(Identity {
            tenant: Some(tenant),
            plan: Some(plan),
            ..
        }) = identity
        {
            let plans = format!("/plans?tenant={tenant}");
            let upgrade = if self.head.wants_html() {
                with_next(&plans, self.here())
            } else {
                plans
            };
            problem = problem
                .with("tenant", tenant.as_str())
                .with("plan", plan.as_str())
                .with("upgrade", upgrade);
        }
        if self.head.wants_html() && self.head.is_retrieval() {
            problem = problem.with("retry", self.path.full);
        }
        let mut refusal = self
            .refuse(problem)
            .header("retry-after", retry_after.to_string());
        refusal.headers.extend(limits.headers());
        refusal.limits = Some(*limits);
        refusal
    }

    /// Seconds to wait for the buckets without room, never fewer than their `t`. The jitter spreads clients that were refused together over a second more.
    fn retry_after(&self, limits: &LimitReport) -> u32 {
        let jitter = u32::from(self.now.micros().count_ones() % 2 == 1);
        limits.retry_after().saturating_add(jitter)
    }

    pub(crate) fn too_many_bad_tokens(&self, limits: &LimitReport) -> Refusal {
        let retry_after = self.retry_after(limits);
        let problem = Problem::new(
            Code::RateLimited,
            "Too many tokens from this address could not be verified.",
        );
        self.refuse(
            problem
                .with("retry_after", retry_after)
                .with("bucket", "bad_token")
                .violating(&["bad_token"]),
        )
        .header("retry-after", retry_after.to_string())
    }

    pub(crate) fn not_counted(&self) -> Refusal {
        let detail = "Limits cannot be counted at the moment.";
        self.refuse(Problem::new(Code::Unavailable, detail))
            .header("retry-after", "1")
    }

    fn limit_in_words(&self, limits: &LimitReport, identity: Option<&Identity>) -> String {
        let Some(bucket) = limits.refused_by() else {
            return String::new();
        };
        let class = self.route.limit.as_ref().map_or("", |class| class.as_str());
        let rate = bucket
            .limit
            .in_words(&requests(class, bucket.limit.count()));
        let plan = identity.and_then(|identity| identity.plan.as_ref());
        let plan = plan.map_or_else(String::new, Plan::title);
        match bucket.name {
            "user" => format!("{plan} plan: {rate}."),
            "tenant" => format!("{plan} plan: {rate} for everybody in this gallery together."),
            "link" => format!("This link: {rate} for everybody who follows it together."),
            _ => format!("One address: {rate}."),
        }
    }
}

/// What a class of requests is called in front of people.
fn requests(class: &str, count: u32) -> Cow<'static, str> {
    match (class, count) {
        ("pull", 1) => "download".into(),
        ("pull", _) => "downloads".into(),
        ("upload", 1) => "upload".into(),
        ("upload", _) => "uploads".into(),
        ("browse", _) => "pages and thumbnails".into(),
        ("auth", _) => "log-ins and sign-ups".into(),
        ("share", _) => "requests".into(),
        (other, _) => format!("requests of class {other}").into(),
    }
}

#[cfg(test)]
mod tests {
    use super::requests;

    #[test]
    fn a_class_of_the_operators_own_goes_by_its_name() {
        assert_eq!(requests("pull", 10), "downloads");
        assert_eq!(requests("upload", 1), "upload");
        assert_eq!(requests("search", 3), "requests of class search");
    }
}
