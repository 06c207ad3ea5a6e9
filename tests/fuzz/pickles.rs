//! What a file of `torch.save` says of its tensors, in an archive whose checksums fit.

use super::survives;
use super::weights::{MEMORY, answers, sample};
use std::io::{Cursor, Read, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// Bytes in the one storage: as many as the first of the samples have.
const STORAGE: [u8; 192] = [0; 192];

/// An archive with this pickle.
fn archive(pickle: &[u8]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, bytes) in [("a/data.pkl", pickle), ("a/data/0", &STORAGE)] {
        archive.start_file(name, stored).expect("a new member");
        archive.write_all(bytes).expect("memory is writable");
    }
    archive.finish().expect("memory is writable").into_inner()
}

/// The pickle of an archive.
fn pickle(name: &str) -> Vec<u8> {
    let mut archive = ZipArchive::new(Cursor::new(sample(&format!("{name}.pt")))).expect("an archive");
    let mut member = archive.by_name(&format!("{name}/data.pkl")).expect("a pickle");
    let mut bytes = Vec::new();
    member.read_to_end(&mut bytes).expect("memory is writable");
    bytes
}

#[test]
fn pickles() {
    let seeds = ["classifier", "parameters", "half", "checkpoint", "module", "list"].map(pickle);
    survives("fuzz::pickles::pickles", MEMORY, &seeds, |bytes| {
        answers(&archive(bytes));
    });
}
