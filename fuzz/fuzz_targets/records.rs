//! Each file of a run folder, as reports read them; the others are what a run writes.

#![no_main]

use landscape::report::Run;
use std::io::{Error, ErrorKind};
use std::path::Path;

const PROVENANCE: &str = r#"{"version":"0.1.0","command":"landscape run a.toml","question":"q?","name":"a",
"started":"2026-01-02T03:04:05Z","seed":1,"device":"cpu","precision":"f32","threads":2,"platform":"linux x86_64",
"loss":"(1/2n) Σ ‖z − y‖²","model":"perceptron 4-8-1","data":"10 examples","data_hashes":[["plain","00ff"]]}"#;
const STATUS: &str = r#"{"schema":1,"state":"done","variants":[],"checks":[],"verdict":"Yes."}"#;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    for fuzzed in ["provenance.json", "status.json", "metrics.jsonl", "findings.jsonl"] {
        let _ = Run::from_files(Path::new("folder"), |name| match name {
            _ if name == fuzzed => Ok(bytes.to_vec()),
            "provenance.json" => Ok(PROVENANCE.into()),
            "status.json" => Ok(STATUS.into()),
            _ => Err(Error::from(ErrorKind::NotFound)),
        });
    }
});
