//! A filter that adds a header to every response and counts it.

use proxy_wasm::hostcalls::{define_metric, increment_metric};
use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::{Action, ContextType, MetricType};

proxy_wasm::main! {{
    proxy_wasm::set_root_context(|_| Box::new(Plugin { responses: 0 }));
}}

/// Is there once in each of Envoy's workers.
struct Plugin {
    /// The metric's number at Envoy.
    responses: u32,
}

impl Context for Plugin {}

impl RootContext for Plugin {
    /// False keeps Envoy from using the filter.
    fn on_configure(&mut self, _size: usize) -> bool {
        let Ok(number) = define_metric(MetricType::Counter, "example_responses") else {
            return false;
        };
        self.responses = number;
        true
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }

    fn create_http_context(&self, _id: u32) -> Option<Box<dyn HttpContext>> {
        let responses = self.responses;
        Some(Box::new(Exchange { responses }))
    }
}

/// One request and its response.
struct Exchange {
    responses: u32,
}

impl Context for Exchange {}

impl HttpContext for Exchange {
    fn on_http_response_headers(&mut self, _count: usize, _end_of_stream: bool) -> Action {
        // A response that was not counted is sent all the same.
        let _ = increment_metric(self.responses, 1);
        self.add_http_response_header("x-filtered-by", "rust");
        Action::Continue
    }
}
