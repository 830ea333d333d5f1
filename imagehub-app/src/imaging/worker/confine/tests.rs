//! What a confined process can still do, tried out by one: this test started once more.

use std::fs::File;
use std::net::{TcpListener, UdpSocket};
use std::process::{Command, Stdio};

use super::confine;
use crate::catalogue::MediaType;
use crate::imaging::worker::Task;

/// Tells a process of this test that it is the one to confine itself.
const CONFINED: &str = "IMAGEHUB_TEST_CONFINED";

#[test]
fn a_worker_opens_no_file_no_socket_and_no_program_but_reads_on_and_runs_threads() {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--nocapture"])
        .arg("imaging::worker::confine::tests::confines_itself_and_tries")
        .env(CONFINED, "1")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("confined and tried"), "{said}");
}

/// The confined process; does nothing when it is run as a test of its own.
#[test]
fn confines_itself_and_tries() {
    use std::io::{Read as _, Write as _};
    if std::env::var_os(CONFINED).is_none() {
        return;
    }
    let mut open = File::open("/proc/self/stat").unwrap();
    confine(&Task {
        bytes: 1,
        media_type: MediaType::Png,
        decode_memory: 64 * 1024 * 1024,
        cpu_seconds: 5,
        keep_metadata: false,
    })
    .unwrap();

    let denied = |outcome: std::io::Result<()>| {
        assert_eq!(outcome.unwrap_err().raw_os_error(), Some(libc::EPERM));
    };
    denied(File::open("/etc/passwd").map(drop));
    denied(File::create("/tmp/imagehub-written-by-a-worker").map(drop));
    denied(std::fs::remove_file("/tmp/imagehub-no-such-file"));
    denied(TcpListener::bind("127.0.0.1:0").map(drop));
    denied(UdpSocket::bind("127.0.0.1:0").map(drop));
    let mut program = Command::new("/bin/true");
    assert!(program.stdin(Stdio::inherit()).spawn().is_err());

    let mut read = [0; 8];
    open.read_exact(&mut read).unwrap();
    let sum = std::thread::spawn(|| (1..=10).sum::<u32>());
    assert_eq!(sum.join().unwrap(), 55);
    let too_much = Vec::<u8>::new().try_reserve_exact(300 * 1024 * 1024);
    assert!(too_much.is_err());
    writeln!(std::io::stdout(), "confined and tried").unwrap();
}
