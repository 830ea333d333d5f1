//! What each call answers: the status when all is well, and those that say why not.

use imagehub_policy::Access;
use serde_json::{Map, Value, json};

use crate::middleware::Endpoint;
use crate::web::openapi::{bodies, headers, is_for_both, is_form, reference};

const JSON: &str = "application/json";
const HTML: &str = "text/html";

/// Every answer by its status.
pub fn of(endpoint: &Endpoint) -> Value {
    let mut answers = Map::new();
    for (status, description, content) in good(endpoint) {
        let content: Map<String, Value> = content
            .into_iter()
            .map(|(media_type, schema)| (media_type.to_owned(), json!({ "schema": schema })))
            .collect();
        let mut answer = json!({
            "description": description,
            "headers": headers::of(endpoint, status),
        });
        if !content.is_empty() {
            answer["content"] = content.into();
        }
        answers.insert(status.to_string(), answer);
    }
    for status in bad(endpoint) {
        answers.entry(status.to_string()).or_insert_with(|| {
            json!({
                "description": reason(status),
                "headers": headers::of(endpoint, status),
                "content": { "application/problem+json": { "schema": reference("Problem") } },
            })
        });
    }
    answers.into()
}

type Answer = (u16, &'static str, Vec<(&'static str, Value)>);

fn good(endpoint: &Endpoint) -> Vec<Answer> {
    let onward = || (303, "On to the next page", vec![]);
    if endpoint.path == "/account/tokens" && endpoint.method == "POST" {
        let page = vec![(HTML, json!({ "type": "string" }))];
        return vec![(201, "The page, with the token shown this once", page)];
    }
    let is_back = endpoint.path.starts_with("/account/") && endpoint.method == "GET";
    if is_form(endpoint) || is_back || endpoint.path == "/session" {
        return vec![onward()];
    }
    let page = || (HTML, json!({ "type": "string" }));
    let json = |status, description, schema: &str| {
        vec![(status, description, vec![(JSON, reference(schema))])]
    };
    let mut good = match (endpoint.method, endpoint.path) {
        ("DELETE", _) | (_, "/api/v1/logout" | "/api/v1/me/sign-out-everywhere") => {
            vec![(204, "Done", vec![])]
        }
        (_, "/api/v1/signup") | ("POST", "/api/v1/tenants") => {
            json(201, "Made, with a fresh token", "Session")
        }
        (
            _,
            "/api/v1/login"
            | "/api/v1/session"
            | "/api/v1/invitations/{name}"
            | "/api/v1/join/{name}/{secret}"
            | "/api/v1/me/password"
            | "/api/v1/tenants/{tenant}/plan",
        ) => json(200, "A fresh token", "Session"),
        (_, "/api/v1/me") => json(200, "Who one is, and where", "Me"),
        (_, "/api/v1/plans") => json(200, "The plans", "Plans"),
        ("PATCH", "/api/v1/tenants/{tenant}") => json(200, "As it is now", "Tenant"),
        (_, "/api/v1/tenants/{tenant}/members") => json(200, "Who belongs to it", "Members"),
        ("PUT", "/api/v1/tenants/{tenant}/members/{name}") => {
            let mut both = json(200, "The role is changed", "RoleSet");
            both.extend(json(202, "Invited", "RoleSet"));
            both
        }
        ("GET", "/api/v1/tenants/{tenant}/invite-links") => json(200, "The links", "InviteLinks"),
        (_, "/api/v1/tenants/{tenant}/invite-links") => json(201, "The link", "InviteLink"),
        ("GET", "/api/v1/tokens") => json(200, "The tokens, not shown", "Tokens"),
        (_, "/api/v1/tokens") => json(201, "The token, shown this once", "NewToken"),
        ("POST", "/t/{tenant}/images") => {
            let mut both = json(201, "At least one picture was stored", "Uploaded");
            both.push(onward());
            both
        }
        ("GET", "/t/{tenant}/images") => json(200, "A page of pictures", "Page"),
        (_, "/t/{tenant}/images/batch") => json(200, "Which it was done to", "Batch"),
        ("GET", "/t/{tenant}/images/{name}") => {
            vec![(200, "The picture", vec![(JSON, reference("Image")), page()])]
        }
        (_, "/t/{tenant}/images/{name}" | "/t/{tenant}/images/{name}/restore") => {
            json(200, "The picture", "Image")
        }
        (_, "/t/{tenant}/images/{name}/pull") => vec![
            (200, "The bytes", vec![("image/*", bytes("image/*"))]),
            (
                206,
                "The part asked for",
                vec![("image/*", bytes("image/*"))],
            ),
            (304, "As known", vec![]),
        ],
        (_, "/t/{tenant}/images/{name}/thumb/{size}") => vec![
            (200, "The bytes", vec![("image/*", bytes("image/*"))]),
            (304, "As known", vec![]),
        ],
        (_, "/t/{tenant}/download") => vec![(
            200,
            "The archive, as it is written",
            vec![("application/zip", bytes("application/zip"))],
        )],
        ("GET", "/t/{tenant}/albums") => {
            vec![(200, "The albums", vec![(JSON, reference("Albums")), page()])]
        }
        ("POST", "/t/{tenant}/albums") => json(201, "The album", "Album"),
        ("GET", "/t/{tenant}/albums/{name}") => {
            vec![(200, "The album", vec![(JSON, reference("Album")), page()])]
        }
        ("PATCH", "/t/{tenant}/albums/{name}") => json(200, "The album", "Album"),
        ("GET", "/t/{tenant}/shares") => json(200, "The links", "Shares"),
        ("POST", "/t/{tenant}/shares") => json(201, "The link", "Share"),
        (_, "/t/{tenant}/tags") => json(200, "The tags", "TagCounts"),
        (_, "/t/{tenant}/usage") => json(200, "What is used", "Usage"),
        ("GET", "/join/{name}/{secret}") => vec![(
            200,
            "Where it leads",
            vec![(JSON, reference("InvitedTo")), page()],
        )],
        (_, "/s/{name}/{secret}") => vec![
            (
                200,
                "What the link shows; with a query, a picture's bytes",
                vec![
                    (JSON, reference("Shared")),
                    page(),
                    ("image/*", bytes("image/*")),
                ],
            ),
            (
                206,
                "The part asked for",
                vec![("image/*", bytes("image/*"))],
            ),
            (303, "A browser is sent to log in", vec![]),
            (304, "As known", vec![]),
        ],
        (_, "/healthz" | "/readyz") => json(200, "It is", "Status"),
        (_, "/.well-known/jwks.json") => json(200, "The keys", "Keys"),
        (_, "/openapi.json") => vec![(
            200,
            "This description",
            vec![(JSON, json!({ "type": "object" }))],
        )],
        (_, "/static/{name}") => vec![(200, "The file", vec![("*/*", json!({}))])],
        _ => vec![
            (200, "A page", vec![page()]),
            (303, "On to another page", vec![]),
        ],
    };
    if is_for_both(endpoint) {
        good.push(onward());
    }
    good
}

fn bytes(media_type: &str) -> Value {
    json!({ "type": "string", "contentMediaType": media_type })
}

/// The statuses that say why not.
fn bad(endpoint: &Endpoint) -> Vec<u16> {
    let mut bad = vec![400, 500, 503];
    if endpoint.access != Access::Public {
        bad.extend([401, 403]);
    }
    if endpoint.class.is_some() {
        bad.push(429);
    }
    if endpoint.path.contains('{') {
        bad.push(404);
    }
    if bodies::of(endpoint).is_some() {
        bad.extend([408, 413, 422]);
    }
    if endpoint.method == "GET" && endpoint.path.starts_with("/t/") {
        bad.push(422);
    }
    bad.extend_from_slice(match (endpoint.method, endpoint.path) {
        (_, "/login" | "/api/v1/login") => &[401, 403, 429][..],
        (_, "/signup" | "/api/v1/signup") => &[403, 409],
        (_, "/account/password" | "/account/delete" | "/api/v1/me/password") => &[409, 429],
        ("DELETE", "/api/v1/me") => &[409, 429],
        ("POST", "/t/{tenant}/images") => &[415, 507],
        (_, "/t/{tenant}/images/{name}/pull") => &[416],
        (_, "/s/{name}/{secret}") => &[401, 403, 410, 416],
        ("POST" | "PUT" | "PATCH" | "DELETE", _) => &[409],
        _ => &[],
    });
    bad
}

fn reason(status: u16) -> &'static str {
    match status {
        400 => "The request cannot be read",
        401 => "Not logged in, or not any more",
        403 => "Not for this user",
        404 => "Nothing there",
        408 => "The body took too long to arrive",
        409 => "It does not go with what is there",
        410 => "The link has expired or was revoked",
        413 => "Too large",
        415 => "No image format that is taken",
        416 => "The range does not exist",
        422 => "A field, or a picture, is not right",
        429 => "Over a limit; see Retry-After",
        503 => "Something it stands on is away",
        507 => "The plan's storage is full",
        _ => "A mistake of ours",
    }
}
