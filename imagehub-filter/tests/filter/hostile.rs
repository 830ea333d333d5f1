//! No bytes whatsoever trap the VM.

use crate::proxy::{Fate, Headers, headers};
use crate::support::{Random, ann, public_request, random, tenant_request, worker};

fn hostile_head(random: &mut Random, token: &str) -> Headers {
    let mut head = headers(&[(":method", "GET"), (":authority", "hub")]);
    let paths: [&[u8]; 8] = [
        b"/t/ann/images",
        b"/t/ann/../bob",
        b"/t/%61nn%2fimages",
        b"/t//ann",
        b"/t/ann\0/images",
        b"",
        b"*",
        b"/\xff\xfe?\xff",
    ];
    let mut path = paths[random.below(paths.len())].to_vec();
    if random.below(3) == 0 {
        path.extend(random.bytes(64));
    }
    if random.below(50) == 0 {
        path.extend(vec![b'a'; 10_000]);
    }
    head.push((b":path".to_vec(), path));
    for _ in 0..random.below(6) {
        let names: [&[u8]; 6] = [
            b"authorization",
            b"cookie",
            b"accept",
            b"x-imagehub-user",
            b"x-imagehub-client",
            b":method",
        ];
        let name = names[random.below(names.len())].to_vec();
        let value = match random.below(6) {
            0 => random.bytes(300),
            1 => [b"Bearer ".as_slice(), &mutated(random, token)].concat(),
            2 => [b"imagehub_session=".as_slice(), &mutated(random, token)].concat(),
            3 => [b"Bearer ".as_slice(), &vec![b'x'; 20_000]].concat(),
            4 => b"text/html;q=\xff,*/*;;;=".to_vec(),
            _ => Vec::new(),
        };
        head.push((name, value));
    }
    if random.below(4) == 0 {
        // The proxy lets only tokens in as names.
        let name = format!("x-{}", random.below(1_000)).into_bytes();
        head.push((name, random.bytes(40)));
    }
    head
}

fn mutated(random: &mut Random, token: &str) -> Vec<u8> {
    let mut bytes = token.as_bytes().to_vec();
    for _ in 0..random.below(3) {
        let at = random.below(bytes.len());
        bytes[at] = random.byte();
    }
    let keep = bytes.len() - random.below(2) * random.below(bytes.len());
    bytes.truncate(keep);
    bytes
}

#[test]
fn no_head_traps() {
    let (_proxy, mut worker) = worker();
    let mut random = random(2);
    let ann = ann();
    for _ in 0..3_000 {
        let mut exchange = public_request("GET", "/");
        exchange.request = hostile_head(&mut random, &ann);
        exchange.peer = random.bytes(40);
        exchange.source_address = random.bytes(20);
        let (context, fate) = worker.request(exchange);
        if let Fate::Replied(reply) = fate {
            assert!(
                [303, 400, 401, 403, 429].contains(&reply.status),
                "{}",
                reply.status
            );
        }
        worker.trailers(
            context,
            vec![(b"x-imagehub-role".to_vec(), random.bytes(20))],
        );
        worker.response(context, headers(&[(":status", "200")]));
        worker.finish(context);
    }
    worker
        .request(tenant_request("GET", "/t/ann/settings", &ann))
        .1
        .passed();
}

/// The feature `test-trap` is for tests of healing, and in no module that is shipped.
#[test]
fn no_header_asks_for_a_trap() {
    let (_proxy, mut worker) = worker();
    let mut exchange = public_request("GET", "/healthz");
    exchange
        .request
        .extend(headers(&[("x-imagehub-trap", "1")]));
    worker.request(exchange).1.passed();
}
