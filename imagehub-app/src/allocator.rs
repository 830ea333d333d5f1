//! Memory that was freed goes back to the system.

/// Pieces of at least this size are mapped by themselves, and unmapped when they are freed.
const MAPPED: libc::c_int = 1024 * 1024;
/// Heaps that threads share.
const MAX_HEAPS: libc::c_int = 2;

/// Has glibc keep little of what is freed. By default it raises the first bound to the largest piece
/// that was ever freed, and gives up to eight heaps a core to threads: each thread that has hashed a
/// password then keeps its 19 MiB for good.
///
/// To be called before there are other threads.
pub fn keep_little() {
    #[cfg(target_env = "gnu")]
    for (parameter, value) in [
        (libc::M_MMAP_THRESHOLD, MAPPED),
        (libc::M_ARENA_MAX, MAX_HEAPS),
    ] {
        #[expect(unsafe_code, reason = "no crate sets what glibc's allocator may keep")]
        // SAFETY: mallopt may be called at any time; it takes two numbers and keeps no pointer.
        let done = unsafe { libc::mallopt(parameter, value) };
        if done == 0 {
            tracing::warn!(parameter, "the allocator keeps more than it should");
        }
    }
}
