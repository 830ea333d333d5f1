//! What a confined process can still do, tried out by one: this test started once more.

use std::fs::File;
use std::net::{TcpListener, UdpSocket};
use std::process::{Command, Stdio};

use rustix::process::{Resource, getrlimit};

use super::confine;
use crate::domain::MediaType;
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
    let service = rustix::process::getppid().unwrap();
    confine(&Task {
        lacks_end: false,
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

    // Itself, it may end; what its limits are, it may ask.
    let (own, service) = (
        std::process::id().cast_signed(),
        service.as_raw_nonzero().get(),
    );
    assert!(is_allowed(libc::SYS_tgkill, [own, own, 0, 0]));
    assert!(!is_allowed(libc::SYS_tgkill, [service, service, 0, 0]));
    assert!(!is_allowed(libc::SYS_tkill, [service, 0, 0, 0]));
    let files = libc::RLIMIT_NOFILE.cast_signed();
    assert!(is_allowed(libc::SYS_prlimit64, [0, files, 0, 0]));
    assert!(!is_allowed(libc::SYS_prlimit64, [service, files, 0, 0]));
    let denied_limit = rustix::process::setrlimit(Resource::Nofile, getrlimit(Resource::Nofile));
    denied(denied_limit.map_err(Into::into));

    let mut read = [0; 8];
    open.read_exact(&mut read).unwrap();
    let sum = std::thread::spawn(|| (1..=10).sum::<u32>());
    assert_eq!(sum.join().unwrap(), 55);
    let most = 64 * 1024 * 1024;
    assert!(Vec::<u8>::new().try_reserve_exact(most / 2).is_ok());
    assert!(Vec::<u8>::new().try_reserve_exact(most + most / 4).is_err());
    writeln!(std::io::stdout(), "confined and tried").unwrap();
}

/// Whether a system call is let through to the kernel, which does nothing of note with these.
#[expect(
    unsafe_code,
    reason = "no safe function makes the calls that are refused"
)]
fn is_allowed(call: libc::c_long, [a, b, c, d]: [i32; 4]) -> bool {
    // SAFETY: no argument is a pointer but null ones.
    let answer = unsafe { libc::syscall(call, a, b, i64::from(c), i64::from(d)) };
    answer == 0
}
