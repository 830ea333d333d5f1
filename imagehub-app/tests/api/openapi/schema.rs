//! As much of JSON Schema (2020-12) as the description uses.

use serde_json::Value;

/// Words that this file understands; a schema with another one fails.
const WORDS: [&str; 16] = [
    "$ref",
    "type",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "enum",
    "minimum",
    "maximum",
    "minItems",
    "maxItems",
    "minLength",
    "maxLength",
    "pattern",
    "format",
    "contentMediaType",
];

fn named<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        None => schema,
        Some(reference) => {
            let pointer = reference.strip_prefix('#').unwrap();
            document
                .pointer(pointer)
                .unwrap_or_else(|| panic!("{reference} leads nowhere"))
        }
    }
}

/// Fails unless the schema is one, down to what it refers to.
pub fn is_whole(document: &Value, schema: &Value) {
    let members = schema
        .as_object()
        .unwrap_or_else(|| panic!("no schema: {schema}"));
    for word in members.keys() {
        assert!(WORDS.contains(&word.as_str()), "{word} in {schema}");
    }
    if schema.get("$ref").is_some() {
        assert!(named(document, schema).is_object());
        return;
    }
    let properties = schema["properties"].as_object();
    for required in schema["required"].as_array().into_iter().flatten() {
        let name = required.as_str().unwrap();
        assert!(properties.unwrap().contains_key(name), "{name} in {schema}");
    }
    for property in properties.into_iter().flat_map(|all| all.values()) {
        is_whole(document, property);
    }
    for part in ["items", "additionalProperties"] {
        if let Some(part) = schema.get(part) {
            is_whole(document, part);
        }
    }
}

/// Fails unless the value is as the schema says.
pub fn fits(document: &Value, schema: &Value, value: &Value, at: &str) {
    let schema = named(document, schema);
    let types: Vec<&str> = match &schema["type"] {
        Value::Array(types) => types.iter().filter_map(Value::as_str).collect(),
        Value::String(one) => vec![one],
        _ => Vec::new(),
    };
    let is = |name: &str| match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("{at}: type {other}"),
    };
    assert!(
        types.is_empty() || types.iter().any(|name| is(name)),
        "{at}: {value} is no {types:?}"
    );
    if let Some(choices) = schema["enum"].as_array() {
        assert!(
            choices.contains(value),
            "{at}: {value} is none of {choices:?}"
        );
    }
    if let Some(least) = schema["minimum"].as_i64() {
        assert!(
            value.as_i64().is_none_or(|number| number >= least),
            "{at}: {value}"
        );
    }
    for item in value.as_array().into_iter().flatten() {
        if let Some(items) = schema.get("items") {
            fits(document, items, item, at);
        }
    }
    let Some(members) = value.as_object() else {
        return;
    };
    for required in schema["required"].as_array().into_iter().flatten() {
        let name = required.as_str().unwrap();
        assert!(members.contains_key(name), "{at}: no {name} in {value}");
    }
    // Without a word on members, any object fits.
    let is_open =
        schema.get("properties").is_none() && schema.get("additionalProperties").is_none();
    for (name, member) in members.iter().filter(|_| !is_open) {
        let known = schema["properties"].get(name);
        let known = known.or(schema.get("additionalProperties"));
        let known = known.unwrap_or_else(|| panic!("{at}: {name} is not described"));
        fits(document, known, member, &format!("{at}.{name}"));
    }
}
