//! What a worker takes from itself before it looks at an image. None of it can be taken back, and
//! none of it needs a privilege.

use std::collections::BTreeMap;
use std::env::consts::ARCH;

use rustix::process::{
    Resource, Rlimit, Signal, getrlimit, set_parent_process_death_signal, setrlimit,
};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, apply_filter,
};

use super::Task;
use crate::imaging::ImageError;

/// Bounds memory and time, ends with the parent, and from here on can only read and write what is
/// open, take memory, run threads, and exit.
pub(super) fn confine(task: &Task) -> Result<(), ImageError> {
    let limit = |resource: Resource, most: u64| {
        // A limit that is lower already stays.
        let most = getrlimit(resource)
            .maximum
            .map_or(most, |held| held.min(most));
        let limits = Rlimit {
            current: Some(most),
            maximum: Some(most),
        };
        setrlimit(resource, limits).map_err(ImageError::unavailable)
    };
    let taken = address_space()?;
    limit(Resource::As, task.decode_memory.saturating_add(taken))?;
    limit(Resource::Cpu, task.cpu_seconds)?;
    limit(Resource::Core, 0)?;
    // No file it writes is larger than the original, but for a thumbnail of a tiny one.
    limit(Resource::Fsize, task.bytes.saturating_add(64 * 1024 * 1024))?;
    set_parent_process_death_signal(Some(Signal::KILL)).map_err(ImageError::unavailable)?;
    for filter in [refused_gently(), allowed()] {
        let program = filter.map_err(ImageError::unavailable)?;
        // This says `no_new_privs` too.
        apply_filter(&program).map_err(ImageError::unavailable)?;
    }
    Ok(())
}

/// Bytes of address space this process has: program, libraries, stack.
fn address_space() -> Result<u64, ImageError> {
    let status = std::fs::read_to_string("/proc/self/status").map_err(ImageError::unavailable)?;
    let size = status
        .lines()
        .find_map(|line| line.strip_prefix("VmSize:")?.split_whitespace().next());
    let kibibytes: u64 = size
        .and_then(|size| size.parse().ok())
        .ok_or_else(|| ImageError::unavailable("no VmSize in /proc/self/status"))?;
    Ok(kibibytes * 1024)
}

/// Everything that is not listed fails with EPERM, as it would for want of a permission.
fn allowed() -> Result<BpfProgram, seccompiler::BackendError> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> =
        ALLOWED.iter().map(|&call| (call, Vec::new())).collect();
    rules.insert(libc::SYS_clone, vec![starting_a_thread()?]);
    // A panic's and an abort's signals.
    rules.insert(libc::SYS_tgkill, vec![to_itself()?]);
    rules.insert(libc::SYS_prlimit64, vec![reading_its_limits()?]);
    compiled(
        rules,
        SeccompAction::Errno(errno(libc::EPERM)),
        SeccompAction::Allow,
    )
}

/// Of `clone3` a filter cannot see the flags: without it the C library takes `clone`.
fn refused_gently() -> Result<BpfProgram, seccompiler::BackendError> {
    let rules = BTreeMap::from([(libc::SYS_clone3, Vec::new())]);
    compiled(
        rules,
        SeccompAction::Allow,
        SeccompAction::Errno(errno(libc::ENOSYS)),
    )
}

fn starting_a_thread() -> Result<SeccompRule, seccompiler::BackendError> {
    let thread = u64::from(libc::CLONE_THREAD.cast_unsigned());
    SeccompRule::new(vec![SeccompCondition::new(
        0,
        SeccompCmpArgLen::Qword,
        SeccompCmpOp::MaskedEq(thread),
        thread,
    )?])
}

fn to_itself() -> Result<SeccompRule, seccompiler::BackendError> {
    let own = u64::from(std::process::id());
    SeccompRule::new(vec![equal(0, SeccompCmpArgLen::Dword, own)?])
}

/// Of no other process, and without a new limit.
fn reading_its_limits() -> Result<SeccompRule, seccompiler::BackendError> {
    SeccompRule::new(vec![
        equal(0, SeccompCmpArgLen::Dword, 0)?,
        equal(2, SeccompCmpArgLen::Qword, 0)?,
    ])
}

fn equal(
    argument: u8,
    length: SeccompCmpArgLen,
    value: u64,
) -> Result<SeccompCondition, seccompiler::BackendError> {
    SeccompCondition::new(argument, length, SeccompCmpOp::Eq, value)
}

fn compiled(
    rules: BTreeMap<i64, Vec<SeccompRule>>,
    otherwise: SeccompAction,
    listed: SeccompAction,
) -> Result<BpfProgram, seccompiler::BackendError> {
    SeccompFilter::new(rules, otherwise, listed, ARCH.try_into()?)?.try_into()
}

fn errno(number: i32) -> u32 {
    number.unsigned_abs()
}

const ALLOWED: [i64; 39] = [
    // What is open already.
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_lseek,
    libc::SYS_fstat,
    libc::SYS_close,
    // Memory.
    libc::SYS_brk,
    libc::SYS_mmap,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_mprotect,
    libc::SYS_madvise,
    libc::SYS_mincore,
    // Threads and their locks.
    libc::SYS_clone3,
    libc::SYS_futex,
    libc::SYS_set_robust_list,
    libc::SYS_get_robust_list,
    libc::SYS_set_tid_address,
    libc::SYS_rseq,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_gettid,
    libc::SYS_getpid,
    libc::SYS_getuid,
    libc::SYS_getcpu,
    libc::SYS_membarrier,
    libc::SYS_exit,
    libc::SYS_exit_group,
    // Signals' handling.
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    libc::SYS_restart_syscall,
    // Chance, the clock, and what the standard library asks of the machine.
    libc::SYS_getrandom,
    libc::SYS_clock_gettime,
    libc::SYS_clock_getres,
    libc::SYS_gettimeofday,
    libc::SYS_uname,
];

#[cfg(test)]
mod tests;
