//! The plans, as the policy has them.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use imagehub_policy::{Limit, Role};
use serde::Deserialize;

use crate::error::AppError;
use crate::format;
use crate::http::local::local_path;
use crate::middleware::Visitor;
use crate::state::State;
use crate::web::layout::Frame;
use crate::web::layout::frame::page;

/// Which gallery the plans are shown for.
#[derive(Debug, Deserialize)]
pub struct For {
    tenant: Option<String>,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "plans.html")]
struct Plans<'a> {
    frame: Frame,
    tenant: Option<Chosen>,
    tenants: Vec<String>,
    plans: Vec<Offer>,
    next: &'a str,
}

struct Chosen {
    name: String,
    may_change: bool,
}

struct Offer {
    name: String,
    current: bool,
    storage: Option<String>,
    limits: Vec<Line>,
}

struct Line {
    label: String,
    user: String,
    tenant: String,
}

/// `GET /plans`
pub async fn show(
    state: web::Data<State>,
    visitor: Visitor,
    query: web::Query<For>,
) -> Result<HttpResponse, AppError> {
    let policy = state.policy.current();
    let grants = match &visitor.0 {
        Some(user) => state.catalogue.tenants_of(user).await?,
        None => Default::default(),
    };
    let asked = query.tenant.as_deref().unwrap_or_default();
    let chosen = grants.iter().find(|(name, _)| name.as_str() == asked);
    let current = chosen.map(|(_, membership)| membership.plan.as_str());
    let home = chosen.map_or_else(|| "/".to_owned(), |(name, _)| format!("/t/{name}"));
    let template = Plans {
        frame: Frame::public(&state, visitor.0.as_ref(), "plans"),
        tenant: chosen.map(|(name, membership)| Chosen {
            name: name.to_string(),
            may_change: membership.role == Role::Owner,
        }),
        tenants: grants.keys().map(ToString::to_string).collect(),
        plans: policy
            .plans()
            .iter()
            .map(|plan| Offer {
                name: plan.name.to_string(),
                current: Some(plan.name.as_str()) == current,
                storage: plan.storage_bytes.map(format::bytes),
                limits: plan
                    .classes
                    .iter()
                    .map(|(class, limit)| Line {
                        label: label(class.as_str()),
                        user: rate(limit.user),
                        tenant: rate(limit.tenant),
                    })
                    .collect(),
            })
            .collect(),
        next: query.next.as_deref().map_or(home.as_str(), local_path),
    };
    page(StatusCode::OK, &template)
}

fn label(class: &str) -> String {
    match class {
        "pull" => "Pulls of originals".to_owned(),
        "upload" => "Uploads".to_owned(),
        "browse" => "Pages and thumbnails".to_owned(),
        other => other.to_owned(),
    }
}

/// A limit in words, such as `1,200 a minute`.
pub fn rate(limit: Limit) -> String {
    let count = grouped(limit.count());
    match limit.window_seconds() {
        1 => format!("{count} a second"),
        60 => format!("{count} a minute"),
        3600 => format!("{count} an hour"),
        86_400 => format!("{count} a day"),
        seconds => format!("{count} in {} seconds", grouped(seconds)),
    }
}

fn grouped(number: u32) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_reads_as_people_say_it() {
        let rate = |count, window| rate(Limit::new(count, window).unwrap());
        assert_eq!(rate(10, 60), "10 a minute");
        assert_eq!(rate(60_000, 60), "60,000 a minute");
        assert_eq!(rate(1_000_000, 86_400), "1,000,000 a day");
        assert_eq!(rate(5, 1_200), "5 in 1,200 seconds");
    }
}
