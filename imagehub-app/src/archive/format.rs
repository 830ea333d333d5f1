//! The zip format (PKWARE's APPNOTE 6.3.10) as far as stored files need it. Each file's size and
//! checksum stand before its bytes, where readers that do not seek look for them; libraries that
//! write to a stream put them behind.

use time::OffsetDateTime;

/// Where a number that needs more than 32 bits is said to stand in the extra field, and the same
/// for 16 bits.
const IN_EXTRA: u32 = u32::MAX;
const IN_EXTRA_SHORT: u16 = u16::MAX;
/// The extra field for numbers of 64 bits.
const ZIP64: u16 = 1;
/// The version of the format that has such numbers.
const VERSION: u16 = 45;
/// Unix, whose file modes are in `MODE`.
const MADE_BY: u16 = 3 << 8 | VERSION;
/// A plain file that its owner may write and all may read.
const MODE: u32 = 0o100_644 << 16;
/// Names are UTF-8.
const FLAGS: u16 = 1 << 11;
const STORED: u16 = 0;

/// A file of the archive.
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) size: u64,
    pub(super) crc32: u32,
    /// As [`dos_time`] gives it.
    pub(super) made_at: u32,
    /// Where its local header is.
    pub(super) offset: u64,
}

impl Entry {
    /// What stands before its bytes.
    pub(super) fn local_header(&self) -> Vec<u8> {
        let mut header = Fields::default();
        header.u32(0x0403_4b50).u16(VERSION);
        let extra = self.common(&mut header, None);
        header.bytes(self.name.as_bytes()).bytes(&extra);
        header.0
    }

    /// What stands in the directory at the archive's end.
    fn directory_record(&self, record: &mut Fields) {
        record.u32(0x0201_4b50).u16(MADE_BY).u16(VERSION);
        let extra = self.common(record, Some(self.offset));
        let (comment, disk, internal) = (0, 0, 0);
        record.u16(comment).u16(disk).u16(internal).u32(MODE);
        record.u32(short(self.offset));
        record.bytes(self.name.as_bytes()).bytes(&extra);
    }

    /// What both have; returns the extra field that follows the name.
    fn common(&self, fields: &mut Fields, offset: Option<u64>) -> Vec<u8> {
        let mut large = Fields::default();
        if self.size >= IN_EXTRA.into() {
            large.u64(self.size).u64(self.size);
        }
        if let Some(offset) = offset.filter(|offset| *offset >= IN_EXTRA.into()) {
            large.u64(offset);
        }
        let mut extra = Fields::default();
        if !large.0.is_empty() {
            extra.u16(ZIP64).u16(count(large.0.len())).bytes(&large.0);
        }
        fields.u16(FLAGS).u16(STORED).u32(self.made_at);
        fields.u32(self.crc32);
        fields.u32(short(self.size)).u32(short(self.size));
        fields.u16(count(self.name.len())).u16(count(extra.0.len()));
        extra.0
    }
}

/// The end of an archive whose files end at `offset`.
pub(super) fn central_directory(entries: &[Entry], offset: u64) -> Vec<u8> {
    let mut end = Fields::default();
    for entry in entries {
        entry.directory_record(&mut end);
    }
    let (size, files) = (end.0.len() as u64, entries.len() as u64);
    let (disk, disks) = (0, 1);
    if files >= IN_EXTRA_SHORT.into() || size.max(offset) >= IN_EXTRA.into() {
        // The size of what follows in this record.
        end.u32(0x0606_4b50).u64(44);
        end.u16(MADE_BY).u16(VERSION).u32(disk).u32(disk);
        end.u64(files).u64(files).u64(size).u64(offset);
        end.u32(0x0706_4b50).u32(disk).u64(offset + size).u32(disks);
    }
    end.u32(0x0605_4b50).u16(0).u16(0);
    end.u16(count(entries.len())).u16(count(entries.len()));
    end.u32(short(size)).u32(short(offset)).u16(0);
    end.0
}

/// A time in UTC as archives keep it, to two seconds; before 1980 and after 2107, their first one.
pub(super) fn dos_time(time: OffsetDateTime) -> u32 {
    let years = u32::try_from(time.year() - 1980);
    let Some(years) = years.ok().filter(|years| *years < 128) else {
        return 1 << 21 | 1 << 16;
    };
    let date = years << 9 | u32::from(u8::from(time.month())) << 5 | u32::from(time.day());
    let (hour, minute, second) = time.to_hms();
    let time = u32::from(hour) << 11 | u32::from(minute) << 5 | u32::from(second / 2);
    date << 16 | time
}

/// A number, or the word that it is in the extra field.
fn short(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(IN_EXTRA)
}

fn count(number: usize) -> u16 {
    u16::try_from(number).unwrap_or(IN_EXTRA_SHORT)
}

/// Numbers one after the other, little-endian.
#[derive(Default)]
struct Fields(Vec<u8>);

impl Fields {
    fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.extend_from_slice(bytes);
        self
    }

    fn u16(&mut self, number: u16) -> &mut Self {
        self.bytes(&number.to_le_bytes())
    }

    fn u32(&mut self, number: u32) -> &mut Self {
        self.bytes(&number.to_le_bytes())
    }

    fn u64(&mut self, number: u64) -> &mut Self {
        self.bytes(&number.to_le_bytes())
    }
}
