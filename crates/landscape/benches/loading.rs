//! How long the 70,000 images of Fashion-MNIST take to read, beside what unpacking them takes alone.
//!
//! `cargo bench --bench loading`, after `scripts/fetch-fashion-mnist`. Each round measures everything once, so that what
//! slows the machine down slows all of it down.

use flate2::read::GzDecoder;
use landscape::data::files::{ArrayFiles, FileSource, Limits};
use landscape::data::{DataConfig, Source, prepare};
use models::Seed;
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;

const ROUNDS: usize = 9;

fn main() {
    let found = landscape::data::files::places(None, |name| std::env::var_os(name))
        .into_iter()
        .map(|(folder, _)| folder.join("fashion-mnist"))
        .find(|folder| folder.is_dir());
    let Some(folder) = found else {
        eprintln!("Fashion-MNIST was not found: run scripts/fetch-fashion-mnist");
        std::process::exit(1);
    };
    let names = [
        "train-images-idx3",
        "train-labels-idx1",
        "t10k-images-idx3",
        "t10k-labels-idx1",
    ];
    let paths = names.map(|name| folder.join(format!("{name}-ubyte.gz")));
    let [inputs, targets, test_inputs, test_targets] = paths.clone();
    let source = ArrayFiles {
        inputs,
        targets,
        test_inputs: Some(test_inputs),
        test_targets: Some(test_targets),
        hash: None,
    };
    let all = DataConfig {
        test: 10_000,
        ..DataConfig::new(Source::Arrays(source.clone()), 60_000)
    };
    let mut times = [const { Vec::new() }; 5];
    for _ in 0..ROUNDS {
        let gunzip = seconds(|| gunzip(&paths));
        let load = seconds(|| {
            source.read(None, Limits::here()).expect("the files are right");
        });
        times[0].push(gunzip);
        times[1].push(seconds(|| unpack(&paths)));
        times[2].push(load);
        times[3].push(load - gunzip);
        times[4].push(seconds(|| {
            prepare(&all, Seed(1)).expect("the files are right");
        }));
    }
    println!("| what | median | spread |\n|---|---:|---:|");
    let rows = [
        "`gunzip -c` of the four files, one after the other",
        "unpacking them with the library that we use",
        "reading: unpacking, checks, hash",
        "reading minus `gunzip` of the same round",
        "the examples of a config: choice, order, standardised, in f64; files read in the first round only",
    ];
    for (row, mut times) in rows.into_iter().zip(times) {
        times.sort_by(f64::total_cmp);
        let (least, most) = (times[0], times[ROUNDS - 1]);
        println!("| {row} | {:.3} s | {least:.3}–{most:.3} |", times[ROUNDS / 2]);
    }
}

fn seconds(work: impl FnOnce()) -> f64 {
    let clock = Instant::now();
    work();
    clock.elapsed().as_secs_f64()
}

fn gunzip(paths: &[PathBuf; 4]) {
    for path in paths {
        let status = Command::new("gunzip")
            .arg("-c")
            .arg(path)
            .stdout(Stdio::null())
            .status();
        assert!(status.expect("gunzip runs").success());
    }
}

fn unpack(paths: &[PathBuf; 4]) {
    for path in paths {
        let file = File::open(path).expect("the file is there");
        io::copy(&mut GzDecoder::new(file), &mut io::sink()).expect("a gzip file");
    }
}
