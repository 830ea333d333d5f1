//! Every route of the contract that is not public: what it needs and what success looks like.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::mesh;

/// What a route needs of the caller.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Needs {
    /// To be signed in.
    User,
    /// To be at least this in the tenant.
    Viewer,
    /// May add and change images.
    Member,
    /// May change plan and members.
    Owner,
}

/// What is sent.
#[derive(Clone, Debug)]
pub enum Body {
    /// Nothing.
    None,
    /// JSON.
    Json(Value),
    /// A form as a page posts it.
    Form(&'static str),
    /// A small picture.
    Upload,
}

/// One route: `{tenant}`, `{id}`, `{viewer}` and `{new}` are filled in before sending.
#[derive(Clone, Debug)]
pub struct Route {
    /// Method.
    pub method: &'static str,
    /// Path with places to fill in.
    pub path: &'static str,
    /// What is sent.
    pub body: Body,
    /// Who may.
    pub needs: Needs,
    /// What those get who may.
    pub success: u16,
    /// Whether it ends the session it is asked with.
    pub ends_session: bool,
}

impl Route {
    /// Whether nothing is behind the path: the filter guards it like any other, the application
    /// alone has nothing to guard.
    pub fn is_nowhere(&self) -> bool {
        self.path.contains("/nothing")
    }
}

/// Paths that anybody may ask for.
const PUBLIC: [&str; 16] = [
    "/",
    "/healthz",
    "/readyz",
    "/.well-known/jwks.json",
    "/openapi.json",
    "/static/{*}",
    "/plans",
    "/signup",
    "/login",
    "/api/v1/signup",
    "/api/v1/login",
    "/api/v1/plans",
    "/favicon.ico",
    "/robots.txt",
    "/s/{name}/{name}",
    "/join/{name}/{name}",
];

const LINKS: &str = "/api/v1/tenants/{tenant}/invite-links";

/// The routes, harmless ones only: whoever may do it leaves the tenant as it was.
pub fn all() -> Vec<Route> {
    let tags = || Body::Json(json!({"title": "kept", "tags": ["kept"]}));
    let role = || Body::Json(json!({"role": "viewer"}));
    let plan = || Body::Json(json!({"plan": "personal"}));
    let tenant = || Body::Json(json!({"name": "{new}", "plan": "personal"}));
    let retag = || Body::Json(json!({"ids": ["{id}"], "action": "tag", "tags": ["kept"]}));
    let empty = || Body::Json(json!({}));
    use Body::{Form, None, Upload};
    use Needs::{Member, Owner, User, Viewer};
    vec![
        row("GET", "/api/v1/me", None, User, 200),
        row("POST", "/api/v1/session", None, User, 200),
        row("GET", "/session?next=/", None, User, 303),
        once("POST", "/api/v1/logout", None, User, 204),
        once("POST", "/logout", None, User, 303),
        once("POST", "/api/v1/me/sign-out-everywhere", None, User, 204),
        once("POST", "/account/sign-out-everywhere", None, User, 303),
        row("DELETE", "/api/v1/me", empty(), User, 422),
        row("PUT", "/api/v1/me/password", empty(), User, 422),
        row("GET", "/api/v1/tokens", None, User, 200),
        row("POST", "/api/v1/tokens", empty(), User, 422),
        row("DELETE", "/api/v1/tokens/{new}", None, User, 404),
        row("GET", "/account", None, User, 200),
        row("GET", "/account/password", None, User, 303),
        row("GET", "/account/tokens", None, User, 303),
        row("GET", "/account/delete", None, User, 303),
        row("POST", "/account/password", Form(""), User, 422),
        row("POST", "/account/tokens", Form(""), User, 422),
        row("POST", "/account/tokens/{new}/revoke", None, User, 404),
        row("POST", "/account/delete", Form(""), User, 422),
        row("POST", "/join/{new}/{new}", None, User, 410),
        row("POST", "/api/v1/join/{new}/{new}", None, User, 404),
        row("POST", "/api/v1/tenants", tenant(), User, 201),
        row(
            "POST",
            "/tenants",
            Form("name={new}&plan=personal"),
            User,
            303,
        ),
        row("POST", "/api/v1/invitations/{new}", None, User, 404),
        row("DELETE", "/api/v1/invitations/{new}", None, User, 404),
        row("POST", "/invitations/{new}", None, User, 404),
        row("POST", "/invitations/{new}/decline", None, User, 404),
        row("PUT", "/api/v1/tenants/{tenant}/plan", plan(), Owner, 200),
        row("GET", "/api/v1/tenants/{tenant}/members", None, Viewer, 200),
        row(
            "PUT",
            "/api/v1/tenants/{tenant}/members/{viewer}",
            role(),
            Owner,
            200,
        ),
        row(
            "DELETE",
            "/api/v1/tenants/{tenant}/members/{new}",
            None,
            Owner,
            404,
        ),
        row("PATCH", "/api/v1/tenants/{tenant}", empty(), Owner, 200),
        row("DELETE", "/api/v1/tenants/{tenant}", empty(), Owner, 422),
        row("GET", LINKS, None, Owner, 200),
        row("POST", LINKS, empty(), Owner, 422),
        row(
            "DELETE",
            "/api/v1/tenants/{tenant}/invite-links/{new}",
            None,
            Owner,
            404,
        ),
        row("GET", "/api/v1/tenants/{tenant}/nothing", None, Viewer, 404),
        row("GET", "/t/{tenant}", None, Viewer, 200),
        row("GET", "/t/{tenant}/settings", None, Viewer, 200),
        row("GET", "/t/{tenant}/images", None, Viewer, 200),
        row("HEAD", "/t/{tenant}/images", None, Viewer, 200),
        row("POST", "/t/{tenant}/images", Upload, Member, 201),
        row("GET", "/t/{tenant}/images/{id}", None, Viewer, 200),
        row("PATCH", "/t/{tenant}/images/{id}", tags(), Member, 200),
        row("DELETE", "/t/{tenant}/images/{new}", None, Member, 404),
        row("GET", "/t/{tenant}/images/{id}/pull", None, Viewer, 200),
        row("HEAD", "/t/{tenant}/images/{id}/pull", None, Viewer, 200),
        row(
            "GET",
            "/t/{tenant}/images/{id}/thumb/160",
            None,
            Viewer,
            200,
        ),
        row(
            "POST",
            "/t/{tenant}/images/{id}/edit",
            Form("title=kept&tags=kept"),
            Member,
            303,
        ),
        row("POST", "/t/{tenant}/images/{new}/delete", None, Member, 404),
        row(
            "POST",
            "/t/{tenant}/plan",
            Form("plan=personal&next=/"),
            Owner,
            303,
        ),
        row(
            "POST",
            "/t/{tenant}/members",
            Form("username={viewer}&role=viewer"),
            Owner,
            303,
        ),
        row("POST", "/t/{tenant}/members/{new}/remove", None, Owner, 404),
        row(
            "POST",
            "/t/{tenant}/settings",
            Form("keep_metadata=false"),
            Owner,
            303,
        ),
        row("POST", "/t/{tenant}/delete", Form(""), Owner, 422),
        row("POST", "/t/{tenant}/invite-links", Form(""), Owner, 422),
        row(
            "POST",
            "/t/{tenant}/invite-links/{new}/revoke",
            None,
            Owner,
            404,
        ),
        row("POST", "/t/{tenant}/images/batch", retag(), Member, 200),
        row("POST", "/t/{tenant}/images/{id}/restore", None, Member, 200),
        row("GET", "/t/{tenant}/download?ids={id}", None, Viewer, 200),
        row("GET", "/t/{tenant}/albums", None, Viewer, 200),
        row("POST", "/t/{tenant}/albums", empty(), Member, 422),
        row("GET", "/t/{tenant}/albums/{new}", None, Viewer, 404),
        row("PATCH", "/t/{tenant}/albums/{new}", empty(), Member, 404),
        row("DELETE", "/t/{tenant}/albums/{new}", None, Member, 404),
        row(
            "POST",
            "/t/{tenant}/albums/{new}/edit",
            Form(""),
            Member,
            404,
        ),
        row("POST", "/t/{tenant}/albums/{new}/delete", None, Member, 404),
        row("GET", "/t/{tenant}/shares", None, Member, 200),
        row("POST", "/t/{tenant}/shares", empty(), Member, 422),
        row("DELETE", "/t/{tenant}/shares/{new}", None, Member, 404),
        row("POST", "/t/{tenant}/shares/{new}/revoke", None, Member, 404),
        row("GET", "/t/{tenant}/tags?prefix=k", None, Viewer, 200),
        row("GET", "/t/{tenant}/usage", None, Viewer, 200),
        row("GET", "/t/{tenant}/nothing/here", None, Viewer, 404),
        row("DELETE", "/t/{tenant}/nothing/here", None, Viewer, 404),
        row("GET", "/nothing/here", None, User, 404),
    ]
}

/// Checks that each route of the shipped policy is tried here, or known to be public: a new route
/// without a row fails.
///
/// # Errors
/// The routes that are missing.
pub fn cover_the_shipped_policy() -> Result<()> {
    let policy = mesh::shipped_policy()?;
    let routes = policy["routes"].as_array().context("no routes")?;
    ensure!(routes.len() > 20, "only {} routes", routes.len());
    let rows = all();
    let mut missing = Vec::new();
    for route in routes {
        let path = route["path"].as_str().context("a route without path")?;
        let methods: Vec<&str> = match route["methods"].as_array() {
            Some(methods) => methods.iter().filter_map(Value::as_str).collect(),
            _ => anyhow::bail!("{path} has no methods"),
        };
        if route["access"] == "public" {
            ensure!(PUBLIC.contains(&path), "{path} is open to everybody");
            continue;
        }
        for method in methods {
            let tried = rows
                .iter()
                .any(|row| (method == "*" || row.method == method) && fits(path, row.path));
            if !tried {
                missing.push(format!("{method} {path}"));
            }
        }
    }
    ensure!(missing.is_empty(), "not in the matrix: {missing:#?}");
    Ok(())
}

fn row(method: &'static str, path: &'static str, body: Body, needs: Needs, success: u16) -> Route {
    Route {
        method,
        path,
        body,
        needs,
        success,
        ends_session: false,
    }
}

/// A route that ends the session it is asked with.
fn once(method: &'static str, path: &'static str, body: Body, needs: Needs, success: u16) -> Route {
    Route {
        ends_session: true,
        ..row(method, path, body, needs, success)
    }
}

fn fits(template: &str, path: &str) -> bool {
    let path = path.split('?').next().unwrap_or_default();
    let (exact, template) = match template.strip_suffix("/{*}") {
        Some(start) => (false, start),
        _ => (true, template),
    };
    let template: Vec<&str> = template.split('/').collect();
    let path: Vec<&str> = path.split('/').collect();
    let long_enough = if exact {
        path.len() == template.len()
    } else {
        path.len() > template.len()
    };
    long_enough
        && template
            .iter()
            .zip(path)
            .all(|(wanted, given)| wanted.starts_with('{') || *wanted == given)
}
