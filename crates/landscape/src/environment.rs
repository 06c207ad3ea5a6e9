//! The environment that libraries of the system read only when a program starts.
//!
//! - Every step of training allocates and frees the same large tensors. The GNU C library gives such blocks back to
//!   the kernel at once, and the next step pays for fresh zeroed pages. Its documented variables tell it to keep them
//!   (`man mallopt`).
//! - A Vulkan layer of Mesa asks the desktop which GPU draws it. Without a desktop the Wayland library prints an error
//!   about `XDG_RUNTIME_DIR` on stderr, for each search. It prints nothing where `WAYLAND_DISPLAY` is an absolute path.

use std::env::var_os;
use std::ffi::OsStr;

/// One arena for all threads: a plan of memory holds only where what one thread has freed serves the others.
const ONE_ARENA: (&str, &str) = ("MALLOC_ARENA_MAX", "1");

/// No separate mapping for large blocks, nothing handed back.
const KEEP_MEMORY: [(&str, &str); 3] = [
    ("MALLOC_MMAP_MAX_", "0"),
    ("MALLOC_TRIM_THRESHOLD_", "17179869184"),
    ("MALLOC_TOP_PAD_", "67108864"),
];

/// A display that is not there, which is what there is without a desktop.
const NO_DISPLAY: (&str, &str) = ("WAYLAND_DISPLAY", "/nonexistent/wayland");

/// What a command will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Train or probe.
    Computing,
    /// Only studies: many small pieces of memory on all threads at once, which would wait for each other in one arena.
    Studying,
    /// Only look for devices.
    Searching,
}

/// Starts the program again with what is missing in its environment. What somebody has set up already is left alone:
/// memory where any of its variables is set, the display where there may be a desktop. Where the program cannot be
/// started again it goes on as it is.
pub fn prepare(work: Work) {
    if !cfg!(target_os = "linux") {
        return;
    }
    let mut missing: Vec<(&str, &str)> = Vec::new();
    let known = KEEP_MEMORY.iter().chain([&ONE_ARENA]);
    let untouched = known.into_iter().all(|(name, _)| var_os(name).is_none());
    if work != Work::Searching && cfg!(target_env = "gnu") && untouched {
        missing.extend(KEEP_MEMORY);
        missing.extend((work == Work::Computing).then_some(ONE_ARENA));
    }
    // Without this folder no display can be found by its name.
    if var_os("XDG_RUNTIME_DIR").is_none() && var_os(NO_DISPLAY.0).is_none() {
        missing.push(NO_DISPLAY);
    }
    if !missing.is_empty() {
        start_again(&missing);
    }
}

#[cfg(unix)]
fn start_again(missing: &[(&str, &str)]) {
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
        .envs(missing.iter().copied())
        .exec();
}

#[cfg(not(unix))]
fn start_again(_: &[(&str, &str)]) {}
