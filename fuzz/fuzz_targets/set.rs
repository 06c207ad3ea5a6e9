//! `--set KEY=VALUE`, laid over the example of `landscape init`.

#![no_main]

use landscape::config::Source;

const EXAMPLE: &str = include_str!("../../crates/landscape/src/cli/example.toml");

libfuzzer_sys::fuzz_target!(|set: &str| {
    let source = Source::new("example.toml", EXAMPLE, &[set.to_string()]);
    if let Ok(config) = source.config() {
        let _ = config.variants().map_err(|e| e.within(&source));
    }
});
