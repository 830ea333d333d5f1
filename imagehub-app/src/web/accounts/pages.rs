//! Signing up, logging in and out.

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, ResponseError as _, web};
use askama::Template;
use serde::Deserialize;

use crate::auth::Session;
use crate::error::AppError;
use crate::http::local::local_path;
use crate::http::{cookie, head};
use crate::middleware::{Caller, Visitor};
use crate::state::State;
use crate::web::accounts::{authenticate, create};
use crate::web::client::client;
use crate::web::fields::Form;
use crate::web::invite_links::page::{Invitation, go_on};
use crate::web::layout::Frame;
use crate::web::layout::frame::{page, see_other};

/// Where to go afterwards.
#[derive(Debug, Default, Deserialize)]
pub struct Next {
    /// A path of this site.
    next: Option<String>,
}

impl Next {
    /// The path, or the first page.
    pub fn path(&self) -> &str {
        local_path(self.next.as_deref().unwrap_or("/"))
    }
}

#[derive(Template)]
#[template(path = "signup.html")]
struct SignUp<'a> {
    frame: Frame,
    invitation: Option<Invitation>,
    problem: Option<String>,
    username: &'a str,
    next: &'a str,
}

#[derive(Template)]
#[template(path = "login.html")]
struct LogIn<'a> {
    frame: Frame,
    invitation: Option<Invitation>,
    /// Whether the browser comes with a session that is over.
    ended: bool,
    problem: Option<String>,
    retry_after: Option<u64>,
    username: &'a str,
    next: &'a str,
}

/// `GET /signup`
pub async fn sign_up_form(
    state: web::Data<State>,
    visitor: Visitor,
    next: web::Query<Next>,
) -> Result<HttpResponse, AppError> {
    match visitor.0 {
        Some(_) => Ok(see_other(next.path(), None)),
        None => sign_up_page(&state, next.path(), "", None).await,
    }
}

/// `GET /login`
pub async fn log_in_form(
    state: web::Data<State>,
    request: HttpRequest,
    next: web::Query<Next>,
) -> Result<HttpResponse, AppError> {
    let head = head::of("GET", "/", request.headers());
    let ended = state.sessions.is_over(&head, &state.policy.current()).await;
    let mut response = log_in_page(&state, next.path(), "", ended, None).await?;
    if ended {
        // Said once.
        let gone = cookie::gone(state.config.secure_cookies());
        let gone =
            HeaderValue::from_str(&gone).map_err(|error| AppError::Internal(error.to_string()))?;
        response.headers_mut().insert(header::SET_COOKIE, gone);
    }
    Ok(response)
}

/// `POST /signup`
pub async fn sign_up(
    state: web::Data<State>,
    request: HttpRequest,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    from_this_site(&state, &request)?;
    let (next, username) = (fields.text("next"), fields.text("username"));
    let next = local_path(&next);
    match create(&state, fields).await {
        Ok(session) => Ok(signed_in(&state, session, next).await),
        Err(error) => sign_up_page(&state, next, &username, Some(Wrong::of(error)?)).await,
    }
}

/// `POST /login`
pub async fn log_in(
    state: web::Data<State>,
    request: HttpRequest,
    Form(mut fields): Form,
) -> Result<HttpResponse, AppError> {
    from_this_site(&state, &request)?;
    let (next, username) = (fields.text("next"), fields.text("username"));
    let next = local_path(&next);
    match authenticate(&state, client(&state, &request), &mut fields).await {
        Ok(session) => Ok(signed_in(&state, session, next).await),
        Err(error) => log_in_page(&state, next, &username, false, Some(Wrong::of(error)?)).await,
    }
}

/// `POST /logout`
pub async fn log_out(state: web::Data<State>, caller: Caller) -> Result<HttpResponse, AppError> {
    state.sessions.end(&caller.claims).await?;
    let cookie = cookie::gone(state.config.secure_cookies());
    Ok(see_other("/", Some(cookie)))
}

/// `GET /session?next=`: the session anew, saying what the catalogue says.
pub async fn renew(
    state: web::Data<State>,
    caller: Caller,
    next: web::Query<Next>,
) -> Result<HttpResponse, AppError> {
    let session = state
        .sessions
        .renew(&caller.claims, &state.policy.current())
        .await?;
    let cookie = cookie::session(&session.token, state.config.secure_cookies());
    Ok(see_other(next.path(), Some(cookie)))
}

/// Nobody is to be signed in as somebody else by another site's form.
fn from_this_site(state: &State, request: &HttpRequest) -> Result<(), AppError> {
    if head::same_origin(request.headers(), state.config.public_url.as_deref()) {
        Ok(())
    } else {
        Err(AppError::CrossSite)
    }
}

async fn signed_in(state: &State, session: Session, next: &str) -> HttpResponse {
    // Who left the gallery of their own name, or deleted it, is no stranger to their others.
    let own = session
        .grants
        .keys()
        .find(|name| name.as_str() == session.user.as_str());
    let next = match own {
        Some(own) if next == "/" => format!("/t/{own}"),
        _ => next.to_owned(),
    };
    go_on(state, session, &next).await
}

async fn sign_up_page(
    state: &State,
    next: &str,
    username: &str,
    wrong: Option<Wrong>,
) -> Result<HttpResponse, AppError> {
    let status = Wrong::status(wrong.as_ref());
    let template = SignUp {
        frame: Frame::public(state, None, "signup").going_on_with(next),
        invitation: Invitation::at(state, next).await,
        problem: wrong.map(|wrong| wrong.words),
        username,
        next,
    };
    page(status, &template)
}

async fn log_in_page(
    state: &State,
    next: &str,
    username: &str,
    ended: bool,
    wrong: Option<Wrong>,
) -> Result<HttpResponse, AppError> {
    let status = Wrong::status(wrong.as_ref());
    let retry_after = wrong.as_ref().and_then(|wrong| wrong.retry_after);
    let template = LogIn {
        frame: Frame::public(state, None, "login").going_on_with(next),
        invitation: Invitation::at(state, next).await,
        ended,
        problem: wrong.map(|wrong| wrong.words),
        retry_after,
        username,
        next,
    };
    let mut response = page(status, &template)?;
    if let Some(seconds) = retry_after {
        let headers = response.headers_mut();
        headers.insert(header::RETRY_AFTER, seconds.into());
    }
    Ok(response)
}

/// What is wrong with a form, as the form itself shows it.
pub struct Wrong {
    /// For who filled it in.
    pub words: String,
    status: StatusCode,
    retry_after: Option<u64>,
}

impl Wrong {
    /// An error about the form; any other has a page of its own, and is handed back.
    pub fn of(error: AppError) -> Result<Self, AppError> {
        match words(&error) {
            Some(words) => Ok(Self {
                words,
                status: error.status_code(),
                retry_after: error.retry_after(),
            }),
            None => Err(error),
        }
    }

    /// The status of the page with the form.
    pub fn status(wrong: Option<&Self>) -> StatusCode {
        wrong.map_or(StatusCode::OK, |wrong| wrong.status)
    }
}

fn words(error: &AppError) -> Option<String> {
    let words = match error {
        AppError::Invalid(problems) => {
            let mut words: Vec<String> = problems
                .iter()
                .map(|problem| format!("{} {}.", label(&problem.field), problem.detail))
                .collect();
            words.dedup();
            return Some(words.join(" "));
        }
        AppError::Taken => "This name is taken. Please choose another.",
        AppError::LastOwner => "A gallery with other members needs another owner first.",
        AppError::TooMany => "There are already as many of these as there can be.",
        AppError::Forbidden => "Your own role in that gallery does not allow this.",
        AppError::WrongPassword => "Unknown user name or wrong password.",
        AppError::WrongCurrentPassword => "This is not your current password.",
        AppError::TooManyAttempts(whose, _) => {
            return Some(format!("Too many failed log-ins {whose}."));
        }
        _ => return None,
    };
    Some(words.to_owned())
}

fn label(field: &str) -> &str {
    match field {
        "username" => "The user name",
        "password" => "The password",
        "new" => "The new password",
        "confirm" => "The confirmation",
        "days" => "The number of days",
        "name" => "The name",
        "current" => "The current password",
        "tenant" => "The gallery",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_fault_of_the_form_keeps_its_own_answer() {
        let away = AppError::Unavailable("the catalogue is away".to_owned());
        let back = Wrong::of(away).err();
        assert!(matches!(back, Some(AppError::Unavailable(_))));
        let full = Wrong::of(AppError::TooManyTenants).err();
        assert_eq!(
            full.map(|error| error.status_code()),
            Some(StatusCode::CONFLICT)
        );
        let wrong = Wrong::of(AppError::WrongPassword).ok();
        assert_eq!(Wrong::status(wrong.as_ref()), StatusCode::UNAUTHORIZED);
    }
}
