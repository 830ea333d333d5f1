//! What the system knows of this process, under the names that Prometheus' own clients use.

use std::fs;

use super::exposition::Text;

/// The unit of times in `/proc`, on every Linux there is.
const TICKS_A_SECOND: f64 = 100.0;

pub(super) fn write(text: &mut Text) {
    let samples = [
        (
            "process_resident_memory_bytes",
            "Resident memory.",
            resident_bytes(),
        ),
        ("process_open_fds", "Open file descriptors.", open_files()),
        (
            "process_max_fds",
            "As many file descriptors as there may be.",
            most_files(),
        ),
    ];
    for (name, help, value) in samples {
        if let Some(value) = value {
            text.gauge(name, help);
            text.sample("", &[], value);
        }
    }
    if let Some(seconds) = cpu_seconds() {
        text.counter(
            "process_cpu_seconds_total",
            "Processor time, without that of decoders.",
        );
        text.sample("", &[], seconds);
    }
}

fn resident_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes * 1024)
}

fn open_files() -> Option<u64> {
    let open = fs::read_dir("/proc/self/fd").ok()?.count();
    // The folder itself is one of them while it is read.
    u64::try_from(open).ok()?.checked_sub(1)
}

fn most_files() -> Option<u64> {
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    let mut lines = limits.lines();
    let line = lines.find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

fn cpu_seconds() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The name, in parentheses, may hold anything.
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_whitespace().skip(11);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some((user + system) / TICKS_A_SECOND)
}
