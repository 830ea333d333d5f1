//! How the application is put together.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::middleware::{DefaultHeaders, from_fn};
use actix_web::{App, HttpServer, web};
use anyhow::Context as _;

use crate::auth::Sessions;
use crate::auth::signing::{KeyFile, SigningKeys};
use crate::blobs::StagedBytes;
use crate::catalogue::{CatalogueError, SharedCatalogue};
use crate::config::{Config, METRICS_BIND};
use crate::error::AppError;
use crate::imaging::{Decoder, ImageLimits, Imaging};
use crate::limits::EmbeddedLimits;
use crate::listen::{Listen, unix_socket};
use crate::metrics::{self, METRICS};
use crate::middleware::{drain_body, end_for_silent_readers, enforce, request_log};
use crate::passwords::Passwords;
use crate::policy_file::PolicyFile;
use crate::readiness::Readiness;
use crate::routes;
use crate::shutdown::shut_down_when_told;
use crate::state::State;
use crate::stores;
use crate::sweeper::keep_sweeping;
use crate::web::layout::CONTENT_SECURITY_POLICY;
use crate::web::layout::errors::show_to_browsers;
use crate::web::layout::flash;

/// Everything requests share, made from the settings. What is away now may come later, but for
/// the data directory and the policy.
pub async fn prepare(config: Config) -> anyhow::Result<State> {
    let (catalogue, lazy_blobs) = stores::open(&config).await?;
    refuse_unsuitable(&catalogue).await?;
    let data = &config.data;
    let keys = SigningKeys::new(KeyFile::open(&data.join("keys"))?, Arc::clone(&catalogue));
    let policy = PolicyFile::open(config.policy.clone())?;
    Ok(State {
        lazy_blobs,
        imaging: Imaging::new(
            ImageLimits::of(&config),
            Decoder::of(&config),
            config.decodes(),
            config.decode_budget_mib,
        ),
        staged_bytes: StagedBytes::default(),
        passwords: Passwords::new(config.workers())?,
        sessions: Sessions::new(keys, Arc::clone(&catalogue)),
        limits: EmbeddedLimits::new(policy.current().limit_slots()),
        policy,
        metrics: &METRICS,
        readiness: Readiness::default(),
        draining: AtomicBool::new(false),
        catalogue,
        config,
    })
}

/// A catalogue that answers and can never serve is said now, to whoever starts this.
async fn refuse_unsuitable(catalogue: &SharedCatalogue) -> anyhow::Result<()> {
    match catalogue.ping().await {
        Err(error @ (CatalogueError::Unsuitable(_) | CatalogueError::OtherSchema { .. })) => {
            Err(error.into())
        }
        _ => Ok(()),
    }
}

/// Binds, and serves until told to stop. The places are the ones really bound.
pub fn serve(state: web::Data<State>) -> anyhow::Result<(Server, Vec<Listen>)> {
    let config = state.config.clone();
    let shared = state.clone();
    tokio::spawn(state.policy.clone().follow());
    if config.sweep_seconds > 0 {
        tokio::spawn(keep_sweeping(
            shared.clone(),
            Duration::from_secs(config.sweep_seconds),
            Duration::from_secs(config.sweep_grace_seconds),
        ));
    }
    if let Some(server) = metrics_server(&config.metrics_bind)? {
        tokio::spawn(server);
    }
    let server = HttpServer::new(move || {
        App::new()
            .app_data(state.clone())
            .app_data(web::Data::new(routes::ENDPOINTS))
            .app_data(
                web::QueryConfig::default()
                    .error_handler(|error, _| AppError::Malformed(error.to_string()).into()),
            )
            .wrap(from_fn(enforce))
            .wrap(from_fn(request_log::count_refusals))
            .wrap(from_fn(show_to_browsers))
            .wrap(from_fn(flash::carry))
            .wrap(from_fn(drain_body))
            .wrap(from_fn(request_log::record))
            .wrap(
                DefaultHeaders::new()
                    .add(("content-security-policy", CONTENT_SECURITY_POLICY))
                    .add(("x-content-type-options", "nosniff"))
                    .add(("referrer-policy", "same-origin")),
            )
            .configure(routes::register)
            .default_service(web::to(routes::fallback))
    })
    .workers(config.workers())
    // An answer is written as a head and then a stream: without this the stream waits for the
    // head's acknowledgement, which the other side delays by 40 ms.
    .tcp_nodelay(true)
    .on_connect(end_for_silent_readers(config.idle_time()))
    .keep_alive(config.keep_alive_time())
    .client_request_timeout(config.head_time())
    .shutdown_timeout(config.shutdown_seconds)
    .disable_signals();
    let server = config.bind.iter().try_fold(server, |server, place| {
        let bound = match place {
            Listen::Tcp(address) => server.bind(address),
            Listen::Unix(path) => unix_socket(path).and_then(|socket| server.listen_uds(socket)),
        };
        bound.with_context(|| format!("{place}: choose another address with IMAGEHUB_BIND"))
    })?;
    let bound = really_bound(&config.bind, &server.addrs());
    let server = server.run();
    tokio::spawn(shut_down_when_told(server.handle(), shared)?);
    Ok((server, bound))
}

/// With the ports that were taken for port 0. A server has an address for each place, in their
/// order; that of a Unix socket is made up.
fn really_bound(places: &[Listen], addresses: &[SocketAddr]) -> Vec<Listen> {
    let pairs = places.iter().zip(addresses);
    let bound = pairs.map(|(place, address)| match place {
        Listen::Tcp(_) => Listen::Tcp(*address),
        Listen::Unix(path) => Listen::Unix(path.clone()),
    });
    bound.collect()
}

/// Serves /metrics, if it can: only a place that somebody chose must be had.
fn metrics_server(chosen: &[Listen]) -> anyhow::Result<Option<Server>> {
    let app = || App::new().route("/metrics", web::get().to(metrics::show));
    let server = HttpServer::new(app).workers(1).disable_signals();
    if chosen.is_empty() {
        return match server.bind(METRICS_BIND) {
            Ok(server) => {
                tracing::info!("metrics on http://{METRICS_BIND}/metrics");
                Ok(Some(server.run()))
            }
            Err(error) => {
                tracing::info!(%error, "no metrics on {METRICS_BIND}: choose an address with IMAGEHUB_METRICS_BIND");
                Ok(None)
            }
        };
    }
    let server = chosen.iter().try_fold(server, |server, place| {
        let bound = match place {
            Listen::Tcp(address) => server.bind(address),
            Listen::Unix(path) => unix_socket(path).and_then(|socket| server.listen_uds(socket)),
        };
        bound.with_context(|| format!("{place}: choose another address with IMAGEHUB_METRICS_BIND"))
    })?;
    for place in really_bound(chosen, &server.addrs()) {
        tracing::info!("metrics on {place}, path /metrics");
    }
    Ok(Some(server.run()))
}
