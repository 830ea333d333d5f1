//! What of a request the rules look at.

/// A request's head, as raw bytes: nothing in it has been trusted yet.
#[derive(Debug, Clone, Default)]
pub struct RequestHead<'a> {
    /// The method, such as `GET`.
    pub method: &'a [u8],
    /// The path with its query.
    pub path: &'a [u8],
    /// Every `authorization` header.
    pub authorization: Vec<&'a [u8]>,
    /// Every `cookie` header (HTTP/2 clients may send several).
    pub cookies: Vec<&'a [u8]>,
    /// The first `accept` header.
    pub accept: Option<&'a [u8]>,
    /// Every `upgrade` header, and the `:protocol` of an extended CONNECT (RFC 8441).
    pub upgrades: Vec<&'a [u8]>,
}

impl<'a> RequestHead<'a> {
    /// Picks what matters out of all headers, whose names are lower-case.
    pub fn from_headers(
        method: &'a [u8],
        path: &'a [u8],
        headers: impl Iterator<Item = (&'a [u8], &'a [u8])>,
    ) -> Self {
        let mut head = Self {
            method,
            path,
            ..Self::default()
        };
        for (name, value) in headers {
            match name {
                b"authorization" => head.authorization.push(value),
                b"cookie" => head.cookies.push(value),
                b"upgrade" | b":protocol" => head.upgrades.push(value),
                b"accept" => {
                    head.accept.get_or_insert(value);
                }
                _ => {}
            }
        }
        head
    }

    /// Whether the client is a browser: `Accept` prefers `text/html` to JSON (RFC 9110 §12.5.1).
    /// `*/*`, a tie or no `Accept` at all is a program.
    pub fn wants_html(&self) -> bool {
        let Some(accept) = self.accept.and_then(|a| std::str::from_utf8(a).ok()) else {
            return false;
        };
        preference(accept, "text", "html") > preference(accept, "application", "json")
    }

    /// The protocols that the client asks to go on with. `h2c` is none: curl offers it by habit, and a server may ignore
    /// it.
    pub(crate) fn upgrades(&self) -> impl Iterator<Item = &'a [u8]> {
        self.upgrades
            .iter()
            .flat_map(|value| value.split(|byte| *byte == b','))
            .map(<[u8]>::trim_ascii)
            .filter(|name| !name.is_empty() && !name.eq_ignore_ascii_case(b"h2c"))
    }

    /// Whether asking again is harmless and has an address: `GET` or `HEAD`.
    pub(crate) fn is_retrieval(&self) -> bool {
        matches!(self.method, b"GET" | b"HEAD")
    }
}

/// The weight (0 to 1000) of a media type: that of the most specific range that covers it.
fn preference(accept: &str, kind: &str, subtype: &str) -> u16 {
    let mut best = (0_u8, 0_u16);
    for range in accept.split(',') {
        let mut parts = range.split(';');
        let Some((k, s)) = parts.next().and_then(|media| media.trim().split_once('/')) else {
            continue;
        };
        let specificity = match (
            k.eq_ignore_ascii_case(kind),
            s.eq_ignore_ascii_case(subtype),
        ) {
            (true, true) => 3,
            (true, false) if s == "*" => 2,
            _ if k == "*" && s == "*" => 1,
            _ => continue,
        };
        let weight = parts.find_map(weight).unwrap_or(1000);
        if specificity > best.0 {
            best = (specificity, weight);
        }
    }
    best.1
}

fn weight(parameter: &str) -> Option<u16> {
    let (name, value) = parameter.split_once('=')?;
    if !name.trim().eq_ignore_ascii_case("q") {
        return None;
    }
    let value = value.trim();
    let (whole, fraction) = value.split_once('.').unwrap_or((value, ""));
    let thousandths = fraction
        .bytes()
        .chain(std::iter::repeat(b'0'))
        .take(3)
        .try_fold(0_u16, |sum, digit| {
            digit.is_ascii_digit().then(|| {
                sum.saturating_mul(10)
                    .saturating_add(u16::from(digit.wrapping_sub(b'0')))
            })
        });
    match (whole, thousandths) {
        ("1", _) => Some(1000),
        ("0", Some(thousandths)) => Some(thousandths),
        _ => Some(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn browser(accept: &str) -> bool {
        RequestHead {
            accept: Some(accept.as_bytes()),
            ..RequestHead::default()
        }
        .wants_html()
    }

    #[test]
    fn only_who_prefers_html_to_json_is_a_browser() {
        assert!(browser(
            "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
        ));
        assert!(browser("text/html"));
        assert!(browser("application/json;q=0.5, text/html;q=0.6"));
        assert!(browser("TEXT/HTML"));
        for program in [
            "*/*",
            "",
            "application/json",
            "text/html, application/json",
            "text/html;q=0.4, application/json;q=0.5",
            "text/html;q=0, */*",
            "image/*",
            "text/html;q=0",
            "text/html;q=x",
        ] {
            assert!(!browser(program), "{program}");
        }
        assert!(!RequestHead::default().wants_html());
        assert!(
            !RequestHead {
                accept: Some(b"text/html\xff"),
                ..RequestHead::default()
            }
            .wants_html()
        );
    }

    #[test]
    fn several_cookie_headers_are_all_kept() {
        let headers: [(&[u8], &[u8]); 4] = [
            (b"cookie", b"a=1"),
            (b"accept", b"*/*"),
            (b"cookie", b"b=2"),
            (b"x-other", b"\xff"),
        ];
        let head = RequestHead::from_headers(b"GET", b"/", headers.into_iter());
        assert_eq!(head.cookies, [b"a=1", b"b=2"]);
    }
}
