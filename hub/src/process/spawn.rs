//! Starting and signalling processes: the only unsafe calls of this tool.
#![expect(
    unsafe_code,
    reason = "prctl, setsid, kill and wait4 have no safe form in the standard library"
)]

use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command};

/// Starts a child in a process group of its own that is told to end when its parent dies, however
/// that happens. To be called from a thread that lives as long as the child may: the kernel goes by
/// the thread.
///
/// # Errors
/// When the program cannot be started.
pub fn child_that_dies_with_us(command: &mut Command) -> io::Result<Child> {
    let parent = std::process::id();
    command.process_group(0);
    // SAFETY: between fork and exec only async-signal-safe calls are made (prctl, getppid), and
    // nothing is allocated.
    unsafe {
        command.pre_exec(move || {
            if libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGTERM) != 0 {
                return Err(io::Error::last_os_error());
            }
            if libc::getppid().unsigned_abs() != parent {
                return Err(io::Error::from_raw_os_error(libc::ESRCH));
            }
            Ok(())
        });
    }
    command.spawn()
}

/// Starts a process that goes on without this one and without its terminal.
///
/// # Errors
/// When the program cannot be started.
pub fn detached(command: &mut Command) -> io::Result<Child> {
    // SAFETY: setsid is async-signal-safe and touches no memory of ours.
    unsafe {
        command.pre_exec(|| {
            if libc::setsid() < 0 {
                return Err(io::Error::last_os_error());
            }
            Ok(())
        });
    }
    command.spawn()
}

/// A command kept to one core, so that "requests a second on one core" is what it says. Load comes
/// from the others.
pub fn on_core(core: usize, program: &std::path::Path) -> Command {
    let mut command = Command::new("taskset");
    command.arg("--cpu-list").arg(core.to_string()).arg(program);
    command
}

/// How a group of processes is asked to end.
#[derive(Clone, Copy, Debug)]
pub enum Ending {
    /// SIGTERM
    Asked,
    /// SIGKILL
    Forced,
    /// SIGSEGV, as after a bug in native code.
    Crashed,
}

/// Signals the group of a child started here. A group that is gone already is no error.
pub fn end_group(leader: u32, ending: Ending) {
    let Ok(group) = i32::try_from(leader) else {
        return;
    };
    let signal = match ending {
        Ending::Asked => libc::SIGTERM,
        Ending::Forced => libc::SIGKILL,
        Ending::Crashed => libc::SIGSEGV,
    };
    // SAFETY: a plain system call without memory. Zero or one would mean other processes than ours.
    if group > 1 {
        unsafe {
            libc::kill(-group, signal);
        }
    }
}

/// What a process took, its own children included.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// Time on a core.
    pub cpu: std::time::Duration,
    /// The most that was resident at a time, in the process or one of its children. Never less than
    /// what this tool had when it forked: the kernel counts from there.
    pub peak_kib: u64,
}

/// Waits for a child's end and tells what it took.
///
/// # Errors
/// When it did not end well.
pub fn cost_of(child: Child) -> io::Result<Cost> {
    let id = i32::try_from(child.id()).map_err(io::Error::other)?;
    let (mut status, mut usage) = (0, std::mem::MaybeUninit::<libc::rusage>::uninit());
    // SAFETY: both have room for what wait4 writes, and `usage` is read only after it was written.
    // The child is ours, and consumed here: nobody else waits for it.
    let usage = unsafe {
        if libc::wait4(id, &raw mut status, 0, usage.as_mut_ptr()) != id {
            return Err(io::Error::last_os_error());
        }
        usage.assume_init()
    };
    if status != 0 {
        return Err(io::Error::other(format!("it ended with {status}")));
    }
    let time = |time: libc::timeval| {
        std::time::Duration::from_micros(
            u64::try_from(time.tv_sec * 1_000_000 + time.tv_usec).unwrap_or(0),
        )
    };
    Ok(Cost {
        cpu: time(usage.ru_utime) + time(usage.ru_stime),
        peak_kib: u64::try_from(usage.ru_maxrss).unwrap_or(0),
    })
}

/// In what the kernel counts processor time, where it does so in text.
pub fn ticks_a_second() -> u64 {
    // SAFETY: sysconf takes a number and touches no memory of ours.
    let ticks = unsafe { libc::sysconf(libc::_SC_CLK_TCK) };
    u64::try_from(ticks).unwrap_or(100).max(1)
}

/// Whether this process may write everywhere and install packages.
pub fn is_root() -> bool {
    // SAFETY: geteuid cannot fail and takes nothing.
    unsafe { libc::geteuid() == 0 }
}

/// Bytes free for this user on the file system of `path`; `None` when that cannot be told.
pub fn free_bytes(path: &std::path::Path) -> Option<u64> {
    use std::os::unix::ffi::OsStrExt as _;
    let path = std::ffi::CString::new(path.as_os_str().as_bytes()).ok()?;
    let mut answer = std::mem::MaybeUninit::<libc::statvfs>::uninit();
    // SAFETY: `path` ends in a NUL and `answer` has room for what statvfs writes; it is read only
    // after the call said that it was written.
    unsafe {
        if libc::statvfs(path.as_ptr(), answer.as_mut_ptr()) != 0 {
            return None;
        }
        let answer = answer.assume_init();
        Some(answer.f_bavail * answer.f_frsize)
    }
}
