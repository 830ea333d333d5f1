//! A request's path, cut into segments, once it is sure that everyone behind us reads it the same way.

use std::str;

/// As many segments as a route may have; of longer paths only these are compared.
pub(crate) const MAX_SEGMENTS: usize = 16;

/// A path without its query, in segments.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Path<'a> {
    segments: [&'a str; MAX_SEGMENTS],
    count: usize,
    /// Path and query as sent.
    pub full: &'a str,
}

/// The path can be read in more than one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MalformedPath(pub &'static str);

impl<'a> Path<'a> {
    /// Takes a normalised path: absolute, no empty, `.` or `..` segment, no encoded slash, backslash, NUL or
    /// unreserved character (RFC 3986 §6.2.2). Envoy delivers nothing else; whatever serves without Envoy is held to it.
    pub(crate) fn parse(raw: &'a [u8]) -> Result<Self, MalformedPath> {
        let full = str::from_utf8(raw).map_err(|_| MalformedPath("the path is not UTF-8"))?;
        let path = full.split_once('?').map_or(full, |(path, _)| path);
        let rest = path
            .strip_prefix('/')
            .ok_or(MalformedPath("the path does not start with /"))?;
        if full.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
            return Err(MalformedPath("there is a control character in the path"));
        }
        let mut parsed = Self {
            segments: [""; MAX_SEGMENTS],
            count: 0,
            full,
        };
        let mut places = parsed.segments.iter_mut();
        let mut segments = rest.split('/').peekable();
        while let Some(segment) = segments.next() {
            let last = segments.peek().is_none();
            check_segment(segment, last)?;
            if let Some(place) = places.next() {
                *place = segment;
            }
            parsed.count = parsed.count.saturating_add(1);
        }
        Ok(parsed)
    }

    /// The path without its query.
    pub(crate) fn without_query(&self) -> &'a str {
        self.full
            .split_once('?')
            .map_or(self.full, |(path, _)| path)
    }

    /// How many segments there are, the one after a trailing slash included.
    pub(crate) const fn count(&self) -> usize {
        self.count
    }

    /// The first segments, at most 16.
    pub(crate) fn segments(&self) -> impl Iterator<Item = &'a str> + '_ {
        self.segments.iter().copied().take(self.count)
    }

    /// One of the first 16 segments.
    pub(crate) fn segment(&self, index: usize) -> Option<&'a str> {
        self.segments().nth(index)
    }
}

fn check_segment(segment: &str, last: bool) -> Result<(), MalformedPath> {
    match segment {
        "" if !last => return Err(MalformedPath("there is an empty segment in the path")),
        "." | ".." => return Err(MalformedPath("there is a dot segment in the path")),
        _ => {}
    }
    let mut bytes = segment.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => return Err(MalformedPath("there is a backslash in the path")),
            // Some servers and proxies take it out with what follows, Envoy 1.40 with `normalize_path` among them.
            b';' => return Err(MalformedPath("there is a parameter (;) in the path")),
            b'#' => return Err(MalformedPath("there is a fragment in the path")),
            b'%' => {
                let high = bytes.next().and_then(hex);
                let low = bytes.next().and_then(hex);
                let (Some(high), Some(low)) = (high, low) else {
                    return Err(MalformedPath("there is a stray % in the path"));
                };
                check_encoded(high.wrapping_shl(4) | low)?;
            }
            _ => {}
        }
    }
    Ok(())
}

fn check_encoded(byte: u8) -> Result<(), MalformedPath> {
    match byte {
        b'/' | b'\\' => Err(MalformedPath("there is an encoded slash in the path")),
        0 => Err(MalformedPath("there is a NUL in the path")),
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            Err(MalformedPath("a plain character of the path is encoded"))
        }
        _ => Ok(()),
    }
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn segments(path: &str) -> Result<Vec<&str>, &'static str> {
        Path::parse(path.as_bytes())
            .map(|p| p.segments().collect())
            .map_err(|e| e.0)
    }

    #[test]
    fn the_query_is_cut_and_the_rest_is_split() {
        assert_eq!(segments("/"), Ok(vec![""]));
        assert_eq!(
            segments("/t/acme/images?tag=/../%2f"),
            Ok(vec!["t", "acme", "images"])
        );
        assert_eq!(segments("/t/acme/"), Ok(vec!["t", "acme", ""]));
        assert_eq!(
            segments("/a%20b/..c/%C3%A9"),
            Ok(vec!["a%20b", "..c", "%C3%A9"])
        );
    }

    #[test]
    fn whatever_two_readers_could_read_differently_is_malformed() {
        for bad in [
            "",
            "t",
            "*",
            "http://x/",
            "//",
            "/t//x",
            "/t/./x",
            "/t/../x",
            "/..",
            "/.",
            "/a%2fb",
            "/a%2Fb",
            "/a%5cb",
            "/a\\b",
            "/%00",
            "/a\0b",
            "/a?\0",
            "/a\nb",
            "/a#b",
            "/%",
            "/%4",
            "/%zz",
            "/%74/acme",
            "/%2e%2e/x",
            "/%7E",
        ] {
            assert!(segments(bad).is_err(), "{bad:?}");
        }
        assert!(Path::parse(b"/t/\xff\xfe").is_err());
    }

    #[test]
    fn a_long_path_is_counted_whole_and_kept_in_part() {
        let long = "/a".repeat(5_000);
        let path = Path::parse(long.as_bytes()).unwrap();
        assert_eq!(
            (
                path.count(),
                path.segments().count(),
                path.segment(15),
                path.segment(16)
            ),
            (5_000, 16, Some("a"), None)
        );
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            let _ = Path::parse(&bytes);
        }
    }
}
