//! What data are like: sizes, ranges, balance of classes, inputs that are alike.

use std::collections::HashMap;

use models::{Examples, Targets};
use serde::Serialize;

use super::files::{Part, Stored};
use super::pairs::key;
use super::{Pairs, Split, class_counts, pairs};

/// Some examples, described.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Survey {
    /// Which examples: `train`, `test`.
    pub part: String,
    /// How many.
    pub examples: usize,
    /// Numbers in one input.
    pub inputs: usize,
    /// The least, the largest, the mean of all numbers in inputs.
    pub range: Range,
    /// Coordinates of the input that are the same in all examples.
    pub constant: usize,
    /// What the network should answer.
    pub targets: Answers,
    /// BLAKE3 of inputs and targets.
    pub hash: String,
    /// Inputs that are equal, parallel, or nearly so; `None` where nobody asked.
    pub pairs: Option<Pairs>,
    /// Pairs of equal inputs with different targets, which no network learns; `None` where nobody asked.
    pub contradictions: Option<u64>,
    /// Of test examples: those whose input is also a training input; `None` where nobody asked.
    pub seen: Option<usize>,
}

/// A range of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Range {
    /// The least.
    pub least: f64,
    /// The largest.
    pub largest: f64,
    /// The mean.
    pub mean: f64,
}

/// Targets, described.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answers {
    /// Examples of each class.
    Classes(Vec<usize>),
    /// Values, so many for one example.
    Values {
        /// Numbers in one target.
        width: usize,
        /// Of all numbers.
        range: Range,
    },
}

/// Describes training and test examples; `closely` compares inputs with each other, which takes seconds to a minute.
pub fn survey(train: &Examples, test: Option<&Examples>, closely: bool) -> Vec<Survey> {
    let mut parts = vec![of("train", train, closely)];
    if let Some(test) = test {
        let mut survey = of("test", test, closely);
        if closely {
            let known = by_input(train);
            let seen = |input: &[u8; 32]| known.contains_key(input);
            survey.seen = Some(rows(test).filter(seen).count());
        }
        parts.push(survey);
    }
    parts
}

impl Stored {
    /// All that is stored, described.
    pub fn survey(&self, closely: bool) -> Vec<Survey> {
        let all = |part: &Part| part.select(&(0..part.len()).collect::<Vec<_>>());
        survey(&all(&self.train), self.test.as_ref().map(all).as_ref(), closely)
    }
}

impl Split {
    /// The examples as networks see them, described.
    pub fn survey(&self, closely: bool) -> Vec<Survey> {
        survey(&self.train, self.test.as_ref(), closely)
    }
}

fn of(part: &str, examples: &Examples, closely: bool) -> Survey {
    let targets = match &examples.targets {
        Targets::Classes { .. } => Answers::Classes(class_counts(examples).unwrap_or_default()),
        Targets::Values { values, width } => Answers::Values {
            width: *width,
            range: range(values),
        },
    };
    let first = &examples.inputs[..examples.dimension];
    let mut constant = vec![true; examples.dimension];
    for row in examples.inputs.chunks_exact(examples.dimension) {
        constant
            .iter_mut()
            .zip(row.iter().zip(first))
            .for_each(|(same, (x, first))| *same &= x == first);
    }
    Survey {
        part: part.into(),
        examples: examples.len(),
        inputs: examples.dimension,
        range: range(&examples.inputs),
        constant: constant.into_iter().filter(|same| *same).count(),
        targets,
        hash: examples.hash(),
        pairs: closely.then(|| pairs(&examples.inputs, examples.dimension)),
        contradictions: closely.then(|| contradictions(examples)),
        seen: None,
    }
}

fn range(numbers: &[f64]) -> Range {
    let least = numbers.iter().copied().fold(f64::INFINITY, f64::min);
    let largest = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    // Divided first, so that the sum of large numbers does not overflow.
    let mean = numbers.iter().map(|x| x / numbers.len() as f64).sum();
    Range { least, largest, mean }
}

/// The hash of each input.
fn rows(examples: &Examples) -> impl Iterator<Item = [u8; 32]> {
    examples.inputs.chunks_exact(examples.dimension).map(key)
}

/// The examples of each input.
fn by_input(examples: &Examples) -> HashMap<[u8; 32], Vec<usize>> {
    let mut groups: HashMap<_, Vec<usize>> = HashMap::new();
    for (i, input) in rows(examples).enumerate() {
        groups.entry(input).or_default().push(i);
    }
    groups
}

/// Pairs of equal inputs with different targets.
fn contradictions(examples: &Examples) -> u64 {
    let target = |i: usize| -> Vec<u64> {
        match &examples.targets {
            Targets::Classes { labels, .. } => vec![u64::from(labels[i])],
            Targets::Values { values, width } => values[i * width..(i + 1) * width]
                .iter()
                .map(|x| (x + 0.0).to_bits())
                .collect(),
        }
    };
    let pairs = |count: usize| (count * count.saturating_sub(1) / 2) as u64;
    let in_group = |group: &Vec<usize>| {
        let mut agreeing: HashMap<Vec<u64>, usize> = HashMap::new();
        group
            .iter()
            .for_each(|&i| *agreeing.entry(target(i)).or_default() += 1);
        pairs(group.len()) - agreeing.into_values().map(pairs).sum::<u64>()
    };
    by_input(examples)
        .values()
        .filter(|group| group.len() > 1)
        .map(in_group)
        .sum()
}
