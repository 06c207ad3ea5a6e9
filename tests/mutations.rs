//! Each parser of texts takes 10⁵ mutated and random inputs, in a process of its own: no panic, no hang, bounded memory.

mod configs;
mod records;
mod sets;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseResult, TestRng, TestRunner};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Inputs for each parser.
const INPUTS: u32 = 100_000;

/// Far above what [`INPUTS`] take, far below what a machine has.
const LONGEST: Duration = Duration::from_secs(300);

/// Bytes: a program with its embedded data takes some tens of MiB, and no input is longer than some KiB.
const MOST_MEMORY: u64 = 256 << 20;

/// One change of a text.
#[derive(Clone, Debug)]
enum Edit {
    Set(usize, u8),
    Insert(usize, &'static str),
    Remove(usize, usize),
    Repeat(usize, usize),
    Move(usize, usize, usize),
}

/// Pieces at which parsers stumble.
const PIECES: [&str; 36] = [
    "nan",
    "-inf",
    "-1",
    "0",
    "1e999",
    "5e-324",
    "99999999999999999999",
    "-9223372036854775808",
    "9223372036854775807",
    "true",
    "null",
    "\"",
    "'",
    "'''",
    "\"\"\"",
    "[",
    "]",
    "{",
    "}",
    "[[",
    "]]",
    "=",
    ".",
    ",",
    ":",
    "#",
    "\n",
    "\r\n",
    "\t",
    "\u{0}",
    "é",
    "\u{2028}",
    "\\u0000",
    "kind = \"zero\"",
    "[[variants]]\nname = \"a\"\n",
    "1979-05-27",
];

fn edit() -> impl Strategy<Value = Edit> {
    let at = || any::<usize>();
    let length = 0..40_usize;
    prop_oneof![
        (at(), any::<u8>()).prop_map(|(at, byte)| Edit::Set(at, byte)),
        (at(), 0..PIECES.len()).prop_map(|(at, piece)| Edit::Insert(at, PIECES[piece])),
        (at(), length.clone()).prop_map(|(at, length)| Edit::Remove(at, length)),
        (at(), length.clone()).prop_map(|(at, length)| Edit::Repeat(at, length)),
        (at(), length, at()).prop_map(|(at, length, to)| Edit::Move(at, length, to)),
    ]
}

fn apply(edit: &Edit, bytes: &mut Vec<u8>) {
    let place = |at: usize| at % (bytes.len() + 1);
    let range = |at: usize, length: usize| place(at)..(place(at) + length).min(bytes.len());
    match *edit {
        Edit::Set(at, byte) => {
            let place = place(at);
            bytes.get_mut(place).into_iter().for_each(|old| *old = byte);
        }
        Edit::Insert(at, piece) => {
            let place = place(at);
            bytes.splice(place..place, piece.bytes());
        }
        Edit::Remove(at, length) => {
            let range = range(at, length);
            bytes.drain(range);
        }
        Edit::Repeat(at, length) => {
            let range = range(at, length);
            let piece = bytes[range.clone()].to_vec();
            bytes.splice(range.end..range.end, piece);
        }
        Edit::Move(at, length, to) => {
            let range = range(at, length);
            let piece: Vec<u8> = bytes.drain(range).collect();
            let place = to % (bytes.len() + 1);
            bytes.splice(place..place, piece);
        }
    }
}

/// Nine times of ten one of these texts with some changes, else bytes without sense.
pub fn inputs(corpus: Vec<String>) -> impl Strategy<Value = Vec<u8>> {
    let mutated = (0..corpus.len(), vec(edit(), 1..6)).prop_map(move |(i, edits)| {
        let mut bytes = corpus[i].clone().into_bytes();
        edits.iter().for_each(|edit| apply(edit, &mut bytes));
        bytes
    });
    prop_oneof![9 => mutated, 1 => vec(any::<u8>(), 0..300)]
}

/// Threads that share the inputs.
const THREADS: u8 = 2;

/// Gives a parser [`INPUTS`] inputs, the same in each run of the tests.
pub fn feed(corpus: &[String], parse: impl Fn(&[u8]) -> TestCaseResult + Sync) {
    let share = |thread: u8| {
        let config = Config {
            cases: INPUTS / u32::from(THREADS),
            failure_persistence: None,
            ..Config::default()
        };
        let random = TestRng::from_seed(RngAlgorithm::ChaCha, &[thread; 32]);
        let mut runner = TestRunner::new_with_rng(config, random);
        let outcome = runner.run(&inputs(corpus.to_vec()), |bytes| parse(&bytes));
        outcome.unwrap_or_else(|failure| panic!("{failure}"));
    };
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let share = &share;
            scope.spawn(move || share(thread));
        }
    });
}

/// Runs an ignored test of this binary in a process of its own, and looks at its time and memory.
pub fn within_bounds(worker: &str) {
    let program = std::env::current_exe().expect("a test is a program");
    let mut child = Command::new(program)
        .args([worker, "--exact", "--ignored", "--nocapture", "--test-threads=1"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the worker starts");
    let clock = Instant::now();
    let mut most = 0;
    while child.try_wait().expect("the worker can be waited for").is_none() {
        most = peak(child.id()).unwrap_or(most);
        if clock.elapsed() > LONGEST {
            child.kill().expect("the worker can be stopped");
            panic!(
                "{worker} took longer than {} s: some input hangs it",
                LONGEST.as_secs()
            );
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let output = child.wait_with_output().expect("the worker ends");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("1 passed"), "no such worker: {text}");
    assert!(most < MOST_MEMORY, "{worker} took {} MiB", most >> 20);
    println!(
        "{worker}: {INPUTS} inputs in {:.1} s, at most {} MiB",
        clock.elapsed().as_secs_f64(),
        most >> 20
    );
}

/// The most memory that a process has had so far, in bytes, where the system tells.
fn peak(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(1024 * kibibytes)
}

/// The shipped configs and the example of `landscape init`.
pub fn shipped_configs() -> Vec<String> {
    let files = std::fs::read_dir(crate::architecture::root().join("configs")).expect("configs");
    let mut paths: Vec<_> = files.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    let mut texts: Vec<String> = paths
        .iter()
        .map(|path| std::fs::read_to_string(path).expect("a config"))
        .collect();
    texts.push(crate::cli::SMALL.into());
    assert!(texts.len() > 6);
    texts
}
