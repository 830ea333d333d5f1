//! Names and roles. A value of one of these types has been checked.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;
use thiserror::Error;

/// Why a text is not a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NameError {
    /// Not between 2 and 32 characters.
    #[error("must have 2 to 32 characters")]
    Length,
    /// A character other than `a-z`, `0-9` and `-`.
    #[error("may hold only a-z, 0-9 and -")]
    Character,
    /// A `-` at either end, or two in a row.
    #[error("may not start or end with - or hold two in a row")]
    Hyphen,
}

fn check_name(text: &str) -> Result<(), NameError> {
    if !(2..=32).contains(&text.len()) {
        return Err(NameError::Length);
    }
    let mut previous = b'-';
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' => {}
            b'-' if previous == b'-' => return Err(NameError::Hyphen),
            b'-' => {}
            _ => return Err(NameError::Character),
        }
        previous = byte;
    }
    if previous == b'-' {
        return Err(NameError::Hyphen);
    }
    Ok(())
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// 2 to 32 of `a-z 0-9 -`, not starting, ending or doubling `-`. Cheap to clone.
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Checks the text and takes it.
            pub fn parse(text: &str) -> Result<Self, NameError> {
                check_name(text)?;
                Ok(Self(text.into()))
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                Self::parse(text)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::parse(&text).map_err(|e| serde::de::Error::custom(format_args!("name {text:?} {e}")))
            }
        }
    };
}

name! {
    /// A tenant's name.
    TenantId
}
name! {
    /// A user's name.
    Username
}
name! {
    /// The name of a plan.
    Plan
}

impl Plan {
    /// The name as it begins a sentence.
    pub fn title(&self) -> String {
        let mut title = self.as_str().to_owned();
        if let Some(first) = title.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        title
    }
}

name! {
    /// The name of a class of requests that are limited together, such as `pull`.
    LimitClass
}

/// What a user may do in a tenant, ordered by power.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// May look and pull.
    Viewer,
    /// May also upload, edit and delete.
    Member,
    /// May also manage plan and members.
    Owner,
}

impl Role {
    /// From its lower-case name.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "viewer" => Some(Self::Viewer),
            "member" => Some(Self::Member),
            "owner" => Some(Self::Owner),
            _ => None,
        }
    }

    /// Its lower-case name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Member => "member",
            Self::Owner => "owner",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_2_to_32_of_lower_case_letters_digits_and_single_inner_hyphens() {
        for good in ["ab", "a1", "acme", "a-b-c", "0x", &"a".repeat(32)] {
            assert_eq!(
                TenantId::parse(good).map(|t| t.to_string()),
                Ok(good.to_owned())
            );
        }
        assert_eq!(Username::parse("a"), Err(NameError::Length));
        assert_eq!(Username::parse(""), Err(NameError::Length));
        assert_eq!(Username::parse(&"a".repeat(33)), Err(NameError::Length));
        for bad in ["-ab", "ab-", "a--b", "--"] {
            assert_eq!(Username::parse(bad), Err(NameError::Hyphen), "{bad}");
        }
        for bad in ["Acme", "a_b", "a b", "ab\0", "é1", "a/b", "a%2f"] {
            assert_eq!(Username::parse(bad), Err(NameError::Character), "{bad}");
        }
    }

    #[test]
    fn an_owner_is_more_than_a_member_is_more_than_a_viewer() {
        assert!(Role::Owner > Role::Member && Role::Member > Role::Viewer);
        for role in [Role::Viewer, Role::Member, Role::Owner] {
            assert_eq!(Role::parse(role.as_str()), Some(role));
        }
        assert_eq!(Role::parse("Owner"), None);
    }
}
