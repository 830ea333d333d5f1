//! How the application is put together, and every route it has.

use std::net::SocketAddr;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use actix_web::dev::{ResourceDef, Server};
use actix_web::http::Method;
use actix_web::middleware::{DefaultHeaders, from_fn};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use anyhow::Context as _;
use imagehub_policy::Access::{Member, Owner, Public, User, Viewer};

use crate::auth::Sessions;
use crate::catalogue::{CatalogueError, SharedCatalogue};
use crate::config::{Config, METRICS_BIND};
use crate::error::AppError;
use crate::imaging::Imaging;
use crate::limits::{EmbeddedLimits, enforce};
use crate::linger::linger;
use crate::listen::{Listen, unix_socket};
use crate::metrics::{self, METRICS};
use crate::pages::errors::show_to_browsers;
use crate::pages::{self, CONTENT_SECURITY_POLICY, assets};
use crate::passwords::Passwords;
use crate::policy_file::PolicyFile;
use crate::readiness::Readiness;
use crate::request_log;
use crate::routes::endpoint::Endpoint;
use crate::routes::{
    account, accounts, albums, batch, download, images, invite_links, members, openapi, pull,
    service, shared, shares, tags, tenants, tokens, usage,
};
use crate::signing::{KeyFile, SigningKeys};
use crate::standstill::end_for_silent_readers;
use crate::state::State;
use crate::stopping::stop_when_told;
use crate::stores;
use crate::sweeper::keep_sweeping;
use crate::upload::{StagedBytes, upload};

const BROWSE: Option<&str> = Some("browse");
const AUTH: Option<&str> = Some("auth");
const PULL: Option<&str> = Some("pull");
const UPLOAD: Option<&str> = Some("upload");
const SHARE: Option<&str> = Some("share");
const FREE: Option<&str> = None;

macro_rules! endpoints {
    ($($method:ident $path:literal $access:ident $class:ident $handler:path, $summary:literal;)*) => {
        &[$(Endpoint {
            method: stringify!($method),
            path: $path,
            access: $access,
            class: $class,
            summary: $summary,
            register: |endpoint, prefix, config| endpoint.serve(prefix, config, web::to($handler)),
        }),*]
    };
}

/// Every route. Access is what the gate in front of the handler enforces, the class is what the
/// policy limits it with.
pub const ENDPOINTS: &[Endpoint] = endpoints! {
    GET    "/healthz"                                    Public FREE   service::alive,           "Whether the process is alive";
    GET    "/readyz"                                     Public FREE   service::ready,           "Whether it can serve";
    GET    "/.well-known/jwks.json"                      Public FREE   service::keys,            "The keys that sign sessions";
    GET    "/openapi.json"                               Public FREE   openapi::show,            "This description";
    GET    "/static/{name}"                              Public FREE   assets::serve,            "Style sheet, script, pictures of the pages";

    GET    "/"                                           Public BROWSE pages::home::show,        "Welcome, or one's galleries";
    GET    "/plans"                                      Public BROWSE pages::plans::show,       "The plans";
    GET    "/signup"                                     Public BROWSE pages::accounts::sign_up_form, "The form to sign up";
    GET    "/login"                                      Public BROWSE pages::accounts::log_in_form,  "The form to log in";
    POST   "/signup"                                     Public AUTH   pages::accounts::sign_up, "Sign up by form";
    POST   "/login"                                      Public AUTH   pages::accounts::log_in,  "Log in by form";
    GET    "/session"                                    User   FREE   pages::accounts::renew,   "Renew the session and go on";
    POST   "/logout"                                     User   FREE   pages::accounts::log_out, "Log out by form";
    POST   "/tenants"                                    User   FREE   pages::home::found_tenant, "Found a tenant by form";
    POST   "/invitations/{name}"                         User   FREE   pages::home::accept,      "Accept an invitation by form";
    POST   "/invitations/{name}/decline"                 User   FREE   pages::home::decline,     "Decline an invitation by form";
    GET    "/join/{name}/{secret}"                       User   FREE   invite_links::show,       "What an invite link leads to";
    POST   "/join/{name}/{secret}"                       User   FREE   pages::join::accept,      "Join by an invite link";
    GET    "/account"                                    User   FREE   pages::account::show,     "Password, tokens, the way out";
    GET    "/account/password"                           User   FREE   pages::account::back,     "Back to the account";
    GET    "/account/tokens"                             User   FREE   pages::account::back,     "Back to the account";
    GET    "/account/delete"                             User   FREE   pages::account::back,     "Back to the account";
    POST   "/account/password"                           User   FREE   pages::account::change_password, "Change the password by form";
    POST   "/account/sign-out-everywhere"                User   FREE   pages::account::sign_out_everywhere, "End every session by form";
    POST   "/account/tokens"                             User   FREE   pages::account::make_token, "Make an API token by form";
    POST   "/account/tokens/{name}/revoke"               User   FREE   pages::account::revoke_token, "Revoke an API token by form";
    POST   "/account/delete"                             User   FREE   pages::account::delete,   "Delete the account by form";

    POST   "/api/v1/signup"                              Public AUTH   accounts::sign_up,        "Sign up";
    POST   "/api/v1/login"                               Public AUTH   accounts::log_in,         "Log in";
    GET    "/api/v1/plans"                               Public BROWSE accounts::plans,          "The plans and their limits";
    POST   "/api/v1/session"                             User   FREE   accounts::renew,          "Renew a session from the catalogue";
    POST   "/api/v1/logout"                              User   FREE   accounts::log_out,        "Log out";
    GET    "/api/v1/me"                                  User   FREE   accounts::me,             "Who one is, and where";
    POST   "/api/v1/tenants"                             User   FREE   tenants::create,          "Found a tenant";
    POST   "/api/v1/invitations/{name}"                  User   FREE   members::accept,          "Accept the invitation to a tenant";
    DELETE "/api/v1/invitations/{name}"                  User   FREE   members::decline,         "Decline the invitation to a tenant";
    PUT    "/api/v1/tenants/{tenant}/plan"               Owner  FREE   tenants::set_plan,        "Change the plan";
    GET    "/api/v1/tenants/{tenant}/members"            Viewer FREE   members::list,            "Members and open invitations";
    PUT    "/api/v1/tenants/{tenant}/members/{name}"     Owner  FREE   members::set,             "Change a role, or invite";
    DELETE "/api/v1/tenants/{tenant}/members/{name}"     Viewer FREE   members::remove,          "Remove a member, or leave";

    DELETE "/api/v1/me"                                  User   FREE   account::delete,          "Delete one's account";
    PUT    "/api/v1/me/password"                         User   FREE   account::set_password,    "Change the password, and sign out everywhere else";
    POST   "/api/v1/me/sign-out-everywhere"              User   FREE   account::sign_out_everywhere, "End every session and API token of one's own";
    GET    "/api/v1/tokens"                              User   FREE   tokens::list,             "One's API tokens";
    POST   "/api/v1/tokens"                              User   FREE   tokens::create,           "Make an API token";
    DELETE "/api/v1/tokens/{name}"                       User   FREE   tokens::delete,           "Revoke an API token";
    PATCH  "/api/v1/tenants/{tenant}"                    Owner  FREE   tenants::edit,            "Change a tenant's settings";
    DELETE "/api/v1/tenants/{tenant}"                    Owner  FREE   tenants::delete,          "Delete a tenant with everything in it";
    GET    "/api/v1/tenants/{tenant}/invite-links"       Owner  FREE   invite_links::list,       "Invite links";
    POST   "/api/v1/tenants/{tenant}/invite-links"       Owner  FREE   invite_links::create,     "Make an invite link";
    DELETE "/api/v1/tenants/{tenant}/invite-links/{name}" Owner FREE   invite_links::delete,     "Withdraw an invite link";
    POST   "/api/v1/join/{name}/{secret}"                User   FREE   invite_links::join,       "Follow an invite link";

    GET    "/s/{name}/{secret}"                          Public SHARE  shared::show,             "What a share link shows";

    GET    "/t/{tenant}"                                 Viewer BROWSE pages::gallery::show,     "The gallery";
    GET    "/t/{tenant}/settings"                        Viewer BROWSE pages::settings::show,    "Plan and members";
    POST   "/t/{tenant}/plan"                            Owner  FREE   pages::settings::set_plan, "Change the plan by form";
    POST   "/t/{tenant}/members"                         Owner  FREE   pages::settings::set_role, "Change a role, or invite, by form";
    POST   "/t/{tenant}/members/{name}/remove"           Viewer FREE   pages::settings::remove,  "Remove a member, or leave, by form";
    POST   "/t/{tenant}/settings"                        Owner  FREE   pages::settings::set_metadata, "Keep metadata or remove it, by form";
    POST   "/t/{tenant}/delete"                          Owner  FREE   pages::settings::delete,  "Delete the tenant by form";
    POST   "/t/{tenant}/invite-links"                    Owner  FREE   pages::settings::make_link, "Make an invite link by form";
    POST   "/t/{tenant}/invite-links/{name}/revoke"      Owner  FREE   pages::settings::withdraw_link, "Withdraw an invite link by form";

    POST   "/t/{tenant}/images"                          Member UPLOAD upload,                   "Upload pictures";
    GET    "/t/{tenant}/images"                          Viewer BROWSE images::list,             "List pictures, newest first";
    POST   "/t/{tenant}/images/batch"                    Member BROWSE batch::submit,            "Do one thing to many pictures";
    GET    "/t/{tenant}/images/{name}"                   Viewer BROWSE pages::image::show,       "One picture: its record, or its page";
    PATCH  "/t/{tenant}/images/{name}"                   Member BROWSE images::edit,             "Change title or tags";
    DELETE "/t/{tenant}/images/{name}"                   Member BROWSE images::delete,           "Delete a picture";
    POST   "/t/{tenant}/images/{name}/edit"              Member BROWSE pages::image::edit,       "Change title or tags by form";
    POST   "/t/{tenant}/images/{name}/delete"            Member BROWSE pages::image::delete,     "Delete a picture by form";
    POST   "/t/{tenant}/images/{name}/restore"           Member BROWSE images::restore,          "Take a deletion back";
    GET    "/t/{tenant}/images/{name}/pull"              Viewer PULL   pull::original,           "The original";
    GET    "/t/{tenant}/images/{name}/thumb/{size}"      Viewer BROWSE pull::thumbnail,          "A thumbnail";
    GET    "/t/{tenant}/download"                        Viewer PULL   download::zip,            "Several originals, or an album, as one zip";
    GET    "/t/{tenant}/tags"                            Viewer BROWSE tags::list,               "Tags, the most used first";
    GET    "/t/{tenant}/usage"                           Viewer BROWSE usage::show,              "What the pictures take of what the plan allows";

    GET    "/t/{tenant}/albums"                          Viewer BROWSE albums::list,             "Albums, newest first";
    POST   "/t/{tenant}/albums"                          Member BROWSE albums::create,           "Make an album";
    GET    "/t/{tenant}/albums/{name}"                   Viewer BROWSE albums::show,             "One album: its record, or its page";
    PATCH  "/t/{tenant}/albums/{name}"                   Member BROWSE albums::edit,             "Change an album's title or cover";
    DELETE "/t/{tenant}/albums/{name}"                   Member BROWSE albums::delete,           "Delete an album; its pictures stay";
    POST   "/t/{tenant}/albums/{name}/edit"              Member BROWSE pages::albums::edit,      "Change an album by form";
    POST   "/t/{tenant}/albums/{name}/delete"            Member BROWSE pages::albums::delete,    "Delete an album by form";
    GET    "/t/{tenant}/shares"                          Member BROWSE shares::list,             "Share links";
    POST   "/t/{tenant}/shares"                          Member BROWSE shares::create,           "Make a share link";
    DELETE "/t/{tenant}/shares/{name}"                   Member BROWSE shares::delete,           "End a share link";
    POST   "/t/{tenant}/shares/{name}/revoke"            Member BROWSE pages::shares::revoke,    "Revoke a share link by form";
};

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
            config.image_limits(),
            config.decoder(),
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
            .app_data(
                web::QueryConfig::default()
                    .error_handler(|error, _| AppError::Malformed(error.to_string()).into()),
            )
            .wrap(from_fn(enforce))
            .wrap(from_fn(request_log::count_refusals))
            .wrap(from_fn(show_to_browsers))
            .wrap(from_fn(linger))
            .wrap(from_fn(request_log::record))
            .wrap(
                DefaultHeaders::new()
                    .add(("content-security-policy", CONTENT_SECURITY_POLICY))
                    .add(("x-content-type-options", "nosniff"))
                    .add(("referrer-policy", "same-origin")),
            )
            .configure(routes)
            .default_service(web::to(nowhere))
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
    tokio::spawn(stop_when_told(server.handle(), shared)?);
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

/// What most paths begin with, the longer ones first. A request is held against the paths that
/// begin as its own does, one after the other, and not against all.
const PREFIXES: [&str; 4] = ["/t/{tenant}/images", "/t/{tenant}", "/api/v1", ""];

fn routes(config: &mut web::ServiceConfig) {
    let prefix_of = |endpoint: &Endpoint| {
        let mut known = PREFIXES.into_iter();
        known.find(|prefix| endpoint.path.starts_with(prefix))
    };
    for prefix in PREFIXES {
        let register = |scope: &mut web::ServiceConfig| {
            let within = ENDPOINTS.iter();
            for endpoint in within.filter(|endpoint| prefix_of(endpoint) == Some(prefix)) {
                (endpoint.register)(endpoint, prefix, scope);
            }
        };
        if prefix.is_empty() {
            register(config);
        } else {
            config.service(web::scope(prefix).configure(register));
        }
    }
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

/// Whatever no route answers: another method's path, or nothing at all.
async fn nowhere(request: HttpRequest) -> Result<HttpResponse, AppError> {
    static PATHS: LazyLock<Vec<(ResourceDef, &Endpoint)>> = LazyLock::new(|| {
        let endpoints = ENDPOINTS.iter();
        let paths = endpoints.map(|endpoint| (ResourceDef::new(endpoint.path), endpoint));
        paths.collect()
    });
    let path = request.path();
    let there: Vec<&Endpoint> = PATHS
        .iter()
        .filter(|(known, _)| known.is_match(path))
        .map(|(_, endpoint)| *endpoint)
        .collect();
    if there.is_empty()
        || there
            .iter()
            .any(|endpoint| endpoint.takes(request.method()))
    {
        return Err(AppError::NotFound);
    }
    let mut methods: Vec<&str> = there.iter().map(|endpoint| endpoint.method).collect();
    if methods.contains(&Method::GET.as_str()) {
        methods.push("HEAD");
    }
    Err(AppError::MethodNotAllowed(methods.join(", ")))
}
