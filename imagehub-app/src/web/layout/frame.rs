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
use crate::http::local::encode;
use crate::state::State;
use crate::web::layout::assets;

/// Nothing inline, nothing from other hosts.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; \
     img-src 'self' blob:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What surrounds a page.
pub struct Frame {
    /// Who is signed in.
    pub user: Option<String>,
    /// Whether the mesh's filter was on this request's way, as far as that can be told: `on`, `off`
    /// or `unknown`; nothing where there is no mesh. For show, never for a decision.
    pub filter: Option<&'static str>,
    /// Which entry of the navigation is this page.
    pub here: &'static str,
    /// What the ways to log in and to sign up carry along: `?next=…`, or nothing.
    pub next: String,
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
            filter: Self::in_mesh(state).map(|unknown| {
                match request.headers().contains_key(identity_headers::USER) {
                    true => "on",
                    false if user.is_some() => "off",
                    false => unknown,
                }
            }),
            user: user.map(ToString::to_string),
            here,
            next: String::new(),
        }
    }

    /// The frame of a public page, where the filter names nobody.
    pub fn public(state: &State, user: Option<&Username>, here: &'static str) -> Self {
        Self {
            user: user.map(ToString::to_string),
            filter: Self::in_mesh(state),
            here,
            next: String::new(),
        }
    }

    /// Who logs in or signs up from here goes on with this path.
    pub fn going_on_with(mut self, path: &str) -> Self {
        if path != "/" {
            self.next = format!("?next={}", encode(path));
        }
        self
    }

    /// What is known of the filter as such: that there should be one.
    fn in_mesh(state: &State) -> Option<&'static str> {
        (state.config.limits == Limits::Mesh).then_some("unknown")
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

    /// The script of every page.
    pub fn js(&self) -> String {
        assets::url("site.js")
    }

    /// The script of pages with pictures: uploads, the lightbox, the selection, the meters of pulls.
    pub fn pictures_js(&self) -> String {
        assets::url("pictures.js")
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
