//! Every decision of the policy, made by the compiled module.

use imagehub_policy::cases::{CLIENT, Case, Expected, Request, cases};
use imagehub_policy::identity_headers::PREFIX;

use crate::proxy::{Exchange, Fate, Headers, LocalReply, Proxy, Worker, headers, value};
use crate::support::{self, NOW};

#[test]
fn the_module_decides_every_case_as_the_policy_says() {
    let cases = cases();
    assert!(!cases.is_empty());
    for case in cases {
        decide(&case);
    }
}

fn decide(case: &Case) {
    let name = case.name;
    let proxy = Proxy::started_at(NOW);
    let mut worker = proxy.worker();
    assert!(
        worker.configure(support::fetching_policy().as_bytes()),
        "{name}"
    );
    if case.keys_listed {
        worker.tick();
        answer_fetches(&mut worker, true);
    }
    for (times, request) in &case.before {
        for _ in 0..*times {
            let (context, _) = worker.request(exchange(request));
            worker.finish(context);
        }
    }
    let (context, fate) = worker.request(exchange(&case.request));
    match &case.expected {
        Expected::Allowed {
            identity,
            rate_limit,
        } => {
            let Fate::Passed(head) = fate else {
                panic!("{name}: {fate:?}");
            };
            assert_eq!(told(&head), headers(identity), "{name}");
            let response = worker.response(context, headers(&[(":status", "200")]));
            assert_eq!(value(&response, "ratelimit"), *rate_limit, "{name}");
        }
        Expected::Explained(texts) => {
            let Fate::Replied(reply) = fate else {
                panic!("{name}: {fate:?}");
            };
            assert_eq!(reply.status, 200, "{name}: {reply:?}");
            assert!(
                value(&reply.headers, "x-imagehub-filter").is_some(),
                "{name}: {reply:?}"
            );
            let body = String::from_utf8_lossy(&reply.body);
            for text in texts {
                assert!(body.contains(text), "{name}: {body}");
            }
        }
        Expected::Refused {
            status,
            code,
            headers,
            awaits_keys,
        } => {
            assert_eq!(fate.is_paused(), *awaits_keys, "{name}: {fate:?}");
            if *awaits_keys {
                wait_in_vain(&proxy, &mut worker, case.keys_listed);
            }
            let Fate::Replied(reply) = worker.exchange_mut(context).fate() else {
                panic!("{name}: not answered");
            };
            assert_eq!(reply.status, *status, "{name}: {reply:?}");
            assert!(names(&reply, code), "{name}: {reply:?}");
            if let Some(link) = case.link {
                let body = String::from_utf8_lossy(&reply.body);
                assert!(body.contains(&format!("href=\"{link}\"")), "{name}: {body}");
            }
            for (header, text) in headers {
                let found = value(&reply.headers, header);
                assert!(
                    found.is_some_and(|found| found.contains(text)),
                    "{name}: {header} is {found:?}"
                );
            }
        }
    }
}

fn exchange(request: &Request) -> Exchange {
    let mut head: Headers = vec![
        (b":method".to_vec(), request.method.into()),
        (b":path".to_vec(), request.path.clone()),
    ];
    head.extend(
        request
            .headers
            .iter()
            .map(|(name, value)| (name.as_bytes().to_vec(), value.clone())),
    );
    let mut exchange = Exchange::new(head);
    exchange.source_address = format!("{CLIENT}:4711").into_bytes();
    exchange
}

fn told(head: &Headers) -> Headers {
    head.iter()
        .filter(|(name, _)| name.starts_with(PREFIX.as_bytes()))
        .cloned()
        .collect()
}

/// Whether a body names the code, as problem details or as a page.
fn names(reply: &LocalReply, code: &str) -> bool {
    let body = String::from_utf8_lossy(&reply.body);
    body.contains(&format!(r#""code":"{code}""#))
        || body.contains(&format!(r#"data-code="{code}""#))
}

fn answer_fetches(worker: &mut Worker, listed: bool) {
    for call in worker.take_calls() {
        let jwks = support::jwks();
        worker.answer(&call, listed.then_some(("200", jwks.as_bytes())));
    }
}

/// Two seconds in which no other keys come.
fn wait_in_vain(proxy: &Proxy, worker: &mut Worker, listed: bool) {
    for _ in 0..20 {
        answer_fetches(worker, listed);
        proxy.advance_millis(100);
        worker.tick();
    }
}
