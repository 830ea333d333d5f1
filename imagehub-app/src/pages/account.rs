//! One's own account: password, API tokens, signing out everywhere, and the way out.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, ResponseError as _, web};
use askama::Template;
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
    tokens: Vec<Token>,
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
    render(&state, &caller, &request, None).await
}

/// The page again, saying what is wrong.
async fn render(
    state: &State,
    caller: &Caller,
    request: &HttpRequest,
    error: Option<&AppError>,
) -> Result<HttpResponse, AppError> {
    let now = OffsetDateTime::now_utc();
    let tokens = state.catalogue.tokens_of(&caller.user, now).await?;
    let grants = state.catalogue.tenants_of(&caller.user).await?;
    let template = Account {
        frame: Frame::new(state, request, Some(&caller.user), "account"),
        tenant: "",
        notice: Outcome::of(request).notice(),
        problem: error.map(in_words).transpose()?,
        user: caller.user.as_str(),
        tenants: grants.keys().map(ToString::to_string).collect(),
        tokens: tokens.iter().map(token).collect(),
    };
    let status = error.map_or(StatusCode::OK, AppError::status_code);
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
        Err(error) => render(&state, &caller, &request, Some(&error)).await,
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
        Err(error) => render(&state, &caller, &request, Some(&error)).await,
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
