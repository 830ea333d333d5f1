//! The archive as a stream: no more of it is in memory than one piece of one image.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::web;
use bytes::Bytes;
use futures_util::stream::{self, BoxStream};
use futures_util::{Stream, StreamExt as _};
use imagehub_policy::TenantId;
use time::OffsetDateTime;
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::names::Names;
use crate::blobs::BlobError;
use crate::catalogue::{ImageQuery, ImageRecord};
use crate::error::AppError;
use crate::routes::pull::open_original;
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

/// An archive on its way out. Dropping it, as when the client goes away, ends all its work.
pub struct Archive {
    state: web::Data<State>,
    tenant: TenantId,
    pictures: Pictures,
    names: Names,
    zip: Option<ZipWriter<StreamWriter<Sink>>>,
    written: Sink,
    open: Option<BoxStream<'static, Result<Bytes, BlobError>>>,
}

impl Archive {
    /// The archive of these images of a tenant.
    pub fn new(state: web::Data<State>, tenant: TenantId, pictures: Pictures) -> Self {
        let written = Sink::default();
        Self {
            state,
            tenant,
            pictures,
            names: Names::default(),
            zip: Some(ZipWriter::new_stream(written.clone())),
            written,
            open: None,
        }
    }

    /// Its bytes. A failure in the midst of it ends the stream with an error, so that nobody takes
    /// half an archive for a whole one.
    pub fn into_stream(self) -> impl Stream<Item = Result<Bytes, io::Error>> {
        stream::try_unfold(self, Self::piece)
    }

    async fn piece(mut self) -> Result<Option<(Bytes, Self)>, io::Error> {
        loop {
            let Some(zip) = &mut self.zip else {
                return Ok(None);
            };
            match &mut self.open {
                Some(bytes) => match bytes.next().await {
                    Some(bytes) => zip.write_all(&bytes.map_err(io::Error::other)?)?,
                    None => self.open = None,
                },
                None => self.advance().await?,
            }
            let piece = self.written.take();
            if !piece.is_empty() {
                return Ok(Some((piece, self)));
            }
        }
    }

    /// Begins the next image, or the archive's end.
    async fn advance(&mut self) -> Result<(), io::Error> {
        let next = self.pictures.next(&self.state, &self.tenant).await;
        let Some(image) = next.map_err(io::Error::other)? else {
            if let Some(zip) = self.zip.take() {
                zip.finish()?;
            }
            return Ok(());
        };
        let blob = match open_original(&self.state, &self.tenant, &image, None).await {
            Ok(blob) => blob,
            // It was purged meanwhile.
            Err(AppError::NotFound) => return Ok(()),
            Err(error) => return Err(io::Error::other(error)),
        };
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .large_file(blob.size >= u64::from(u32::MAX))
            .last_modified_time(moment(image.uploaded_at));
        if let Some(zip) = &mut self.zip {
            zip.start_file(self.names.of(&image), options)?;
        }
        self.open = Some(blob.stream);
        Ok(())
    }
}

/// A time as zip archives keep it, in UTC; outside of what they can say, their first moment.
fn moment(time: OffsetDateTime) -> DateTime {
    u16::try_from(time.year())
        .ok()
        .and_then(|year| {
            DateTime::from_date_and_time(
                year,
                time.month().into(),
                time.day(),
                time.hour(),
                time.minute(),
                time.second(),
            )
            .ok()
        })
        .unwrap_or_default()
}

/// Where the archive is written to until it is sent on.
#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Sink {
    fn take(&self) -> Bytes {
        let mut written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *written).into()
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        written.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
