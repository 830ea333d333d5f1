//! One's own account: password, API tokens, signing out everywhere, and the way out.

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, ResponseError as _, web};
use askama::Template;
use imagehub_policy::Role;
use time::OffsetDateTime;

use super::Frame;
use super::accounts::in_words;
use super::frame::{page, see_other};
use super::notice::{Notice, Outcome};
use super::words;
use crate::auth::Caller;
use crate::catalogue::ApiToken;
use crate::error::{AppError, FieldProblem};
use crate::http::cookie;
use crate::http::fields::{Fields, Form};
use crate::routes::account::{change_password as change_password_of, close};
use crate::routes::tokens::make;
use crate::state::State;

#[derive(Template)]
#[template(path = "account.html")]
struct Account<'a> {
    frame: Frame,
    tenant: &'static str,
    notice: Option<Notice>,
    problem: Option<String>,
    user: &'a str,
    tenants: Vec<String>,
    roles: [&'static str; 3],
    days: [u16; 4],
    tokens: Vec<Token>,
    made: Option<Made>,
}

/// A token that was just made: what is shown of it here is kept nowhere.
struct Made {
    name: String,
    token: String,
    curl: String,
}

/// A token in the list: never the token itself.
struct Token {
    jti: String,
    name: String,
    tenant: String,
    role: &'static str,
    until: String,
    last_use: Option<String>,
}

/// `GET /account`
pub async fn show(
    state: web::Data<State>,
    caller: Caller,
    request: HttpRequest,
) -> Result<HttpResponse, AppError> {
    render(&state, &caller, &request, Ok(None)).await
}

/// The page, with a token that was just made, or saying what is wrong.
async fn render(
    state: &State,
    caller: &Caller,
    request: &HttpRequest,
    came: Result<Option<Made>, AppError>,
) -> Result<HttpResponse, AppError> {
    let (made, error) = match came {
        Ok(made) => (made, None),
        Err(error) => (None, Some(error)),
    };
    let now = OffsetDateTime::now_utc();
    let tokens = state.catalogue.tokens_of(&caller.user, now).await?;
    let grants = state.catalogue.tenants_of(&caller.user).await?;
    let template = Account {
        frame: Frame::new(state, request, Some(&caller.user), "account"),
        tenant: "",
        notice: Outcome::of(request).notice(),
        problem: error.as_ref().map(in_words).transpose()?,
        user: caller.user.as_str(),
        tenants: grants.keys().map(ToString::to_string).collect(),
        roles: [Role::Member, Role::Viewer, Role::Owner].map(Role::as_str),
        days: [7, 30, 90, 365],
        tokens: tokens.iter().map(token).collect(),
        made,
    };
    let status = match &error {
        Some(error) => error.status_code(),
        None if template.made.is_some() => StatusCode::CREATED,
        None => StatusCode::OK,
    };
    page(status, &template)
}

fn token(token: &ApiToken) -> Token {
    Token {
        jti: token.jti.clone(),
        name: token.name.as_str().to_owned(),
        tenant: token.tenant.to_string(),
        role: token.role.as_str(),
        until: words::day(token.expires_at),
        last_use: token.last_use.map(words::day),
    }
}

/// `POST /account/password`
pub async fn change_password(
    state: web::Data<State>,
    caller: Caller,
    request: HttpRequest,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    match set_password(&state, &caller, fields).await {
        Ok(cookie) => Ok(see_other("/account?did=save", Some(cookie))),
        Err(error) => render(&state, &caller, &request, Err(error)).await,
    }
}

/// Ends every other session too: whoever knew the old password is out.
async fn set_password(
    state: &State,
    caller: &Caller,
    mut fields: Fields,
) -> Result<String, AppError> {
    let current = fields.text("password");
    fields.set("current", &current);
    let session = change_password_of(state, caller, fields).await?;
    Ok(cookie::session(
        &session.token,
        state.config.secure_cookies(),
    ))
}

/// `POST /account/sign-out-everywhere`
pub async fn sign_out_everywhere(
    state: web::Data<State>,
    caller: Caller,
) -> Result<HttpResponse, AppError> {
    state.catalogue.sign_out_everywhere(&caller.user).await?;
    Ok(see_other(
        "/login",
        Some(cookie::gone(state.config.secure_cookies())),
    ))
}

/// `POST /account/tokens`: the token is in this answer and nowhere else.
pub async fn make_token(
    state: web::Data<State>,
    caller: Caller,
    request: HttpRequest,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    let made = make(&state, &caller, fields).await;
    let site = Frame::site(&state, &request);
    let made = made.map(|(token, known)| {
        let (name, tenant) = (known.name.as_str().to_owned(), known.tenant);
        let curl = format!(
            "curl -H \"Authorization: Bearer {token}\" -F file=@picture.jpg {site}/t/{tenant}/images"
        );
        Some(Made { name, token, curl })
    });
    let mut answer = render(&state, &caller, &request, made).await?;
    let never = HeaderValue::from_static("no-store");
    answer.headers_mut().insert(header::CACHE_CONTROL, never);
    Ok(answer)
}

/// `POST /account/tokens/{jti}/revoke`
pub async fn revoke_token(
    state: web::Data<State>,
    caller: Caller,
    path: web::Path<String>,
) -> Result<HttpResponse, AppError> {
    state.catalogue.revoke_token(&caller.user, &path).await?;
    Ok(see_other("/account?did=token#tokens", None))
}

/// `POST /account/delete`
pub async fn delete(
    state: web::Data<State>,
    caller: Caller,
    request: HttpRequest,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    match forget(&state, &caller, fields).await {
        Ok(()) => Ok(see_other(
            "/",
            Some(cookie::gone(state.config.secure_cookies())),
        )),
        Err(error) => render(&state, &caller, &request, Err(error)).await,
    }
}

async fn forget(state: &State, caller: &Caller, fields: Fields) -> Result<(), AppError> {
    if fields.text("confirm") != caller.user.as_str() {
        return Err(AppError::Invalid(vec![FieldProblem {
            field: "confirm".to_owned(),
            detail: "must be your user name".to_owned(),
        }]));
    }
    close(state, caller, fields).await
}
