//! The threads that share the work of a CPU.
//!
//! A gradient of a small network takes about as long as waking a sleeping thread. The thread that asks for work
//! therefore takes part in it, and each thread stays on a processor of its own: otherwise the system often starts
//! the second thread where the first one runs, and moves it only after milliseconds.

/// Makes the calling thread one of those that share the work. To be called once, before anything else is shared;
/// where somebody has set up the threads already, they stay as they are. How many there are changes no result.
pub fn take_part() {
    spectra::fix_parts();
    let pool = rayon::ThreadPoolBuilder::new().use_current_thread();
    // An error means that there is a pool: the work is done all the same.
    let _exists = pool.build_global();
}

/// Keeps each thread on a processor of its own, where there are as many threads as processors that we may use.
/// Programs that run at the same time begin with different processors.
pub fn bind() {
    let Some(processors) = core_affinity::get_core_ids() else {
        return;
    };
    if processors.len() == rayon::current_num_threads() {
        let first = std::process::id() as usize;
        rayon::broadcast(|thread| {
            core_affinity::set_for_current(processors[(first + thread.index()) % processors.len()]);
        });
    }
}
