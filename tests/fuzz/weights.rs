//! The readers of weights that the user brings.

use super::survives;
use crate::architecture::root;
use landscape::data::files::Limits;
use landscape::weights::Weights;

/// Few numbers, so that files which promise more are refused before anything is allocated.
const LIMITS: Limits = Limits {
    numbers: 1 << 18,
    memory: None,
};
/// The bytes of a storage, its numbers in double precision, those of the tensor; of npz the numbers of all arrays.
const MEMORY: u64 = 4 * 8 * LIMITS.numbers;

#[test]
fn weights() {
    let read = |name: &str| std::fs::read(root().join("tests/samples/torch").join(name)).expect("a sample");
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
    let seeds = seeds.map(read);
    survives("fuzz::weights::weights", MEMORY, &seeds, |bytes| {
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
    });
}
