//! Sessions, the keys that sign them, and passwords: decided here from the token's signature and the
//! catalogue, whatever stands in front says.

mod attempts;

mod sessions;
pub mod signing;

pub use attempts::{Counts, with_attempt_limit};
pub use sessions::{Session, Sessions, past_half_life, refuse_programs};
