//! What the filter may cost.

use crate::compiled;
use crate::proxy::{headers, module_bytes};
use crate::support::{ann, tenant_request, worker};

#[test]
fn the_module_is_small() {
    let bytes = module_bytes().len();
    assert!(
        bytes <= 512 * 1024,
        "{}: {bytes} bytes",
        compiled::path().display()
    );
}

#[test]
fn an_allowed_limited_request_and_its_response_take_few_calls_of_the_proxy() {
    let (_proxy, mut worker) = worker();
    let mut exchange = tenant_request("GET", "/t/ann/images/1/pull", &ann());
    exchange
        .request
        .extend(headers(&[("x-imagehub-client", "192.0.2.1")]));
    exchange.peer = b"spiffe://11111111.consul/ns/default/dc/dc1/svc/edge".to_vec();
    let (context, fate) = worker.request(exchange.clone());
    fate.passed();
    // The token was not seen before: whether it is to be verified depends on the address's bad tokens.
    let first = &worker.exchange_mut(context).hostcalls;
    assert_eq!(
        first[..4],
        ["header_pairs", "now", "property", "shared_data"]
    );
    let (context, fate) = worker.request(exchange);
    fate.passed();
    worker.response(context, headers(&[(":status", "200")]));
    assert_eq!(
        worker.exchange_mut(context).hostcalls,
        [
            "header_pairs",
            "now",
            // The user's bucket, then the tenant's.
            "shared_data",
            "set_shared_data",
            "shared_data",
            "set_shared_data",
            // Who tells the client's address: it goes along.
            "property",
            // User and tenant.
            "replace_header",
            "replace_header",
            // The response's three.
            "replace_header",
            "replace_header",
            "replace_header",
        ]
    );
}

#[test]
fn requests_leave_no_memory_behind() {
    let (_proxy, mut worker) = worker();
    let ann = ann();
    let mut serve = |requests: usize| {
        for _ in 0..requests {
            let (context, _) = worker.request(tenant_request("GET", "/t/ann", &ann));
            worker.response(context, headers(&[(":status", "200")]));
            worker.finish(context);
        }
        worker.memory()
    };
    let before = serve(500);
    assert_eq!(serve(2000), before);
}
