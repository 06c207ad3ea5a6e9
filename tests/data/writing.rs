//! Data files of every format, written for tests.

use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::{Cursor, Write};
use std::path::Path;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// An IDX file.
pub fn idx(kind: u8, shape: &[u32], numbers: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, kind, shape.len() as u8];
    shape.iter().for_each(|axis| bytes.extend(axis.to_be_bytes()));
    bytes.extend(numbers);
    bytes
}

/// An npy file of version 1.
pub fn npy(descr: &str, fortran: bool, shape: &[usize], numbers: &[u8]) -> Vec<u8> {
    let axes: String = shape.iter().map(|axis| format!("{axis}, ")).collect();
    let order = if fortran { "True" } else { "False" };
    let mut header = format!("{{'descr': {descr}, 'fortran_order': {order}, 'shape': ({axes}), }}");
    // NumPy lets the numbers begin at a multiple of 64.
    while (10 + header.len() + 1) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(numbers);
    bytes
}

/// An npz file of npy files.
pub fn npz(arrays: &[(&str, Vec<u8>)], packed: bool) -> Vec<u8> {
    let method = if packed {
        CompressionMethod::Deflated
    } else {
        CompressionMethod::Stored
    };
    let options = SimpleFileOptions::default().compression_method(method);
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in arrays {
        archive
            .start_file(format!("{name}.npy"), options)
            .expect("a new member");
        archive.write_all(bytes).expect("memory is writable");
    }
    archive.finish().expect("memory is writable").into_inner()
}

/// A gzip file.
pub fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(bytes).expect("memory is writable");
    packed.finish().expect("memory is writable")
}

/// Images of 3 × 2 pixels and their labels: each of `classes` classes `each` times. Each class has a pattern of its own,
/// which its images show with small differences; `brighter` makes images that are equal to none without it.
pub fn images(classes: usize, each: usize, brighter: usize) -> (Vec<u8>, Vec<u8>) {
    let (mut pixels, mut labels) = (Vec::new(), Vec::new());
    for i in 0..classes * each {
        let class = i % classes;
        labels.push(class as u8);
        let pattern = |k: usize| 37 * (class + 1) * (k + 3) * (k + 1) % 211;
        pixels.extend((0..6).map(|k| (pattern(k) + brighter + (7 * i + 3 * k * (1 + i % 5)) % 20) as u8));
    }
    (pixels, labels)
}

/// The four files of MNIST, as they are or packed, with 3 × 2 pixels.
pub fn mnist(folder: &Path, train: usize, test: usize, packed: bool) {
    std::fs::create_dir_all(folder).expect("a writable folder");
    for (part, each, brighter) in [("train", train, 0), ("t10k", test, 1)] {
        let (pixels, labels) = images(10, each, brighter);
        let n = labels.len() as u32;
        for (name, bytes) in [
            (format!("{part}-images-idx3-ubyte"), idx(8, &[n, 3, 2], &pixels)),
            (format!("{part}-labels-idx1-ubyte"), idx(8, &[n], &labels)),
        ] {
            let (name, bytes) = if packed {
                (format!("{name}.gz"), gz(&bytes))
            } else {
                (name, bytes)
            };
            std::fs::write(folder.join(name), bytes).expect("a writable folder");
        }
    }
}

/// Records of CIFAR: labels, then 3,072 bytes.
pub fn cifar(labels: &[&[u8]]) -> Vec<u8> {
    let record = |(i, labels): (usize, &&[u8])| {
        let pixels = (0..3072).map(move |k| ((k * (i + 1) + 31 * i) % 251) as u8);
        labels.iter().copied().chain(pixels).collect::<Vec<u8>>()
    };
    labels.iter().enumerate().flat_map(record).collect()
}
