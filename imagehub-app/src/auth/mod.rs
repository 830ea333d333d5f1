//! Sessions, the keys that sign them, and attempts to log in. A session is judged by its token's
//! signature and by the catalogue, not by what stands in front.

mod attempts;
mod sessions;
pub mod signing;

pub use attempts::{Counts, with_attempt_limit};
pub use sessions::{Session, Sessions, past_half_life, refuse_programs};
