//! npz files.

#![no_main]

use landscape::data::files::npz;
use std::io::Cursor;

/// Room for a million numbers.
const LIMITS: landscape::data::files::Limits = landscape::data::files::Limits {
    numbers: 1 << 20,
    memory: None,
};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = npz::read(Cursor::new(bytes), bytes.len() as u64, LIMITS);
});
