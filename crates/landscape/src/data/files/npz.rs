//! npz, NumPy's archive of arrays: a ZIP file of npy files.

use std::io::{Read, Seek};

use zip::ZipArchive;
use zip::result::ZipError;

use super::array::Array;
use super::input::{Input, Limits};
use super::npy;

/// The arrays of an npz file that are examples.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrays {
    /// Inputs and targets to train on.
    pub train: (Array, Array),
    /// Inputs and targets to test on, where the file has them.
    pub test: Option<(Array, Array)>,
}

/// The names of the four arrays: our own, and those of Keras' `mnist.npz`.
pub const LAYOUTS: [[&str; 4]; 2] = [
    ["inputs", "targets", "test_inputs", "test_targets"],
    ["x_train", "y_train", "x_test", "y_test"],
];

/// Reads the arrays of either layout. Further arrays are left alone.
pub fn read(file: impl Read + Seek, length: u64, limits: Limits) -> Result<Arrays, String> {
    let (mut archive, names) = open(file)?;
    let has = |name: &str| names.iter().any(|other| *other == format!("{name}.npy"));
    let Some([inputs, targets, test_inputs, test_targets]) = LAYOUTS
        .into_iter()
        .find(|layout| has(layout[0]) && has(layout[1]))
    else {
        let held = match names.len() {
            0 => "nothing".into(),
            _ => names
                .iter()
                .take(8)
                .map(String::as_str)
                .collect::<Vec<_>>()
                .join(", "),
        };
        return Err(format!(
            "holds {held}: it needs the arrays inputs and targets, or x_train and y_train"
        ));
    };
    if has(test_inputs) != has(test_targets) {
        let (there, missing) = if has(test_inputs) {
            (test_inputs, test_targets)
        } else {
            (test_targets, test_inputs)
        };
        return Err(format!("holds {there}, but no {missing}: give both or neither"));
    }
    let test = has(test_inputs);
    let mut array =
        |name: &str| one(&mut archive, name, length, limits).map_err(|e| format!("{name}.npy {e}"));
    Ok(Arrays {
        train: (array(inputs)?, array(targets)?),
        test: match test {
            true => Some((array(test_inputs)?, array(test_targets)?)),
            false => None,
        },
    })
}

/// Reads all arrays in the order of the file, each with its name; together they have at most as many numbers as are
/// allowed.
pub fn all(file: impl Read + Seek, length: u64, mut limits: Limits) -> Result<Vec<(String, Array)>, String> {
    let (mut archive, names) = open(file)?;
    let mut all = Vec::new();
    for name in names.iter().filter_map(|name| name.strip_suffix(".npy")) {
        let array = one(&mut archive, name, length, limits).map_err(|e| format!("{name}.npy {e}"))?;
        limits.numbers -= limits.numbers.min(array.numbers.len() as u64);
        all.push((name.to_string(), array));
    }
    Ok(all)
}

/// An archive, and the names of its members.
fn open<R: Read + Seek>(file: R) -> Result<(ZipArchive<R>, Vec<String>), String> {
    let archive = ZipArchive::new(file).map_err(|e| match e {
        ZipError::InvalidArchive(what) => format!("is no npz file, or is truncated ({what})"),
        other => broken(other),
    })?;
    let names = (0..archive.len()).filter_map(|i| Some(archive.name_for_index(i)?.ok()?.into_owned()));
    let names = names.collect();
    Ok((archive, names))
}

fn one(
    archive: &mut ZipArchive<impl Read + Seek>,
    name: &str,
    length: u64,
    limits: Limits,
) -> Result<Array, String> {
    let member = archive.by_name(&format!("{name}.npy")).map_err(broken)?;
    let packed = member.compressed_size().min(length);
    npy::read(&mut Input::inside(member, packed, limits))
}

fn broken(e: ZipError) -> String {
    format!("cannot be unpacked: {e}")
}
