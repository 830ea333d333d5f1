//! What the filter may cost.

use crate::proxy::{module_bytes, module_path};
use crate::support::{ann, tenant_request, worker};

#[test]
fn the_module_is_small() {
    let bytes = module_bytes().len();
    assert!(
        bytes <= 400_000,
        "{}: {bytes} bytes",
        module_path().display()
    );
}

#[test]
fn an_allowed_limited_request_and_its_response_take_few_calls_of_the_proxy() {
    let (_proxy, mut worker) = worker();
    let (context, fate) = worker.request(tenant_request("GET", "/t/ann/images/1/pull", &ann()));
    fate.passed();
    worker.response(context, crate::proxy::headers(&[(":status", "200")]));
    let calls = &worker.exchange_mut(context).hostcalls;
    assert!(calls.len() <= 12, "{} calls: {calls:?}", calls.len());
}

#[test]
fn requests_leave_no_memory_behind() {
    let (_proxy, mut worker) = worker();
    let ann = ann();
    let mut serve = |requests: usize| {
        for _ in 0..requests {
            let (context, _) = worker.request(tenant_request("GET", "/t/ann", &ann));
            worker.response(context, crate::proxy::headers(&[(":status", "200")]));
            worker.finish(context);
        }
        worker.memory()
    };
    let before = serve(500);
    assert_eq!(serve(2000), before);
}
