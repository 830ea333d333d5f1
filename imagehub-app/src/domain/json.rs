//! Field types in the JSON of backups: the text that their own `parse` reads.

use std::borrow::Cow;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{
    AlbumTitle, Digest, FieldError, ImageId, LinkSecret, Placeholder, Tag, Tags, Title, TokenName,
    WallTime,
};

macro_rules! as_text {
    ($($type:ty: $write:expr, $parse:expr;)*) => {$(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let write: fn(&$type) -> Cow<'_, str> = $write;
                serializer.serialize_str(&write(self))
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<'de, str>::deserialize(deserializer)?;
                let parse: fn(&str) -> Result<$type, FieldError> = $parse;
                parse(&text).map_err(D::Error::custom)
            }
        }
    )*};
}

as_text! {
    ImageId: |id| id.as_str().into(), Self::parse;
    LinkSecret: |secret| secret.as_str().into(), Self::parse;
    Title: |title| title.as_str().into(), Self::parse;
    AlbumTitle: |title| title.as_str().into(), Self::parse;
    TokenName: |name| name.as_str().into(), Self::parse;
    WallTime: |time| time.to_string().into(), Self::parse;
    Tag: |tag| tag.as_str().into(), Self::parse;
    Digest: |digest| digest.hex().into(), |hex| Self::from_hex(hex).ok_or(FieldError("no digest"));
    Placeholder: |hash| hash.encode().into(),
        |text| Self::decode(text).ok_or(FieldError("no placeholder"));
}

impl Serialize for Tags {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Tags {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        Self::parse(texts.iter().map(String::as_str)).map_err(D::Error::custom)
    }
}
