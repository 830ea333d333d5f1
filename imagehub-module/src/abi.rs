//! Envoy's C ABI for dynamic modules as Envoy 1.40 has it (v0.2.0): the functions it offers, the functions
//! it calls, and all unsafe code of this crate.
#![expect(
    unsafe_code,
    reason = "foreign functions, and pointers that Envoy keeps; everything beside this file is safe"
)]

use std::ffi::{c_char, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::{null, null_mut};
use std::slice;
use std::sync::Arc;

use crate::exchange::{self, Action, Exchange};
use crate::rules::Rules;

/// A header's name and value: any bytes.
pub type Header<'a> = (&'a [u8], &'a [u8]);

/// A set of headers or trailers.
#[derive(Clone, Copy, Debug)]
#[repr(u32)]
pub enum HeaderMap {
    /// The request's head.
    Request = 0,
    /// The request's trailers.
    RequestTrailers = 1,
    /// The response's head.
    Response = 2,
}

/// What Envoy knows about a request beside its headers.
#[derive(Clone, Copy, Debug)]
#[repr(u32)]
pub enum Attribute {
    /// The connection's peer.
    SourceAddress = 24,
    /// The name in the peer's certificate.
    PeerUriSan = 37,
}

/// Bytes of either side, not owned.
#[derive(Clone, Copy)]
#[repr(C)]
struct Bytes {
    data: *const u8,
    size: usize,
}

impl From<&[u8]> for Bytes {
    fn from(bytes: &[u8]) -> Self {
        Self {
            data: bytes.as_ptr(),
            size: bytes.len(),
        }
    }
}

impl Bytes {
    const NONE: Self = Self {
        data: null(),
        size: 0,
    };

    /// # Safety
    /// Envoy must keep the bytes for as long as `'a`.
    unsafe fn read<'a>(self) -> &'a [u8] {
        if self.data.is_null() {
            return &[];
        }
        // SAFETY: Envoy's own bytes, and the caller's promise.
        unsafe { slice::from_raw_parts(self.data, self.size) }
    }
}

#[derive(Clone, Copy)]
#[repr(C)]
struct HeaderBytes {
    name: Bytes,
    value: Bytes,
}

unsafe extern "C" {
    fn envoy_dynamic_module_callback_log(level: u32, message: Bytes);
    fn envoy_dynamic_module_callback_http_get_headers_size(filter: *mut c_void, map: u32) -> usize;
    fn envoy_dynamic_module_callback_http_get_headers(
        filter: *mut c_void,
        map: u32,
        headers: *mut HeaderBytes,
    ) -> bool;
    fn envoy_dynamic_module_callback_http_set_header(
        filter: *mut c_void,
        map: u32,
        name: Bytes,
        value: Bytes,
    ) -> bool;
    fn envoy_dynamic_module_callback_http_filter_get_attribute_string(
        filter: *mut c_void,
        attribute: u32,
        value: *mut Bytes,
    ) -> bool;
    fn envoy_dynamic_module_callback_http_send_response(
        filter: *mut c_void,
        status: u32,
        headers: *mut HeaderBytes,
        headers_size: usize,
        body: Bytes,
        details: Bytes,
    );
}

/// Writes an error to Envoy's log.
fn log_error(message: &str) {
    const ERROR: u32 = 4;
    // SAFETY: Envoy reads `message` during the call.
    unsafe { envoy_dynamic_module_callback_log(ERROR, message.as_bytes().into()) };
}

/// Envoy's side of one request, while it asks about it. What was read is valid until something is set.
pub struct Envoy(*mut c_void);

impl Envoy {
    /// All headers of a map; none when the map is not there.
    pub fn headers(&self, map: HeaderMap) -> Vec<Header<'_>> {
        let none = HeaderBytes {
            name: Bytes::NONE,
            value: Bytes::NONE,
        };
        // SAFETY: no memory is passed.
        let size =
            unsafe { envoy_dynamic_module_callback_http_get_headers_size(self.0, map as u32) };
        let mut headers = vec![none; size];
        // SAFETY: Envoy writes as many headers as it has just said. It keeps their bytes until the map
        // changes, for which `&mut self` is needed.
        unsafe {
            if !envoy_dynamic_module_callback_http_get_headers(
                self.0,
                map as u32,
                headers.as_mut_ptr(),
            ) {
                return Vec::new();
            }
            let read = |header: &HeaderBytes| (header.name.read(), header.value.read());
            headers.iter().map(read).collect()
        }
    }

    /// An attribute of the request or connection.
    pub fn attribute(&self, attribute: Attribute) -> Option<&[u8]> {
        let mut value = Bytes::NONE;
        // SAFETY: Envoy writes one value, and keeps its bytes as above.
        unsafe {
            envoy_dynamic_module_callback_http_filter_get_attribute_string(
                self.0,
                attribute as u32,
                &raw mut value,
            )
            .then(|| value.read())
        }
    }

    /// Sets a header, in place of any of the same name.
    pub fn set_header(&mut self, map: HeaderMap, name: &str, value: &str) {
        self.put(map, name.as_bytes(), value.as_bytes().into());
    }

    /// Removes every header of a name.
    pub fn remove_header(&mut self, map: HeaderMap, name: &[u8]) {
        self.put(map, name, Bytes::NONE);
    }

    fn put(&mut self, map: HeaderMap, name: &[u8], value: Bytes) {
        // SAFETY: Envoy copies both during the call.
        unsafe {
            envoy_dynamic_module_callback_http_set_header(self.0, map as u32, name.into(), value);
        }
    }

    /// Answers the request. `details` is what the access log calls the answer.
    pub fn answer(&mut self, status: u16, details: &str, headers: &[(&str, &str)], body: &str) {
        let mut headers: Vec<HeaderBytes> = headers
            .iter()
            .map(|(name, value)| HeaderBytes {
                name: name.as_bytes().into(),
                value: value.as_bytes().into(),
            })
            .collect();
        // SAFETY: Envoy copies everything during the call.
        unsafe {
            envoy_dynamic_module_callback_http_send_response(
                self.0,
                u32::from(status),
                headers.as_mut_ptr(),
                headers.len(),
                body.as_bytes().into(),
                details.as_bytes().into(),
            );
        }
    }
}

/// Runs what Envoy asked for; `None` when it panicked. A panic must not leave the module: that ends the process.
fn guarded<T>(action: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(action)).ok()
}

/// Answers a request of which something panicked.
fn not_judged(envoy: *mut c_void) -> u32 {
    guarded(|| exchange::not_judged(&mut Envoy(envoy)));
    STOP
}

const CONTINUE: u32 = 0;
const STOP: u32 = 1;

/// Called once, before anything else; answers the ABI's version.
#[unsafe(no_mangle)]
extern "C" fn envoy_dynamic_module_on_program_init() -> *const c_char {
    c"v0.2.0".as_ptr()
}

/// A configuration; null refuses it.
#[unsafe(no_mangle)]
unsafe extern "C" fn envoy_dynamic_module_on_http_filter_config_new(
    _envoy: *mut c_void,
    name: Bytes,
    configuration: Bytes,
) -> *const Rules {
    let read = || {
        // SAFETY: Envoy keeps the bytes during the call.
        let (name, configuration) = unsafe { (name.read(), configuration.read()) };
        match Rules::read(name, configuration) {
            Ok(rules) => Arc::into_raw(Arc::new(rules)),
            Err(reason) => {
                log_error(&format!("imagehub: configuration refused: {reason}"));
                null()
            }
        }
    };
    guarded(read).unwrap_or(null())
}

/// The end of a configuration.
#[unsafe(no_mangle)]
unsafe extern "C" fn envoy_dynamic_module_on_http_filter_config_destroy(rules: *const Rules) {
    // SAFETY: it came from `config_new`, and Envoy gives it back once.
    guarded(|| drop(unsafe { Arc::from_raw(rules) }));
}

/// A new request; null when there is no judging it.
#[unsafe(no_mangle)]
unsafe extern "C" fn envoy_dynamic_module_on_http_filter_new(
    rules: *const Rules,
    _envoy: *mut c_void,
) -> *mut Exchange {
    let new = || {
        // SAFETY: it came from `config_new`, and Envoy has not given it back yet.
        let rules = unsafe {
            Arc::increment_strong_count(rules);
            Arc::from_raw(rules)
        };
        Box::into_raw(Box::new(Exchange::new(rules)))
    };
    guarded(new).unwrap_or(null_mut())
}

/// The end of a request.
#[unsafe(no_mangle)]
unsafe extern "C" fn envoy_dynamic_module_on_http_filter_destroy(exchange: *mut Exchange) {
    if !exchange.is_null() {
        // SAFETY: it came from `filter_new`, and Envoy gives it back once.
        guarded(|| drop(unsafe { Box::from_raw(exchange) }));
    }
}

/// The head of a request. One that cannot be judged is not let through.
#[unsafe(no_mangle)]
unsafe extern "C" fn envoy_dynamic_module_on_http_filter_request_headers(
    envoy: *mut c_void,
    exchange: *const Exchange,
    _end_of_stream: bool,
) -> u32 {
    // SAFETY: it came from `filter_new`, is shared only, and lives as long as the request.
    match guarded(|| Some(unsafe { exchange.as_ref() }?.request(&mut Envoy(envoy)))).flatten() {
        Some(Action::Continue) => CONTINUE,
        Some(Action::Stop) => STOP,
        None => not_judged(envoy),
    }
}

/// The trailers of a request: nothing in them may pass for one of the module's own headers.
#[unsafe(no_mangle)]
extern "C" fn envoy_dynamic_module_on_http_filter_request_trailers(
    envoy: *mut c_void,
    _exchange: *const Exchange,
) -> u32 {
    match guarded(|| exchange::strip_trailers(&mut Envoy(envoy))) {
        Some(()) => CONTINUE,
        None => not_judged(envoy),
    }
}

/// The head of a response, of any origin.
#[unsafe(no_mangle)]
unsafe extern "C" fn envoy_dynamic_module_on_http_filter_response_headers(
    envoy: *mut c_void,
    exchange: *const Exchange,
    _end_of_stream: bool,
) -> u32 {
    // SAFETY: as for the request's head.
    guarded(|| unsafe { exchange.as_ref() }.map(|exchange| exchange.response(&mut Envoy(envoy))));
    CONTINUE
}

/// Functions that Envoy wants to find and this module has no use for. All answer 0: the body or trailer
/// goes on.
macro_rules! unused {
    ($($name:ident)*) => {$(
        #[unsafe(no_mangle)]
        extern "C" fn $name() -> u32 {
            CONTINUE
        }
    )*};
}

unused! {
    envoy_dynamic_module_on_http_filter_request_body
    envoy_dynamic_module_on_http_filter_response_body
    envoy_dynamic_module_on_http_filter_response_trailers
    envoy_dynamic_module_on_http_filter_stream_complete
    envoy_dynamic_module_on_http_filter_http_callout_done
    envoy_dynamic_module_on_http_filter_http_stream_headers
    envoy_dynamic_module_on_http_filter_http_stream_data
    envoy_dynamic_module_on_http_filter_http_stream_trailers
    envoy_dynamic_module_on_http_filter_http_stream_complete
    envoy_dynamic_module_on_http_filter_http_stream_reset
    envoy_dynamic_module_on_http_filter_scheduled
    envoy_dynamic_module_on_http_filter_downstream_above_write_buffer_high_watermark
    envoy_dynamic_module_on_http_filter_downstream_below_write_buffer_low_watermark
}
