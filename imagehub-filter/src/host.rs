//! The proxy's functions (proxy-wasm ABI 0.2.1), and the only place that calls them.
//!
//! Each wrapper hands back the proxy's answer as a value. The published SDK's wrappers panic on an answer
//! they did not expect and on header bytes that are not UTF-8; a panic here would end the worker's VM
//! for good, so nothing in this file can.
#![expect(
    unsafe_code,
    reason = "foreign functions and the buffers they hand over; everything above this file is safe"
)]

use std::ptr::null_mut;

/// Why the proxy did not do what it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status(pub u32);

impl Status {
    /// There is no such key, map or property.
    pub const NOT_FOUND: Self = Self(1);
    /// Somebody else wrote the value since it was read.
    pub const CAS_MISMATCH: Self = Self(8);
    /// The proxy said "ok" and handed over nothing usable.
    const INTERNAL_FAILURE: Self = Self(10);
}

/// A set of headers or trailers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum HeaderMap {
    /// The request's head.
    Request = 0,
    /// The request's trailers.
    RequestTrailers = 1,
    /// The response's head.
    Response = 2,
    /// The head of the answer to [`http_call`].
    CallResponse = 6,
}

/// A body or a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Buffer {
    /// The body of the answer to [`http_call`].
    CallResponse = 4,
    /// What the filter was configured with.
    PluginConfiguration = 7,
}

/// How much a log line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum LogLevel {
    /// As it should be.
    Info = 2,
    /// Goes on, but somebody should look.
    Warn = 3,
    /// Something asked for was not done.
    Error = 4,
    /// The VM is about to end.
    Critical = 5,
}

#[link(wasm_import_module = "env")]
unsafe extern "C" {
    fn proxy_log(level: u32, message: *const u8, size: usize) -> u32;
    fn proxy_get_current_time_nanoseconds(time: *mut u64) -> u32;
    fn proxy_set_tick_period_milliseconds(period: u32) -> u32;
    fn proxy_set_effective_context(context: u32) -> u32;
    fn proxy_get_buffer_bytes(
        buffer: u32,
        start: usize,
        max_size: usize,
        data: *mut *mut u8,
        size: *mut usize,
    ) -> u32;
    fn proxy_get_header_map_pairs(map: u32, data: *mut *mut u8, size: *mut usize) -> u32;
    fn proxy_replace_header_map_value(
        map: u32,
        name: *const u8,
        name_size: usize,
        value: *const u8,
        value_size: usize,
    ) -> u32;
    fn proxy_remove_header_map_value(map: u32, name: *const u8, name_size: usize) -> u32;
    fn proxy_get_property(
        path: *const u8,
        path_size: usize,
        data: *mut *mut u8,
        size: *mut usize,
    ) -> u32;
    fn proxy_get_shared_data(
        key: *const u8,
        key_size: usize,
        data: *mut *mut u8,
        size: *mut usize,
        cas: *mut u32,
    ) -> u32;
    fn proxy_set_shared_data(
        key: *const u8,
        key_size: usize,
        value: *const u8,
        value_size: usize,
        cas: u32,
    ) -> u32;
    fn proxy_continue_stream(stream: u32) -> u32;
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
    fn proxy_http_call(
        cluster: *const u8,
        cluster_size: usize,
        headers: *const u8,
        headers_size: usize,
        body: *const u8,
        body_size: usize,
        trailers: *const u8,
        trailers_size: usize,
        timeout_ms: u32,
        token: *mut u32,
    ) -> u32;
}

#[link(wasm_import_module = "wasi_snapshot_preview1")]
unsafe extern "C" {
    fn random_get(buffer: *mut u8, size: usize) -> u32;
}

const OK: u32 = 0;
const REQUEST_STREAM: u32 = 0;
const NOT_GRPC: i32 = -1;

fn done(status: u32) -> Result<(), Status> {
    if status == OK {
        Ok(())
    } else {
        Err(Status(status))
    }
}

/// Takes over a buffer the proxy made through [`allocate`]; a null one is empty.
fn take(data: *mut u8, size: usize) -> Vec<u8> {
    if data.is_null() {
        return Vec::new();
    }
    // SAFETY: the proxy got `data` from `allocate(size)`, wrote all of it and gives it away here.
    unsafe { Vec::from_raw_parts(data, size, size) }
}

/// Makes room the proxy can write into; null when there is none. Freed when the bytes it then
/// carries, handed out by a wrapper below, are dropped.
pub fn allocate(size: usize) -> *mut u8 {
    let mut room = Vec::<u8>::new();
    if size == 0 || room.try_reserve_exact(size).is_err() {
        return null_mut();
    }
    room.resize(size, 0);
    Box::into_raw(room.into_boxed_slice()).cast()
}

/// Writes one line to the proxy's log. A line that cannot be written is lost.
pub fn log(level: LogLevel, message: &str) {
    // SAFETY: the proxy reads `message` during the call.
    unsafe { proxy_log(level as u32, message.as_ptr(), message.len()) };
}

/// The proxy's wall clock, nanoseconds since the Unix epoch.
///
/// # Errors
/// The proxy's status.
pub fn now() -> Result<u64, Status> {
    let mut time = 0;
    // SAFETY: the proxy writes eight bytes.
    done(unsafe { proxy_get_current_time_nanoseconds(&raw mut time) })?;
    Ok(time)
}

/// Asks for a tick of the effective root context every `milliseconds`.
pub fn set_tick_period(milliseconds: u32) {
    // SAFETY: no memory is passed. It fails only for a context that is no longer there.
    unsafe { proxy_set_tick_period_milliseconds(milliseconds) };
}

/// Makes the calls that follow concern another context of this VM.
///
/// # Errors
/// The proxy's status: there is no such context any more.
pub fn set_effective_context(context: u32) -> Result<(), Status> {
    // SAFETY: no memory is passed.
    done(unsafe { proxy_set_effective_context(context) })
}

/// Up to `max` bytes from the beginning of a buffer.
///
/// # Errors
/// The proxy's status.
pub fn buffer(buffer: Buffer, max: usize) -> Result<Vec<u8>, Status> {
    let (mut data, mut size) = (null_mut(), 0);
    // SAFETY: the proxy writes a pointer and a size.
    done(unsafe { proxy_get_buffer_bytes(buffer as u32, 0, max, &raw mut data, &raw mut size) })?;
    Ok(take(data, size))
}

/// All headers of a map at once, as the bytes [`crate::pairs::parse`] reads.
///
/// # Errors
/// The proxy's status: the map is not there at this point of the request.
pub fn header_pairs(map: HeaderMap) -> Result<Vec<u8>, Status> {
    let (mut data, mut size) = (null_mut(), 0);
    // SAFETY: the proxy writes a pointer and a size.
    done(unsafe { proxy_get_header_map_pairs(map as u32, &raw mut data, &raw mut size) })?;
    Ok(take(data, size))
}

/// Sets a header, in place of any of the same name.
///
/// # Errors
/// The proxy's status.
pub fn set_header(map: HeaderMap, name: &str, value: &[u8]) -> Result<(), Status> {
    // SAFETY: the proxy copies both during the call.
    done(unsafe {
        proxy_replace_header_map_value(
            map as u32,
            name.as_ptr(),
            name.len(),
            value.as_ptr(),
            value.len(),
        )
    })
}

/// Removes every header of a name.
///
/// # Errors
/// The proxy's status.
pub fn remove_header(map: HeaderMap, name: &[u8]) -> Result<(), Status> {
    // SAFETY: the proxy reads `name` during the call.
    done(unsafe { proxy_remove_header_map_value(map as u32, name.as_ptr(), name.len()) })
}

/// A property of the request or connection; the parts of its path are separated by NUL.
///
/// # Errors
/// The proxy's status: it is not there.
pub fn property(path: &[u8]) -> Result<Vec<u8>, Status> {
    let (mut data, mut size) = (null_mut(), 0);
    // SAFETY: the proxy reads `path` and writes a pointer and a size.
    done(unsafe { proxy_get_property(path.as_ptr(), path.len(), &raw mut data, &raw mut size) })?;
    Ok(take(data, size))
}

/// A value all workers share, with the stamp that [`set_shared_data`] compares.
///
/// # Errors
/// The proxy's status; [`Status::NOT_FOUND`] when nobody wrote it.
pub fn shared_data(key: &[u8]) -> Result<(Vec<u8>, u32), Status> {
    let (mut data, mut size, mut cas) = (null_mut(), 0, 0);
    // SAFETY: the proxy reads `key` and writes a pointer, a size and a stamp.
    done(unsafe {
        proxy_get_shared_data(
            key.as_ptr(),
            key.len(),
            &raw mut data,
            &raw mut size,
            &raw mut cas,
        )
    })?;
    Ok((take(data, size), cas))
}

/// Writes a shared value if its stamp is still `cas`. A stamp of 0 overwrites whatever is there, and
/// any other inserts where nothing is: see [`create_shared_data`].
///
/// # Errors
/// [`Status::CAS_MISMATCH`] when another worker wrote first.
pub fn set_shared_data(key: &[u8], value: &[u8], cas: u32) -> Result<(), Status> {
    // SAFETY: the proxy copies both during the call.
    done(unsafe {
        proxy_set_shared_data(key.as_ptr(), key.len(), value.as_ptr(), value.len(), cas)
    })
}

/// Writes a shared value only where there is none yet; says whether it did.
///
/// # Errors
/// The proxy's status.
pub fn create_shared_data(key: &[u8], value: &[u8]) -> Result<bool, Status> {
    // The proxy compares stamps only with an existing value, so one that no value has means "insert".
    const NO_VALUES_STAMP: u32 = u32::MAX;
    match set_shared_data(key, value, NO_VALUES_STAMP) {
        Ok(()) => Ok(true),
        Err(Status::CAS_MISMATCH) => Ok(false),
        Err(status) => Err(status),
    }
}

/// Lets the effective context's paused request go on.
///
/// # Errors
/// The proxy's status.
pub fn continue_request() -> Result<(), Status> {
    // SAFETY: no memory is passed.
    done(unsafe { proxy_continue_stream(REQUEST_STREAM) })
}

/// Answers the effective context's request. `headers` as [`crate::pairs::serialize`] writes them;
/// `details` is what the access log calls this answer.
///
/// # Errors
/// The proxy's status.
pub fn send_local_response(
    status: u16,
    details: &str,
    headers: &[u8],
    body: &[u8],
) -> Result<(), Status> {
    // SAFETY: the proxy copies everything during the call.
    done(unsafe {
        proxy_send_local_response(
            u32::from(status),
            details.as_ptr(),
            details.len(),
            body.as_ptr(),
            body.len(),
            headers.as_ptr(),
            headers.len(),
            NOT_GRPC,
        )
    })
}

/// Sends a request without a body to a cluster; the answer, or its absence after `timeout_ms`, comes to
/// the effective context as `on_http_call_response` with the token given here.
///
/// # Errors
/// The proxy's status: no such cluster (yet).
pub fn http_call(cluster: &str, headers: &[u8], timeout_ms: u32) -> Result<u32, Status> {
    const NO_TRAILERS: [u8; 4] = [0; 4];
    let mut token = 0;
    // SAFETY: the proxy copies everything during the call and writes the token.
    done(unsafe {
        proxy_http_call(
            cluster.as_ptr(),
            cluster.len(),
            headers.as_ptr(),
            headers.len(),
            [].as_ptr(),
            0,
            NO_TRAILERS.as_ptr(),
            NO_TRAILERS.len(),
            timeout_ms,
            &raw mut token,
        )
    })?;
    Ok(token)
}

/// Sixteen bytes nobody can guess, from the proxy's own generator.
///
/// # Errors
/// The proxy's status.
pub fn random() -> Result<[u8; 16], Status> {
    let mut bytes = [0; 16];
    // SAFETY: the proxy writes `bytes` during the call.
    if unsafe { random_get(bytes.as_mut_ptr(), bytes.len()) } == OK {
        Ok(bytes)
    } else {
        Err(Status::INTERNAL_FAILURE)
    }
}
