//! The binary format of CIFAR-10 and CIFAR-100: records of one or two labels and 3,072 bytes, which are the red,
//! green and blue values of 32 × 32 pixels (Krizhevsky 2009). There is no header.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::input::Input;

/// Numbers in one image.
pub const PIXELS: usize = 3 * 32 * 32;

/// Which label of a record is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Labels {
    /// The second of two: one of 100 classes.
    #[default]
    Fine,
    /// The first of two: one of 20 groups of classes.
    Coarse,
}

/// How a record begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Record {
    /// With one label: CIFAR-10.
    Ten,
    /// With two labels, of which one is taken: CIFAR-100.
    Hundred(Labels),
}

impl Record {
    /// Labels before the pixels.
    fn labels(self) -> usize {
        match self {
            Record::Ten => 1,
            Record::Hundred(_) => 2,
        }
    }

    /// The number of classes.
    pub fn classes(self) -> usize {
        match self {
            Record::Ten => 10,
            Record::Hundred(Labels::Fine) => 100,
            Record::Hundred(Labels::Coarse) => 20,
        }
    }
}

/// Reads a file of records: pixels one image after another, and a label of each.
pub fn read(input: &mut Input, record: Record) -> Result<(Vec<u8>, Vec<u32>), String> {
    let bytes = input.rest()?;
    let length = record.labels() + PIXELS;
    let left = bytes.len() % length;
    if bytes.is_empty() || left != 0 {
        return Err(format!(
            "has {} bytes, which is no whole number of records of {length}: it is truncated, or no file of this kind",
            bytes.len()
        ));
    }
    let place = match record {
        Record::Ten | Record::Hundred(Labels::Coarse) => 0,
        Record::Hundred(Labels::Fine) => 1,
    };
    let mut pixels = Vec::with_capacity(bytes.len() / length * PIXELS);
    let mut labels = Vec::with_capacity(bytes.len() / length);
    for (i, one) in bytes.chunks_exact(length).enumerate() {
        let label = one[place];
        if usize::from(label) >= record.classes() {
            return Err(format!(
                "record {i} has the label {label}, and labels are 0 to {}: is this a file of the other kind?",
                record.classes() - 1
            ));
        }
        labels.push(u32::from(label));
        pixels.extend_from_slice(&one[record.labels()..]);
    }
    Ok((pixels, labels))
}
