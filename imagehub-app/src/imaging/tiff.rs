//! Reading fields of a TIFF file, which is what Exif is. Nothing is copied, and no more than the
//! directories asked for are looked at, whatever their entries point to.

/// Bytes of an entry: tag, type, count, and the value or where it is.
const ENTRY: usize = 12;

#[derive(Clone, Copy)]
pub(super) struct Tiff<'a> {
    file: &'a [u8],
    little_endian: bool,
}

/// One directory of a file.
pub(super) struct Directory<'a> {
    tiff: Tiff<'a>,
    entries: &'a [u8],
}

impl<'a> Tiff<'a> {
    pub(super) fn new(file: &'a [u8]) -> Option<Self> {
        let little_endian = match file.get(..4)? {
            b"II\x2a\0" => true,
            b"MM\0\x2a" => false,
            _ => return None,
        };
        Some(Self {
            file,
            little_endian,
        })
    }

    pub(super) fn first_directory(self) -> Option<Directory<'a>> {
        self.directory(self.long(self.file.get(4..)?)?)
    }

    pub(super) fn directory(self, at: u32) -> Option<Directory<'a>> {
        let directory = self.file.get(at as usize..)?;
        let entries = directory.get(2..)?;
        let length = ENTRY * usize::from(self.short(directory)?);
        Some(Directory {
            tiff: self,
            entries: &entries[..length.min(entries.len())],
        })
    }

    fn short(self, bytes: &[u8]) -> Option<u16> {
        let bytes = *bytes.first_chunk()?;
        Some(match self.little_endian {
            true => u16::from_le_bytes(bytes),
            false => u16::from_be_bytes(bytes),
        })
    }

    fn long(self, bytes: &[u8]) -> Option<u32> {
        let bytes = *bytes.first_chunk()?;
        Some(match self.little_endian {
            true => u32::from_le_bytes(bytes),
            false => u32::from_be_bytes(bytes),
        })
    }
}

impl<'a> Directory<'a> {
    /// Type and bytes of the first field with a tag.
    fn value(&self, tag: u16) -> Option<(u16, &'a [u8])> {
        let tiff = self.tiff;
        let entry = self
            .entries
            .chunks_exact(ENTRY)
            .find(|entry| tiff.short(entry) == Some(tag))?;
        let kind = tiff.short(&entry[2..])?;
        let size = match kind {
            ASCII => 1,
            SHORT => 2,
            LONG => 4,
            RATIONAL => 8,
            _ => return None,
        };
        let length = size * u64::from(tiff.long(&entry[4..])?);
        let length = usize::try_from(length).ok()?;
        let value = match length {
            ..=4 => &entry[8..],
            _ => tiff.file.get(tiff.long(&entry[8..])? as usize..)?,
        };
        Some((kind, value.get(..length)?))
    }

    /// A text, without what ends it.
    pub(super) fn text(&self, tag: u16) -> Option<&'a [u8]> {
        let (kind, text) = self.value(tag)?;
        let mut parts = text.split(|&byte| byte == 0);
        parts.next().filter(|_| kind == ASCII)
    }

    /// A whole number.
    pub(super) fn number(&self, tag: u16) -> Option<u32> {
        match self.value(tag)? {
            (SHORT, value) => self.tiff.short(value).map(u32::from),
            (LONG, value) => self.tiff.long(value),
            _ => None,
        }
    }

    /// A fraction that is more than nothing.
    pub(super) fn fraction(&self, tag: u16) -> Option<f64> {
        let (kind, value) = self.value(tag)?;
        let (above, below) = (self.tiff.long(value)?, self.tiff.long(value.get(4..)?)?);
        (kind == RATIONAL && above > 0 && below > 0).then(|| f64::from(above) / f64::from(below))
    }
}

const ASCII: u16 = 2;
const SHORT: u16 = 3;
const LONG: u16 = 4;
const RATIONAL: u16 = 5;
