//! One row of the route table.

use actix_web::guard::{self, Guard};
use actix_web::http::Method;
use actix_web::middleware::from_fn;
use actix_web::{Resource, Route, web};
use imagehub_policy::Access;

use crate::auth::gate;

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
    /// Puts it into the application.
    pub register: fn(&Endpoint, &mut web::ServiceConfig),
}

impl Endpoint {
    /// Registers the handler behind the gate.
    pub fn serve(&self, config: &mut web::ServiceConfig, handler: Route) {
        let access = self.access;
        config.service(
            Resource::new(self.path)
                .guard(MethodOf(self.method))
                .wrap(from_fn(move |request, next| gate(access, request, next)))
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
