//! A real redis-server on a free port, ended when dropped.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

pub struct RedisServer {
    process: Child,
    port: u16,
}

impl RedisServer {
    /// Starts a server on a free port and waits until it takes connections.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// As [`Self::start`], with more settings.
    pub fn start_with(settings: &[&str]) -> Self {
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("a free port")
            .port();
        Self::start_so(port, settings)
    }

    /// Starts a server on that port.
    pub fn start_on(port: u16) -> Self {
        Self::start_so(port, &[])
    }

    fn start_so(port: u16, settings: &[&str]) -> Self {
        let mut process = Command::new("redis-server")
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
            .args(["--save", "", "--appendonly", "no"])
            .args(settings)
            .stdout(Stdio::piped())
            .spawn()
            .expect("redis-server must be on PATH (`cargo hub test` sees to it)");
        let output = process.stdout.take().expect("piped");
        let ready = BufReader::new(output)
            .lines()
            .map_while(Result::ok)
            .any(|line| line.contains("eady to accept connections"));
        assert!(ready, "redis-server ended before it was ready");
        Self { process, port }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    /// Gives the server a command.
    pub fn ask(&self, command: &[&str]) {
        let mut connection = redis::Client::open(self.url())
            .and_then(|client| client.get_connection())
            .expect("it takes connections");
        let (name, arguments) = command.split_first().expect("a command");
        redis::cmd(name)
            .arg(arguments)
            .exec(&mut connection)
            .expect("it obeys");
    }

    /// Sends it a signal, such as `STOP`.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args([format!("-{name}"), self.process.id().to_string()])
            .status();
        assert!(sent.expect("kill is there").success());
    }

    /// Ends the server without warning.
    pub fn kill(&mut self) {
        self.process.kill().expect("it runs");
        self.process.wait().expect("it can be waited for");
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}
