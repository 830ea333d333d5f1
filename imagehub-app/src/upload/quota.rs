//! Room for an upload, before anybody sends it in vain.

use actix_web::http::header::{self, HeaderMap};

use crate::auth::InTenant;
use crate::error::AppError;
use crate::state::State;

/// What a form may take besides its files, so that a picture that just fits is not refused for
/// its wrapping. What really counts is known, and made sure of, when the picture is recorded.
const WRAPPING: u64 = 64 * 1024;

/// The tenant's quota, if there is one and the upload may fit. Where its length is not known, only
/// a tenant that is full already is refused. One that announces more than any upload may be is
/// too large for every tenant.
pub async fn make_sure_of_room(
    state: &State,
    place: &InTenant,
    headers: &HeaderMap,
) -> Result<Option<u64>, AppError> {
    let length = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    let least = length.unwrap_or(0).saturating_sub(WRAPPING);
    let most = state.config.max_upload_bytes();
    if least > most {
        return Err(AppError::TooLarge(most));
    }
    let Some(quota) = state.policy.current().storage_bytes(&place.plan) else {
        return Ok(None);
    };
    let used = state.catalogue.usage(&place.tenant).await?.counted_bytes();
    if used >= quota || least > quota - used {
        return Err(AppError::QuotaExceeded { used, quota });
    }
    Ok(Some(quota))
}
