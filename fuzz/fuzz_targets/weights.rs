//! Weights that the user brings.

#![no_main]

use landscape::weights::Weights;

/// Room for a million numbers.
const LIMITS: landscape::data::files::Limits = landscape::data::files::Limits {
    numbers: 1 << 20,
    memory: None,
};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(weights) = Weights::of(bytes.to_vec(), None, LIMITS) {
        for (name, _) in weights.tensors() {
            let _ = weights.numbers(name);
        }
    }
});
