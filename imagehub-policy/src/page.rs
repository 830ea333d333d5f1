//! The filter's own pages: what a browser sees when a request is refused.

use crate::problem::Problem;
use std::fmt::Write;

/// Nothing inline, nothing from elsewhere; forms go home.
pub(crate) const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Text as it may stand in HTML, in an element or in a double-quoted attribute.
pub(crate) struct Escaped<'a>(pub &'a str);

impl std::fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

pub(crate) fn render(problem: &Problem) -> String {
    let mut page = String::with_capacity(1024);
    let title = Escaped(problem.title());
    // Writing to a String cannot fail.
    let _ = write!(
        page,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title} · Image Hub</title>\n<link rel=\"stylesheet\" href=\"/static/site.css\">\n\
         <script src=\"/static/site.js\" defer></script>\n</head>\n\
         <body class=\"problem\" data-code=\"{code}\">\n<main>\n<p class=\"status\">{status}</p>\n<h1>{title}</h1>\n",
        code = problem.code(),
        status = problem.status(),
    );
    if !problem.detail().is_empty() {
        let _ = writeln!(
            page,
            "<p class=\"detail\">{}</p>",
            Escaped(problem.detail())
        );
    }
    if let Some(seconds) = problem
        .extension("retry_after")
        .and_then(serde_json::Value::as_u64)
    {
        let _ = writeln!(
            page,
            "<p class=\"countdown\" role=\"status\" data-retry-after=\"{seconds}\">Try again in <strong>{seconds}</strong> s.</p>"
        );
    }
    page.push_str("<p class=\"actions\">");
    for (member, class, text) in [
        ("upgrade", "button upgrade", "Upgrade"),
        (
            "refresh",
            "button refresh",
            "I was given access: look again",
        ),
        ("login", "button login", "Log in"),
        ("retry", "button plain retry", "Try again"),
    ] {
        if let Some(link) = problem
            .extension(member)
            .and_then(serde_json::Value::as_str)
        {
            let _ = write!(
                page,
                "<a class=\"{class}\" href=\"{}\">{text}</a> ",
                Escaped(link)
            );
        }
    }
    page.push_str("<a href=\"/\">Image Hub</a></p>\n</main>\n</body>\n</html>\n");
    page
}

#[cfg(test)]
mod tests {
    use crate::problem::{Code, Problem};

    #[test]
    fn a_429_shows_a_countdown_and_a_way_to_upgrade() {
        let page = Problem::new(Code::RateLimited, "10 a minute & no more")
            .with("retry_after", 6)
            .with("upgrade", "/plans?tenant=acme&next=%2Ft%2Facme")
            .with("retry", "/t/acme?tag=sea")
            .html();
        assert!(page.contains("data-retry-after=\"6\""));
        assert!(page.contains("href=\"/plans?tenant=acme&amp;next=%2Ft%2Facme\">Upgrade</a>"));
        assert!(page.contains("href=\"/t/acme?tag=sea\">Try again</a>"));
        assert!(page.contains("10 a minute &amp; no more"));
    }

    #[test]
    fn nothing_a_client_sends_becomes_markup() {
        let page = Problem::new(Code::Forbidden, "<script>alert('x')</script>")
            .with("refresh", "\"><b>")
            .html();
        assert!(!page.contains("<script>alert"));
        assert!(!page.contains("\"><b>"));
    }
}
