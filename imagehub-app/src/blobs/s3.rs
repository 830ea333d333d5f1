//! Blobs in a bucket of Amazon's S3, or of a service that speaks like it.

use std::sync::Arc;
use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::prefix::PrefixStore;
use object_store::{BackoffConfig, ClientOptions, ObjectStore, RetryConfig};

use super::BlobError;
use crate::config::S3Settings;

/// How long a connection may take, and a service may be silent. There is no limit on a whole
/// request: the body of an original lasts as long as its reader takes.
const CONNECT: Duration = Duration::from_secs(2);
const SILENCE: Duration = Duration::from_secs(15);
/// Enough for a hiccup; whoever waits for an answer is rather told.
const RETRIES: RetryConfig = RetryConfig {
    backoff: BackoffConfig {
        init_backoff: Duration::from_millis(100),
        max_backoff: Duration::from_secs(1),
        base: 2.,
    },
    max_retries: 2,
    retry_timeout: Duration::from_secs(5),
};

/// The prefix of a bucket that `url` (`s3://BUCKET/PREFIX`) names. It need not be reachable yet.
///
/// # Errors
/// When a setting is wrong.
pub fn bucket(url: &str, settings: &S3Settings) -> Result<Arc<dyn ObjectStore>, BlobError> {
    let by_http = |url: &String| url.to_ascii_lowercase().starts_with("http://");
    if settings.endpoint.as_ref().is_some_and(by_http) && !settings.allow_http {
        return Err(BlobError::Unavailable(
            "the object store's endpoint is without encryption: use https, or allow it by IMAGEHUB_S3_ALLOW_HTTP=true"
                .to_owned(),
        ));
    }
    // The first one counts; a second is refused, and nothing is lost.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = ClientOptions::new()
        .with_timeout_disabled()
        .with_connect_timeout(CONNECT)
        .with_read_timeout(SILENCE);
    let mut builder = AmazonS3Builder::from_env()
        .with_client_options(client)
        .with_allow_http(settings.allow_http)
        .with_retry(RETRIES)
        .with_url(url);
    if let Some(endpoint) = &settings.endpoint {
        builder = builder.with_endpoint(endpoint);
    }
    if let Some(region) = &settings.region {
        builder = builder.with_region(region);
    }
    if let Some(key) = &settings.access_key_id {
        builder = builder.with_access_key_id(key);
    }
    if let Some(secret) = &settings.secret_access_key {
        builder = builder.with_secret_access_key(secret);
    }
    let path = url.trim_start_matches("s3://");
    let prefix = path.split_once('/').map_or("", |(_, prefix)| prefix);
    Ok(Arc::new(PrefixStore::new(builder.build()?, prefix)))
}
