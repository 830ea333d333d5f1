//! Image Hub's policy as a WebAssembly filter for Envoy, on the `proxy-wasm` SDK.
//!
//! The rules are `imagehub-policy`'s. This crate brings requests to them and their decisions back:
//! `Plugin` is one configuration on one worker, `Request` is one request. Whatever bytes arrive,
//! nothing here may panic: a panic ends the worker's VM, and every request of that worker with it.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]
#![expect(
    missing_docs,
    reason = "the macro below writes the one public function"
)]

mod client;
mod counters;
mod filter;
mod head;
mod host;
mod keys;
mod metrics;
mod reply;
mod waiting;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use filter::{Filter, Outcome};
use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::{Action, ContextType, LogLevel};

proxy_wasm::main! {{
    // This also sends the message of a panic to the proxy's log.
    proxy_wasm::set_log_level(LogLevel::Info);
    proxy_wasm::set_root_context(|context| Box::new(Plugin { context, filter: None }));
}}

/// One configuration on one worker.
struct Plugin {
    context: u32,
    /// `None` until a configuration was accepted.
    filter: Option<Rc<RefCell<Filter>>>,
}

impl Plugin {
    fn with_filter(&self, action: impl FnOnce(&mut Filter)) {
        if let Some(filter) = &self.filter
            && let Ok(mut filter) = filter.try_borrow_mut()
        {
            action(&mut filter);
        }
    }
}

impl Context for Plugin {
    fn on_http_call_response(&mut self, token: u32, headers: usize, body_size: usize, _: usize) {
        self.with_filter(|filter| filter.keys_arrived(token, headers, body_size));
    }
}

impl RootContext for Plugin {
    fn on_configure(&mut self, size: usize) -> bool {
        match Filter::configure(size) {
            Ok(filter) => {
                self.filter = Some(Rc::new(RefCell::new(filter)));
                true
            }
            Err(reason) => {
                let line = format!("imagehub: configuration refused: {reason}");
                host::log(LogLevel::Error, &line);
                false
            }
        }
    }

    fn on_tick(&mut self) {
        self.with_filter(|filter| filter.tick(self.context));
    }

    fn create_http_context(&self, context: u32) -> Option<Box<dyn HttpContext>> {
        Some(Box::new(Request {
            context,
            filter: self.filter.clone(),
            outcome: Rc::default(),
        }))
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }
}

/// One request and its response.
struct Request {
    context: u32,
    filter: Option<Rc<RefCell<Filter>>>,
    /// Shared with the filter, which decides later on a request that waits.
    outcome: Rc<Cell<Outcome>>,
}

impl Context for Request {}

impl HttpContext for Request {
    fn on_http_request_headers(&mut self, _: usize, _: bool) -> Action {
        #[cfg(feature = "test-trap")]
        head::trap_if_asked();
        match self.filter.as_ref().map(|filter| filter.try_borrow_mut()) {
            Some(Ok(mut filter)) => filter.arrive(self.context, &self.outcome),
            // Without a decision nothing passes.
            _ => {
                self.outcome.set(Outcome::Answered);
                reply::not_judged();
                Action::Pause
            }
        }
    }

    fn on_http_request_trailers(&mut self, _: usize) -> Action {
        if head::strip_trailers().is_err() {
            reply::not_judged();
            return Action::Pause;
        }
        Action::Continue
    }

    fn on_http_response_headers(&mut self, _: usize, _: bool) -> Action {
        if let Some(filter) = &self.filter
            && let Ok(filter) = filter.try_borrow()
        {
            filter.complete_response(self.outcome.get());
        }
        Action::Continue
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        if let Some(filter) = &self.filter
            && let Ok(mut filter) = filter.try_borrow_mut()
        {
            filter.forget(self.context);
        }
    }
}
