//! What is wrong with a field.

use thiserror::Error;

/// A field that breaks its rule; the text is for the person who sent it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct FieldError(pub &'static str);
