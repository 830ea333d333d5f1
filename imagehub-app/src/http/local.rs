//! Where to go next: a path on this site, and nothing else.

/// A path on this site from a `next` parameter, or `/`.
///
/// Only what every browser resolves to this origin is taken: one leading slash, no backslash, no
/// control character, nothing that is not visible ASCII.
pub fn local_path(next: &str) -> &str {
    let plain = next
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if plain && next.starts_with('/') && !next.starts_with("//") && next.len() <= 2048 {
        next
    } else {
        "/"
    }
}

/// A text as a query's value.
pub fn encode(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_on_this_site_is_kept_with_its_query() {
        assert_eq!(local_path("/t/ada?tag=sea&q=%20x"), "/t/ada?tag=sea&q=%20x");
    }

    #[test]
    fn anything_that_could_lead_elsewhere_becomes_the_first_page() {
        for next in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a\nb",
            "/\t/evil.example",
            "javascript:alert(1)",
        ] {
            assert_eq!(local_path(next), "/", "{next:?}");
        }
    }
}
