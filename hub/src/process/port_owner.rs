//! Who listens on a port, read from /proc.

use std::fs;
use std::path::Path;

use crate::instance::Instance;

/// A process that listens on a port.
#[derive(Debug)]
pub struct Owner {
    /// `name (pid 123)`
    pub process: String,
    pub pid: u32,
    /// The instance it belongs to, of any checkout.
    pub instance: Option<Instance>,
}

/// Who listens on a TCP port; `None` when that cannot be seen (nobody does, or it is another
/// user's).
pub fn port_owner(port: u16) -> Option<Owner> {
    let inodes: Vec<String> = ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .filter_map(|table| fs::read_to_string(table).ok())
        .flat_map(|table| listeners(&table, port))
        .collect();
    if inodes.is_empty() {
        return None;
    }
    for process in fs::read_dir("/proc").ok()?.flatten() {
        let Some(pid) = process
            .file_name()
            .to_str()
            .and_then(|name| name.parse::<u32>().ok())
        else {
            continue;
        };
        let Ok(files) = fs::read_dir(process.path().join("fd")) else {
            continue;
        };
        let holds = files
            .flatten()
            .filter_map(|file| fs::read_link(file.path()).ok())
            .any(|target| {
                inodes
                    .iter()
                    .any(|inode| target.to_str() == Some(&format!("socket:[{inode}]")))
            });
        if holds {
            let name = fs::read_to_string(process.path().join("comm")).unwrap_or_default();
            // Whatever an instance runs is told by argument or variable where its files are.
            let told = ["cmdline", "environ"]
                .iter()
                .filter_map(|file| fs::read_to_string(process.path().join(file)).ok())
                .find_map(|told| instance_in(&told));
            return Some(Owner {
                process: format!("{} (pid {pid})", name.trim()),
                pid,
                instance: told,
            });
        }
    }
    None
}

/// The first folder `.hub/PORT` that is named in the arguments or variables of a process, which are
/// separated by NUL.
fn instance_in(told: &str) -> Option<Instance> {
    told.split('\0').find_map(|word| {
        let path = Path::new(word.get(word.find('/')?..)?);
        path.ancestors().find_map(|folder| {
            let hub = folder
                .parent()
                .filter(|parent| parent.file_name().is_some_and(|name| name == ".hub"))?;
            let port = folder.file_name()?.to_str()?.parse().ok()?;
            Some(Instance::new(hub.parent()?, port))
        })
    })
}

/// Inodes of the sockets that listen on `port`, out of a table in the format of /proc/net/tcp.
fn listeners(table: &str, port: u16) -> Vec<String> {
    const LISTEN: &str = "0A";
    table
        .lines()
        .skip(1)
        .filter_map(|line| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let (local, state, inode) = (fields.get(1)?, fields.get(3)?, fields.get(9)?);
            let (_, hexadecimal) = local.rsplit_once(':')?;
            let listens = u16::from_str_radix(hexadecimal, 16).ok()? == port;
            (listens && *state == LISTEN).then(|| (*inode).to_owned())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn the_owner_of_a_port_is_this_very_test() {
        let socket = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = socket.local_addr().expect("an address").port();
        let owner = port_owner(port).expect("it listens");
        let pid = format!("(pid {})", std::process::id());
        assert!(owner.process.contains(&pid), "{owner:?}");
        assert!(owner.instance.is_none(), "{owner:?}");
    }

    #[test]
    fn a_process_belongs_to_the_instance_whose_files_it_was_told() {
        let named = |told| instance_in(told).map(|instance| instance.dir);
        let envoy = "envoy\0--config-path\0/src/hub/.hub/22000/edge.bootstrap.json\0";
        let app = "HOME=/root\0IMAGEHUB_DATA=/src/hub/.hub/22000/data\0";
        let consul = "consul\0agent\0-data-dir=/src/hub/.hub/22000/consul\0";
        for told in [envoy, app, consul] {
            assert_eq!(named(told), Some("/src/hub/.hub/22000".into()), "{told}");
        }
        assert_eq!(named("PATH=/src/hub/.hub/tools/bin:/usr/bin\0"), None);
    }

    #[test]
    fn only_listening_sockets_count() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
            0: 0100007F:1F90 00000000:0000 01 00000000:00000000 00:00000000 00000000 0 0 777 1\n\
            1: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 778 1\n";
        assert_eq!(listeners(table, 8080), ["778"]);
    }
}
