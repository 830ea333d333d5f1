//! `hub policy diff` and `hub explain`, run as a program.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const SHIPPED: &str = include_str!("../../consul/policy.json");

/// A folder like a checkout's, which ends with this value.
struct Checkout(PathBuf);

impl Checkout {
    fn new(name: &str) -> Self {
        let root = std::env::temp_dir().join(format!("hub-diff-{name}-{}", std::process::id()));
        fs::create_dir_all(root.join("consul")).expect("a folder");
        fs::write(root.join("consul/policy.json"), SHIPPED).expect("a policy");
        Self(root)
    }

    fn file(&self, policy: &str) -> PathBuf {
        let file = self.0.join("other.json");
        fs::write(&file, policy).expect("a policy");
        file
    }

    fn diff(&self, file: &Path, stdin: &str) -> Output {
        self.hub(&["policy", "diff", file.to_str().expect("text")], stdin)
    }

    fn hub(&self, arguments: &[&str], stdin: &str) -> Output {
        let mut hub = Command::new(env!("CARGO_BIN_EXE_hub"))
            .args(arguments)
            .env("IMAGEHUB_ROOT", &self.0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut input = hub.stdin.take().expect("a pipe");
        // Whoever does not read it ends without it.
        let _ = input.write_all(stdin.as_bytes());
        drop(input);
        hub.wait_with_output().expect("it ends")
    }
}

impl Drop for Checkout {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn more_pulls() -> String {
    SHIPPED.replace(r#""user": {"count": 10,"#, r#""user": {"count": 20,"#)
}

fn fewer_pulls() -> String {
    SHIPPED.replace(r#""user": {"count": 10,"#, r#""user": {"count": 5,"#)
}

#[track_caller]
fn ends_with(output: &Output, status: i32, text: &str) {
    let shown = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(output.status.code(), Some(status), "{shown}");
    assert!(shown.contains(text), "{shown}");
}

#[test]
fn the_status_tells_same_narrower_and_wider_apart() {
    let checkout = Checkout::new("status");
    let diff = |policy: &str| checkout.diff(&checkout.file(policy), "");
    ends_with(&diff(SHIPPED), 0, "same");
    ends_with(
        &diff(&fewer_pulls()),
        1,
        "narrower  plan personal, class pull: 5 in 60 s for each user, 10 in 60 s before",
    );
    ends_with(
        &diff(&more_pulls()),
        3,
        "wider     plan personal, class pull: 20 in 60 s for each user, 10 in 60 s before",
    );
}

#[test]
fn a_dash_reads_standard_input() {
    let checkout = Checkout::new("stdin");
    ends_with(&checkout.diff(Path::new("-"), SHIPPED), 0, "same");
    ends_with(&checkout.diff(Path::new("-"), &more_pulls()), 3, "wider");
}

#[test]
fn what_cannot_be_compared_ends_with_a_status_of_its_own() {
    let checkout = Checkout::new("errors");
    ends_with(
        &checkout.diff(Path::new("/nonexistent.json"), ""),
        2,
        "cannot read /nonexistent.json",
    );
    ends_with(
        &checkout.diff(Path::new("-"), "{}"),
        2,
        "standard input is refused",
    );
    fs::write(checkout.0.join("consul/policy.json"), "{}").expect("a policy");
    ends_with(
        &checkout.diff(Path::new("-"), SHIPPED),
        2,
        "policy.json is refused",
    );
}

#[test]
fn an_applied_policy_is_what_is_compared_with() {
    let checkout = Checkout::new("applied");
    let kept = checkout.0.join(".hub/8080");
    fs::create_dir_all(&kept).expect("a folder");
    fs::write(kept.join("policy.json"), more_pulls()).expect("a policy");
    // Without the mark it is left over, and the next start takes the shipped one.
    ends_with(&checkout.diff(Path::new("-"), SHIPPED), 0, "same");
    fs::write(kept.join("policy.applied"), "").expect("a mark");
    ends_with(&checkout.diff(Path::new("-"), SHIPPED), 1, "narrower");
}

#[test]
fn a_request_is_explained_by_the_policy_and_says_that_nothing_was_counted() {
    let checkout = Checkout::new("explain");
    let pull = "/t/acme/images/x1/pull";
    let explain = |more: &[&str]| checkout.hub(&[&["explain", "GET", pull], more].concat(), "");
    ends_with(&explain(&[]), 0, "refused    401 unauthenticated");
    ends_with(
        &explain(&["--user", "bob"]),
        0,
        "otherwise  membership in acme",
    );
    let member = explain(&["--tenant", "acme", "--plan", "team"]);
    ends_with(
        &member,
        0,
        "spends     one of the user's 100 in 60 s, class pull\n",
    );
    let all = explain(&["--tenant", "acme", "--plan", "team", "--all"]);
    ends_with(&all, 0, "not        /healthz: has 1 segment, the path 5");
    ends_with(&member, 0, "how full the limits are was not looked at");
    let token = ["explain", "GET", pull, "--token", "-"];
    ends_with(&checkout.hub(&token, "junk"), 1, "no token");
}
