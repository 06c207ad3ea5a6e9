//! Random bytes, and right files with a few things wrong.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// One thing done to a file.
#[derive(Clone, Debug)]
enum Mutation {
    /// Another byte.
    Set(Index, u8),
    /// Other bytes of a number, as sizes are written: the lowest or the highest first.
    Number(Index, u32, bool),
    /// The end is missing.
    Truncate(Index),
    /// Bytes come between.
    Insert(Index, Vec<u8>),
    /// Bytes are missing.
    Remove(Index, u8),
    /// Letters come between that mean something in a text.
    Text(Index, &'static str),
    /// A part comes again elsewhere.
    Copy(Index, Index, u8),
}

/// What can be wrong with a text.
const TEXTS: [&str; 36] = [
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

fn mutation() -> impl Strategy<Value = Mutation> {
    let place = any::<Index>;
    let number = prop_oneof![
        Just(0),
        Just(1),
        Just(1 << 16),
        Just(1 << 24),
        Just(1 << 29),
        Just(i32::MAX as u32),
        Just(u32::MAX),
        any::<u32>()
    ];
    prop_oneof![
        4 => (place(), any::<u8>()).prop_map(|(at, byte)| Mutation::Set(at, byte)),
        3 => (place(), number, any::<bool>()).prop_map(|(at, number, first)| Mutation::Number(at, number, first)),
        1 => place().prop_map(Mutation::Truncate),
        1 => (place(), vec(any::<u8>(), 1..8)).prop_map(|(at, bytes)| Mutation::Insert(at, bytes)),
        2 => (place(), 0..TEXTS.len()).prop_map(|(at, i)| Mutation::Text(at, TEXTS[i])),
        1 => (place(), 1..32_u8).prop_map(|(at, count)| Mutation::Remove(at, count)),
        1 => (place(), place(), 1..32_u8).prop_map(|(from, to, count)| Mutation::Copy(from, to, count)),
    ]
}

impl Mutation {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let n = bytes.len();
        if n == 0 {
            return;
        }
        match self {
            Mutation::Set(at, byte) => bytes[at.index(n)] = *byte,
            Mutation::Number(at, number, highest_first) => {
                let at = at.index(n);
                let written = if *highest_first {
                    number.to_be_bytes()
                } else {
                    number.to_le_bytes()
                };
                bytes[at..]
                    .iter_mut()
                    .zip(written)
                    .for_each(|(old, new)| *old = new);
            }
            Mutation::Truncate(at) => bytes.truncate(at.index(n)),
            Mutation::Insert(at, more) => {
                let at = at.index(n);
                bytes.splice(at..at, more.iter().copied());
            }
            Mutation::Text(at, text) => {
                let at = at.index(n);
                bytes.splice(at..at, text.bytes());
            }
            Mutation::Remove(at, count) => {
                let at = at.index(n);
                bytes.drain(at..n.min(at + usize::from(*count)));
            }
            Mutation::Copy(from, to, count) => {
                let from = from.index(n);
                let part = bytes[from..n.min(from + usize::from(*count))].to_vec();
                let to = to.index(n);
                bytes.splice(to..to, part);
            }
        }
    }
}

/// Calls `parse` with random bytes and with mutated seeds, the same ones each time. A panic fails the test with the
/// smallest input that was found.
pub fn many(cases: u32, seeds: &[Vec<u8>], parse: &impl Fn(&[u8])) {
    seeds.iter().for_each(|seed| parse(seed));
    let random = vec(any::<u8>(), 0..200);
    let seeds = seeds.to_vec();
    let mutated = (any::<Index>(), vec(mutation(), 1..6)).prop_map(move |(seed, mutations)| {
        let mut bytes = seeds[seed.index(seeds.len())].clone();
        mutations.iter().for_each(|mutation| mutation.apply(&mut bytes));
        bytes
    });
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let outcome = runner.run(&prop_oneof![1 => random.boxed(), 9 => mutated.boxed()], |bytes| {
        parse(&bytes);
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}
