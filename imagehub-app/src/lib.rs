//! Image Hub's application: upload, browse and pull pictures, by tenant.

pub mod blobs;
pub mod catalogue;
pub mod imaging;
pub mod passwords;
pub mod signing;
