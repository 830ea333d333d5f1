//! What became of a request, by a name of which there are few: for counters and logs.

use crate::decide::Allow;
use crate::problem::Code;
use crate::refusal::Refusal;
use std::fmt;

macro_rules! verdicts {
    ($($(#[$doc:meta])* $variant:ident = $name:literal;)*) => {
        /// What became of a request.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Verdict {
            $($(#[$doc])* $variant,)*
        }

        impl Verdict {
            /// Every verdict there is.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name that counters and logs give it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

verdicts! {
    /// It goes on.
    Allowed = "allowed";
    /// It goes on because its rule is only tried out; a limit would have refused it.
    WouldLimit = "would-limit";
    /// It goes on because its rule is only tried out; something else would have refused it.
    WouldRefuse = "would-refuse";
    /// 429
    Limited = "limited";
    /// 401, or the way to the log-in
    Unauthenticated = "unauthenticated";
    /// 403
    Forbidden = "forbidden";
    /// 400
    Malformed = "malformed";
    /// 503: there are no keys, or the counters do not answer.
    Unavailable = "unavailable";
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Allow {
    /// What became of a request that goes on.
    pub const fn verdict(&self) -> Verdict {
        match self.would_refuse {
            None => Verdict::Allowed,
            Some(Code::RateLimited) => Verdict::WouldLimit,
            Some(_) => Verdict::WouldRefuse,
        }
    }
}

impl Refusal {
    /// What became of a request that is answered so.
    pub const fn verdict(&self) -> Verdict {
        match self.code {
            Code::RateLimited => Verdict::Limited,
            Code::Unauthenticated => Verdict::Unauthenticated,
            Code::Forbidden => Verdict::Forbidden,
            Code::Malformed => Verdict::Malformed,
            _ => Verdict::Unavailable,
        }
    }
}
