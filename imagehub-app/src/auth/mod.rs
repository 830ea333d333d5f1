//! Who is asking, and what they may do: decided here from the token's signature and the
//! catalogue, whatever stands in front says.

mod attempts;
mod caller;
mod gate;
mod sessions;

pub use attempts::{Counts, counted};
pub use caller::{Caller, InTenant, Visitor};
pub use gate::{gate, still_holds};
pub use sessions::{Session, Sessions, refuse_programs};
