//! Signing up, logging in and out, and who one is.

pub mod pages;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use imagehub_policy::{Plan, TokenKind, Username, Via};
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::auth::{Counts, Session, with_attempt_limit};
use crate::catalogue::{AttemptLimit, AttemptSubject};
use crate::domain::{Grants, NewUser};
use crate::error::AppError;
use crate::http::cookie;
use crate::middleware::Caller;
use crate::passwords::composed;
use crate::state::State;
use crate::web::client::client;
use crate::web::fields::{Fields, Json};

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
    request: HttpRequest,
    Json(mut fields): Json,
) -> Result<HttpResponse, AppError> {
    let session = authenticate(&state, client(&state, &request), &mut fields).await?;
    Ok(answer(&state, &session, None, StatusCode::OK))
}

/// `POST /api/v1/session`
pub async fn renew(state: web::Data<State>, caller: Caller) -> Result<HttpResponse, AppError> {
    let session = state
        .sessions
        .renew(&caller.claims, &state.policy.current())
        .await?;
    Ok(answer(&state, &session, Some(caller.via), StatusCode::OK))
}

/// `POST /api/v1/logout`
pub async fn log_out(state: web::Data<State>, caller: Caller) -> Result<HttpResponse, AppError> {
    state.sessions.end(&caller.claims).await?;
    Ok(signed_out(&state))
}

/// Nothing to say but that the browser's session is over.
pub fn signed_out(state: &State) -> HttpResponse {
    HttpResponse::NoContent()
        .insert_header((
            header::SET_COOKIE,
            cookie::gone(state.config.secure_cookies()),
        ))
        .finish()
}

/// `GET /api/v1/me`
pub async fn me(state: web::Data<State>, caller: Caller) -> Result<HttpResponse, AppError> {
    let mut grants = state.catalogue.tenants_of(&caller.user).await?;
    let mut invitations = state.catalogue.invitations_of(&caller.user).await?;
    if caller.claims.kind == TokenKind::Api {
        // A program learns of its own tenant only.
        grants.retain(
            |tenant, membership| match caller.claims.tenants.get(tenant) {
                Some(scope) => {
                    membership.role = membership.role.min(scope.role);
                    true
                }
                None => false,
            },
        );
        invitations.clear();
    }
    let invitations: Vec<Value> = invitations
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
            json!({ "name": plan.name, "storage_bytes": plan.storage_bytes, "limits": limits })
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
    let generation = state.catalogue.session_generation(&name).await?;
    let new = NewUser {
        password_hash: state.passwords.hash(password).await?,
        name,
        plan: first_plan,
        created_at: OffsetDateTime::now_utc(),
    };
    state.catalogue.create_user(&new).await?;
    state.sessions.begin(&new.name, generation, &policy).await
}

/// A password that may be chosen.
pub fn new_password(text: &str) -> Result<String, &'static str> {
    let password = composed(text);
    if (8..=128).contains(&password.chars().count()) {
        Ok(password)
    } else {
        Err("must have 8 to 128 characters")
    }
}

/// Begins a session for who knows the password. Failures are counted per user name, whether or
/// not somebody has the name, and per client address, where that is known. Phones write names with
/// a capital and a space behind: neither can be in a name.
pub async fn authenticate(
    state: &State,
    client: Option<String>,
    fields: &mut Fields,
) -> Result<Session, AppError> {
    let name = fields.required("username", |text| {
        Ok::<_, AppError>(text.trim().to_lowercase())
    });
    let password = fields.required("password", |text| Ok::<_, AppError>(text.to_owned()));
    let (name, password) = fields.checked(name.zip(password))?;
    let catalogue = state.catalogue.as_ref();
    let proof = log_in_as(state, client.as_deref(), &name, password);
    match client.clone() {
        Some(client) => {
            let subject = AttemptSubject::Address(client);
            let limit = AttemptLimit::PER_ADDRESS;
            with_attempt_limit(catalogue, &subject, limit, Counts::Failures, proof).await
        }
        None => proof.await,
    }
}

async fn log_in_as(
    state: &State,
    client: Option<&str>,
    name: &str,
    password: String,
) -> Result<Session, AppError> {
    let Ok(name) = Username::parse(name) else {
        // Nobody can have this name, and the answer takes as long as for one that somebody could.
        state.passwords.verify(String::new(), None).await?;
        return Err(AppError::WrongPassword);
    };
    let generation = verify_password(state, client, &name, password, Counts::Failures).await?;
    let policy = state.policy.current();
    state.sessions.begin(&name, generation, &policy).await
}

/// Makes sure that the password is the user's, counting attempts by user name, and by user name and
/// client; those without a client, as of who has a session, count as one client's. Returns the generation of the user's sessions of before.
pub async fn verify_password(
    state: &State,
    client: Option<&str>,
    name: &Username,
    password: String,
    counts: Counts,
) -> Result<u64, AppError> {
    let verify = async {
        let generation = state.catalogue.session_generation(name).await?;
        let hash = state.catalogue.password_hash(name).await?;
        let password = composed(&password);
        // Longer than any password can be: not worth hashing, and wrong in any case.
        let password = if password.chars().count() > 128 {
            String::new()
        } else {
            password
        };
        if state.passwords.verify(password, hash).await? {
            Ok(generation)
        } else {
            Err(AppError::WrongPassword)
        }
    };
    let catalogue = state.catalogue.as_ref();
    let here = AttemptSubject::UserAt(name.clone(), client.unwrap_or("unknown").to_owned());
    let limit = AttemptLimit::PER_USER_AT_ADDRESS;
    let verify = with_attempt_limit(catalogue, &here, limit, counts, verify);
    let anywhere = AttemptSubject::User(name.clone());
    with_attempt_limit(catalogue, &anywhere, AttemptLimit::PER_USER, counts, verify).await
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
