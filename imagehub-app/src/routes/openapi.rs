//! `GET /openapi.json`, made from the route table.

use actix_web::HttpResponse;
use imagehub_policy::Access;
use serde_json::{Map, Value, json};

use super::endpoint::Endpoint;
use crate::startup::ENDPOINTS;

/// The description of every call.
pub async fn show() -> HttpResponse {
    HttpResponse::Ok().json(document())
}

/// OpenAPI 3.1.
pub fn document() -> Value {
    let mut paths = Map::new();
    for endpoint in ENDPOINTS {
        let item = paths.entry(endpoint.path).or_insert_with(|| json!({}));
        item[endpoint.method.to_lowercase()] = operation(endpoint);
    }
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Image Hub", "version": env!("CARGO_PKG_VERSION"), "license": { "name": "Apache-2.0" } },
        "paths": paths,
        "components": {
            "securitySchemes": {
                "bearer": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT" },
                "cookie": { "type": "apiKey", "in": "cookie", "name": imagehub_policy::SESSION_COOKIE },
            },
            "schemas": schemas(),
        },
    })
}

fn operation(endpoint: &Endpoint) -> Value {
    let (success, description, media_type, schema) = answer(endpoint);
    let content = if media_type.is_empty() {
        json!({})
    } else {
        json!({ media_type: { "schema": schema } })
    };
    let mut operation = json!({
        "operationId": operation_id(endpoint),
        "summary": endpoint.summary,
        "responses": {
            success: { "description": description, "content": content },
            "default": {
                "description": "An error, with a stable code",
                "content": { "application/problem+json": { "schema": reference("Problem") } },
            },
        },
    });
    let parameters = parameters(endpoint);
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
    }
    if endpoint.access != Access::Public {
        operation["security"] = json!([{ "bearer": [] }, { "cookie": [] }]);
    }
    if let Some((media_type, schema)) = body(endpoint) {
        operation["requestBody"] =
            json!({ "required": true, "content": { media_type: { "schema": schema } } });
    }
    operation
}

fn operation_id(endpoint: &Endpoint) -> String {
    let words = endpoint
        .path
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    std::iter::once(endpoint.method.to_lowercase())
        .chain(words.map(str::to_owned))
        .collect::<Vec<_>>()
        .join("_")
}

fn parameters(endpoint: &Endpoint) -> Vec<Value> {
    let in_path = endpoint
        .path
        .split('/')
        .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }));
    let queries: &[&str] = match endpoint.path {
        "/t/{tenant}" => &["cursor", "tag", "q"],
        "/t/{tenant}/images" if endpoint.method == "GET" => &["limit", "cursor", "tag", "q"],
        "/session" => &["next"],
        "/plans" => &["tenant", "next"],
        "/login" | "/signup" if endpoint.method == "GET" => &["next"],
        _ => &[],
    };
    let in_query = queries
        .iter()
        .map(|name| json!({ "name": name, "in": "query", "schema": { "type": "string" } }));
    in_path.chain(in_query).collect()
}

fn is_form(endpoint: &Endpoint) -> bool {
    endpoint.method == "POST"
        && endpoint.path != "/t/{tenant}/images"
        && !endpoint.path.starts_with("/api/")
}

/// Status, description, media type and schema of the answer when all is well.
fn answer(endpoint: &Endpoint) -> (&'static str, &'static str, &'static str, Value) {
    if is_form(endpoint) || endpoint.path == "/session" {
        return ("303", "On to the next page", "", Value::Null);
    }
    match (endpoint.method, endpoint.path) {
        ("DELETE", _) | (_, "/api/v1/logout") => ("204", "Done", "", Value::Null),
        (_, "/api/v1/signup" | "/api/v1/tenants") => (
            "201",
            "Made, with a fresh token",
            "application/json",
            reference("Session"),
        ),
        (_, "/api/v1/login" | "/api/v1/session" | "/api/v1/invitations/{name}")
        | ("PUT", "/api/v1/tenants/{tenant}/plan") => (
            "200",
            "A fresh token",
            "application/json",
            reference("Session"),
        ),
        ("POST", "/t/{tenant}/images") => (
            "201",
            "At least one picture was stored",
            "application/json",
            reference("Uploaded"),
        ),
        ("GET", "/t/{tenant}/images") => (
            "200",
            "A page of pictures",
            "application/json",
            reference("Page"),
        ),
        (_, "/t/{tenant}/images/{name}") => {
            ("200", "The picture", "application/json", reference("Image"))
        }
        (_, "/t/{tenant}/images/{name}/pull" | "/t/{tenant}/images/{name}/thumb/{size}") => (
            "200",
            "The bytes",
            "image/*",
            json!({ "type": "string", "contentMediaType": "image/*" }),
        ),
        (_, path)
            if path.starts_with("/api/") || path.ends_with("z") || path.ends_with(".json") =>
        {
            (
                "200",
                "As asked",
                "application/json",
                json!({ "type": "object" }),
            )
        }
        (_, "/static/{name}") => ("200", "The file", "*/*", json!({})),
        _ => ("200", "A page", "text/html", json!({ "type": "string" })),
    }
}

fn body(endpoint: &Endpoint) -> Option<(&'static str, Value)> {
    let (fields, required): (&[&str], &[&str]) = match (endpoint.method, endpoint.path) {
        ("POST", "/signup" | "/login") => {
            (&["username", "password", "next"], &["username", "password"])
        }
        ("POST", "/api/v1/signup" | "/api/v1/login") => {
            (&["username", "password"], &["username", "password"])
        }
        ("POST", "/tenants" | "/api/v1/tenants") => (&["name", "plan"], &["name", "plan"]),
        ("PUT", "/api/v1/tenants/{tenant}/plan") => (&["plan"], &["plan"]),
        ("POST", "/t/{tenant}/plan") => (&["plan", "next"], &["plan"]),
        ("PUT", "/api/v1/tenants/{tenant}/members/{name}") => (&["role"], &["role"]),
        ("POST", "/t/{tenant}/members") => (&["username", "role"], &["username", "role"]),
        ("POST", "/t/{tenant}/images/{name}/edit") => (&["title", "tags"], &[]),
        ("PATCH", _) => return Some(("application/json", reference("Edit"))),
        ("POST", "/t/{tenant}/images") => {
            return Some(("multipart/form-data", reference("Upload")));
        }
        _ => return None,
    };
    let properties: Map<String, Value> = fields
        .iter()
        .map(|name| ((*name).to_owned(), json!({ "type": "string" })))
        .collect();
    let schema = json!({ "type": "object", "properties": properties, "required": required });
    let media_type = if is_form(endpoint) {
        "application/x-www-form-urlencoded"
    } else {
        "application/json"
    };
    Some((media_type, schema))
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn schemas() -> Value {
    let text = json!({ "type": "string" });
    let number = json!({ "type": "integer", "minimum": 0 });
    let texts =
        json!({ "type": "array", "items": { "type": "string", "maxLength": 40 }, "maxItems": 20 });
    let title = json!({ "type": "string", "maxLength": 200 });
    json!({
        "Problem": {
            "type": "object", "required": ["code", "status", "title"],
            "properties": { "code": text, "status": number, "title": text, "detail": text },
        },
        "Session": {
            "type": "object", "required": ["token", "user", "tenants"],
            "properties": {
                "token": text, "user": text,
                "tenants": { "type": "object", "additionalProperties": {
                    "type": "object", "required": ["role", "plan"], "properties": { "role": { "enum": ["viewer", "member", "owner"] }, "plan": text },
                } },
            },
        },
        "Image": {
            "type": "object",
            "required": ["id", "digest", "media_type", "bytes", "width", "height", "title", "tags", "uploaded_by", "uploaded_at", "thumbnails", "pull"],
            "properties": {
                "id": text, "digest": text, "media_type": text, "bytes": number, "width": number, "height": number, "title": title, "tags": texts,
                "uploaded_by": text, "uploaded_at": { "type": "string", "format": "date-time" },
                "thumbnails": { "type": "object", "additionalProperties": text }, "pull": text, "duplicate": { "type": "boolean" },
            },
        },
        "Page": {
            "type": "object", "required": ["images", "next"],
            "properties": { "images": { "type": "array", "items": reference("Image") }, "next": { "type": ["string", "null"] } },
        },
        "Uploaded": {
            "type": "object", "required": ["images", "errors"],
            "properties": {
                "images": { "type": "array", "items": reference("Image") },
                "errors": { "type": "array", "items": { "type": "object", "required": ["filename", "code", "title"], "properties": { "filename": text, "code": text, "title": text, "detail": text } } },
            },
        },
        "Edit": { "type": "object", "properties": { "title": title, "tags": texts } },
        "Upload": {
            "type": "object", "required": ["file"],
            "properties": { "file": { "type": "array", "items": { "type": "string", "contentMediaType": "image/*" } }, "title": title, "tags": { "type": "string" } },
        },
    })
}
