//! One's own account: password, sessions, and its end.

pub mod pages;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use crate::auth::{Counts, Session, refuse_programs};
use crate::blob_cleanup::BlobCleanup;
use crate::domain::FieldError;
use crate::error::AppError;
use crate::middleware::Caller;
use crate::seed::log_ins;
use crate::state::State;
use crate::web::accounts::{answer, new_password, signed_out, verify_password};
use crate::web::fields::{Fields, Json};

/// `PUT /api/v1/me/password`
pub async fn set_password(
    state: web::Data<State>,
    caller: Caller,
    Json(fields): Json,
) -> Result<HttpResponse, AppError> {
    let session = change_password(&state, &caller, fields).await?;
    Ok(answer(&state, &session, Some(caller.via), StatusCode::OK))
}

/// `POST /api/v1/me/sign-out-everywhere`
pub async fn sign_out_everywhere(
    state: web::Data<State>,
    caller: Caller,
) -> Result<HttpResponse, AppError> {
    state.catalogue.sign_out_everywhere(&caller.user).await?;
    Ok(signed_out(&state))
}

/// `DELETE /api/v1/me`
pub async fn delete(
    state: web::Data<State>,
    caller: Caller,
    Json(fields): Json,
) -> Result<HttpResponse, AppError> {
    close(&state, &caller, fields).await?;
    Ok(signed_out(&state))
}

/// Sets another password, for who knows the present one, and ends every session but the one it
/// returns. API tokens end, too: whoever had the old password may have made one.
pub async fn change_password(
    state: &State,
    caller: &Caller,
    mut fields: Fields,
) -> Result<Session, AppError> {
    refuse_programs(&caller.claims)?;
    let current = fields.required("current", |text| Ok::<_, FieldError>(text.to_owned()));
    let new = fields.required("new", new_password);
    let (current, new) = fields.finish(current.zip(new))?;
    let generation = verify_password_again(state, caller, current, Counts::Successes).await?;
    let hash = state.passwords.hash(new).await?;
    let generation = state
        .catalogue
        .set_password(&caller.user, generation, &hash)
        .await?;
    log_ins::forget(&state.config.data, &caller.user);
    let policy = state.policy.current();
    state
        .sessions
        .begin(&caller.user, generation, &policy)
        .await
}

/// Deletes the account, and with it every tenant that nobody else belongs to.
pub async fn close(state: &State, caller: &Caller, mut fields: Fields) -> Result<(), AppError> {
    refuse_programs(&caller.claims)?;
    let name = caller.user.as_str();
    let confirmed = fields.required("confirm", |text| confirmation(text, name));
    let password = fields.required("password", |text| Ok::<_, FieldError>(text.to_owned()));
    let (password, ()) = fields.finish(password.zip(confirmed))?;
    verify_password_again(state, caller, password, Counts::Failures).await?;
    let mut cleanup = BlobCleanup::default();
    for tenant in state.catalogue.tenants_of(&caller.user).await?.keys() {
        if state.catalogue.members(tenant).await?.len() == 1 {
            cleanup.take(state.catalogue.as_ref(), tenant).await?;
        }
    }
    state.catalogue.delete_user(&caller.user).await?;
    log_ins::forget(&state.config.data, &caller.user);
    cleanup.run(state).await;
    Ok(())
}

/// Makes sure that who has the session knows the password, too.
async fn verify_password_again(
    state: &State,
    caller: &Caller,
    password: String,
    counts: Counts,
) -> Result<u64, AppError> {
    let proven = verify_password(state, None, &caller.user, password, counts).await;
    proven.map_err(|error| match error {
        AppError::WrongPassword => AppError::WrongCurrentPassword,
        other => other,
    })
}

/// What is deleted for good is confirmed by its name.
pub fn confirmation(text: &str, name: &str) -> Result<(), FieldError> {
    if text == name {
        Ok(())
    } else {
        Err(FieldError("must be the name of what is to be deleted"))
    }
}
