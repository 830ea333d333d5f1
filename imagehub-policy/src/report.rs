//! How full the buckets are, and how responses say so
//! (draft-ietf-httpapi-ratelimit-headers, in RFC 9651 structured fields).

use crate::limit::Limit;
use std::fmt::Write;

/// The state of one bucket after a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BucketReport {
    /// `user`, `tenant` or `address`.
    pub name: &'static str,
    /// The limit that applies.
    pub limit: Limit,
    /// Whole requests that would pass now.
    pub remaining: u32,
    /// Seconds, rounded up, until one more would; 0 when the bucket is as full as it gets.
    pub next_in: u32,
}

/// The state of every bucket of a charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitReport {
    first: BucketReport,
    second: Option<BucketReport>,
    refused_by: Option<&'static str>,
}

impl LimitReport {
    pub(crate) const fn new(
        first: BucketReport,
        second: Option<BucketReport>,
        refused_by: Option<&'static str>,
    ) -> Self {
        Self {
            first,
            second,
            refused_by,
        }
    }

    /// Each bucket: the user's and the tenant's, or the address's alone.
    pub fn buckets(&self) -> impl Iterator<Item = &BucketReport> {
        std::iter::once(&self.first).chain(self.second.as_ref())
    }

    /// The bucket that had no room, if the charge was refused.
    pub fn refused_by(&self) -> Option<&BucketReport> {
        self.buckets()
            .find(|bucket| Some(bucket.name) == self.refused_by)
    }

    /// Whole seconds until the refusing bucket has room again, at least 1; 0 if nothing was refused.
    pub fn retry_after(&self) -> u32 {
        self.refused_by().map_or(0, |bucket| bucket.next_in.max(1))
    }

    /// The value of `RateLimit-Policy`, such as `"user";q=10;w=60, "tenant";q=100;w=60`.
    pub fn rate_limit_policy(&self) -> String {
        let mut value = String::with_capacity(64);
        for bucket in self.buckets() {
            let separator = if value.is_empty() { "" } else { ", " };
            // Writing to a String cannot fail.
            let _ = write!(
                value,
                "{separator}\"{}\";q={};w={}",
                bucket.name,
                bucket.limit.count(),
                bucket.limit.window_seconds()
            );
        }
        value
    }

    /// The value of `RateLimit`, such as `"user";r=9;t=6, "tenant";r=99;t=1`.
    pub fn rate_limit(&self) -> String {
        let mut value = String::with_capacity(48);
        for bucket in self.buckets() {
            let separator = if value.is_empty() { "" } else { ", " };
            let _ = write!(
                value,
                "{separator}\"{}\";r={};t={}",
                bucket.name, bucket.remaining, bucket.next_in
            );
        }
        value
    }
}
