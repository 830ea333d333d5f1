//! What the filter may cost.

use crate::compiled;
use crate::proxy::{Exchange, Fate, Worker, headers, module_bytes};
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

/// Ann pulls a picture of hers.
fn pull() -> Exchange {
    tenant_request("GET", "/t/ann/images/1/pull", &ann())
}

/// The proxy's functions that one more of these requests and its response take.
fn hostcalls(worker: &mut Worker, exchange: &Exchange) -> Vec<&'static str> {
    let (context, fate) = worker.request(exchange.clone());
    if let Fate::Passed(_) = fate {
        worker.response(context, headers(&[(":status", "200")]));
    }
    worker.exchange_mut(context).hostcalls.clone()
}

/// None is left that can go. Each that hands something over costs the proxy three times what the others do.
const ALLOWED: [&str; 9] = [
    // What is asked, and by whom.
    "header_pairs",
    // Tokens expire, and buckets drain.
    "now",
    // The user's bucket and the tenant's are in one value, which is read and replaced.
    "shared_data",
    "set_shared_data",
    // The user and the tenant.
    "replace_header",
    "replace_header",
    // The response's: which filter, its limits, and how full they are.
    "replace_header",
    "replace_header",
    "replace_header",
];

#[test]
fn an_allowed_limited_request_and_its_response_take_nine_calls_of_the_proxy() {
    let (_proxy, mut worker) = worker();
    // The token was not seen before: whether it is to be verified depends on the address's bad tokens.
    let first = hostcalls(&mut worker, &pull());
    assert_eq!(
        first[..4],
        ["header_pairs", "now", "property", "shared_data"]
    );
    assert_eq!(hostcalls(&mut worker, &pull()), ALLOWED);
}

#[test]
fn what_the_edge_says_of_the_client_takes_one_call_more() {
    let (_proxy, mut worker) = worker();
    let mut exchange = pull();
    exchange
        .request
        .extend(headers(&[("x-imagehub-client", "192.0.2.1")]));
    exchange.peer = b"spiffe://11111111.consul/ns/default/dc/dc1/svc/edge".to_vec();
    hostcalls(&mut worker, &exchange);
    let mut allowed = ALLOWED.to_vec();
    // It goes along only if it is the edge that says it.
    allowed.insert(4, "property");
    assert_eq!(hostcalls(&mut worker, &exchange), allowed);
}

#[test]
fn a_refusal_reads_one_value_and_tells_the_access_log_why() {
    let (_proxy, mut worker) = worker();
    for _ in 0..10 {
        hostcalls(&mut worker, &pull());
    }
    assert_eq!(
        hostcalls(&mut worker, &pull()),
        [
            "header_pairs",
            "now",
            "shared_data",
            // The verdict and the rule.
            "set_property",
            "set_property",
            "send_local_response"
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
