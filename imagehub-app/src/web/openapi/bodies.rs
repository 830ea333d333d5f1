//! What each call takes.

use serde_json::{Map, Value, json};

use crate::middleware::Endpoint;
use crate::web::openapi::{is_for_both, is_form, reference};

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

/// The request's body, if the call takes one.
pub fn of(endpoint: &Endpoint) -> Option<Value> {
    if (endpoint.method, endpoint.path) == ("POST", "/t/{tenant}/images") {
        return Some(json!({
            "required": true,
            "content": { "multipart/form-data": { "schema": reference("Upload") } },
        }));
    }
    let (fields, required) = fields(endpoint)?;
    let properties: Map<String, Value> = fields
        .iter()
        .map(|name| ((*name).to_owned(), field(endpoint, name)))
        .collect();
    let schema = json!({ "type": "object", "properties": properties, "required": required });
    let mut content = Map::new();
    if !is_form(endpoint) {
        content.insert(JSON.to_owned(), json!({ "schema": schema }));
    }
    if is_form(endpoint) || is_for_both(endpoint) {
        let form = json!({ "type": "object", "additionalProperties": { "type": "string" } });
        let schema = if is_form(endpoint) { schema } else { form };
        content.insert(FORM.to_owned(), json!({ "schema": schema }));
    }
    Some(json!({ "required": true, "content": content }))
}

type Named = &'static [&'static str];

/// The fields it may have, and those it must have.
fn fields(endpoint: &Endpoint) -> Option<(Named, Named)> {
    Some(match (endpoint.method, endpoint.path) {
        ("POST", "/signup" | "/login") => {
            (&["username", "password", "next"], &["username", "password"])
        }
        ("POST", "/api/v1/signup" | "/api/v1/login") => {
            (&["username", "password"], &["username", "password"])
        }
        ("PUT", "/api/v1/me/password") => (&["current", "new"], &["current", "new"]),
        ("DELETE", "/api/v1/me") => (&["confirm", "password"], &["confirm", "password"]),
        ("POST", "/api/v1/tokens") => (
            &["name", "tenant", "role", "days"],
            &["name", "tenant", "role"],
        ),
        ("POST", "/tenants" | "/api/v1/tenants") => (&["name", "plan"], &["name", "plan"]),
        ("PATCH", "/api/v1/tenants/{tenant}") => (&["keep_metadata"], &[]),
        ("DELETE", "/api/v1/tenants/{tenant}") => (&["confirm"], &["confirm"]),
        ("PUT", "/api/v1/tenants/{tenant}/plan") => (&["plan"], &["plan"]),
        ("POST", "/t/{tenant}/plan") => (&["plan", "next"], &["plan"]),
        ("PUT", "/api/v1/tenants/{tenant}/members/{name}") => (&["role"], &["role"]),
        ("POST", "/t/{tenant}/members") => (&["username", "role"], &["username", "role"]),
        ("POST", "/api/v1/tenants/{tenant}/invite-links") => (&["role", "days"], &["role"]),
        ("PATCH", "/t/{tenant}/images/{name}") | ("POST", "/t/{tenant}/images/{name}/edit") => {
            (&["title", "tags"], &[])
        }
        ("POST", "/t/{tenant}/images/batch") => {
            (&["ids", "action", "tags", "album"], &["ids", "action"])
        }
        ("POST", "/t/{tenant}/albums") => (&["title", "id"], &["title"]),
        ("PATCH", "/t/{tenant}/albums/{name}") => (&["title", "cover"], &[]),
        ("POST", "/t/{tenant}/shares") => (&["image", "album", "audience", "days"], &["audience"]),
        // What other forms send is known to the pages that hold them.
        ("POST", path)
            if is_form(endpoint)
                && path != "/logout"
                && !path.starts_with("/invitations/")
                && !path.starts_with("/join/") =>
        {
            (&[], &[])
        }
        _ => return None,
    })
}

fn field(endpoint: &Endpoint, name: &str) -> Value {
    let (path, form) = (endpoint.path, is_form(endpoint));
    match name {
        "role" => json!({ "type": "string", "enum": ["viewer", "member", "owner"] }),
        // Whatever does not fit is a wrong password, and not wrong fields.
        "username" | "password" if path.ends_with("login") => json!({ "type": "string" }),
        "username" | "tenant" => unique_name(),
        "name" if path.ends_with("/tenants") => unique_name(),
        "name" => json!({ "type": "string", "minLength": 1, "maxLength": 60 }),
        "password" if path.ends_with("signup") => password(),
        "new" => password(),
        "title" if path.contains("/albums") => {
            json!({ "type": "string", "minLength": 1, "maxLength": 200 })
        }
        "title" => json!({ "type": "string", "maxLength": 200 }),
        "days" if !form => json!({ "type": "integer", "minimum": 1, "maximum": 365 }),
        "keep_metadata" if !form => json!({ "type": "boolean" }),
        "tags" if !form => {
            let tag = json!({ "type": "string", "minLength": 1, "maxLength": 40 });
            json!({ "type": "array", "maxItems": 20, "items": tag })
        }
        "ids" if !form => {
            json!({ "type": "array", "minItems": 1, "maxItems": 200, "items": { "type": "string" } })
        }
        "cover" => json!({ "type": ["string", "null"] }),
        "audience" => json!({ "type": "string", "enum": ["tenant", "anyone"] }),
        "action" => {
            json!({ "type": "string", "enum": ["delete", "restore", "purge", "tag", "untag", "add_to_album", "remove_from_album"] })
        }
        _ => json!({ "type": "string" }),
    }
}

/// Users and tenants share one set of names.
fn unique_name() -> Value {
    json!({ "type": "string", "minLength": 2, "maxLength": 32, "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$" })
}

fn password() -> Value {
    json!({ "type": "string", "minLength": 8, "maxLength": 128 })
}
