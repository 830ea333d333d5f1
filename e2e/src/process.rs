//! What Linux tells about processes: who listens where, how much memory, who is left.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

/// A process by its number.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Pid(u32);

/// The process that listens on 127.0.0.1:`port`.
///
/// # Errors
/// When nobody does, or it is another user's.
pub fn listening_on(port: u16) -> Result<Pid> {
    let listener = listeners()?
        .into_iter()
        .find(|listener| listener.port == port)
        .with_context(|| format!("nobody listens on port {port}"))?;
    let wanted = format!("socket:[{}]", listener.inode);
    for pid in all() {
        let descriptors = std::fs::read_dir(pid.directory().join("fd"));
        let owns = descriptors.into_iter().flatten().flatten().any(|entry| {
            std::fs::read_link(entry.path()).is_ok_and(|link| link.as_os_str() == wanted.as_str())
        });
        if owns {
            return Ok(pid);
        }
    }
    bail!("port {port} is listened on, but by no process that can be seen")
}

/// Whether anybody listens on this port.
///
/// # Errors
/// When /proc cannot be read.
pub fn is_listened_on(port: u16) -> Result<bool> {
    Ok(!listening_addresses(port)?.is_empty())
}

/// The addresses on which anybody listens on this port.
///
/// # Errors
/// When /proc cannot be read.
pub fn listening_addresses(port: u16) -> Result<Vec<IpAddr>> {
    let listeners = listeners()?.into_iter();
    Ok(listeners
        .filter(|listener| listener.port == port)
        .map(|listener| listener.address)
        .collect())
}

/// Every process whose command line or working directory mentions `text`, except this one.
pub fn mentioning(text: &str) -> Vec<String> {
    let me = std::process::id();
    all()
        .filter(|pid| pid.0 != me)
        .filter_map(|pid| {
            let command = std::fs::read(pid.directory().join("cmdline")).ok()?;
            let command = String::from_utf8_lossy(&command).replace('\0', " ");
            let cwd = std::fs::read_link(pid.directory().join("cwd"))
                .map(|path| path.display().to_string())
                .unwrap_or_default();
            (command.contains(text) || cwd.contains(text)).then(|| format!("{} {command}", pid.0))
        })
        .collect()
}

/// A process that stands still until this is dropped.
pub struct Paused(Pid);

impl Drop for Paused {
    fn drop(&mut self) {
        // One that is gone needs no help.
        let _ = self.0.signal("CONT");
    }
}

impl Pid {
    /// The most memory this process has had resident since [`Pid::forget_peak`], in bytes.
    ///
    /// # Errors
    /// When the process is gone.
    pub fn peak_memory(self) -> Result<u64> {
        let status = std::fs::read_to_string(self.directory().join("status"))?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))
            .context("no VmHWM in /proc")?;
        let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
        Ok(kilobytes * 1024)
    }

    /// Makes the peak start again from what is resident now.
    ///
    /// # Errors
    /// When the process is gone or another user's.
    pub fn forget_peak(self) -> Result<()> {
        Ok(std::fs::write(self.directory().join("clear_refs"), "5")?)
    }

    /// Kills the process at once, with no chance to tidy up.
    ///
    /// # Errors
    /// When it is gone already.
    pub fn kill(self) -> Result<()> {
        self.signal("KILL")
    }

    /// Stops the process where it is: its sockets stay and nobody answers.
    ///
    /// # Errors
    /// When it is gone.
    pub fn pause(self) -> Result<Paused> {
        self.signal("STOP")?;
        Ok(Paused(self))
    }

    fn signal(self, name: &str) -> Result<()> {
        let status = std::process::Command::new("kill")
            .args(["-s", name, &self.0.to_string()])
            .status()?;
        ensure!(status.success(), "kill -s {name} {}: {status}", self.0);
        Ok(())
    }

    fn directory(self) -> PathBuf {
        Path::new("/proc").join(self.0.to_string())
    }
}

fn all() -> impl Iterator<Item = Pid> {
    std::fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let name = entry.ok()?.file_name();
            name.to_str()?.parse().ok().map(Pid)
        })
}

struct Listener {
    address: IpAddr,
    port: u16,
    inode: String,
}

fn listeners() -> Result<Vec<Listener>> {
    let mut table = std::fs::read_to_string("/proc/net/tcp").context("/proc/net/tcp")?;
    // Absent where the kernel has no IPv6.
    table.push_str(&std::fs::read_to_string("/proc/net/tcp6").unwrap_or_default());
    Ok(table.lines().filter_map(listener).collect())
}

/// A line of the kernel's table of sockets, if it is one that listens.
fn listener(line: &str) -> Option<Listener> {
    const LISTEN: &str = "0A";
    let columns: Vec<&str> = line.split_whitespace().collect();
    let (local, state, inode) = (columns.get(1)?, columns.get(3)?, columns.get(9)?);
    let (address, port) = local.split_once(':')?;
    if *state != LISTEN {
        return None;
    }
    // Words of four bytes, each as the machine stores it.
    let mut bytes = Vec::new();
    for word in address.as_bytes().chunks(8) {
        let word = u32::from_str_radix(std::str::from_utf8(word).ok()?, 16).ok()?;
        bytes.extend(word.to_ne_bytes());
    }
    let address = match bytes.len() {
        4 => IpAddr::from(<[u8; 4]>::try_from(bytes).ok()?),
        _ => IpAddr::from(<[u8; 16]>::try_from(bytes).ok()?),
    };
    Some(Listener {
        address,
        port: u16::from_str_radix(port, 16).ok()?,
        inode: (*inode).to_owned(),
    })
}
