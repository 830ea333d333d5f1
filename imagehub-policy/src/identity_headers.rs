//! The headers by which the filter tells whatever stands behind it who is asking.

/// Every header of this family that a client sends is removed.
pub const PREFIX: &str = "x-imagehub-";
/// The user's name.
pub const USER: &str = "x-imagehub-user";
/// The tenant the route belongs to.
pub const TENANT: &str = "x-imagehub-tenant";
/// The user's role in that tenant.
pub const ROLE: &str = "x-imagehub-role";
/// That tenant's plan.
pub const PLAN: &str = "x-imagehub-plan";
/// On responses: the filter's version and the hash of its policy.
pub const FILTER: &str = "x-imagehub-filter";
/// The client's address, attested by the edge.
pub const CLIENT: &str = "x-imagehub-client";
