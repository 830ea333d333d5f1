//! Every route, in one table.

use std::sync::LazyLock;

use actix_web::dev::ResourceDef;
use actix_web::http::Method;
use actix_web::{HttpRequest, HttpResponse, web};
use imagehub_policy::Access::{Member, Owner, Public, User, Viewer};

use crate::error::AppError;
use crate::middleware::Endpoint;
use crate::web::layout::assets;
use crate::web::{
    account, accounts, albums, batch, download, gallery, home, images, invite_links, members,
    openapi, plans, pull, service, settings, shared, shares, tags, tenants, tokens, upload, usage,
};

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

    GET    "/"                                           Public BROWSE home::show,        "Welcome, or one's galleries";
    GET    "/plans"                                      Public BROWSE plans::show,       "The plans";
    GET    "/signup"                                     Public BROWSE accounts::pages::sign_up_form, "The form to sign up";
    GET    "/login"                                      Public BROWSE accounts::pages::log_in_form,  "The form to log in";
    POST   "/signup"                                     Public AUTH   accounts::pages::sign_up, "Sign up by form";
    POST   "/login"                                      Public AUTH   accounts::pages::log_in,  "Log in by form";
    GET    "/session"                                    User   FREE   accounts::pages::renew,   "Renew the session and go on";
    POST   "/logout"                                     User   FREE   accounts::pages::log_out, "Log out by form";
    POST   "/tenants"                                    User   FREE   home::create_tenant, "Create a tenant by form";
    POST   "/invitations/{name}"                         User   FREE   home::accept,      "Accept an invitation by form";
    POST   "/invitations/{name}/decline"                 User   FREE   home::decline,     "Decline an invitation by form";
    GET    "/join/{name}/{secret}"                       Public BROWSE invite_links::show,       "What an invite link leads to";
    POST   "/join/{name}/{secret}"                       User   FREE   invite_links::page::accept,      "Join by an invite link";
    GET    "/account"                                    User   FREE   account::pages::show,     "Password, tokens, the way out";
    GET    "/account/password"                           User   FREE   account::pages::back,     "Back to the account";
    GET    "/account/tokens"                             User   FREE   account::pages::back,     "Back to the account";
    GET    "/account/delete"                             User   FREE   account::pages::back,     "Back to the account";
    POST   "/account/password"                           User   FREE   account::pages::change_password, "Change the password by form";
    POST   "/account/sign-out-everywhere"                User   FREE   account::pages::sign_out_everywhere, "End every session by form";
    POST   "/account/tokens"                             User   FREE   account::pages::make_token, "Make an API token by form";
    POST   "/account/tokens/{name}/revoke"               User   FREE   account::pages::revoke_token, "Revoke an API token by form";
    POST   "/account/delete"                             User   FREE   account::pages::delete,   "Delete the account by form";

    POST   "/api/v1/signup"                              Public AUTH   accounts::sign_up,        "Sign up";
    POST   "/api/v1/login"                               Public AUTH   accounts::log_in,         "Log in";
    GET    "/api/v1/plans"                               Public BROWSE accounts::plans,          "The plans and their limits";
    POST   "/api/v1/session"                             User   FREE   accounts::renew,          "Renew a session from the catalogue";
    POST   "/api/v1/logout"                              User   FREE   accounts::log_out,        "Log out";
    GET    "/api/v1/me"                                  User   FREE   accounts::me,             "Who one is, and where";
    POST   "/api/v1/tenants"                             User   FREE   tenants::create,          "Create a tenant";
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

    GET    "/t/{tenant}"                                 Viewer BROWSE gallery::show,     "The gallery";
    GET    "/t/{tenant}/settings"                        Viewer BROWSE settings::show,    "Plan and members";
    POST   "/t/{tenant}/plan"                            Owner  FREE   settings::set_plan, "Change the plan by form";
    POST   "/t/{tenant}/members"                         Owner  FREE   settings::set_role, "Change a role, or invite, by form";
    POST   "/t/{tenant}/members/{name}/remove"           Viewer FREE   settings::remove,  "Remove a member, or leave, by form";
    POST   "/t/{tenant}/settings"                        Owner  FREE   settings::set_metadata, "Keep metadata or remove it, by form";
    POST   "/t/{tenant}/delete"                          Owner  FREE   settings::delete,  "Delete the tenant by form";
    POST   "/t/{tenant}/invite-links"                    Owner  FREE   settings::make_link, "Make an invite link by form";
    POST   "/t/{tenant}/invite-links/{name}/revoke"      Owner  FREE   settings::withdraw_link, "Withdraw an invite link by form";

    POST   "/t/{tenant}/images"                          Member UPLOAD upload::upload,                  "Upload pictures";
    GET    "/t/{tenant}/images"                          Viewer BROWSE images::list,             "List pictures, newest first";
    POST   "/t/{tenant}/images/batch"                    Member BROWSE batch::submit,            "Do one thing to many pictures";
    GET    "/t/{tenant}/images/{name}"                   Viewer BROWSE images::page::show,       "One picture: its record, or its page";
    PATCH  "/t/{tenant}/images/{name}"                   Member BROWSE images::edit,             "Change title or tags";
    DELETE "/t/{tenant}/images/{name}"                   Member BROWSE images::delete,           "Delete a picture";
    POST   "/t/{tenant}/images/{name}/edit"              Member BROWSE images::page::edit,       "Change title or tags by form";
    POST   "/t/{tenant}/images/{name}/delete"            Member BROWSE images::page::delete,     "Delete a picture by form";
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
    POST   "/t/{tenant}/albums/{name}/edit"              Member BROWSE albums::pages::edit,      "Change an album by form";
    POST   "/t/{tenant}/albums/{name}/delete"            Member BROWSE albums::pages::delete,    "Delete an album by form";
    GET    "/t/{tenant}/shares"                          Member BROWSE shares::list,             "Share links";
    POST   "/t/{tenant}/shares"                          Member BROWSE shares::create,           "Make a share link";
    DELETE "/t/{tenant}/shares/{name}"                   Member BROWSE shares::delete,           "End a share link";
    POST   "/t/{tenant}/shares/{name}/revoke"            Member BROWSE shares::pages::revoke,    "Revoke a share link by form";
};

/// What most paths begin with, the longer ones first. A request is held against the paths that
/// begin as its own does, one after the other, and not against all.
const PREFIXES: [&str; 4] = ["/t/{tenant}/images", "/t/{tenant}", "/api/v1", ""];

/// Registers every route.
pub fn register(config: &mut web::ServiceConfig) {
    let prefix_of = |endpoint: &Endpoint| {
        let mut known = PREFIXES.into_iter();
        known.find(|prefix| endpoint.path.starts_with(prefix))
    };
    for prefix in PREFIXES {
        let within_scope = |scope: &mut web::ServiceConfig| {
            let within = ENDPOINTS.iter();
            for endpoint in within.filter(|endpoint| prefix_of(endpoint) == Some(prefix)) {
                (endpoint.register)(endpoint, prefix, scope);
            }
        };
        if prefix.is_empty() {
            within_scope(config);
        } else {
            config.service(web::scope(prefix).configure(within_scope));
        }
    }
}

/// Whatever no route answers: another method's path, or nothing at all.
pub async fn fallback(request: HttpRequest) -> Result<HttpResponse, AppError> {
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
