//! The shapes that answers have.

use serde_json::{Value, json};

use crate::web::openapi::reference;

/// Every shape by its name.
pub fn all() -> Value {
    let text = json!({ "type": "string" });
    let number = json!({ "type": "integer", "minimum": 0 });
    let time = json!({ "type": "string", "format": "date-time" });
    let role = json!({ "type": "string", "enum": ["viewer", "member", "owner"] });
    let tags =
        json!({ "type": "array", "items": { "type": "string", "maxLength": 40 }, "maxItems": 20 });
    let title = json!({ "type": "string", "maxLength": 200 });
    let urls = json!({ "type": "object", "additionalProperties": text });
    let limit = object(json!({ "count": number, "window_seconds": number }));
    // By the camera's clock, of which nobody says in what time zone it was.
    let wall_time = json!({ "type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$" });
    let decimal = json!({ "type": "number", "minimum": 0 });
    let camera = object(json!({
        "make": or_null(&text), "model": or_null(&text), "lens": or_null(&text),
        "exposure": or_null(&text), "aperture": or_null(&decimal), "iso": or_null(&number),
        "focal_length": or_null(&decimal),
    }));
    let mut image = object(json!({
        "id": text, "digest": text, "media_type": text, "animated": { "type": "boolean" }, "bytes": number, "width": number,
        "height": number, "title": title, "tags": tags, "uploaded_by": text, "uploaded_at": time,
        "taken_at": or_null(&wall_time), "camera": or_null(&camera),
        "deleted_at": or_null(&time), "placeholder": text, "thumbnails": urls, "pull": text,
    }));
    image["properties"]["duplicate"] = json!({ "type": "boolean" });
    image["properties"]["restored"] = json!({ "type": "boolean" });
    let token = json!({
        "jti": text, "name": text, "tenant": text, "role": role, "created_at": time,
        "expires_at": time, "last_use": or_null(&time),
    });
    let mut new_token = token.clone();
    new_token["token"] = text.clone();
    let mut share = object(json!({
        "url": text, "secret": text, "audience": { "type": "string", "enum": ["tenant", "anyone"] },
        "until": or_null(&time), "created_by": text, "created_at": time,
    }));
    share["properties"]["image"] = text.clone();
    share["properties"]["album"] = text.clone();
    // A field of the request, or a file of an upload.
    let wrong = json!({
        "type": "object",
        "properties": {
            "field": text, "filename": text, "code": text, "title": text, "detail": text,
        },
    });
    let mut problem = object(json!({ "code": text, "status": number, "title": text }));
    // Each where it goes with the code.
    let more = json!({
        "type": text, "detail": text, "answered_by": text, "errors": list(wrong), "retry_after": number,
        "bucket": or_null(&text), "violated-policies": list(text.clone()),
        "tenant": text, "plan": text, "upgrade": text, "used_bytes": number, "quota_bytes": number,
        "login": text, "refresh": text, "retry": text,
    });
    for (name, schema) in more.as_object().into_iter().flatten() {
        problem["properties"][name] = schema.clone();
    }
    let mut failed = object(json!({ "filename": text, "code": text, "title": text }));
    failed["properties"]["detail"] = text.clone();
    let tenants = json!({
        "type": "object",
        "additionalProperties": object(json!({ "role": role, "plan": text })),
    });
    json!({
        "Problem": problem,
        "Status": object(json!({ "status": text })),
        "Keys": object(json!({ "keys": { "type": "array", "items": { "type": "object" } } })),
        "Session": object(json!({ "token": text, "user": text, "tenants": tenants })),
        "Me": object(json!({
            "user": text, "tenants": tenants,
            "invitations": list(object(json!({ "tenant": text, "role": role }))),
        })),
        "Plans": object(json!({ "plans": list(object(json!({
            "name": text, "storage_bytes": or_null(&number),
            "limits": {
                "type": "object",
                "additionalProperties": object(json!({ "user": limit, "tenant": limit })),
            },
        }))) })),
        "Tenant": object(json!({
            "name": text, "plan": text, "created_at": time, "keep_metadata": { "type": "boolean" },
        })),
        "Members": object(json!({
            "members": list(object(json!({ "username": text, "role": role, "since": time }))),
            "invitations": list(object(json!({ "username": text, "role": role, "invited_at": time }))),
        })),
        "RoleSet": object(json!({ "username": text, "role": role, "invited": { "type": "boolean" } })),
        "InviteLink": object(json!({
            "url": text, "secret": text, "role": role, "created_by": text, "created_at": time,
            "until": time,
        })),
        "InviteLinks": object(json!({ "invite_links": list(reference("InviteLink")) })),
        "InvitedTo": object(json!({
            "tenant": text, "role": role, "invited_by": text, "until": time,
        })),
        "Token": object(token),
        "NewToken": object(new_token),
        "Tokens": object(json!({ "tokens": list(reference("Token")) })),
        "Image": image,
        "Page": object(json!({ "images": list(reference("Image")), "next": or_null(&text) })),
        "Uploaded": object(json!({ "images": list(reference("Image")), "errors": list(failed) })),
        "Batch": object(json!({
            "done": list(text.clone()),
            "failed": list(object(json!({ "id": text, "code": text, "title": text }))),
        })),
        "Album": object(json!({
            "id": text, "title": title, "cover": or_null(&text), "images": number,
            "created_by": text, "created_at": time, "pictures": text, "download": text,
        })),
        "Albums": object(json!({ "albums": list(reference("Album")) })),
        "Share": share,
        "Shares": object(json!({ "shares": list(reference("Share")) })),
        "Shared": object(json!({
            "tenant": text, "album": or_null(&text), "until": or_null(&time),
            "images": list(object(json!({
                "id": text, "digest": text, "media_type": text, "bytes": number, "width": number,
                "height": number, "title": title, "placeholder": text, "thumbnails": urls,
                "pull": text,
            }))),
            "next": or_null(&text),
        })),
        "TagCounts": object(json!({ "tags": list(object(json!({ "tag": text, "images": number }))) })),
        "Usage": object(json!({
            "images": number, "bytes": number, "deleted_images": number, "deleted_bytes": number,
            "quota_bytes": or_null(&number),
        })),
        "Upload": {
            "type": "object", "required": ["file"],
            "properties": {
                "file": { "type": "array", "items": { "type": "string", "contentMediaType": "image/*" } },
                "title": title, "tags": text,
            },
        },
    })
}

/// The sizes of thumbnails, as a path and a query spell them.
pub fn sizes() -> Value {
    json!({ "type": "string", "enum": ["160", "320", "640", "1280"] })
}

/// An object that has all of these.
fn object(properties: Value) -> Value {
    let required: Vec<&String> = properties
        .as_object()
        .map(|properties| properties.keys().collect())
        .unwrap_or_default();
    json!({ "type": "object", "required": required, "properties": properties })
}

fn list(items: Value) -> Value {
    json!({ "type": "array", "items": items })
}

fn or_null(schema: &Value) -> Value {
    let mut schema = schema.clone();
    schema["type"] = json!([schema["type"], "null"]);
    schema
}
