//! Configs in TOML, with the variants in them.

#![no_main]

use landscape::config::Source;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let source = Source::new("input.toml", text, &[]);
    if let Ok(config) = source.config() {
        let _ = config.variants().map_err(|e| e.within(&source));
    }
});
