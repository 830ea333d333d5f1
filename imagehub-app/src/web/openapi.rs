//! `GET /openapi.json`, made from the route table.

mod answers;
mod bodies;
mod headers;
mod queries;
mod schemas;

use actix_web::{HttpResponse, web};
use imagehub_policy::Access;
use serde_json::{Map, Value, json};

use crate::middleware::Endpoint;

/// The description of every call.
pub async fn show(endpoints: web::Data<&'static [Endpoint]>) -> HttpResponse {
    HttpResponse::Ok().json(document(&endpoints))
}

/// OpenAPI 3.1.
pub fn document(endpoints: &[Endpoint]) -> Value {
    let mut paths = Map::new();
    for endpoint in endpoints {
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
            "schemas": schemas::all(),
        },
    })
}

fn operation(endpoint: &Endpoint) -> Value {
    let mut operation = json!({
        "operationId": operation_id(endpoint),
        "summary": endpoint.summary,
        "responses": answers::of(endpoint),
    });
    let parameters = parameters(endpoint);
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
    }
    if endpoint.access != Access::Public {
        operation["security"] = json!([{ "bearer": [] }, { "cookie": [] }]);
    }
    if let Some(body) = bodies::of(endpoint) {
        operation["requestBody"] = body;
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
        .map(|name| {
            let schema = match name {
                "size" => schemas::sizes(),
                _ => json!({ "type": "string" }),
            };
            json!({ "name": name, "in": "path", "required": true, "schema": schema })
        });
    let in_query = queries::names(endpoint)
        .iter()
        .map(|name| json!({ "name": name, "in": "query", "schema": queries::schema(name) }));
    in_path.chain(in_query).collect()
}

/// Whether the call is a form's, made by a page and answered with the way to the next one.
fn is_form(endpoint: &Endpoint) -> bool {
    endpoint.method == "POST"
        && !endpoint.path.starts_with("/api/")
        && !is_for_both(endpoint)
        && endpoint.path != "/t/{tenant}/images"
}

/// Whether pages and programs send the same request, each in its own way.
fn is_for_both(endpoint: &Endpoint) -> bool {
    endpoint.method == "POST"
        && matches!(
            endpoint.path,
            "/t/{tenant}/albums"
                | "/t/{tenant}/shares"
                | "/t/{tenant}/images/batch"
                | "/t/{tenant}/images/{name}/restore"
        )
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}
