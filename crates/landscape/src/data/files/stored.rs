//! Examples as they are stored, checked: what file sources and embedded sources give.

use models::{Examples, Targets};

use super::array::{Array, Numbers};
use super::idx::count;

/// The most classes.
pub const MOST_CLASSES: usize = 1 << 16;

/// All examples of a source.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// Those to train on; where there is no test part, those to test on too.
    pub train: Part,
    /// Those to test on, where the source sets them apart.
    pub test: Option<Part>,
    /// BLAKE3 of types, shapes, inputs and targets: the same for the same numbers in another file format.
    pub hash: String,
}

/// Inputs and targets, of the same number of examples.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Inputs, one example after another.
    pub inputs: Numbers,
    /// Numbers in one input.
    pub dimension: usize,
    /// What the network should answer.
    pub targets: Targets,
}

impl Stored {
    /// Checks parts that belong together, and makes their hash.
    pub fn new(train: Part, test: Option<Part>) -> Result<Self, Fault> {
        if let Some(counts) = train.class_counts()
            && let Some(empty) = counts.iter().position(|count| *count == 0)
        {
            return Err(Fault::Targets(format!(
                "class {empty} has no example, and labels go up to {}: number the classes 0, 1, … without gaps",
                counts.len() - 1
            )));
        }
        if train.class_counts().is_some_and(|counts| counts.len() < 2) {
            return Err(Fault::Targets(
                "there is one class, which leaves nothing to tell apart".into(),
            ));
        }
        let mut test = test;
        if let Some(test) = &mut test {
            if test.dimension != train.dimension {
                return Err(Fault::TestInputs(format!(
                    "a test input has {} numbers, and a training input {}",
                    test.dimension, train.dimension
                )));
            }
            test.targets = same_kind(&train.targets, &test.targets).map_err(Fault::TestTargets)?;
        }
        let mut hash = blake3::Hasher::new();
        train.feed(&mut hash);
        if let Some(test) = &test {
            test.feed(&mut hash);
        }
        let hash = hash.finalize().to_hex().to_string();
        Ok(Stored { train, test, hash })
    }

    /// Bytes that all of it takes in memory.
    pub fn bytes(&self) -> u64 {
        let parts = std::iter::once(&self.train).chain(&self.test);
        parts.map(|part| part.inputs.bytes() + part.targets.bytes()).sum()
    }
}

/// Which of four arrays is wrong, and how.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// The training inputs.
    Inputs(String),
    /// The training targets.
    Targets(String),
    /// The test inputs.
    TestInputs(String),
    /// The test targets.
    TestTargets(String),
}

impl Fault {
    /// The array's name in our layout, and what is wrong with it.
    pub fn parts(self) -> (&'static str, String) {
        match self {
            Fault::Inputs(what) => ("inputs", what),
            Fault::Targets(what) => ("targets", what),
            Fault::TestInputs(what) => ("test_inputs", what),
            Fault::TestTargets(what) => ("test_targets", what),
        }
    }

    fn of_test(self) -> Self {
        match self {
            Fault::Inputs(what) => Fault::TestInputs(what),
            Fault::Targets(what) => Fault::TestTargets(what),
            other => other,
        }
    }
}

/// The test targets with the training targets' number of classes.
fn same_kind(train: &Targets, test: &Targets) -> Result<Targets, String> {
    match (train, test) {
        (Targets::Classes { classes, .. }, Targets::Classes { labels, .. }) => {
            if let Some(i) = labels.iter().position(|label| *label as usize >= *classes) {
                return Err(format!(
                    "label {} of example {i} is out of range: the training labels are 0 to {}",
                    labels[i],
                    classes - 1
                ));
            }
            Ok(Targets::Classes {
                labels: labels.clone(),
                classes: *classes,
            })
        }
        (Targets::Values { width, .. }, Targets::Values { width: other, .. }) if width == other => {
            Ok(test.clone())
        }
        (Targets::Values { width, .. }, Targets::Values { width: other, .. }) => Err(format!(
            "a test target has {other} numbers, and a training target {width}"
        )),
        _ => Err(
            "the training targets are of another kind: both are whole numbers (classes), or neither is"
                .into(),
        ),
    }
}

impl Part {
    /// Inputs `[n, …]` and targets. Whole numbers as targets, `[n]` or `[n, 1]`, are classes; others are values, `[n]`
    /// or `[n, c]`.
    pub fn from_arrays(inputs: Array, targets: Array) -> Result<Self, Fault> {
        let n = inputs.shape.first().copied().unwrap_or_default();
        let dimension = inputs
            .shape
            .get(1..)
            .map_or(Ok(0), count)
            .map_err(Fault::Inputs)? as usize;
        if n == 0 || dimension == 0 {
            return Err(Fault::Inputs(format!(
                "has the shape {:?}, which holds no number",
                inputs.shape
            )));
        }
        let width = match targets.shape[..] {
            [_] => 1,
            [_, width] if width > 0 => width,
            _ => {
                return Err(Fault::Targets(format!(
                    "has the shape {:?}: targets are one number per example, or one row of numbers",
                    targets.shape
                )));
            }
        };
        let m = targets.shape[0];
        if m != n {
            return Err(Fault::Targets(format!(
                "there are {m} targets and {n} inputs: each input needs one"
            )));
        }
        if let Some((i, what)) = inputs.numbers.problem() {
            return Err(Fault::Inputs(format!(
                "example {}, number {} is {what}",
                i / dimension,
                i % dimension
            )));
        }
        if let Some((i, what)) = targets.numbers.problem() {
            return Err(Fault::Targets(format!("example {} is {what}", i / width)));
        }
        let targets = if targets.numbers.are_whole() {
            if width != 1 {
                return Err(Fault::Targets(format!(
                    "there are {width} whole numbers per example: classes are one each; save values as floats"
                )));
            }
            classes(&targets.numbers).map_err(Fault::Targets)?
        } else {
            let mut values = Vec::with_capacity(targets.numbers.len());
            targets.numbers.append_to(&mut values, 0..targets.numbers.len());
            Targets::Values { values, width }
        };
        Ok(Part {
            inputs: inputs.numbers,
            dimension,
            targets,
        })
    }

    /// The same for the arrays of a test part.
    pub fn from_test_arrays(inputs: Array, targets: Array) -> Result<Self, Fault> {
        Part::from_arrays(inputs, targets).map_err(Fault::of_test)
    }

    /// The number of examples.
    pub fn len(&self) -> usize {
        self.inputs.len() / self.dimension
    }

    /// True where there is none.
    pub fn is_empty(&self) -> bool {
        self.inputs.is_empty()
    }

    /// How many examples each class has; `None` where targets are values.
    pub fn class_counts(&self) -> Option<Vec<usize>> {
        let Targets::Classes { labels, classes } = &self.targets else {
            return None;
        };
        let mut counts = vec![0; *classes];
        labels.iter().for_each(|&label| counts[label as usize] += 1);
        Some(counts)
    }

    /// These examples, in this order.
    pub fn select(&self, rows: &[usize]) -> Examples {
        let d = self.dimension;
        let mut inputs = Vec::with_capacity(rows.len() * d);
        rows.iter()
            .for_each(|&i| self.inputs.append_to(&mut inputs, i * d..(i + 1) * d));
        Examples {
            inputs,
            dimension: d,
            targets: self.targets.select(rows),
        }
    }

    fn feed(&self, hash: &mut blake3::Hasher) {
        hash.update(&(self.len() as u64).to_le_bytes());
        hash.update(&(self.dimension as u64).to_le_bytes());
        self.inputs.hash(hash);
        match &self.targets {
            Targets::Classes { labels, classes } => {
                hash.update(b"classes").update(&(*classes as u64).to_le_bytes());
                labels.iter().for_each(|label| {
                    hash.update(&label.to_le_bytes());
                });
            }
            Targets::Values { values, width } => {
                hash.update(b"values").update(&(*width as u64).to_le_bytes());
                values.iter().for_each(|value| {
                    hash.update(&value.to_le_bytes());
                });
            }
        }
    }
}

impl From<Examples> for Part {
    fn from(examples: Examples) -> Self {
        Part {
            inputs: Numbers::Double(examples.inputs),
            dimension: examples.dimension,
            targets: examples.targets,
        }
    }
}

/// Whole numbers as labels.
fn classes(numbers: &Numbers) -> Result<Targets, String> {
    let n = numbers.len();
    let mut labels = Vec::with_capacity(n);
    let mut classes = 0;
    for i in 0..n {
        let label = numbers.at(i);
        if label < 0.0 || label >= MOST_CLASSES as f64 {
            return Err(format!(
                "label {label} of example {i} is out of range: labels lie between 0 and {}",
                MOST_CLASSES - 1
            ));
        }
        labels.push(label as u32);
        classes = classes.max(label as usize + 1);
    }
    Ok(Targets::Classes { labels, classes })
}
