//! Checkpoints.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = landscape::run::inspect_checkpoint(bytes);
});
