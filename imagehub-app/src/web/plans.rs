//! The plans, as the policy has them.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use imagehub_policy::Role;
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
                        user: limit.user.in_words(""),
                        tenant: limit.tenant.in_words(""),
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
        "pull" => "Downloads of originals".to_owned(),
        "upload" => "Uploads".to_owned(),
        "browse" => "Pages and thumbnails".to_owned(),
        other => other.to_owned(),
    }
}
