//! How much disk the checkpoints of a run take, worked out before it begins.

use crate::experiment::Checked;
use crate::memory::words;

/// How many checkpoints all variants keep at most, and their size, where the config keeps any on the way.
pub(super) fn sentence(checked: &[Checked]) -> Option<String> {
    let mut files = 0_u64;
    let mut bytes = 0_u64;
    let mut any = false;
    for checked in checked {
        let config = &checked.config;
        any |= config.checkpoints.keep_every.is_some() || config.checkpoints.keep_per_decade.is_some();
        let count = config.checkpoints.files(config.training.limits.steps);
        let vectors = 1 + config.training.optimiser.keeps().len();
        let one = (vectors * checked.sizes.parameters * config.precision.bytes()) as u64;
        files = files.saturating_add(count);
        bytes = bytes.saturating_add(count.saturating_mul(one));
    }
    any.then(|| {
        format!(
            "disk: at most about {} for {files} checkpoints",
            words(bytes.max(1 << 20))
        )
    })
}
