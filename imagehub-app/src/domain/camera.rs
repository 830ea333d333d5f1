//! What a picture was taken with.

use serde::{Deserialize, Serialize};

/// What a camera wrote of its model and its settings; never where or by whom a picture was taken,
/// nor a serial number.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Camera {
    /// Its maker.
    pub make: Option<String>,
    /// Its model.
    pub model: Option<String>,
    /// The lens's model.
    pub lens: Option<String>,
    /// Seconds, as photographers write them: `1/250`, `2.5`.
    pub exposure: Option<String>,
    /// The f-number.
    pub aperture: Option<f64>,
    /// The sensitivity.
    pub iso: Option<u32>,
    /// In millimetres, of the lens itself.
    pub focal_length: Option<f64>,
}
