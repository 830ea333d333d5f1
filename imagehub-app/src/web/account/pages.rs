//! One's own account: password, API tokens, signing out everywhere, and the way out.

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use futures_util::future::try_join_all;
use imagehub_policy::{Role, Username};
use time::OffsetDateTime;

use crate::domain::{ApiToken, Grants};
use crate::error::{AppError, FieldProblem};
use crate::format;
use crate::http::cookie;
use crate::middleware::Caller;
use crate::state::State;
use crate::web::account::{change_password as change_password_of, close};
use crate::web::accounts::pages::Wrong;
use crate::web::fields::{Fields, Form};
use crate::web::layout::Frame;
use crate::web::layout::frame::{page, see_other};
use crate::web::layout::notice::{Notice, Outcome};
use crate::web::tokens::make;

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
    end: End,
}

/// What becomes of the user's galleries without the user.
#[derive(Default)]
struct End {
    /// Those that go: nobody else is in them.
    going: Vec<String>,
    /// Those that others stay in.
    staying: Vec<String>,
    /// Those that others would be left in without an owner: first there has to be another.
    blocking: Vec<String>,
}

impl End {
    async fn of(state: &State, user: &Username, grants: &Grants) -> Result<Self, AppError> {
        let members = grants.keys().map(|tenant| state.catalogue.members(tenant));
        let mut end = Self::default();
        for (tenant, members) in grants.keys().zip(try_join_all(members).await?) {
            let others = || members.iter().filter(|member| member.user != *user);
            let place = if others().next().is_none() {
                &mut end.going
            } else if others().any(|member| member.role == Role::Owner)
                || grants[tenant].role != Role::Owner
            {
                &mut end.staying
            } else {
                &mut end.blocking
            };
            place.push(tenant.to_string());
        }
        Ok(end)
    }
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
    let (made, wrong) = match came {
        Ok(made) => (made, None),
        Err(error) => (None, Some(Wrong::of(error)?)),
    };
    let now = OffsetDateTime::now_utc();
    let tokens = state.catalogue.tokens_of(&caller.user, now).await?;
    let grants = state.catalogue.tenants_of(&caller.user).await?;
    let status = match made {
        Some(_) => StatusCode::CREATED,
        None => Wrong::status(wrong.as_ref()),
    };
    let template = Account {
        end: End::of(state, &caller.user, &grants).await?,
        frame: Frame::new(state, request, Some(&caller.user), "account"),
        tenant: "",
        notice: Notice::take(request),
        problem: wrong.map(|wrong| wrong.words),
        user: caller.user.as_str(),
        tenants: grants.keys().map(ToString::to_string).collect(),
        roles: [Role::Member, Role::Viewer, Role::Owner].map(Role::as_str),
        days: [7, 30, 90, 365],
        tokens: tokens.iter().map(token).collect(),
        made,
    };
    page(status, &template)
}

fn token(token: &ApiToken) -> Token {
    Token {
        jti: token.jti.clone(),
        name: token.name.as_str().to_owned(),
        tenant: token.tenant.to_string(),
        role: token.role.as_str(),
        until: format::day(token.expires_at),
        last_use: token.last_use.map(format::day),
    }
}

/// `GET` where a form was refused and its page is loaded again: there is nothing but the form.
pub async fn back() -> HttpResponse {
    see_other("/account", None)
}

/// `POST /account/password`
pub async fn change_password(
    state: web::Data<State>,
    caller: Caller,
    request: HttpRequest,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    match set_password(&state, &caller, fields).await {
        Ok(cookie) => Ok(Outcome::did("save").on(see_other("/account", Some(cookie)))),
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
    Ok(Outcome::did("token").on(see_other("/account", None)))
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
