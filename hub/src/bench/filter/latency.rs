//! How long a request takes at a fixed rate: each is sent when its time has come, whether or not the last
//! was answered in time, and counts from then.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

/// Connections, and threads: enough that none waits for another at the rates that are measured.
const CONNECTIONS: u32 = 8;

/// Milliseconds, in order.
pub struct Latencies(Vec<f64>);

impl Latencies {
    /// The figure that so large a part of the requests stays below.
    pub fn quantile(&self, part: f64) -> f64 {
        let last = self.0.len().saturating_sub(1);
        let index = (part * last as f64).round() as usize;
        self.0.get(index).copied().unwrap_or(f64::NAN)
    }

    pub fn average(&self) -> f64 {
        self.0.iter().sum::<f64>() / self.0.len() as f64
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }
}

/// Sends requests for a path at a rate.
///
/// # Errors
/// When one is not answered 200.
pub fn at_rate(
    port: u16,
    path: &str,
    token: &str,
    a_second: u32,
    time: Duration,
) -> Result<Latencies> {
    let request =
        format!("GET {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {token}\r\n\r\n");
    let interval = Duration::from_secs(1) / a_second;
    let start = Instant::now();
    let mut all = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CONNECTIONS)
            .map(|number| {
                let first = start + interval * number;
                let request = request.as_bytes();
                scope.spawn(move || {
                    client(port, request, first, interval * CONNECTIONS, start + time)
                })
            })
            .collect();
        let mut all = Vec::new();
        for client in clients {
            all.extend(client.join().ok().context("a client panicked")??);
        }
        anyhow::Ok(all)
    })?;
    all.sort_by(f64::total_cmp);
    Ok(Latencies(all))
}

fn client(
    port: u16,
    request: &[u8],
    first: Instant,
    interval: Duration,
    end: Instant,
) -> Result<Vec<f64>> {
    let mut connection = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    connection.set_nodelay(true)?;
    connection.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut latencies = Vec::new();
    let mut due = first;
    while due < end {
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        connection.write_all(request)?;
        read_answer(&mut connection)?;
        latencies.push(due.elapsed().as_secs_f64() * 1e3);
        due += interval;
    }
    Ok(latencies)
}

/// Reads one answer to its end.
fn read_answer(connection: &mut TcpStream) -> Result<()> {
    let mut answer = Vec::with_capacity(4096);
    let mut buffer = [0; 4096];
    loop {
        let size = connection.read(&mut buffer)?;
        ensure!(size > 0, "the connection was closed");
        answer.extend(buffer.get(..size).unwrap_or_default());
        if is_whole(&answer) {
            let status = answer.get(9..12).unwrap_or_default();
            ensure!(
                status == b"200",
                "answered {}",
                String::from_utf8_lossy(status)
            );
            return Ok(());
        }
    }
}

fn is_whole(answer: &[u8]) -> bool {
    let Some(head) = answer.windows(4).position(|end| end == b"\r\n\r\n") else {
        return false;
    };
    let body = answer.len() - head - 4;
    let text = String::from_utf8_lossy(answer.get(..head).unwrap_or_default()).to_ascii_lowercase();
    match text
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
    {
        Some(length) => length
            .trim()
            .parse()
            .is_ok_and(|length: usize| body >= length),
        None => answer.ends_with(b"0\r\n\r\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_whole_with_its_body() {
        assert!(!is_whole(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"));
        assert!(!is_whole(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na"));
        assert!(is_whole(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab"));
        assert!(is_whole(
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n"
        ));
    }

    #[test]
    fn quantiles_are_read_off_the_ordered_latencies() {
        let latencies = Latencies((0..=100).map(f64::from).collect());
        assert_eq!(latencies.quantile(0.5), 50.0);
        assert_eq!(latencies.quantile(0.99), 99.0);
        assert_eq!(latencies.average(), 50.0);
    }
}
