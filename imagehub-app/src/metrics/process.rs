//! What the system knows of this process, under the names that Prometheus' own clients use.

use std::time::Duration;
use std::{fmt, fs};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use rustix::process::{Resource, getrlimit};
use rustix::time::{ClockId, clock_gettime};

/// Asks the system each time the metrics are read.
#[derive(Debug)]
pub(super) struct Process;

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut add = |name: &str, help: &str, metric: &dyn EncodeMetric| {
            metric.encode(encoder.encode_descriptor(name, help, None, metric.metric_type())?)
        };
        let cpu_time = Duration::try_from(clock_gettime(ClockId::ProcessCPUTime));
        if let Ok(cpu_time) = cpu_time {
            let help = "Processor time, without that of decoders.";
            let seconds = ConstCounter::new(cpu_time.as_secs_f64());
            add("process_cpu_seconds", help, &seconds)?;
        }
        let gauges = [
            (
                "process_resident_memory_bytes",
                "Resident memory.",
                resident_bytes(),
            ),
            ("process_open_fds", "Open file descriptors.", open_files()),
            (
                "process_max_fds",
                "As many file descriptors as there may be.",
                getrlimit(Resource::Nofile).current,
            ),
        ];
        for (name, help, value) in gauges {
            if let Some(value) = value {
                add(name, help, &ConstGauge::new(value))?;
            }
        }
        Ok(())
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
