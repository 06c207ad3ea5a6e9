//! What `torch.save` says of its tensors, in an archive whose checksums fit: no fuzzer guesses them.

#![no_main]

use landscape::data::files::Limits;
use landscape::weights::Weights;
use std::io::{Cursor, Write};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Room for a million numbers.
const LIMITS: Limits = Limits {
    numbers: 1 << 20,
    memory: None,
};

libfuzzer_sys::fuzz_target!(|pickle: &[u8]| {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, bytes) in [("a/data.pkl", pickle), ("a/data/0", &[0; 192])] {
        archive.start_file(name, stored).expect("a new member");
        archive.write_all(bytes).expect("memory is writable");
    }
    let archive = archive.finish().expect("memory is writable").into_inner();
    if let Ok(weights) = Weights::of(archive, None, LIMITS) {
        for (name, _) in weights.tensors() {
            let _ = weights.numbers(name);
        }
    }
});
