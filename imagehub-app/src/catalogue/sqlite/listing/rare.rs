//! Which terms of a search few images have: going by these alone costs less than by all.
//!
//! The index knows how often a term occurs only by walking all of its list, so that is estimated
//! from some of the tenant's images. A wrong guess costs time and changes nothing that is found.

use imagehub_policy::TenantId;
use rusqlite::{Connection, OptionalExtension as _};

use super::super::super::search::{Piece, Term};
use super::super::super::{CatalogueError, ImageQuery};
use super::super::tenants;
use super::way::SMALL;

/// Images that are taken for all of them.
const SAMPLE: u32 = 32;

/// What it costs to look at an image, in images walked past in a term's list.
const LOOK: f64 = 30.0;

/// The terms of some of these pieces, the rarest first, that lead to few images; of a small tenant
/// all terms.
pub(super) fn terms(
    db: &Connection,
    tenant: &TenantId,
    query: &ImageQuery,
    pieces: &[Piece],
) -> Result<Vec<Term>, CatalogueError> {
    let usage = tenants::usage(db, tenant)?.unwrap_or_default();
    if pieces.len() < 2 || usage.images + usage.deleted_images <= SMALL {
        return Ok(pieces.iter().map(|piece| piece.term).collect());
    }
    let hits = hits(db, tenant, query, pieces)?;
    let mut by_hits: Vec<(u32, Term)> = (hits.into_iter())
        .zip(pieces.iter().map(|piece| piece.term))
        .collect();
    by_hits.sort_unstable();
    Ok(worth_walking(&by_hits))
}

/// All terms that none of the sample has, since their lists are short. Of others the rarest, as
/// long as walking one more list costs less than looking at the images that it rules out.
fn worth_walking(by_hits: &[(u32, Term)]) -> Vec<Term> {
    let (mut worth, mut led_to) = (Vec::new(), 1.0);
    for (hits, term) in by_hits {
        // None of the sample is not none at all.
        let has_it = (f64::from(*hits) + 0.25) / (f64::from(SAMPLE) + 0.5);
        let ruled_out = led_to * f64::from(SAMPLE - hits) / f64::from(SAMPLE);
        if worth.is_empty() || *hits == 0 || has_it < ruled_out * LOOK {
            worth.push(*term);
            led_to *= has_it;
        }
    }
    worth
}

/// How many images of a sample have each piece.
fn hits(
    db: &Connection,
    tenant: &TenantId,
    query: &ImageQuery,
    pieces: &[Piece],
) -> Result<Vec<u32>, CatalogueError> {
    let mut hits = vec![0; pieces.len()];
    let state = if query.deleted { "NOT NULL" } else { "NULL" };
    let within = format!("FROM images WHERE tenant = ?1 AND deleted_at IS {state}");
    let ends = db
        .prepare_cached(&format!(
            "SELECT (SELECT min(ordinal) {within}), (SELECT max(ordinal) {within})"
        ))?
        .query_row([tenant.as_str()], |row| {
            Ok(row.get::<_, Option<i64>>(0)?.zip(row.get(1)?))
        })?;
    let Some((first, last)) = ends else {
        return Ok(hits);
    };
    let mut next = db.prepare_cached(&format!(
        "SELECT search {within} AND ordinal >= ?2 ORDER BY ordinal LIMIT 1"
    ))?;
    for place in spread(first, last) {
        let seen = next.query_row((tenant.as_str(), place), |row| {
            let text = row.get_ref(0)?.as_str()?;
            for (hits, piece) in hits.iter_mut().zip(pieces) {
                *hits += u32::from(piece.is_in(text));
            }
            Ok(())
        });
        seen.optional()?;
    }
    Ok(hits)
}

/// Places all over a range, at no even distance: what images are called may repeat at one.
fn spread(first: i64, last: i64) -> impl Iterator<Item = i64> {
    /// The golden section of 2^32.
    const STEP: u32 = 2_654_435_769;
    let length = i128::from(last) - i128::from(first) + 1;
    (0..SAMPLE).map(move |n| {
        let part = i128::from(n.wrapping_mul(STEP));
        let offset = (length * part) >> u32::BITS;
        first.saturating_add(i64::try_from(offset).unwrap_or(i64::MAX))
    })
}
