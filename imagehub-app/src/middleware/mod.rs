//! What stands between the server and the handlers.

mod caller;
mod drain_body;
mod endpoint;
mod gate;
mod idle;
mod limits;
pub mod request_log;

pub use caller::{Caller, TenantContext, Visitor};
pub use drain_body::drain_body;
pub use endpoint::{Endpoint, TakenRoute};
pub use gate::still_holds;
pub use idle::{end_for_silent_readers, end_for_silent_senders};
pub use limits::enforce;
