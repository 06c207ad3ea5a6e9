//! Threads that stay awake from one small piece of work to the next.
//!
//! Waking a sleeping thread takes about as long as a gradient of a small network. A thread that has just worked
//! therefore looks for more work for a moment before it sleeps, as the threads of OpenMP do.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

/// Nanoseconds for which a thread looks for more work: a few gradients of a small network.
const PATIENCE: u64 = 400_000;

static ORIGIN: LazyLock<Instant> = LazyLock::new(Instant::now);
/// When to go to sleep, in nanoseconds since the origin.
static UNTIL: AtomicU64 = AtomicU64::new(0);
/// How many threads look for work.
static AWAKE: AtomicUsize = AtomicUsize::new(0);

fn now() -> u64 {
    ORIGIN.elapsed().as_nanos() as u64
}

/// Keeps as many threads awake for a moment as `tasks` tasks need, should more of them come.
pub(crate) fn stay_awake(tasks: usize) {
    UNTIL.store(now() + PATIENCE, Ordering::Relaxed);
    // The first thread may be the one that hands out the work: it must not wait here.
    let others = 1..rayon::current_num_threads().min(tasks);
    let begin = AWAKE.compare_exchange(0, others.len(), Ordering::Relaxed, Ordering::Relaxed);
    if others.is_empty() || begin.is_err() {
        return;
    }
    rayon::spawn_broadcast(move |thread| {
        if !others.contains(&thread.index()) {
            return;
        }
        while now() < UNTIL.load(Ordering::Relaxed) {
            if rayon::yield_now() != Some(rayon::Yield::Executed) {
                std::thread::yield_now();
            }
        }
        AWAKE.fetch_sub(1, Ordering::Relaxed);
    });
}
