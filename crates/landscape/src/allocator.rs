//! Keeping memory between steps.
//!
//! Every step of training allocates and frees the same large tensors. The GNU C library gives such blocks back to
//! the kernel at once, and the next step pays for fresh zeroed pages. Its documented
//! environment variables tell it to keep them (`man mallopt`), but it reads them only when a program starts.

use std::ffi::OsStr;

/// What to set: one arena for all threads, no separate mapping for large blocks, nothing handed back.
const SETTINGS: [(&str, &str); 4] = [
    ("MALLOC_ARENA_MAX", "1"),
    ("MALLOC_MMAP_MAX_", "0"),
    ("MALLOC_TRIM_THRESHOLD_", "17179869184"),
    ("MALLOC_TOP_PAD_", "67108864"),
];

/// Starts the program again with the C library told to keep memory, unless somebody has set it up already.
/// Where it cannot be done the program goes on as it is, only slower.
pub fn keep_memory() {
    if cfg!(not(all(target_os = "linux", target_env = "gnu"))) {
        return;
    }
    if SETTINGS.iter().any(|(name, _)| std::env::var_os(name).is_some()) {
        return;
    }
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt;
        let Ok(program) = std::env::current_exe() else {
            return;
        };
        let mut arguments = std::env::args_os();
        let name = arguments
            .next()
            .unwrap_or_else(|| OsStr::new("landscape").to_os_string());
        // `exec` only returns where it fails; the program then goes on.
        let _failed = std::process::Command::new(program)
            .arg0(name)
            .args(arguments)
            .envs(SETTINGS)
            .exec();
    }
}
