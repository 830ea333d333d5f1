//! Room for an upload, before anybody sends it in vain.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::MutexGuard;

use actix_web::http::header::{self, HeaderMap};
use actix_web::web;
use imagehub_policy::TenantId;

use crate::error::AppError;
use crate::middleware::TenantContext;
use crate::state::State;

/// What a form may take besides its files, and files besides what is served of them, so that a
/// picture that just fits is not refused for its wrapping. What really counts is known, and made
/// sure of, when the picture is recorded.
const WRAPPING: u64 = 64 * 1024;

/// What a tenant has stored, and may store; and what one upload has staged of it, until this is
/// dropped.
pub struct Room {
    state: web::Data<State>,
    tenant: TenantId,
    /// Bytes that count already.
    used: u64,
    /// Bytes the tenant's images may take in all, if there is a bound.
    pub quota: Option<u64>,
    staged: Cell<u64>,
}

impl Room {
    /// The room a tenant has, if an upload with this head may fit. Where its length is not known,
    /// only a tenant that is full already is refused. One that announces more than any upload may
    /// be is too large for every tenant.
    pub async fn of(
        state: web::Data<State>,
        place: &TenantContext,
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
        let room = Self {
            state,
            tenant: place.tenant.clone(),
            used,
            quota,
            staged: Cell::new(0),
        };
        if quota.is_some_and(|quota| used >= quota) {
            return Err(room.exceeded());
        }
        room.hold(least)?;
        Ok(room)
    }

    /// Holds room for so many bytes of this upload in all, beside what other uploads of the tenant
    /// hold. Refuses what cannot fit.
    pub fn hold(&self, bytes: u64) -> Result<(), AppError> {
        let mut all = self.all();
        let own = self.staged.get();
        let held = all.entry(self.tenant.clone()).or_default();
        let others = held.saturating_sub(own);
        let left = self
            .quota
            .map(|quota| quota.saturating_sub(self.used + others));
        if left.is_some_and(|left| bytes.saturating_sub(WRAPPING) > left) {
            return Err(self.exceeded());
        }
        *held = others + bytes;
        self.staged.set(bytes);
        Ok(())
    }

    fn all(&self) -> MutexGuard<'_, HashMap<TenantId, u64>> {
        self.state.staged_bytes.lock()
    }

    fn exceeded(&self) -> AppError {
        AppError::QuotaExceeded {
            used: self.used,
            quota: self.quota.unwrap_or(u64::MAX),
        }
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let mut all = self.all();
        if let Some(held) = all.get_mut(&self.tenant) {
            *held = held.saturating_sub(self.staged.get());
            if *held == 0 {
                all.remove(&self.tenant);
            }
        }
    }
}
