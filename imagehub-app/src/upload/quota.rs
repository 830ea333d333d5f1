//! Room for an upload, before anybody sends it in vain.

use actix_web::http::header::{self, HeaderMap};

use crate::auth::InTenant;
use crate::error::AppError;
use crate::state::State;

/// What a form may take besides its files, and files besides what is served of them, so that a
/// picture that just fits is not refused for its wrapping. What really counts is known, and made
/// sure of, when the picture is recorded.
const WRAPPING: u64 = 64 * 1024;

/// What a tenant has stored, and may store.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    /// Bytes that count already.
    used: u64,
    /// Bytes the tenant's images may take in all, if there is a bound.
    pub quota: Option<u64>,
}

impl Room {
    /// The room a tenant has, if an upload with this head may fit. Where its length is not known,
    /// only a tenant that is full already is refused. One that announces more than any upload may
    /// be is too large for every tenant.
    pub async fn of(
        state: &State,
        place: &InTenant,
        headers: &HeaderMap,
    ) -> Result<Self, AppError> {
        let length = headers
            .get(header::CONTENT_LENGTH)
            .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        let least = length.unwrap_or(0);
        let most = state.config.max_upload_bytes();
        if least.saturating_sub(WRAPPING) > most {
            return Err(AppError::TooLarge(most));
        }
        let quota = state.policy.current().storage_bytes(&place.plan);
        let used = match quota {
            Some(_) => state.catalogue.usage(&place.tenant).await?.counted_bytes(),
            None => 0,
        };
        let room = Self { used, quota };
        if quota.is_some_and(|quota| used >= quota) {
            return Err(room.exceeded());
        }
        room.make_sure_of(least)?;
        Ok(room)
    }

    /// Refuses files that have so many bytes together and cannot fit.
    pub fn make_sure_of(&self, bytes: u64) -> Result<(), AppError> {
        let left = self.quota.map(|quota| quota.saturating_sub(self.used));
        if left.is_some_and(|left| bytes.saturating_sub(WRAPPING) > left) {
            return Err(self.exceeded());
        }
        Ok(())
    }

    fn exceeded(&self) -> AppError {
        AppError::QuotaExceeded {
            used: self.used,
            quota: self.quota.unwrap_or(u64::MAX),
        }
    }
}
