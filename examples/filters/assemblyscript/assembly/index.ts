// A filter that adds a header to every response and counts it.

// What it calls in Envoy, as proxy-wasm 0.2.1 defines it: a string is an address and a length, in UTF-8.
// Each returns 0 when it worked.
@external("env", "proxy_define_metric")
declare function defineMetric(kind: u32, name: usize, nameLength: usize, number: usize): u32;
@external("env", "proxy_increment_metric")
declare function incrementMetric(number: u32, by: i64): u32;
@external("env", "proxy_add_header_map_value")
declare function addHeader(map: u32, name: usize, nameLength: usize, value: usize, valueLength: usize): u32;

const COUNTER: u32 = 0;
const RESPONSE_HEADERS: u32 = 2;
const CONTINUE: u32 = 0;

const metric = String.UTF8.encode("example_responses");
const header = String.UTF8.encode("x-filtered-by");
const language = String.UTF8.encode("assemblyscript");

// Where Envoy writes the metric's number.
const responses = memory.data(sizeof<u32>());

// What Envoy calls.
export function proxy_abi_version_0_2_1(): void {}

export function proxy_on_memory_allocate(size: usize): usize {
  return heap.alloc(size);
}

export function proxy_on_context_create(context: u32, parent: u32): void {}

// 0 keeps Envoy from using the filter.
export function proxy_on_configure(plugin: u32, length: usize): u32 {
  return u32(defineMetric(COUNTER, changetype<usize>(metric), metric.byteLength, responses) == 0);
}

export function proxy_on_response_headers(exchange: u32, count: u32, end: u32): u32 {
  incrementMetric(load<u32>(responses), 1);
  addHeader(RESPONSE_HEADERS, changetype<usize>(header), header.byteLength, changetype<usize>(language), language.byteLength);
  return CONTINUE;
}
