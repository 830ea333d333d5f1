//! The files a worker writes, opened before it looks at the image: afterwards it can open none.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

use crate::blobs::{Encoding, ORIGINAL, ThumbnailSize, thumbnail_name};
use crate::imaging::thumbnail::Thumbnail;

pub(super) struct Outputs {
    original: File,
    thumbnails: Vec<(ThumbnailSize, Encoding, File)>,
}

impl Outputs {
    pub(super) fn create(folder: &Path) -> io::Result<Self> {
        let mut thumbnails = Vec::new();
        for size in ThumbnailSize::ALL {
            for encoding in Encoding::ALL {
                let name = thumbnail_name(size, encoding);
                thumbnails.push((size, encoding, File::create_new(folder.join(name))?));
            }
        }
        Ok(Self {
            original: File::create_new(folder.join(ORIGINAL))?,
            thumbnails,
        })
    }

    /// The file to be served, when it is not the one that was sent.
    pub(super) fn original(&mut self) -> &mut File {
        &mut self.original
    }

    pub(super) fn write(&mut self, thumbnail: &Thumbnail) -> io::Result<()> {
        for (size, encoding, file) in &mut self.thumbnails {
            if *size == thumbnail.size {
                file.write_all(match encoding {
                    Encoding::Plain => &thumbnail.plain,
                    Encoding::WebP => &thumbnail.webp,
                })?;
            }
        }
        Ok(())
    }
}
