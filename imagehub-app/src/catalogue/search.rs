//! What images are found by without looking at them all: terms made of the text that a search
//! looks at, and of tags and albums.
//!
//! A term says where to look, never what is found: whoever goes by terms looks at each image.

use std::collections::BTreeSet;

use imagehub_policy::TenantId;
use sha2::{Digest as _, Sha256};

use super::stored::folded;
use super::{AlbumId, ImageQuery, Tag, Tags};

/// Characters in the longest piece of a text that has a term of its own.
const LONGEST: usize = 3;

/// Terms of one query. More would not lead to fewer images, but cost more.
const MOST_IN_QUERY: usize = 16;

/// One thing that images of a tenant are found by, as a hash: so that terms are short and alike,
/// no text has its own place in an index for nothing, and no two tenants share one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Term([u8; 5]);

impl Term {
    /// Of a piece of one to three characters of the text.
    fn piece(tenant: &TenantId, piece: &[char]) -> Self {
        let piece: String = piece.iter().collect();
        Self::new(tenant, "piece", &piece)
    }

    pub(super) fn tag(tenant: &TenantId, tag: &Tag) -> Self {
        Self::new(tenant, "tag", tag.as_str())
    }

    pub(super) fn album(tenant: &TenantId, album: &AlbumId) -> Self {
        Self::new(tenant, "album", album.as_str())
    }

    /// Stores keep these hashes: another one is another layout.
    fn new(tenant: &TenantId, kind: &str, text: &str) -> Self {
        let mut hash = Sha256::new();
        for part in [tenant.as_str(), "\0", kind, "\0", text] {
            hash.update(part);
        }
        let mut term = [0; 5];
        for (byte, hashed) in term.iter_mut().zip(hash.finalize()) {
            *byte = hashed;
        }
        Self(term)
    }

    /// The whole hash, in hexadecimal: of some ten thousand terms hardly two are alike.
    pub(super) fn hex(self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The first two bytes: so few that an index of them stays small, whatever is put into it.
    pub(super) fn short(self) -> [u8; 2] {
        let [first, second, ..] = self.0;
        [first, second]
    }
}

/// All that an image with this text and these tags is found by, albums aside.
pub(super) fn terms_of_image(tenant: &TenantId, text: &str, tags: &Tags) -> BTreeSet<Term> {
    let chars: Vec<char> = text.chars().collect();
    let mut pieces = BTreeSet::new();
    for length in 1..=LONGEST {
        pieces.extend(chars.windows(length));
    }
    let of_text = pieces.iter().map(|piece| Term::piece(tenant, piece));
    let of_tags = tags.iter().map(|tag| Term::tag(tenant, tag));
    of_text.chain(of_tags).collect()
}

/// What every image that a search finds has: a term, and the text by which that shows.
pub(super) struct Piece {
    pub(super) term: Term,
    text: String,
}

impl Piece {
    /// Whether an image of this text, as searches look at it, has the term.
    pub(super) fn is_in(&self, text: &str) -> bool {
        text.contains(&self.text)
    }
}

/// Pieces of the text and the tag of a query; none for a query without either.
pub(super) fn pieces_of_query(tenant: &TenantId, query: &ImageQuery) -> Vec<Piece> {
    let text = query.folded_text().unwrap_or_default();
    let mut pieces = pieces_of_text(tenant, &text);
    pieces.extend(query.tag.as_ref().map(|tag| Piece {
        term: Term::tag(tenant, tag),
        // Each tag is a line of its own, and never the last one.
        text: format!("\n{}\n", folded(tag.as_str())),
    }));
    pieces
}

fn pieces_of_text(tenant: &TenantId, text: &str) -> Vec<Piece> {
    let chars: Vec<char> = text.chars().collect();
    let length = chars.len().clamp(1, LONGEST);
    let pieces: BTreeSet<&[char]> = chars.windows(length).collect();
    // Of a long text some from all over it.
    let step = pieces.len().div_ceil(MOST_IN_QUERY).max(1);
    let some = pieces.iter().step_by(step);
    some.map(|piece| Piece {
        term: Term::piece(tenant, piece),
        text: piece.iter().collect(),
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms_of_text(tenant: &TenantId, text: &str) -> BTreeSet<Term> {
        let pieces = pieces_of_text(tenant, text);
        pieces.iter().map(|piece| piece.term).collect()
    }

    #[test]
    fn an_image_has_every_term_of_every_text_within_its_own() {
        let ada = TenantId::parse("ada").unwrap();
        let text = "Über den Wolken\nsee\n東京の海\nada".to_lowercase();
        let chars: Vec<char> = text.chars().collect();
        let terms = terms_of_image(&ada, &text, &Tags::default());
        for length in 1..=chars.len() {
            for within in chars.windows(length) {
                let within: String = within.iter().collect();
                let sought = terms_of_text(&ada, &within);
                assert!(!sought.is_empty() && sought.len() <= MOST_IN_QUERY);
                assert!(sought.is_subset(&terms), "{within:?}");
            }
        }
        assert!(terms_of_text(&ada, "").is_empty());
        assert!(!terms_of_text(&ada, "olk ").is_subset(&terms));
    }

    #[test]
    fn tenants_tags_and_texts_have_terms_of_their_own() {
        let [ada, bob] = ["ada", "bob"].map(|name| TenantId::parse(name).unwrap());
        let tag = Tag::parse("sea").unwrap();
        let terms = [
            Term::tag(&ada, &tag),
            Term::tag(&bob, &tag),
            Term::piece(&ada, &['s', 'e', 'a']),
        ];
        assert_eq!(BTreeSet::from(terms).len(), 3);
    }

    /// Stores of this layout are full of them.
    #[test]
    fn a_term_never_changes() {
        let ada = TenantId::parse("ada").unwrap();
        assert_eq!(
            Term::tag(&ada, &Tag::parse("sea").unwrap()).hex(),
            "760611188d"
        );
    }
}
