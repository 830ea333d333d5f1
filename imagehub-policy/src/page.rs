//! The filter's own pages: what a browser sees when a request is refused.

use crate::answerer::Answerer;
use crate::identity_headers;
use crate::refusal::Refusal;
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

/// One small page in the frame of the site's own, whose style sheet, script and icon it links.
///
/// Of the problem's members it shows `retry_after` (a countdown), `upgrade`, `refresh`, `login` and
/// `retry` (local links).
pub(crate) fn render(refusal: &Refusal, by: Answerer<'_>) -> String {
    let problem = &refusal.problem;
    let mut page = String::with_capacity(4096);
    let title = Escaped(problem.title());
    // Writing to a String cannot fail.
    let _ = write!(
        page,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title} · Image Hub</title>\n<link rel=\"icon\" href=\"/static/icon.svg\" type=\"image/svg+xml\">\n<link rel=\"stylesheet\" href=\"/static/site.css\">\n\
         <script src=\"/static/site.js\" defer></script>\n</head>\n\
         <body class=\"problem\" data-code=\"{code}\" data-icons=\"/static/icons.svg\"{filter}>\n\
         <header class=\"top\"><div class=\"top-in\"><a class=\"brand\" href=\"/\"><img src=\"/static/icon.svg\" alt=\"\" width=\"28\" height=\"28\">Image Hub</a>{chip}</div></header>\n\
         <main>\n<p class=\"status\">{status}</p>\n<h1>{title}</h1>\n",
        code = problem.code(),
        filter = by.mark().map_or("", |_| " data-filter=\"on\""),
        chip = by
            .mark()
            .map_or("", |_| "<span class=\"mesh\" data-mesh>Filter on</span>"),
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
        ("refresh", "button refresh", "I have access now: try again"),
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
    page.push_str("<a href=\"/\">Start page</a></p>\n");
    tell_who_answers(&mut page, refusal, by);
    page.push_str("</main>\n</body>\n</html>\n");
    page
}

/// Who answers, and with which status and headers.
fn tell_who_answers(page: &mut String, refusal: &Refusal, by: Answerer<'_>) {
    let _ = write!(
        page,
        "<div class=\"answered\"><p>{}</p>\n<details><summary>Status and headers</summary><pre class=\"mono\">HTTP {}",
        by.words(),
        refusal.status
    );
    let mark = by.mark().map(|mark| (identity_headers::FILTER, mark));
    let own = refusal.headers.iter();
    for (name, value) in mark
        .into_iter()
        .chain(own.map(|(name, value)| (*name, value.as_str())))
    {
        let _ = write!(page, "\n{name}: {}", Escaped(value));
    }
    page.push_str("</pre></details></div>\n");
}

#[cfg(test)]
mod tests {
    use crate::answerer::Answerer;
    use crate::problem::{Code, Problem};
    use crate::refusal::Refusal;

    fn page(problem: Problem, by: Answerer<'_>) -> String {
        Refusal::new(problem, true)
            .header("retry-after", "6")
            .body(by)
    }

    #[test]
    fn a_429_shows_a_countdown_and_a_way_to_upgrade() {
        let problem = Problem::new(Code::RateLimited, "10 a minute & no more")
            .with("retry_after", 6)
            .with("upgrade", "/plans?tenant=acme&next=%2Ft%2Facme")
            .with("retry", "/t/acme?tag=sea");
        let page = page(problem, Answerer::Application);
        assert!(page.contains("data-retry-after=\"6\""));
        assert!(page.contains("href=\"/plans?tenant=acme&amp;next=%2Ft%2Facme\">Upgrade</a>"));
        assert!(page.contains("href=\"/t/acme?tag=sea\">Try again</a>"));
        assert!(page.contains("10 a minute &amp; no more"));
    }

    #[test]
    fn nothing_a_client_sends_becomes_markup() {
        let problem =
            Problem::new(Code::Forbidden, "<script>alert('x')</script>").with("refresh", "\"><b>");
        let page = page(problem, Answerer::Application);
        assert!(!page.contains("<script>alert"));
        assert!(!page.contains("\"><b>"));
    }

    #[test]
    fn a_page_says_who_answers_and_shows_the_headers() {
        let said = |by| page(Problem::new(Code::Forbidden, ""), by);
        let filter = said(Answerer::Filter("0.1.0;policy=82e565"));
        assert!(filter.contains("Answered by the Wasm filter in Envoy."));
        assert!(filter.contains("HTTP 403\nx-imagehub-filter: 0.1.0;policy=82e565\n"));
        assert!(filter.contains("\nretry-after: 6</pre>"));
        assert!(said(Answerer::Module("x")).contains("Answered by the dynamic module in Envoy."));
        let application = said(Answerer::Application);
        assert!(application.contains("Answered by the application."));
        assert!(!application.contains("ilter"), "{application}");
    }
}
