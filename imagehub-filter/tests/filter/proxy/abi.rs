//! The proxy's functions the module imports.

use wasmi::{Caller, Error, Extern, ExternType, Linker, Memory, Module, Val};

use super::exchange::LocalReply;
use super::worker::{Call, State};
use super::{Exchange, Headers, shared_data, telemetry};

pub(super) type Host<'c> = Caller<'c, State>;
pub(super) type Answer = Result<u32, Error>;

pub(super) const OK: u32 = 0;
pub(super) const NOT_FOUND: u32 = 1;
const BAD_ARGUMENT: u32 = 2;

/// Defines the functions of the ABI that the filter may call, and for every other import of the module one that traps.
pub fn define(linker: &mut Linker<State>, module: &Module) {
    linker.allow_shadowing(true);
    for import in module.imports() {
        let ExternType::Func(kind) = import.ty() else {
            continue;
        };
        let name = import.name().to_owned();
        let refuse = move |_: Host<'_>, _: &[Val], _: &mut [Val]| {
            Err(Error::new(format!("{name} is not allowed")))
        };
        linker
            .func_new(import.module(), import.name(), kind.clone(), refuse)
            .expect("shadowing is allowed");
    }
    let env = "env";
    let wrap = |result: Result<&mut Linker<State>, _>| {
        result.map(drop).expect("each name once");
    };
    wrap(linker.func_wrap(env, "proxy_log", log));
    wrap(linker.func_wrap(env, "proxy_get_current_time_nanoseconds", now));
    wrap(linker.func_wrap(env, "proxy_set_tick_period_milliseconds", tick_period));
    wrap(linker.func_wrap(env, "proxy_set_effective_context", effective_context));
    wrap(linker.func_wrap(env, "proxy_get_buffer_bytes", buffer));
    wrap(linker.func_wrap(env, "proxy_get_header_map_pairs", header_pairs));
    wrap(linker.func_wrap(env, "proxy_replace_header_map_value", replace_header));
    wrap(linker.func_wrap(env, "proxy_remove_header_map_value", remove_header));
    wrap(linker.func_wrap(env, "proxy_get_property", property));
    wrap(linker.func_wrap(env, "proxy_continue_stream", continue_stream));
    wrap(linker.func_wrap(env, "proxy_send_local_response", send_local_response));
    wrap(linker.func_wrap(env, "proxy_http_call", http_call));
    wrap(linker.func_wrap("wasi_snapshot_preview1", "random_get", random));
    shared_data::define(linker).expect("each name once");
    telemetry::define(linker).expect("each name once");
}

fn memory(host: &Host<'_>) -> Memory {
    host.get_export("memory")
        .and_then(Extern::into_memory)
        .expect("an exported memory")
}

pub(super) fn read(host: &Host<'_>, at: u32, size: u32) -> Result<Vec<u8>, Error> {
    let mut bytes = vec![0; size as usize];
    memory(host).read(host, at as usize, &mut bytes)?;
    Ok(bytes)
}

pub(super) fn write(host: &mut Host<'_>, at: u32, bytes: &[u8]) -> Result<(), Error> {
    memory(host).write(host, at as usize, bytes)?;
    Ok(())
}

/// Hands bytes over in a buffer the module allocates.
pub(super) fn hand_over(
    host: &mut Host<'_>,
    bytes: &[u8],
    data: u32,
    size: u32,
) -> Result<(), Error> {
    let length = u32::try_from(bytes.len()).expect("a small value");
    let room = if bytes.is_empty() {
        0
    } else {
        let allocate = host
            .get_export("malloc")
            .and_then(Extern::into_func)
            .expect("an exported allocator");
        let room = allocate
            .typed::<u32, u32>(&*host)?
            .call(&mut *host, length)?;
        write(host, room, bytes)?;
        room
    };
    write(host, data, &room.to_le_bytes())?;
    write(host, size, &length.to_le_bytes())
}

/// The effective context's exchange, counting the call.
pub(super) fn exchange<'h>(host: &'h mut Host<'_>, call: &'static str) -> Option<&'h mut Exchange> {
    let state = host.data_mut();
    let context = state.context();
    let exchange = state.exchanges.get_mut(&context)?;
    exchange.hostcalls.push(call);
    Some(exchange)
}

impl State {
    fn context(&self) -> u32 {
        if self.effective == 0 {
            self.current
        } else {
            self.effective
        }
    }
}

fn map<'h>(host: &'h mut Host<'_>, map: u32, call: &'static str) -> Option<&'h mut Headers> {
    if map == 6 {
        return host.data_mut().answer.as_mut().map(|(headers, _)| headers);
    }
    let exchange = exchange(host, call)?;
    match map {
        0 => Some(&mut exchange.request),
        1 => Some(&mut exchange.trailers),
        2 => Some(&mut exchange.response),
        _ => None,
    }
}

fn log(mut host: Host<'_>, level: u32, message: u32, size: u32) -> Answer {
    host.data_mut().called.insert("proxy_log");
    let message = String::from_utf8_lossy(&read(&host, message, size)?).into_owned();
    let level = ["trace", "debug", "info", "warn", "error", "critical"][level as usize];
    host.data_mut().log.push(format!("{level}: {message}"));
    Ok(OK)
}

fn now(mut host: Host<'_>, time: u32) -> Answer {
    host.data_mut()
        .called
        .insert("proxy_get_current_time_nanoseconds");
    exchange(&mut host, "now");
    let now = host.data().proxy.now();
    write(&mut host, time, &now.to_le_bytes())?;
    Ok(OK)
}

fn tick_period(mut host: Host<'_>, period: u32) -> Answer {
    host.data_mut()
        .called
        .insert("proxy_set_tick_period_milliseconds");
    let state = host.data_mut();
    state.tick_millis = period;
    Ok(OK)
}

fn effective_context(mut host: Host<'_>, context: u32) -> Answer {
    host.data_mut().called.insert("proxy_set_effective_context");
    let state = host.data_mut();
    if context != state.root && !state.exchanges.contains_key(&context) {
        return Ok(BAD_ARGUMENT);
    }
    state.effective = context;
    Ok(OK)
}

fn buffer(mut host: Host<'_>, buffer: u32, start: u32, max: u32, data: u32, size: u32) -> Answer {
    host.data_mut().called.insert("proxy_get_buffer_bytes");
    let state = host.data();
    let whole = match buffer {
        4 => state.answer.as_ref().map(|(_, body)| body.clone()),
        7 => Some(state.configuration.clone()),
        _ => None,
    };
    let Some(whole) = whole else {
        return Ok(NOT_FOUND);
    };
    let end = whole.len().min(start as usize + max as usize);
    let Some(part) = whole.get(start as usize..end) else {
        return Ok(BAD_ARGUMENT);
    };
    hand_over(&mut host, part, data, size)?;
    Ok(OK)
}

fn header_pairs(mut host: Host<'_>, which: u32, data: u32, size: u32) -> Answer {
    host.data_mut().called.insert("proxy_get_header_map_pairs");
    let Some(headers) = map(&mut host, which, "header_pairs") else {
        hand_over(&mut host, &[], data, size)?;
        return Ok(OK);
    };
    let mut bytes = u32::try_from(headers.len())
        .expect("few")
        .to_le_bytes()
        .to_vec();
    for (name, value) in &*headers {
        for part in [name, value] {
            bytes.extend(u32::try_from(part.len()).expect("small").to_le_bytes());
        }
    }
    for (name, value) in &*headers {
        for part in [name, value] {
            bytes.extend_from_slice(part);
            bytes.push(0);
        }
    }
    hand_over(&mut host, &bytes, data, size)?;
    Ok(OK)
}

fn parse_pairs(bytes: &[u8]) -> Headers {
    let number = |at: usize| {
        let bytes = bytes[at..at + 4].try_into().expect("four bytes");
        u32::from_le_bytes(bytes) as usize
    };
    let count = number(0);
    let mut at = 4 + 8 * count;
    let mut part = |size: usize| {
        let part = bytes[at..at + size].to_vec();
        assert_eq!(bytes[at + size], 0, "each part ends in NUL");
        at += size + 1;
        part
    };
    (0..count)
        .map(|pair| (part(number(4 + 8 * pair)), part(number(8 + 8 * pair))))
        .collect()
}

fn replace_header(
    mut host: Host<'_>,
    which: u32,
    name: u32,
    name_size: u32,
    value: u32,
    value_size: u32,
) -> Answer {
    host.data_mut()
        .called
        .insert("proxy_replace_header_map_value");
    let (name, value) = (
        read(&host, name, name_size)?,
        read(&host, value, value_size)?,
    );
    match map(&mut host, which, "replace_header") {
        Some(headers) => {
            headers.retain(|(found, _)| *found != name);
            headers.push((name, value));
            Ok(OK)
        }
        None => Ok(BAD_ARGUMENT),
    }
}

fn remove_header(mut host: Host<'_>, which: u32, name: u32, size: u32) -> Answer {
    host.data_mut()
        .called
        .insert("proxy_remove_header_map_value");
    let name = read(&host, name, size)?;
    match map(&mut host, which, "remove_header") {
        Some(headers) => {
            headers.retain(|(found, _)| !found.eq_ignore_ascii_case(&name));
            Ok(OK)
        }
        None => Ok(BAD_ARGUMENT),
    }
}

fn property(mut host: Host<'_>, path: u32, path_size: u32, data: u32, size: u32) -> Answer {
    host.data_mut().called.insert("proxy_get_property");
    let path = read(&host, path, path_size)?;
    let Some(exchange) = exchange(&mut host, "property") else {
        return Ok(NOT_FOUND);
    };
    let value = match path.as_slice() {
        b"source\0address" => exchange.source_address.clone(),
        b"connection\0uri_san_peer_certificate" => exchange.peer.clone(),
        _ => return Ok(NOT_FOUND),
    };
    hand_over(&mut host, &value, data, size)?;
    Ok(OK)
}

fn continue_stream(mut host: Host<'_>, stream: u32) -> Answer {
    host.data_mut().called.insert("proxy_continue_stream");
    assert_eq!(stream, 0, "only requests are paused");
    host.data_mut().replies += 1;
    match exchange(&mut host, "continue_stream") {
        Some(exchange) => {
            exchange.paused = false;
            Ok(OK)
        }
        None => Ok(BAD_ARGUMENT),
    }
}

#[expect(clippy::too_many_arguments, reason = "the ABI's function has these")]
fn send_local_response(
    mut host: Host<'_>,
    status: u32,
    details: u32,
    details_size: u32,
    body: u32,
    body_size: u32,
    headers: u32,
    headers_size: u32,
    _grpc: i32,
) -> Answer {
    host.data_mut().called.insert("proxy_send_local_response");
    let reply = LocalReply {
        status: u16::try_from(status).expect("a status"),
        headers: parse_pairs(&read(&host, headers, headers_size)?),
        body: read(&host, body, body_size)?,
        details: String::from_utf8(read(&host, details, details_size)?).expect("text"),
    };
    host.data_mut().replies += 1;
    match exchange(&mut host, "send_local_response") {
        Some(exchange) => {
            assert!(exchange.reply.is_none(), "one answer to a request");
            exchange.reply = Some(reply);
            Ok(OK)
        }
        None => Ok(BAD_ARGUMENT),
    }
}

#[expect(clippy::too_many_arguments, reason = "the ABI's function has these")]
fn http_call(
    mut host: Host<'_>,
    cluster: u32,
    cluster_size: u32,
    headers: u32,
    headers_size: u32,
    _body: u32,
    body_size: u32,
    _trailers: u32,
    _trailers_size: u32,
    timeout_millis: u32,
    token: u32,
) -> Answer {
    host.data_mut().called.insert("proxy_http_call");
    assert_eq!(body_size, 0, "only reads");
    let cluster = String::from_utf8(read(&host, cluster, cluster_size)?).expect("a name");
    let headers = parse_pairs(&read(&host, headers, headers_size)?);
    let state = host.data_mut();
    if !state.clusters_known {
        return Ok(BAD_ARGUMENT);
    }
    // The SDK files the answer under the context that was entered.
    assert_eq!(
        (state.current, state.context()),
        (state.root, state.root),
        "calls are made as the root context"
    );
    let call = Call {
        token: state.next_token,
        cluster,
        headers,
        timeout_millis,
    };
    state.next_token += 1;
    let written = call.token;
    state.calls.push(call);
    write(&mut host, token, &written.to_le_bytes())?;
    Ok(OK)
}

fn random(mut host: Host<'_>, at: u32, size: u32) -> Answer {
    host.data_mut().called.insert("random_get");
    let seed = host.data().proxy.now().to_le_bytes();
    let bytes: Vec<u8> = seed.into_iter().cycle().take(size as usize).collect();
    write(&mut host, at, &bytes)?;
    Ok(OK)
}
