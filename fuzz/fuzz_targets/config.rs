//! Configs in TOML, with the variants in them, and studies.

#![no_main]

use landscape::config::{Job, Source};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let source = Source::new("input.toml", text, &[]);
    if let Ok(Job::Train(config)) = source.job() {
        let _ = config.variants().map_err(|e| e.within(&source));
    }
});
