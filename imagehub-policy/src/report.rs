//! How full the buckets are, and how responses say so
//! (draft-ietf-httpapi-ratelimit-headers-11, in RFC 9651 structured fields).

use crate::limit::Limit;

/// The state of one bucket after a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BucketReport {
    /// `user` and `tenant`, or `address`, perhaps with `link`.
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

    /// Each bucket: the user's and the tenant's, or the address's, and the link's where a link is followed.
    pub fn buckets(&self) -> impl Iterator<Item = &BucketReport> {
        std::iter::once(&self.first).chain(self.second.as_ref())
    }

    /// The bucket that had no room, if the charge was refused.
    pub fn refused_by(&self) -> Option<&BucketReport> {
        self.buckets()
            .find(|bucket| Some(bucket.name) == self.refused_by)
    }

    /// The buckets without room, if the charge was refused.
    pub fn violated(&self) -> impl Iterator<Item = &BucketReport> {
        self.buckets().filter(|bucket| {
            self.refused_by
                .is_some_and(|name| name == bucket.name || bucket.remaining == 0)
        })
    }

    /// Whole seconds until each bucket without room has some again, at least 1; 0 if nothing was refused.
    pub fn retry_after(&self) -> u32 {
        let times = self.violated().map(|bucket| bucket.next_in.max(1));
        times.max().unwrap_or(0)
    }

    /// The headers of a response: their names in lower case, and their values.
    pub fn headers(&self) -> [(&'static str, String); 2] {
        [
            ("ratelimit-policy", self.rate_limit_policy()),
            ("ratelimit", self.rate_limit()),
        ]
    }

    /// The value of `RateLimit-Policy`, such as `"user";q=10;w=60, "tenant";q=100;w=60`.
    pub fn rate_limit_policy(&self) -> String {
        self.fields(["\";q=", ";w="], |bucket| {
            [bucket.limit.count(), bucket.limit.window_seconds()]
        })
    }

    /// The value of `RateLimit`, such as `"user";r=9;t=6, "tenant";r=99;t=1`.
    pub fn rate_limit(&self) -> String {
        self.fields(["\";r=", ";t="], |bucket| {
            [bucket.remaining, bucket.next_in]
        })
    }

    fn fields(&self, parameters: [&str; 2], values: impl Fn(&BucketReport) -> [u32; 2]) -> String {
        let mut list = String::with_capacity(64);
        for bucket in self.buckets() {
            list.push_str(if list.is_empty() { "\"" } else { ", \"" });
            list.push_str(bucket.name);
            for (parameter, value) in parameters.iter().zip(values(bucket)) {
                list.push_str(parameter);
                push_number(&mut list, value);
            }
        }
        list
    }
}

/// The body that answers an operator's question: the levels of buckets, as [`BucketLevel`](crate::BucketLevel) reads them.
/// It is served as `application/json`.
pub fn levels_json(report: Option<&LimitReport>) -> String {
    let mut json = String::from("[");
    for bucket in report.iter().flat_map(|report| report.buckets()) {
        json.push_str(if json.len() > 1 {
            ",{\"name\":\""
        } else {
            "{\"name\":\""
        });
        json.push_str(bucket.name);
        json.push_str("\",\"remaining\":");
        push_number(&mut json, bucket.remaining);
        json.push_str(",\"next_in\":");
        push_number(&mut json, bucket.next_in);
        json.push('}');
    }
    json.push(']');
    json
}

/// Every limited response carries eight numbers: without the formatting machinery they cost half.
fn push_number(text: &mut String, number: u32) {
    if number >= 10 {
        push_number(text, number / 10);
    }
    text.push(char::from_digit(number % 10, 10).unwrap_or('0'));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_structured_lists_of_buckets() {
        let bucket = |name, count, remaining, next_in| {
            let limit = Limit::new(count, 3_600).unwrap();
            BucketReport {
                name,
                limit,
                remaining,
                next_in,
            }
        };
        let report = LimitReport::new(
            bucket("user", 10, 0, 360),
            Some(bucket("tenant", 1_000_000, 999_990, 1)),
            Some("user"),
        );
        assert_eq!(
            report.rate_limit_policy(),
            r#""user";q=10;w=3600, "tenant";q=1000000;w=3600"#
        );
        assert_eq!(
            report.rate_limit(),
            r#""user";r=0;t=360, "tenant";r=999990;t=1"#
        );
        assert_eq!(report.retry_after(), 360);
        let both = LimitReport::new(
            bucket("user", 10, 0, 6),
            Some(bucket("tenant", 20, 0, 30)),
            Some("user"),
        );
        assert_eq!(both.violated().count(), 2);
        assert_eq!(
            both.retry_after(),
            30,
            "either bucket would refuse until then"
        );
        let alone = LimitReport::new(bucket("address", 0, 0, 0), None, Some("address"));
        assert_eq!(
            (alone.rate_limit(), alone.retry_after()),
            (r#""address";r=0;t=0"#.to_owned(), 1)
        );
    }

    #[test]
    fn another_reader_of_structured_fields_would_write_the_headers_alike() {
        for (count, remaining, next_in) in [(0, 0, 0), (10, 9, 6), (1_000_000, 999_999, 86_400)] {
            let bucket = |name| BucketReport {
                name,
                limit: Limit::new(count, 86_400).unwrap(),
                remaining,
                next_in,
            };
            for second in [None, Some(bucket("tenant"))] {
                let report = LimitReport::new(bucket("user"), second, None);
                for (name, value) in report.headers() {
                    let list: sfv::List = sfv::Parser::new(&value).parse().unwrap();
                    assert_eq!(
                        sfv::FieldType::serialize(&list).as_ref(),
                        Some(&value),
                        "{name}"
                    );
                }
            }
        }
    }
}
