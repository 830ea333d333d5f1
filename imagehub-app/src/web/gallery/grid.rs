//! A page's worth of pictures, and what can be done to the chosen ones.

use imagehub_policy::{Role, TenantId};

use crate::domain::ImageRecord;
use crate::error::AppError;
use crate::format;
use crate::state::State;
use crate::web::gallery::tile::Shown;
use crate::web::images::Listing;

/// Album titles a page offers for completion.
const TITLES_OFFERED: usize = 40;

/// Where the pictures are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Within {
    /// The whole gallery.
    Gallery,
    /// One album.
    Album(String),
    /// What was deleted.
    Trash,
}

/// A page's worth of pictures.
pub struct Grid {
    /// The pictures.
    pub images: Vec<Shown>,
    /// Where they are shown.
    pub within: Within,
    /// Where a form leads back to.
    pub next: String,
    /// Whether the visitor may change them.
    pub may_change: bool,
    /// Titles of albums to choose from.
    pub albums: Vec<String>,
}

impl Grid {
    /// These pictures, with what is needed to work on them.
    pub async fn new(
        state: &State,
        tenant: &TenantId,
        role: Role,
        records: &[ImageRecord],
        within: Within,
        next: String,
    ) -> Result<Self, AppError> {
        let may_change = role >= Role::Member;
        let albums = if may_change && within != Within::Trash {
            titles(state, tenant).await?
        } else {
            Vec::new()
        };
        Ok(Self {
            images: records
                .iter()
                .map(|image| Shown::new(tenant, image))
                .collect(),
            within,
            next,
            may_change,
            albums,
        })
    }

    /// In groups by the month they were taken in.
    pub fn by_month(mut self, records: &[ImageRecord]) -> Self {
        let mut last = None;
        for (image, record) in self.images.iter_mut().zip(records) {
            let month = format::month(record.day_taken());
            if last.as_ref() != Some(&month) {
                image.heading = Some(month.clone());
                last = Some(month);
            }
        }
        self
    }

    /// The album they are shown in.
    pub fn album(&self) -> Option<&str> {
        match &self.within {
            Within::Album(id) => Some(id),
            _ => None,
        }
    }

    /// Whether they are deleted ones.
    pub fn trash(&self) -> bool {
        self.within == Within::Trash
    }

    /// Whether they can be chosen.
    pub fn selects(&self) -> bool {
        self.may_change || !self.trash()
    }
}

/// The ways from one page of a listing to the others.
pub struct Pages {
    /// Where the listing begins; none on its first page.
    pub first: Option<String>,
    /// The page after this one.
    pub next: Option<String>,
    /// Whether the oldest pictures come first.
    pub oldest: bool,
}

impl Pages {
    /// Those of this page of a listing at a path.
    pub fn new(listing: &Listing, path: &str, next: Option<&str>) -> Self {
        Self {
            first: (!listing.is_first()).then(|| listing.page(path, None)),
            next: next.map(|cursor| listing.page(path, Some(cursor))),
            oldest: listing.order.as_deref() == Some("oldest"),
        }
    }
}

/// Titles of the newest albums, for completion.
pub async fn titles(state: &State, tenant: &TenantId) -> Result<Vec<String>, AppError> {
    let newest = state.catalogue.newest_titles(tenant, TITLES_OFFERED);
    let newest = newest.await?;
    let titles = newest.iter().map(|album| album.title.as_str().to_owned());
    Ok(titles.collect())
}
