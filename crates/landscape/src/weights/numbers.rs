//! The numbers of tensors, from their bytes.

use std::rc::Rc;

use burn::tensor::{bf16, f16};

/// The type of a tensor's numbers.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    F16,
    BF16,
    F32,
    F64,
    /// One that is no weight, by its name.
    Other(Rc<str>),
}

impl Kind {
    /// Bytes in one number.
    pub fn bytes(&self) -> Result<u64, String> {
        match self {
            Kind::F16 | Kind::BF16 => Ok(2),
            Kind::F32 => Ok(4),
            Kind::F64 => Ok(8),
            Kind::Other(name) => {
                let name: String = name.chars().take(40).collect();
                Err(format!(
                    "holds numbers of the type {}, and f16, bf16, f32 and f64 are read",
                    name.escape_debug()
                ))
            }
        }
    }

    /// Numbers from their bytes, the lowest first. Each becomes the same number in double precision.
    pub fn decode(&self, bytes: &[u8]) -> Result<Vec<f64>, String> {
        self.bytes()?;
        Ok(match self {
            Kind::F16 => each(bytes, |b| f16::from_le_bytes(b).to_f64()),
            Kind::BF16 => each(bytes, |b| bf16::from_le_bytes(b).to_f64()),
            Kind::F32 => each(bytes, |b| f64::from(f32::from_le_bytes(b))),
            Kind::F64 | Kind::Other(_) => each(bytes, f64::from_le_bytes),
        })
    }
}

fn each<const N: usize>(bytes: &[u8], number: impl Fn([u8; N]) -> f64) -> Vec<f64> {
    bytes.as_chunks().0.iter().map(|chunk| number(*chunk)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_format_says_the_same_numbers() {
        // 1.5, −2 and the smallest normal number of binary16, by hand.
        let half = [0x3e00_u16, 0xc000, 0x0400].map(u16::to_le_bytes).concat();
        assert_eq!(Kind::F16.decode(&half), Ok(vec![1.5, -2.0, 2f64.powi(-14)]));
        let brain = [0x3fc0_u16, 0xc000].map(u16::to_le_bytes).concat();
        assert_eq!(Kind::BF16.decode(&brain), Ok(vec![1.5, -2.0]));
        let single = [1.5_f32, -2.0].map(f32::to_le_bytes).concat();
        assert_eq!(Kind::F32.decode(&single), Ok(vec![1.5, -2.0]));
        let double = 0.1_f64.to_le_bytes();
        assert_eq!(Kind::F64.decode(&double), Ok(vec![0.1]));
        let other = Kind::Other("Long".into()).decode(&double);
        let sentence = "holds numbers of the type Long, and f16, bf16, f32 and f64 are read";
        assert_eq!(other, Err(sentence.into()));
    }
}
