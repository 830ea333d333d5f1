//! What the proxy calls (proxy-wasm ABI 0.2.1), by these names. Only what the filter needs is here: the
//! proxy enters the VM for every function a module exports, and there is none for bodies.
#![expect(
    unsafe_code,
    reason = "the proxy finds these functions by their plain names; nothing in them is unsafe"
)]

use crate::{host, vm};

const CONTINUE: u32 = 0;
const PAUSE: u32 = 1;

/// What becomes of the request or response the proxy asks about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It goes on.
    Continue,
    /// It stays here, until it is answered or let go.
    Pause,
}

impl Action {
    fn code(self) -> u32 {
        match self {
            Self::Continue => CONTINUE,
            Self::Pause => PAUSE,
        }
    }
}

/// Tells the proxy which ABI this module speaks.
#[unsafe(no_mangle)]
pub extern "C" fn proxy_abi_version_0_2_1() {}

/// Called once, before anything else.
#[unsafe(no_mangle)]
pub extern "C" fn _initialize() {
    std::panic::set_hook(Box::new(|panic| {
        host::log(host::LogLevel::Critical, &panic.to_string());
    }));
}

/// Room for what the proxy hands over.
#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_memory_allocate(size: usize) -> *mut u8 {
    host::allocate(size)
}

/// A new root context (`parent` is 0) or a new request of the root context `parent`.
#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_context_create(context: u32, parent: u32) {
    vm::create(context, parent);
}

/// The end of a context.
#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_delete(context: u32) {
    vm::delete(context);
}

/// The configuration of a root context; `false` refuses it.
#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_configure(root: u32, size: usize) -> bool {
    vm::configure(root, size)
}

/// The timer of a root context.
#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_tick(root: u32) {
    vm::tick(root);
}

/// The head of a request.
#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_request_headers(context: u32, _count: usize, _end: bool) -> u32 {
    vm::request_headers(context).code()
}

/// The trailers of a request.
#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_request_trailers(context: u32, _count: usize) -> u32 {
    vm::request_trailers(context).code()
}

/// The head of a response, of whoever answered.
#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_response_headers(context: u32, _count: usize, _end: bool) -> u32 {
    vm::response_headers(context).code()
}

/// The answer to a call of this filter's own, or its failure (no headers).
#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_http_call_response(
    root: u32,
    token: u32,
    headers: usize,
    body_size: usize,
    _trailers: usize,
) {
    vm::call_response(root, token, headers, body_size);
}
