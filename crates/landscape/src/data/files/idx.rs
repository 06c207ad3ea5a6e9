//! IDX, the format of MNIST: two zero bytes, the type, the number of axes, the length of each as four bytes, and the
//! numbers, all with the highest byte first.

use super::array::{Array, Kind, Numbers};
use super::input::Input;

/// Reads an IDX file.
///
/// ```
/// use landscape::data::files::{Array, Input, Limits, Numbers, idx};
/// let bytes = [0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 0, 3, 7, 8, 9];
/// let array = idx::read(&mut Input::of(&bytes, Limits::here())?)?;
/// assert_eq!(array, Array { shape: vec![1, 3], numbers: Numbers::Bytes(vec![7, 8, 9]) });
/// # Ok::<(), String>(())
/// ```
pub fn read(input: &mut Input) -> Result<Array, String> {
    let [zero, also_zero, kind, axes] = input.header()?;
    if (zero, also_zero) != (0, 0) {
        return Err(format!(
            "is no IDX file: it begins with the bytes {zero:02x} {also_zero:02x}, not with 00 00"
        ));
    }
    let kind = match kind {
        0x08 => Kind::U8,
        0x09 => Kind::I8,
        0x0b => Kind::I16,
        0x0c => Kind::I32,
        0x0d => Kind::F32,
        0x0e => Kind::F64,
        other => {
            return Err(format!(
                "is no IDX file: its type is {other:02x}, and there are 08, 09, 0b, 0c, 0d and 0e"
            ));
        }
    };
    if axes == 0 {
        return Err("is no array: its header names no axis".into());
    }
    let mut shape = Vec::new();
    for _ in 0..axes {
        shape.push(u32::from_be_bytes(input.header()?) as usize);
    }
    let count = count(&shape)?;
    let bytes = input.promised(count, kind.bytes())?;
    input.end()?;
    Ok(Array {
        shape,
        numbers: Numbers::decode(kind, bytes, true)?,
    })
}

/// The product of a shape.
pub(super) fn count(shape: &[usize]) -> Result<u64, String> {
    let product = shape
        .iter()
        .try_fold(1_u64, |product, &axis| product.checked_mul(axis as u64));
    product.ok_or_else(|| format!("its header promises the shape {shape:?}, which no memory holds"))
}
