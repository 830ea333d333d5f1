//! One row of the route table.

use actix_web::dev::ServiceRequest;
use actix_web::guard::{self, Guard};
use actix_web::http::Method;
use actix_web::middleware::from_fn;
use actix_web::{HttpMessage as _, Resource, Route, web};
use imagehub_policy::Access;

use super::gate::gate;

/// One route: what it is called by, who may, what it costs, and what answers it.
pub struct Endpoint {
    /// `GET` implies `HEAD`.
    pub method: &'static str,
    /// The path; names in braces stand for one segment each.
    pub path: &'static str,
    /// Who may, which the gate in front of the handler makes sure of.
    pub access: Access,
    /// The class of requests it is limited with.
    pub class: Option<&'static str>,
    /// What it does, in a few words.
    pub summary: &'static str,
    /// Puts it into the scope of this prefix, which its path begins with.
    pub register: fn(&Endpoint, &str, &mut web::ServiceConfig),
}

/// The path of the route that a request took: what it is counted and logged as.
#[derive(Clone, Copy, Debug)]
pub struct TakenRoute(pub &'static str);

impl Endpoint {
    /// Registers the handler behind the gate.
    pub fn serve(&self, prefix: &str, config: &mut web::ServiceConfig, handler: Route) {
        let (access, path) = (self.access, self.path);
        config.service(
            Resource::new(path.strip_prefix(prefix).unwrap_or(path))
                .guard(MethodOf(self.method))
                .wrap(from_fn(move |request: ServiceRequest, next| {
                    request.extensions_mut().insert(TakenRoute(path));
                    gate(access, request, next)
                }))
                .route(handler),
        );
    }

    /// Whether the method is the one of this route.
    pub fn takes(&self, method: &Method) -> bool {
        *method == self.method || (self.method == "GET" && *method == Method::HEAD)
    }
}

struct MethodOf(&'static str);

impl Guard for MethodOf {
    fn check(&self, context: &guard::GuardContext<'_>) -> bool {
        let method = &context.head().method;
        *method == self.0 || (self.0 == "GET" && *method == Method::HEAD)
    }
}
