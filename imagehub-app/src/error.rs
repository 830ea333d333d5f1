//! What a request can come to but success, and how that is answered.
//!
//! The body's shape is the policy crate's; what went wrong inside is for the log alone.

use std::time::Duration;

use actix_web::body::BoxBody;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use imagehub_policy::{Code, Problem};
use thiserror::Error;

use crate::blobs::BlobError;
use crate::catalogue::CatalogueError;
use crate::format::{bound, bytes};
use crate::imaging::ImageError;
use crate::metrics::METRICS;
use crate::passwords::PasswordError;
use crate::stores::StoreError;
use crate::throttle::Throttle;

/// One field of a request that breaks its rule.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct FieldProblem {
    /// The field's name.
    pub field: String,
    /// What is wrong with it.
    pub detail: String,
}

/// Why a request is not answered as asked.
#[derive(Debug, Error)]
pub enum AppError {
    /// The request cannot be read: broken JSON, form, range or cursor.
    #[error("{0}")]
    Malformed(String),
    /// No session, or a bad one.
    #[error("log in to do this")]
    Unauthenticated,
    /// Unknown user or wrong password, which are not told apart.
    #[error("unknown user name or wrong password")]
    WrongPassword,
    /// No tenant of the user's.
    #[error("you don't have access to this gallery")]
    NotMember,
    /// Not for this user: a role too low, or an API token's limits.
    #[error("you are not allowed to do this")]
    Forbidden,
    /// A request that a browser may have been tricked into sending.
    #[error(
        "the request did not come from this site; if this is its address, its operator sets IMAGEHUB_PUBLIC_URL to it"
    )]
    CrossSite,
    /// The password that is to be confirmed is another.
    #[error("this is not your current password")]
    WrongCurrentPassword,
    /// Too many failed log-ins, and for or from what.
    #[error("too many failed log-ins {0}")]
    TooManyAttempts(&'static str, Duration),
    /// Nothing there.
    #[error("there is nothing here")]
    NotFound,
    /// The path is there, but not for this method.
    #[error("this is not possible here")]
    MethodNotAllowed(String),
    /// A name is in use.
    #[error("the name is taken")]
    Taken,
    /// Fields that break their rules.
    #[error("some fields are not valid")]
    Invalid(Vec<FieldProblem>),
    /// The body is longer than this call takes.
    #[error("the request is larger than {}", bound(*.0))]
    TooLarge(u64),
    /// The body does not come.
    #[error("the request took too long to arrive")]
    TooSlow,
    /// An upload that is not multipart.
    #[error("send the pictures as multipart/form-data")]
    NotMultipart,
    /// An image that is not taken.
    #[error(transparent)]
    Image(ImageError),
    /// The user is in as many tenants as may be.
    #[error("you are in as many galleries as one person can be in")]
    TooManyTenants,
    /// As many of them as there may be.
    #[error("there are already as many of these as there can be")]
    TooMany,
    /// The tenant's images would take more than its plan allows.
    #[error("{} of {} are used, and this does not fit", bytes(*used), bytes(*quota))]
    QuotaExceeded {
        /// Bytes that count already.
        used: u64,
        /// Bytes the plan allows.
        quota: u64,
    },
    /// A link that is over.
    #[error("ask the person who sent it for another one")]
    Gone,
    /// A tenant without an owner.
    #[error("a gallery needs an owner: make somebody else one first")]
    LastOwner,
    /// A range beyond the end of an image of so many bytes.
    #[error("the range is outside the image's {0} bytes")]
    Range(u64),
    /// No room left to store anything.
    #[error("there is no space left")]
    NoSpace(String),
    /// Something this process stands on is away. The text is for the log.
    #[error("please try again in a moment")]
    Unavailable(String),
    /// This process cannot serve now: what is wrong.
    #[error("{0}")]
    NotReady(String),
    /// A mistake of ours. The text is for the log.
    #[error("something went wrong on our side")]
    Internal(String),
}

/// Seconds until it is worth asking again when something is away.
const RETRY_SECONDS: u64 = 2;

/// Seconds until it is worth asking again when a disk is full: somebody has to see to it.
const FULL_RETRY_SECONDS: u64 = 60;

impl AppError {
    /// The stable code and the status it is answered with here.
    fn code(&self) -> (Code, StatusCode) {
        match self {
            Self::Malformed(_) => (Code::Malformed, StatusCode::BAD_REQUEST),
            Self::Unauthenticated | Self::WrongPassword | Self::WrongCurrentPassword => {
                (Code::Unauthenticated, StatusCode::UNAUTHORIZED)
            }
            Self::NotMember | Self::Forbidden => (Code::Forbidden, StatusCode::FORBIDDEN),
            Self::CrossSite => (Code::CrossSite, StatusCode::FORBIDDEN),
            Self::TooManyAttempts(..) => (Code::RateLimited, StatusCode::TOO_MANY_REQUESTS),
            Self::NotFound => (Code::NotFound, StatusCode::NOT_FOUND),
            Self::MethodNotAllowed(_) => (Code::MethodNotAllowed, StatusCode::METHOD_NOT_ALLOWED),
            Self::Taken => (Code::Taken, StatusCode::CONFLICT),
            Self::Invalid(_) => (Code::Invalid, StatusCode::UNPROCESSABLE_ENTITY),
            Self::TooLarge(_) => (Code::TooLarge, StatusCode::PAYLOAD_TOO_LARGE),
            Self::TooSlow => (Code::Timeout, StatusCode::REQUEST_TIMEOUT),
            Self::NotMultipart => (Code::UnsupportedType, StatusCode::UNSUPPORTED_MEDIA_TYPE),
            Self::Image(error) => image_code(error),
            Self::TooManyTenants => (Code::TooManyTenants, StatusCode::CONFLICT),
            Self::TooMany => (Code::TooMany, StatusCode::CONFLICT),
            Self::QuotaExceeded { .. } => (Code::QuotaExceeded, StatusCode::INSUFFICIENT_STORAGE),
            Self::Gone => (Code::Gone, StatusCode::GONE),
            Self::LastOwner => (Code::LastOwner, StatusCode::CONFLICT),
            Self::Range(_) => (Code::RangeNotSatisfiable, StatusCode::RANGE_NOT_SATISFIABLE),
            Self::NoSpace(_) => (Code::Unavailable, StatusCode::INSUFFICIENT_STORAGE),
            Self::Unavailable(_) | Self::NotReady(_) => {
                (Code::Unavailable, StatusCode::SERVICE_UNAVAILABLE)
            }
            Self::Internal(_) => (Code::Internal, StatusCode::INTERNAL_SERVER_ERROR),
        }
    }

    /// The error body.
    pub fn problem(&self) -> Problem {
        let (code, status) = self.code();
        let problem = Problem::new(code, sentence(&self.to_string())).with_status(status.as_u16());
        match self {
            Self::Invalid(fields) => problem.with("errors", serde_json::json!(fields)),
            Self::TooManyAttempts(_, wait) => problem
                .with("retry_after", whole_seconds(*wait))
                .violating(&["log_in"]),
            Self::QuotaExceeded { used, quota } => problem
                .with("used_bytes", *used)
                .with("quota_bytes", *quota),
            _ => problem,
        }
    }

    /// How long until it is worth trying again, if that is known.
    pub fn retry_after(&self) -> Option<u64> {
        match self {
            Self::TooManyAttempts(_, wait) => Some(whole_seconds(*wait)),
            Self::Unavailable(_) | Self::NotReady(_) => Some(RETRY_SECONDS),
            Self::NoSpace(_) => Some(FULL_RETRY_SECONDS),
            _ => None,
        }
    }

    /// Says in the log what is no fault of the request's, in an outage now and then.
    pub fn log(&self) {
        static FULL: Throttle = Throttle::new();
        static AWAY: Throttle = Throttle::new();
        static MISTAKES: Throttle = Throttle::new();
        let (kind, cause) = match self {
            Self::NoSpace(cause) => (&FULL, cause),
            Self::Unavailable(cause) => (&AWAY, cause),
            Self::Internal(cause) => (&MISTAKES, cause),
            _ => return,
        };
        if let Some(left_out) = kind.admit() {
            tracing::error!(cause, left_out, "{self}");
        }
    }
}

fn image_code(error: &ImageError) -> (Code, StatusCode) {
    match error {
        ImageError::TooLarge { .. } => (Code::TooLarge, StatusCode::PAYLOAD_TOO_LARGE),
        ImageError::UnsupportedType | ImageError::Heic => {
            (Code::UnsupportedType, StatusCode::UNSUPPORTED_MEDIA_TYPE)
        }
        ImageError::Broken(_) => (Code::BrokenImage, StatusCode::UNPROCESSABLE_ENTITY),
        ImageError::TooManyPixels { .. } => (Code::TooManyPixels, StatusCode::UNPROCESSABLE_ENTITY),
        ImageError::SideTooLong { .. } => (Code::SideTooLong, StatusCode::UNPROCESSABLE_ENTITY),
        ImageError::TooManyFrames { .. } => (Code::TooManyFrames, StatusCode::UNPROCESSABLE_ENTITY),
        ImageError::DecodeLimit => (Code::DecodeLimit, StatusCode::UNPROCESSABLE_ENTITY),
        ImageError::Unavailable(_) => (Code::Unavailable, StatusCode::SERVICE_UNAVAILABLE),
        ImageError::NoSpace => (Code::Unavailable, StatusCode::INSUFFICIENT_STORAGE),
    }
}

/// With a capital and a full stop, as people write.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => format!("{}{}.", first.to_uppercase(), chars.as_str()),
        None => String::new(),
    }
}

fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

/// The problem a response was made from, for the page that shows it to a browser.
pub struct Refused {
    /// The error body.
    pub problem: Problem,
    /// Seconds until it is worth trying again.
    pub retry_after: Option<u64>,
}

impl ResponseError for AppError {
    fn status_code(&self) -> StatusCode {
        self.code().1
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        self.log();
        self.answer()
    }
}

impl AppError {
    /// What is answered; nothing is logged.
    pub fn answer(&self) -> HttpResponse<BoxBody> {
        let problem = self.problem();
        let mut response = HttpResponse::build(self.status_code());
        response
            .insert_header((header::CONTENT_TYPE, Problem::JSON))
            .insert_header((header::CACHE_CONTROL, "no-store"));
        if let Some(seconds) = self.retry_after() {
            response.insert_header((header::RETRY_AFTER, seconds.to_string()));
        }
        match self {
            Self::Unauthenticated => {
                response.insert_header((header::WWW_AUTHENTICATE, "Bearer realm=\"imagehub\""));
            }
            Self::MethodNotAllowed(allowed) => {
                response.insert_header((header::ALLOW, allowed.as_str()));
            }
            Self::Range(size) => {
                response.insert_header((header::CONTENT_RANGE, format!("bytes */{size}")));
            }
            _ => {}
        }
        let mut response = response.body(problem.json());
        let retry_after = self.retry_after();
        response.extensions_mut().insert(Refused {
            problem,
            retry_after,
        });
        response
    }
}

impl From<CatalogueError> for AppError {
    fn from(error: CatalogueError) -> Self {
        let away = matches!(
            error,
            CatalogueError::Unavailable(_)
                | CatalogueError::NoSpace(_)
                | CatalogueError::Refusing(_)
                | CatalogueError::Unsuitable(_)
        );
        METRICS.catalogue_errors.inc_by(u64::from(away));
        match error {
            CatalogueError::Taken => Self::Taken,
            CatalogueError::NotFound => Self::NotFound,
            CatalogueError::TooManyTenants => Self::TooManyTenants,
            CatalogueError::LastOwner => Self::LastOwner,
            CatalogueError::TooMany => Self::TooMany,
            CatalogueError::SignedOut => Self::Unauthenticated,
            CatalogueError::QuotaExceeded { used, quota } => Self::QuotaExceeded { used, quota },
            CatalogueError::NoSpace(cause) => Self::NoSpace(cause),
            CatalogueError::Unavailable(cause)
            | CatalogueError::Refusing(cause)
            | CatalogueError::Unsuitable(cause) => Self::Unavailable(cause),
            CatalogueError::OtherSchema { .. } | CatalogueError::Damaged(_) => {
                Self::Internal(error.to_string())
            }
        }
    }
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Catalogue(error) => error.into(),
            StoreError::Blobs(error) => error.into(),
        }
    }
}

impl From<BlobError> for AppError {
    fn from(error: BlobError) -> Self {
        let failed = matches!(error, BlobError::NoSpace | BlobError::Unavailable(_));
        METRICS.blob_errors.inc_by(u64::from(failed));
        match error {
            BlobError::NotFound => Self::NotFound,
            BlobError::TooLarge { limit } => {
                Self::Image(ImageError::TooLarge { limit, bytes: None })
            }
            BlobError::NoSpace => Self::NoSpace(error.to_string()),
            BlobError::Unavailable(cause) => Self::Unavailable(cause),
        }
    }
}

impl From<ImageError> for AppError {
    fn from(error: ImageError) -> Self {
        match error {
            ImageError::Unavailable(cause) => Self::Unavailable(cause),
            ImageError::NoSpace => Self::NoSpace(error.to_string()),
            error => Self::Image(error),
        }
    }
}

impl From<PasswordError> for AppError {
    fn from(error: PasswordError) -> Self {
        match error {
            PasswordError::Busy => Self::Unavailable(error.to_string()),
            PasswordError::Damaged | PasswordError::Failed(_) => Self::Internal(error.to_string()),
        }
    }
}
