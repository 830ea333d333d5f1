//! Texts as they are stored and compared.

use std::borrow::Cow;

use caseless::default_case_fold_str;
use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfc_quick};

/// Text in Unicode's normal form C: "Ü" is one character in it, also where somebody's system wrote
/// a "U" and two dots.
pub(crate) fn composed(text: &str) -> Cow<'_, str> {
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => Cow::Borrowed(text),
        IsNormalized::No | IsNormalized::Maybe => Cow::Owned(text.nfc().collect()),
    }
}

/// Text folded and composed, as searches and completions compare it. Folding (Unicode 3.13) is more
/// than lower case: "STRASSE" is found in "straße", and either sigma by the other.
pub(crate) fn folded(text: &str) -> String {
    composed(&default_case_fold_str(text)).into_owned()
}

/// Trimmed text, composed and at most so many characters long. What would be longer by being
/// composed stays as it is: it may be stored already.
pub(super) fn short_text(text: &str, most: usize) -> Option<String> {
    let text = text.trim();
    let mut forms = [composed(text), text.into()].into_iter();
    let fitting = forms.find(|form| form.chars().count() <= most);
    fitting.map(Cow::into_owned)
}
