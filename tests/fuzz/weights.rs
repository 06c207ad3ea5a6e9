//! The readers of weights that the user brings.

use super::survives;
use crate::architecture::root;
use landscape::data::files::Limits;
use landscape::weights::Weights;

/// Few numbers, so that files which promise more are refused before anything is allocated.
pub const LIMITS: Limits = Limits {
    numbers: 1 << 18,
    memory: None,
};
/// The bytes of a storage, its numbers in double precision, those of the tensor; of npz the numbers of all arrays.
pub const MEMORY: u64 = 4 * 8 * LIMITS.numbers;

/// A file that other programs wrote.
pub fn sample(name: &str) -> Vec<u8> {
    std::fs::read(root().join("tests/samples/torch").join(name)).expect("a sample")
}

/// Whatever a file is, there are weights with as many numbers as their shapes say, or a sentence.
pub fn answers(bytes: &[u8]) {
    for table in [None, Some("model")] {
        let weights = match Weights::of(bytes.to_vec(), table, LIMITS) {
            Ok(weights) => weights,
            Err(sentence) => {
                assert!(!sentence.is_empty() && sentence.len() < 10_000);
                continue;
            }
        };
        for (name, shape) in weights.tensors() {
            match weights.numbers(name) {
                Ok(numbers) => {
                    let same = weights
                        .tensors()
                        .iter()
                        .filter(|(other, _)| *other == name)
                        .count();
                    assert!(same > 1 || numbers.len() == shape.iter().product::<usize>());
                }
                Err(sentence) => assert!(!sentence.is_empty()),
            }
        }
    }
}

#[test]
fn weights() {
    let seeds = [
        "classifier.pt",
        "parameters.pt",
        "half.pt",
        "bfloat16.pt",
        "checkpoint.pt",
        "module.pt",
        "classifier.safetensors",
        "classifier.npz",
    ];
    survives("fuzz::weights::weights", MEMORY, &seeds.map(sample), answers);
}
