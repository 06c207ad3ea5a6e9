//! IDX files.

#![no_main]

use landscape::data::files::{Input, idx};

/// Room for a million numbers.
const LIMITS: landscape::data::files::Limits = landscape::data::files::Limits {
    numbers: 1 << 20,
    memory: None,
};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = Input::of(bytes, LIMITS).and_then(|mut input| idx::read(&mut input));
});
