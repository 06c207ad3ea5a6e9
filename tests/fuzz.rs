//! Every parser takes 100,000 random and mutated inputs: no panic, no end that does not come, and no more memory
//! than was allowed.

mod configs;
mod data;
mod mutations;
mod pickles;
mod records;
mod sets;
mod weights;

use proptest::test_runner::TestCaseResult;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Inputs for each parser.
const CASES: u32 = 100_000;

/// Bytes of address space that a parser may take beyond its limits: buffers, and what the allocator keeps.
const SLACK: u64 = 64 << 20;

/// Far above what [`CASES`] take.
const LONGEST: Duration = Duration::from_secs(300);

/// Runs a body in a process of its own, where nobody else takes memory, and tells how much its address space grew.
/// Promised memory counts as soon as it is asked for, used or not. True in that process.
fn alone(test: &str, body: impl Fn(), judge: impl Fn(u64)) -> bool {
    const INSIDE: &str = "LANDSCAPE_TEST_ALONE";
    if std::env::var_os(INSIDE).is_some() {
        let before = address_space();
        body();
        let grown = address_space().saturating_sub(before);
        println!("{test} took {} MiB", grown >> 20);
        judge(grown);
        return true;
    }
    let program = std::env::current_exe().expect("a test has a program");
    let mut process = Command::new(program)
        .args([test, "--exact", "--test-threads=1", "--nocapture"])
        .env(INSIDE, "1")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the test starts again");
    let clock = Instant::now();
    while process.try_wait().expect("the test can be waited for").is_none() {
        if clock.elapsed() > LONGEST {
            process.kill().expect("the test can be stopped");
            panic!("{test} took longer than {LONGEST:?}: some input hangs it");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let output = process.wait_with_output().expect("the test ends");
    let text = String::from_utf8_lossy(&output.stdout);
    println!("{text}");
    assert!(
        output.status.success(),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(text.contains("1 passed"), "the test did not run: {text}");
    false
}

/// A parser takes all inputs, alone, and takes at most so many bytes of memory. True in the process where it did.
fn survives(test: &str, memory: u64, seeds: &[Vec<u8>], parse: impl Fn(&[u8])) -> bool {
    let body = || mutations::many(CASES, seeds, &parse);
    alone(test, body, |grown| {
        let allowed = memory + SLACK;
        assert!(
            grown <= allowed,
            "{grown} bytes were taken, and {allowed} are allowed"
        );
    })
}

/// A parser of texts takes all inputs, made of this corpus.
fn survives_texts(test: &str, corpus: &[String], parse: impl Fn(&[u8]) -> TestCaseResult) -> bool {
    let seeds: Vec<Vec<u8>> = corpus.iter().map(|text| text.clone().into_bytes()).collect();
    survives(test, 0, &seeds, |bytes| {
        parse(bytes).unwrap_or_else(|failure| panic!("{failure}"));
    })
}

/// The largest address space so far; 0 where no `/proc` tells it.
fn address_space() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmPeak:"));
    let kibibytes = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
    1024 * kibibytes.unwrap_or_default()
}

#[cfg(target_os = "linux")]
#[test]
fn memory_that_is_only_promised_is_noticed() {
    let promise = || {
        let promised: Vec<u8> = Vec::with_capacity(1 << 31);
        assert!(std::hint::black_box(promised).is_empty());
    };
    alone(
        "fuzz::memory_that_is_only_promised_is_noticed",
        promise,
        |grown| {
            assert!(grown >= 1 << 30, "only {grown} bytes were noticed");
        },
    );
}

/// The shipped configs and a small one.
fn shipped_configs() -> Vec<String> {
    let files = std::fs::read_dir(crate::architecture::root().join("configs")).expect("configs");
    let mut paths: Vec<_> = files.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    let texts = paths
        .iter()
        .map(|path| std::fs::read_to_string(path).expect("a config"));
    let texts: Vec<String> = texts.chain([crate::cli::SMALL.into()]).collect();
    assert!(texts.len() > 6);
    texts
}
