//! What surrounds every page.

use std::sync::LazyLock;

use actix_web::HttpRequest;
use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use askama::Template;
use askama::filters::HtmlSafe;
use imagehub_policy::{Username, identity_headers};

use crate::config::Limits;
use crate::error::AppError;
use crate::state::State;
use crate::web::layout::assets;

/// Nothing inline, nothing from other hosts.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; \
     img-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What surrounds a page.
pub struct Frame {
    /// Who is signed in.
    pub user: Option<String>,
    /// Whether the mesh's filter was not on this request's way: for show, never for a decision.
    pub filter_off: bool,
    /// Which entry of the navigation is this page.
    pub here: &'static str,
}

impl Frame {
    /// The frame of this request's page.
    pub fn new(
        state: &State,
        request: &HttpRequest,
        user: Option<&Username>,
        here: &'static str,
    ) -> Self {
        Self {
            user: user.map(ToString::to_string),
            filter_off: user.is_some() && Self::is_unfiltered(state, request),
            here,
        }
    }

    /// Whether the filter of the mesh has not named who asks.
    fn is_unfiltered(state: &State, request: &HttpRequest) -> bool {
        state.config.limits == Limits::Mesh
            && !request.headers().contains_key(identity_headers::USER)
    }

    /// The frame of a public page, where the filter names nobody.
    pub fn public(user: Option<&Username>, here: &'static str) -> Self {
        Self {
            user: user.map(ToString::to_string),
            filter_off: false,
            here,
        }
    }

    /// This site as the visitor wrote it, without a slash at the end: for links that leave it.
    pub fn site(state: &State, request: &HttpRequest) -> String {
        if let Some(url) = &state.config.public_url {
            return url.trim_end_matches('/').to_owned();
        }
        let host = request
            .headers()
            .get(header::HOST)
            .and_then(|host| host.to_str().ok())
            .unwrap_or("localhost");
        format!("http://{host}")
    }

    /// The style sheet.
    pub fn css(&self) -> String {
        assets::url("site.css")
    }

    /// The script.
    pub fn js(&self) -> String {
        assets::url("site.js")
    }

    /// The file that all icons are in, each by its name.
    pub fn icons(&self) -> &'static str {
        &ICONS
    }

    /// An icon of the size of the text beside it, which says what it shows.
    pub fn icon(&self, name: &'static str) -> Icon {
        Icon(name)
    }
}

/// One of the icons, as HTML.
pub struct Icon(&'static str);

impl HtmlSafe for Icon {}

impl std::fmt::Display for Icon {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            r##"<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>"##,
            *ICONS, self.0
        )
    }
}

static ICONS: LazyLock<String> = LazyLock::new(|| assets::url("icons.svg"));

/// A page as an answer.
pub fn page(status: StatusCode, template: &impl Template) -> Result<HttpResponse, AppError> {
    let html = template
        .render()
        .map_err(|error| AppError::Internal(error.to_string()))?;
    Ok(HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "private, no-cache"))
        .insert_header((header::VARY, "accept, cookie"))
        .body(html))
}

/// On to a path of this site, after a form.
pub fn see_other(path: &str, cookie: Option<String>) -> HttpResponse {
    let mut response = HttpResponse::SeeOther();
    response
        .insert_header((header::LOCATION, path))
        .insert_header((header::CACHE_CONTROL, "no-store"));
    if let Some(cookie) = cookie {
        response.insert_header((header::SET_COOKIE, cookie));
    }
    response.finish()
}
