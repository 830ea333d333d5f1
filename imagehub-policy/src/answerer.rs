//! Who answers a refused request: the answer says so.

/// Who answers a refused request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answerer<'a> {
    /// The WebAssembly filter, and the value of its `x-imagehub-filter`.
    Filter(&'a str),
    /// The dynamic module, and the value of its `x-imagehub-filter`.
    Module(&'a str),
    /// The application, where no filter is before it.
    Application,
}

impl<'a> Answerer<'a> {
    /// The name a program knows it by: the problem's member `answered_by`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Filter(_) => "filter",
            Self::Module(_) => "module",
            Self::Application => "application",
        }
    }

    /// A sentence for people.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Filter(_) => {
                "Answered by the Wasm filter in Envoy. The application never saw this request."
            }
            Self::Module(_) => {
                "Answered by the dynamic module in Envoy. The application never saw this request."
            }
            Self::Application => "Answered by the application.",
        }
    }

    /// The value of `x-imagehub-filter`, which the application does not send.
    pub(crate) const fn mark(self) -> Option<&'a str> {
        match self {
            Self::Filter(mark) | Self::Module(mark) => Some(mark),
            Self::Application => None,
        }
    }
}
