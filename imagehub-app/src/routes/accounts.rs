//! Signing up, logging in and out, and who one is.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, web};
use imagehub_policy::{Plan, Username, Via};
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::auth::{Caller, Session};
use crate::catalogue::{AttemptLimit, AttemptOutcome, AttemptSubject, Grants, NewUser};
use crate::error::AppError;
use crate::http::cookie;
use crate::http::fields::{Fields, Json};
use crate::state::State;

/// The plan everybody starts on.
const FIRST_PLAN: &str = "personal";

/// `POST /api/v1/signup`
pub async fn sign_up(
    state: web::Data<State>,
    Json(fields): Json,
) -> Result<HttpResponse, AppError> {
    let session = create(&state, fields).await?;
    Ok(answer(&state, &session, None, StatusCode::CREATED))
}

/// `POST /api/v1/login`
pub async fn log_in(
    state: web::Data<State>,
    Json(mut fields): Json,
) -> Result<HttpResponse, AppError> {
    let session = authenticate(&state, &mut fields).await?;
    Ok(answer(&state, &session, None, StatusCode::OK))
}

/// `POST /api/v1/session`
pub async fn renew(state: web::Data<State>, caller: Caller) -> Result<HttpResponse, AppError> {
    let session = state
        .sessions
        .begin(&caller.user, &state.policy.current())
        .await?;
    Ok(answer(&state, &session, Some(caller.via), StatusCode::OK))
}

/// `POST /api/v1/logout`
pub async fn log_out(state: web::Data<State>) -> HttpResponse {
    HttpResponse::NoContent()
        .insert_header((
            header::SET_COOKIE,
            cookie::gone(state.config.secure_cookies()),
        ))
        .finish()
}

/// `GET /api/v1/me`
pub async fn me(state: web::Data<State>, caller: Caller) -> Result<HttpResponse, AppError> {
    let grants = state.catalogue.tenants_of(&caller.user).await?;
    let invitations: Vec<Value> = state
        .catalogue
        .invitations_of(&caller.user)
        .await?
        .iter()
        .map(|invitation| json!({ "tenant": invitation.tenant, "role": invitation.role }))
        .collect();
    Ok(HttpResponse::Ok().json(json!({
        "user": caller.user,
        "tenants": tenants(&grants),
        "invitations": invitations,
    })))
}

/// `GET /api/v1/plans`
pub async fn plans(state: web::Data<State>) -> HttpResponse {
    let policy = state.policy.current();
    let plans: Vec<Value> = policy
        .plans()
        .iter()
        .map(|plan| {
            let limits: serde_json::Map<String, Value> = plan
                .classes
                .iter()
                .map(|(class, limit)| {
                    let user = limit_json(limit.user);
                    let tenant = limit_json(limit.tenant);
                    (class.to_string(), json!({ "user": user, "tenant": tenant }))
                })
                .collect();
            json!({ "name": plan.name, "limits": limits })
        })
        .collect();
    HttpResponse::Ok().json(json!({ "plans": plans }))
}

fn limit_json(limit: imagehub_policy::Limit) -> Value {
    json!({ "count": limit.count(), "window_seconds": limit.window_seconds() })
}

/// Makes a user with a tenant of the same name, and begins a session.
pub async fn create(state: &State, mut fields: Fields) -> Result<Session, AppError> {
    let name = fields.required("username", Username::parse);
    let password = fields.required("password", new_password);
    let (name, password) = fields.finish(name.zip(password))?;
    let policy = state.policy.current();
    let first_plan =
        Plan::parse(FIRST_PLAN).map_err(|error| AppError::Internal(error.to_string()))?;
    let new = NewUser {
        password_hash: state.passwords.hash(password).await?,
        name,
        plan: first_plan,
        created_at: OffsetDateTime::now_utc(),
    };
    state.catalogue.create_user(&new).await?;
    state.sessions.begin(&new.name, &policy).await
}

/// A password that may be chosen.
pub fn new_password(text: &str) -> Result<String, &'static str> {
    if (8..=128).contains(&text.chars().count()) {
        Ok(text.to_owned())
    } else {
        Err("must have 8 to 128 characters")
    }
}

/// Begins a session for who knows the password. Failures are counted per user name, whether or
/// not somebody has the name.
pub async fn authenticate(state: &State, fields: &mut Fields) -> Result<Session, AppError> {
    let name = fields.required("username", |text| Ok::<_, AppError>(text.to_owned()));
    let password = fields.required("password", |text| Ok::<_, AppError>(text.to_owned()));
    let (name, password) = fields.checked(name.zip(password))?;
    let Ok(name) = Username::parse(&name) else {
        // Nobody can have this name, and the answer takes as long as for one that somebody could.
        state.passwords.verify(String::new(), None).await?;
        return Err(AppError::WrongPassword);
    };
    let now = OffsetDateTime::now_utc();
    let subject = AttemptSubject::User(name.clone());
    let begun = state
        .catalogue
        .begin_attempt(&subject, AttemptLimit::PER_USER, now)
        .await?;
    let attempt = match begun {
        AttemptOutcome::Admitted(attempt) => attempt,
        AttemptOutcome::Refused { retry_after } => {
            return Err(AppError::TooManyAttempts(retry_after));
        }
    };
    let hash = state.catalogue.password_hash(&name).await?;
    // Longer than any password can be: not worth hashing, and wrong in any case.
    let password = if password.chars().count() > 128 {
        String::new()
    } else {
        password
    };
    if !state.passwords.verify(password, hash).await? {
        return Err(AppError::WrongPassword);
    }
    state.catalogue.forgive_attempt(&subject, &attempt).await?;
    state.sessions.begin(&name, &state.policy.current()).await
}

/// The answer that carries a session; a browser's cookie is renewed with it.
pub fn answer(
    state: &State,
    session: &Session,
    via: Option<Via>,
    status: StatusCode,
) -> HttpResponse {
    let mut response = HttpResponse::build(status);
    if via == Some(Via::Cookie) {
        response.insert_header((
            header::SET_COOKIE,
            cookie::session(&session.token, state.config.secure_cookies()),
        ));
    }
    response
        .insert_header(("cache-control", "no-store"))
        .json(json!({
            "token": session.token,
            "user": session.user,
            "tenants": tenants(&session.grants),
        }))
}

fn tenants(grants: &Grants) -> Value {
    let tenants = grants.iter().map(|(name, membership)| {
        (
            name.to_string(),
            json!({ "role": membership.role, "plan": membership.plan }),
        )
    });
    Value::Object(tenants.collect())
}
