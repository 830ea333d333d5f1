use std::collections::BTreeMap;
use std::net::TcpListener;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use reqwest::Method;
use reqwest::multipart::Form;
use serde_json::json;

use crate::world::{Hub, PASSWORD, file, picture};

/// An application whose limits are kept there, and where its metrics are.
fn hub_with_metrics(limits: &str) -> (Hub, String) {
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let data = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_imagehub-app"));
    command
        .args(["--bind", "127.0.0.1:0", "--limits", limits, "--log", "warn"])
        .args(["--metrics-bind", &free.to_string(), "--data"])
        .arg(data.path())
        .env_clear();
    (Hub::run(command, data), format!("http://{free}/metrics"))
}

/// Samples by name and labels, after a look at the format, which is that of OpenMetrics.
async fn read(url: &str) -> BTreeMap<String, f64> {
    let answer = reqwest::get(url).await.unwrap();
    assert_eq!(answer.status(), 200);
    let kind = answer.headers()["content-type"].to_str().unwrap();
    let open_metrics = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert_eq!(kind, open_metrics);
    let text = answer.text().await.unwrap();
    let text = text.strip_suffix("# EOF\n").unwrap();
    let mut types = BTreeMap::new();
    let mut family = ("", "");
    let mut samples = BTreeMap::new();
    for line in text.lines() {
        if let Some(described) = line.strip_prefix("# TYPE ") {
            let (name, kind) = described.split_once(' ').unwrap();
            assert_eq!(types.insert(name, kind), None);
            assert!(!name.ends_with("_total"), "{line}");
            family = (name, kind);
        } else if !line.starts_with("# HELP ") {
            let (sample, value) = line.rsplit_once(' ').unwrap();
            let name = sample.split('{').next().unwrap();
            let suffixes: &[&str] = match family.1 {
                "counter" => &["_total"],
                "gauge" => &[""],
                "histogram" => &["_bucket", "_sum", "_count"],
                "info" => &["_info"],
                other => panic!("{line} is of type {other}"),
            };
            let mut families = suffixes.iter().map(|suffix| name.strip_suffix(suffix));
            assert!(
                families.any(|name| name == Some(family.0)),
                "{line} does not follow its type"
            );
            assert_eq!(
                samples.insert(sample.to_owned(), value.parse().unwrap()),
                None
            );
        }
    }
    samples
}

#[tokio::test]
async fn what_happened_is_counted_by_route_and_code_and_names_nobody() {
    let (hub, metrics) = hub_with_metrics("mesh");
    let ada = hub.sign_up("ada-lovelace").await;
    ada.add("p.png", picture(1)).await;
    let form = Form::new().part("file", file("p.txt", b"not a picture".to_vec()));
    assert_eq!(ada.upload(form).await.status(), 415);
    assert_eq!(hub.get("/t/ada-lovelace/images").await.status(), 401);

    let samples = read(&metrics).await;
    let upload = "method=\"POST\",route=\"/t/{tenant}/images\"";
    let took = "imagehub_http_request_duration_seconds";
    for (sample, expected) in [
        ("imagehub_uploads_stored_total", 1.0),
        ("imagehub_uploads_in_flight", 0.0),
        (
            "imagehub_uploads_refused_total{code=\"unsupported_type\"}",
            1.0,
        ),
        (
            "imagehub_http_refusals_total{code=\"unsupported_type\"}",
            1.0,
        ),
        (
            "imagehub_http_refusals_total{code=\"unauthenticated\"}",
            1.0,
        ),
        ("imagehub_http_responses_total{class=\"2xx\"}", 2.0),
        ("imagehub_http_responses_total{class=\"4xx\"}", 2.0),
        ("imagehub_http_responses_total{class=\"5xx\"}", 0.0),
        ("imagehub_http_requests_in_flight", 0.0),
        ("imagehub_decodes_running", 0.0),
        ("imagehub_decodes_waiting", 0.0),
        ("imagehub_password_hashes_waiting", 0.0),
        ("imagehub_catalogue_errors_total", 0.0),
        ("imagehub_blob_errors_total", 0.0),
        (&format!("{took}_count{{{upload}}}"), 2.0),
        (&format!("{took}_bucket{{le=\"+Inf\",{upload}}}"), 2.0),
    ] {
        assert_eq!(
            samples.get(sample),
            Some(&expected),
            "{sample} {samples:#?}"
        );
    }
    assert!(samples["process_resident_memory_bytes"] > 1e6);
    assert!(samples["process_open_fds"] > 3.0);
    assert!(samples["process_cpu_seconds_total"] > 0.0);
    let named = samples.keys().find(|sample| sample.contains("ada"));
    assert_eq!(named, None);
}

#[tokio::test]
async fn what_its_own_limits_refuse_is_counted_once() {
    let (hub, metrics) = hub_with_metrics("embedded");
    let ada = hub.sign_up("ada").await;
    let image = ada.add("p.png", picture(1)).await;
    let pull = image["pull"].as_str().unwrap();
    for _ in 0..10 {
        assert_eq!(ada.get(pull).await.status(), 200);
    }
    // As a page, too.
    assert_eq!(ada.get(pull).await.status(), 429);
    assert_eq!(ada.page(pull).await.status(), 429);
    assert_eq!(hub.get("/t/ada/images").await.status(), 401);

    let samples = read(&metrics).await;
    for (code, count) in [("rate_limited", 2.0), ("unauthenticated", 1.0)] {
        let sample = format!("imagehub_http_refusals_total{{code=\"{code}\"}}");
        assert_eq!(samples.get(&sample), Some(&count), "{sample} {samples:#?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_says_that_it_is_alive_while_passwords_wait_to_be_hashed() {
    let (hub, metrics) = hub_with_metrics("mesh");
    let waiting = async || read(&metrics).await["imagehub_password_hashes_waiting"];
    let over = Arc::new(AtomicBool::new(false));
    let knocking: Vec<_> = (0..40)
        .map(|number| {
            let log_in = hub.ask(Method::POST, "/api/v1/login");
            let over = Arc::clone(&over);
            tokio::spawn(async move {
                // Of one name ten would be refused unseen.
                let mut names = (0..).map(|nth| format!("nobody-{number}-{nth}"));
                while !over.load(Relaxed) {
                    let body = json!({ "username": names.next(), "password": PASSWORD });
                    let log_in = log_in.try_clone().unwrap().json(&body);
                    assert_eq!(log_in.send().await.unwrap().status(), 401);
                }
            })
        })
        .collect();
    while waiting().await < 20.0 {}
    assert_eq!(hub.get("/healthz").await.status(), 200);
    assert!(waiting().await > 0.0, "it had to wait for them");
    over.store(true, Relaxed);
    for caller in knocking {
        caller.await.unwrap();
    }
}

#[tokio::test]
async fn metrics_are_only_on_their_own_address() {
    let (hub, metrics) = hub_with_metrics("mesh");
    assert_eq!(hub.get("/metrics").await.status(), 404);
    let elsewhere = metrics.replace("/metrics", "/healthz");
    assert_eq!(reqwest::get(elsewhere).await.unwrap().status(), 404);
}

#[tokio::test]
async fn an_address_that_was_chosen_must_be_free() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let data = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_imagehub-app"))
        .args([
            "--bind",
            "127.0.0.1:0",
            "--metrics-bind",
            &address,
            "--data",
        ])
        .arg(data.path())
        .env_clear()
        .output()
        .unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("IMAGEHUB_METRICS_BIND") && said.contains(&address),
        "{said}"
    );
}
