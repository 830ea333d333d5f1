//! What running processes use, as the kernel counts it.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::spawn::ticks_a_second;

/// Resident memory of a process in KiB.
///
/// # Errors
/// When it is gone.
pub fn resident_kib(process: u32) -> Result<u64> {
    fs::read_to_string(format!("/proc/{process}/status"))?
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .and_then(|line| line.split_whitespace().next())
        .and_then(|number| number.parse().ok())
        .context("the kernel tells no resident size")
}

/// Time that the processes of a group, alive ones, have spent on processors.
///
/// # Errors
/// When the kernel does not say.
pub fn processor_time(group: u32) -> Result<Duration> {
    let group = group.to_string();
    let ticks: u64 = fs::read_dir("/proc")?
        .flatten()
        .filter_map(|process| fs::read_to_string(process.path().join("stat")).ok())
        .filter_map(|stat| {
            // After the name, which may hold anything: proc(5), fields 3 and on.
            let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
            let ticks = |field: usize| fields.get(field)?.parse::<u64>().ok();
            (*fields.get(2)? == group).then_some(ticks(11)? + ticks(12)?)
        })
        .sum();
    Ok(Duration::from_millis(ticks * 1000 / ticks_a_second()))
}

/// What the kernel calls the processor, where it does.
pub fn processor() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
