//! Signals that ask a command to stop.

use super::{Failure, exit, plain};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// What becomes true at the first SIGINT, SIGTERM or SIGUSR1. The second of the first two ends the program at once;
/// batch systems send SIGUSR1 as a warning, and may repeat it.
pub(super) fn interrupted() -> Result<Arc<AtomicBool>, Failure> {
    let interrupted = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        flag::register_conditional_shutdown(signal, exit::STOPPED.into(), interrupted.clone())
            .and_then(|_| flag::register(signal, interrupted.clone()))
            .map_err(plain)?;
    }
    #[cfg(unix)]
    flag::register(signal_hook::consts::SIGUSR1, interrupted.clone()).map_err(plain)?;
    Ok(interrupted)
}
