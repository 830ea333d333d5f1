//! What calls read of a query: the fields of the very types that their handlers read it with.

use serde::de::{DeserializeOwned, Deserializer, Error as _, Visitor, value::Error};
use serde::forward_to_deserialize_any;
use serde_json::{Value, json};

use crate::middleware::Endpoint;
use crate::web::accounts::pages::Next;
use crate::web::download::NAMES;
use crate::web::images::Listing;
use crate::web::openapi::schemas;
use crate::web::plans::For;
use crate::web::shared::Wanted;
use crate::web::shares::Of;
use crate::web::tags::Beginning;

/// The names of the parameters.
pub fn names(endpoint: &Endpoint) -> &'static [&'static str] {
    match (endpoint.method, endpoint.path) {
        ("GET", "/t/{tenant}" | "/t/{tenant}/images") => fields_of::<Listing>(),
        // The album is the path's, and its pictures are neither searched nor restored here.
        ("GET", "/t/{tenant}/albums/{name}") => &["limit", "cursor", "order"],
        ("GET", "/t/{tenant}/download") => &NAMES,
        ("GET", "/t/{tenant}/shares") => fields_of::<Of>(),
        ("GET", "/t/{tenant}/tags") => fields_of::<Beginning>(),
        ("GET", "/s/{name}/{secret}") => fields_of::<Wanted>(),
        ("GET", "/plans") => fields_of::<For>(),
        ("GET", "/session" | "/login" | "/signup") => fields_of::<Next>(),
        _ => &[],
    }
}

/// What a parameter may be. A query says it all in text.
pub fn schema(name: &str) -> Value {
    match name {
        "limit" => json!({ "type": "integer", "minimum": 1 }),
        "order" => json!({ "type": "string", "enum": ["newest", "oldest", "taken"] }),
        "deleted" => json!({ "type": "boolean" }),
        "tag" => json!({ "type": "string", "maxLength": 40 }),
        "size" => schemas::sizes(),
        // Comma-separated, or repeated.
        "ids" => json!({ "type": "array", "items": { "type": "string" }, "maxItems": 200 }),
        _ => json!({ "type": "string" }),
    }
}

/// The names of a type's fields, as its `Deserialize` asks for them.
fn fields_of<T: DeserializeOwned>() -> &'static [&'static str] {
    let mut asked = Asked(&[]);
    // It only asks, and is given nothing to make a value of.
    let _ = T::deserialize(&mut asked);
    asked.0
}

struct Asked(&'static [&'static str]);

impl<'de> Deserializer<'de> for &mut Asked {
    type Error = Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Error> {
        self.0 = fields;
        Err(Error::custom("only asked"))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("not the fields of a query"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_are_those_that_the_type_reads() {
        #[derive(serde::Deserialize)]
        #[expect(dead_code, reason = "only its fields' names are asked for")]
        struct Query {
            one: Option<String>,
            #[serde(rename = "two", default)]
            other: String,
        }
        assert_eq!(fields_of::<Query>(), ["one", "two"]);
        assert!(fields_of::<String>().is_empty());
    }
}
