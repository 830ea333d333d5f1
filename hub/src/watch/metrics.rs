//! What the watch did, for Prometheus and for `hub status`.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::consul::http_agent;
use crate::mesh::Mesh;

const HEALS: &str = "imagehub_filter_heals_total";

/// What is counted.
#[derive(Debug, Default)]
pub struct Counters {
    dead: AtomicBool,
    heals: AtomicU64,
}

impl Counters {
    /// Whether a virtual machine of the filter is dead.
    pub fn set_dead(&self, dead: bool) {
        self.dead.store(dead, Ordering::Relaxed);
    }

    /// Counts a filter that was dead and answers again.
    pub fn healed(&self) {
        self.heals.fetch_add(1, Ordering::Relaxed);
    }

    fn text(&self) -> String {
        format!(
            "# TYPE imagehub_filter_dead gauge\nimagehub_filter_dead {}\n\
             # TYPE {HEALS} counter\n{HEALS} {}\n",
            u8::from(self.dead.load(Ordering::Relaxed)),
            self.heals.load(Ordering::Relaxed)
        )
    }
}

/// Answers every request with the counters, on a thread of its own.
///
/// # Errors
/// When the address cannot be had.
pub fn serve(address: SocketAddr, counters: Arc<Counters>) -> Result<()> {
    let listener =
        TcpListener::bind(address).with_context(|| format!("cannot listen on {address}"))?;
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A client that went away is not this side's business.
            let _ = answer(stream, &counters);
        }
    });
    Ok(())
}

fn answer(mut stream: TcpStream, counters: &Counters) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    for line in BufReader::new(&stream).lines() {
        if line?.is_empty() {
            break;
        }
    }
    let text = counters.text();
    write!(
        stream,
        "HTTP/1.1 200 OK\r\ncontent-type: text/plain; version=0.0.4\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n{text}",
        text.len()
    )
}

/// How often the watch of this mesh healed the filter; `None` where no watch answers.
pub fn heals(mesh: &Mesh) -> Option<u64> {
    let text = http_agent(Duration::from_secs(2))
        .get(format!("{}/metrics", mesh.watch_metrics))
        .call()
        .ok()?
        .body_mut()
        .read_to_string()
        .ok()?;
    let line = text.lines().find(|line| line.starts_with(HEALS))?;
    line.rsplit_once(' ')?.1.parse().ok()
}
