//! The originals that go into an archive.

use std::collections::VecDeque;
use std::io;

use actix_web::web;
use futures_util::{Stream, StreamExt as _, TryStreamExt as _, stream};
use imagehub_policy::TenantId;

use super::File;
use super::names::Names;
use crate::catalogue::ImageQuery;
use crate::domain::ImageRecord;
use crate::error::AppError;
use crate::originals::open_original;
use crate::state::State;

/// Which images go into an archive.
pub enum Pictures {
    /// These.
    Known(VecDeque<ImageRecord>),
    /// All that a query finds, fetched a page at a time.
    Found {
        /// The query of the next page; `None` after the last.
        next: Option<ImageQuery>,
        /// What is left of this page.
        page: VecDeque<ImageRecord>,
    },
}

impl Pictures {
    /// Their originals. One that is gone for good meanwhile is left out; one that is recorded and
    /// cannot be had is a failure, so that nobody misses it unawares.
    pub fn files(
        self,
        state: web::Data<State>,
        tenant: TenantId,
    ) -> impl Stream<Item = Result<File, io::Error>> {
        let files = stream::try_unfold(
            (self, Names::default()),
            move |(mut pictures, mut names)| {
                let (state, tenant) = (state.clone(), tenant.clone());
                async move {
                    while let Some(image) = pictures.next(&state, &tenant).await? {
                        if let Some(file) = open(&state, &tenant, &image, &mut names).await? {
                            return Ok(Some((file, (pictures, names))));
                        }
                    }
                    Ok(None)
                }
            },
        );
        files.map_err(|error: AppError| io::Error::other(error))
    }

    async fn next(
        &mut self,
        state: &State,
        tenant: &TenantId,
    ) -> Result<Option<ImageRecord>, AppError> {
        match self {
            Self::Known(images) => Ok(images.pop_front()),
            Self::Found { next, page } => {
                while page.is_empty() {
                    let Some(query) = next.take() else {
                        return Ok(None);
                    };
                    let found = state.catalogue.list_images(tenant, &query).await?;
                    page.extend(found.images);
                    *next = found.next.map(|cursor| ImageQuery {
                        after: Some(cursor),
                        ..query
                    });
                }
                Ok(page.pop_front())
            }
        }
    }
}

async fn open(
    state: &State,
    tenant: &TenantId,
    image: &ImageRecord,
    names: &mut Names,
) -> Result<Option<File>, AppError> {
    let blob = match open_original(state, tenant, image, None).await {
        Ok(blob) => blob,
        Err(AppError::NotFound) if !state.catalogue.is_recorded(tenant, &image.id).await? => {
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    Ok(Some(File {
        name: names.of(image),
        made_at: image.uploaded_at,
        size: blob.size,
        crc32: image.crc32,
        bytes: blob.stream.map_err(io::Error::other).boxed(),
    }))
}
