//! Requests as they stand, byte for byte, and their answers.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use imagehub_policy::cases::Request;

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: String,
    headers: Vec<(String, String)>,
}

impl Answer {
    /// The first header of that name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let (_, value) = headers.find(|(other, _)| other.eq_ignore_ascii_case(name))?;
        Some(value)
    }
}

/// Sends a case's request.
pub fn send(port: u16, request: &Request) -> Answer {
    exchange(port, request.method, &request.path, &request.headers)
}

/// Asks for a path.
pub fn get(port: u16, path: &str) -> Answer {
    get_with(port, path, &[])
}

/// Asks for a path with these headers.
pub fn get_with(port: u16, path: &str, headers: &[(&str, Vec<u8>)]) -> Answer {
    exchange(port, "GET", path.as_bytes(), headers)
}

fn exchange(port: u16, method: &str, path: &[u8], headers: &[(&str, Vec<u8>)]) -> Answer {
    let mut head = [method.as_bytes(), b" ", path, b" HTTP/1.1\r\n"].concat();
    head.extend(b"host: hub.example\r\n");
    for (name, value) in headers {
        head.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
    }
    // Envoy reads several as one. It removes an upgrade that none of them names.
    if headers.iter().any(|(name, _)| *name == "upgrade") {
        head.extend(b"connection: upgrade\r\n");
    }
    // The answer ends with the connection.
    head.extend(b"connection: close\r\n\r\n");
    let mut connection = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("Envoy listens");
    connection
        .set_read_timeout(Some(Duration::from_secs(10)))
        .expect("a time");
    connection.write_all(&head).expect("sent");
    let mut answer = Vec::new();
    // After a head that it refuses itself, Envoy resets the connection: what came before that is the answer.
    let _ = connection.read_to_end(&mut answer);
    parse(&String::from_utf8_lossy(&answer))
}

fn parse(answer: &str) -> Answer {
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1));
    Answer {
        status: status
            .and_then(|status| status.parse().ok())
            .expect("a status"),
        headers: lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        body: body.to_owned(),
    }
}
