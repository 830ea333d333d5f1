//! The proxy's functions. This is the only file that calls them.
//!
//! The SDK panics on a status that it does not expect. Envoy gives such a status only for a function that
//! the list of `AllowedCapabilities` leaves out, or for headers at a time at which there are none.
#![expect(
    unsafe_code,
    reason = "two functions of the proxy that the SDK does not offer"
)]

use std::time::{Duration, UNIX_EPOCH};

use imagehub_policy::Timestamp;
use proxy_wasm::hostcalls;
use proxy_wasm::types::{BufferType, LogLevel, MapType, MetricType, Status};

/// Headers as the proxy holds them. Names are tokens, values are any bytes.
pub type Headers = Vec<(String, Vec<u8>)>;

/// Writes one line to the proxy's log.
pub fn log(level: LogLevel, message: &str) {
    let _ = hostcalls::log(level, message);
}

/// The proxy's wall clock.
pub fn now() -> Timestamp {
    hostcalls::get_current_time()
        .ok()
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
        .and_then(|since| u64::try_from(since.as_nanos()).ok())
        .map_or_else(Timestamp::default, Timestamp::from_nanos)
}

/// Asks for a tick of the root context every `milliseconds`, the next one after that time.
pub fn set_tick_period(milliseconds: u32) {
    let _ = hostcalls::set_tick_period(Duration::from_millis(milliseconds.into()));
}

/// Makes the calls that follow concern another context of this VM. False if there is no such context.
pub fn set_effective_context(context: u32) -> bool {
    hostcalls::set_effective_context(context).is_ok()
}

/// What the filter was configured with: `size` bytes.
pub fn configuration(size: usize) -> Vec<u8> {
    buffer(BufferType::PluginConfiguration, size)
}

/// The body of the answer to [`http_call`], at most `max` bytes of it.
pub fn call_body(max: usize) -> Vec<u8> {
    buffer(BufferType::HttpCallResponseBody, max)
}

fn buffer(buffer: BufferType, max: usize) -> Vec<u8> {
    let bytes = hostcalls::get_buffer(buffer, 0, max);
    bytes.ok().flatten().unwrap_or_default()
}

/// All headers of a map, none where there is no such map now. The SDK panics on a name that is not UTF-8: the
/// proxy lets none in.
pub fn headers(map: MapType) -> Headers {
    hostcalls::get_map_bytes(map).unwrap_or_default()
}

/// Sets a header of the effective context, in place of any of the same name.
///
/// # Errors
/// The proxy's status.
pub fn set_header(map: MapType, name: &str, value: &str) -> Result<(), Status> {
    hostcalls::set_map_value_bytes(map, name, Some(value.as_bytes()))
}

/// Removes every header of a name.
///
/// # Errors
/// The proxy's status.
pub fn remove_header(map: MapType, name: &str) -> Result<(), Status> {
    hostcalls::remove_map_value(map, name)
}

/// A property of the effective context's request or connection; `None` if it has no such property.
pub fn property(path: &[&str]) -> Option<Vec<u8>> {
    hostcalls::get_property(path.to_vec()).ok().flatten()
}

/// Says something about the effective context's request, for the access log: `%FILTER_STATE(wasm.NAME:PLAIN)%`.
pub fn set_property(name: &str, value: &str) {
    let _ = hostcalls::set_property(vec![name], Some(value.as_bytes()));
}

/// The proxy's number for a counter of that name, which all workers share.
pub fn define_counter(name: &str) -> Option<u32> {
    hostcalls::define_metric(MetricType::Counter, name).ok()
}

/// Adds to one of the proxy's counters.
pub fn add_to_counter(id: u32, count: u32) {
    let _ = hostcalls::increment_metric(id, count.into());
}

/// A value that all workers share, and the version that [`set_shared_data`] compares.
pub fn shared_data(key: &str) -> Option<(Vec<u8>, u32)> {
    match hostcalls::get_shared_data(key) {
        Ok((Some(value), Some(version))) => Some((value, version)),
        _ => None,
    }
}

/// Writes a shared value if its version is still `version`, or if there is no value at all.
///
/// # Errors
/// [`Status::CasMismatch`] if another worker wrote first.
pub fn set_shared_data(key: &str, value: &[u8], version: u32) -> Result<(), Status> {
    hostcalls::set_shared_data(key, Some(value), Some(version))
}

/// Lets the effective context's paused request go on.
#[expect(clippy::disallowed_methods, reason = "this is its one use")]
pub fn resume_request() {
    let _ = hostcalls::resume_http_request();
}

/// Sends a request without a body to a cluster. The answer, or its absence after `timeout_millis`, comes to
/// the root context with the token given here. Only to be called from a tick: the SDK files an answer under
/// the context that the proxy entered last.
///
/// # Errors
/// The proxy's status: there is no such cluster yet.
#[expect(clippy::disallowed_methods, reason = "this is its one use")]
pub fn http_call(
    cluster: &str,
    headers: Vec<(&str, &str)>,
    timeout_millis: u32,
) -> Result<u32, Status> {
    let timeout = Duration::from_millis(timeout_millis.into());
    hostcalls::dispatch_http_call(cluster, headers, None, Vec::new(), timeout)
}

#[link(wasm_import_module = "env")]
unsafe extern "C" {
    fn proxy_send_local_response(
        status: u32,
        details: *const u8,
        details_size: usize,
        body: *const u8,
        body_size: usize,
        headers: *const u8,
        headers_size: usize,
        grpc_status: i32,
    ) -> u32;
}

/// Answers the effective context's request. `details` is what the access log calls this answer; the SDK's
/// own call has none. False if the proxy does not take it.
pub fn send_response(status: u16, details: &str, headers: &[(&str, &str)], body: &str) -> bool {
    const NOT_GRPC: i32 = -1;
    let headers = serialize(headers);
    // SAFETY: the proxy copies everything during the call.
    let answered = unsafe {
        proxy_send_local_response(
            status.into(),
            details.as_ptr(),
            details.len(),
            body.as_ptr(),
            body.len(),
            headers.as_ptr(),
            headers.len(),
            NOT_GRPC,
        )
    };
    answered == Status::Ok as u32
}

/// Headers as the ABI passes them: a count, the sizes of each name and value, then the bytes, each followed
/// by a NUL. All numbers are 32 bits, little-endian.
fn serialize(headers: &[(&str, &str)]) -> Vec<u8> {
    // Nothing here can be longer than the VM's 32-bit memory.
    let number = |length: usize| u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes();
    let mut bytes = Vec::with_capacity(1024);
    bytes.extend(number(headers.len()));
    for (name, value) in headers {
        bytes.extend(number(name.len()));
        bytes.extend(number(value.len()));
    }
    for (name, value) in headers {
        for part in [name, value] {
            bytes.extend(part.as_bytes());
            bytes.push(0);
        }
    }
    bytes
}

#[link(wasm_import_module = "wasi_snapshot_preview1")]
unsafe extern "C" {
    fn random_get(buffer: *mut u8, size: usize) -> u32;
}

/// Sixteen bytes that nobody can guess, from the proxy's own generator.
pub fn random() -> Option<[u8; 16]> {
    let mut bytes = [0; 16];
    // SAFETY: the proxy writes `bytes` during the call.
    let done = unsafe { random_get(bytes.as_mut_ptr(), bytes.len()) } == 0;
    done.then_some(bytes)
}
