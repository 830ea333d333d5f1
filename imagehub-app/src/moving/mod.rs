//! Everything there is, taken elsewhere: backups, restores, and moves between kinds of stores.
//!
//! The catalogue is read first and the files it names after it, so that this can be done while the
//! application writes: an image whose files are gone by then, and whose record too, was deleted for
//! good meanwhile, and is left out. Where it is written, files come first and records last: no
//! record ever names a file that is not there. Each of these can be interrupted, and begun again to
//! go on; until it is finished, a note in the blobs keeps sweeps away from files whose records are
//! still to come.

mod backup;
mod claim;
mod consistent;
mod copy;
mod error;
mod migrate;
mod snapshot;

pub use backup::{backup, restore};
pub use claim::{abandon, is_under_way};
pub use copy::Copied;
pub use error::MovingError;
pub use migrate::{Source, Target, migrate};

/// Told, every now and then, how far it is.
pub type Progress<'a> = &'a (dyn Fn(&str) + Sync);
