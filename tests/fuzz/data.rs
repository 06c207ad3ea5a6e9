//! The parsers of data files, and of checkpoints.

use super::survives;
use crate::data::writing::{cifar, gz, idx, npy, npz};
use landscape::data::files::cifar::{Labels, Record};
use landscape::data::files::csv::Column;
use landscape::data::files::{self, Input, Limits, Part, Stored};
use landscape::run::inspect_checkpoint;
use std::collections::HashMap;
use std::io::Cursor;

const LIMITS: Limits = Limits {
    numbers: 1 << 20,
    memory: None,
};
/// The numbers, their bytes before they are decoded, their order turned; each at most eight bytes.
const MEMORY: u64 = 3 * 8 * LIMITS.numbers;

/// Whatever an input is, its parser answers: with something, or with a sentence.
fn parse<T>(bytes: &[u8], parser: impl Fn(&mut Input) -> Result<T, String>) -> Option<T> {
    match Input::of(bytes, LIMITS).and_then(|mut input| parser(&mut input)) {
        Ok(read) => Some(read),
        Err(sentence) => {
            assert!(!sentence.is_empty());
            None
        }
    }
}

/// A file as it is, and packed.
fn and_packed(files: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    let packed: Vec<Vec<u8>> = files.iter().map(|file| gz(file)).collect();
    [files, packed].concat()
}

#[test]
fn idx_files() {
    let seeds = vec![
        idx(8, &[4, 2, 3], &[7; 24]),
        idx(0x0d, &[2, 2], &[1; 16]),
        idx(0x0b, &[3], &[0; 6]),
    ];
    survives("fuzz::data::idx_files", MEMORY, &and_packed(seeds), |bytes| {
        if let Some(array) = parse(bytes, files::idx::read) {
            assert_eq!(array.numbers.len(), array.shape.iter().product::<usize>());
        }
    });
}

#[test]
fn npy_files() {
    let seeds = vec![
        npy("'|u1'", false, &[4, 2, 3], &[7; 24]),
        npy("'<f4'", true, &[2, 2], &[1; 16]),
        npy("'>i8'", false, &[3], &[0; 24]),
        npy("'<u8'", false, &[], &[0; 8]),
        // So many axes that to turn them would take seconds.
        npy("'|u1'", true, &[&[4000], &[1; 2000][..]].concat(), &[0; 4000]),
    ];
    survives("fuzz::data::npy_files", MEMORY, &and_packed(seeds), |bytes| {
        if let Some(array) = parse(bytes, files::npy::read) {
            assert_eq!(array.numbers.len(), array.shape.iter().product::<usize>());
        }
    });
}

/// With the checks of what was read, down to examples.
#[test]
fn npz_files() {
    let x = npy("'<f4'", false, &[4, 2, 1], &[1; 32]);
    let y = npy("'|u1'", false, &[4], &[0, 1, 1, 0]);
    let train = [("x_train", x.clone()), ("y_train", y.clone())];
    let ours = [
        ("inputs", x.clone()),
        ("targets", y.clone()),
        ("test_inputs", x),
        ("test_targets", y),
    ];
    let seeds = [
        npz(&train, true),
        npz(&train, false),
        npz(&ours, true),
        npz(&ours, false),
    ];
    survives("fuzz::data::npz_files", 2 * MEMORY, &seeds, |bytes| {
        let Ok(arrays) = files::npz::read(Cursor::new(bytes), bytes.len() as u64, LIMITS) else {
            return;
        };
        let Ok(train) = Part::from_arrays(arrays.train.0, arrays.train.1) else {
            return;
        };
        let test = arrays
            .test
            .map(|(inputs, targets)| Part::from_test_arrays(inputs, targets));
        if let Ok(stored) = Stored::new(train, test.and_then(Result::ok)) {
            let n = stored.train.len();
            let examples = stored.train.select(&(0..n).collect::<Vec<_>>());
            assert!(examples.len() == n && examples.inputs.iter().all(|x| x.is_finite()));
        }
    });
}

#[test]
fn tables() {
    let seeds = vec![
        b"a,b,kind\n1,2,x\n3,-4e5,y\n".to_vec(),
        b"1,2,0\r\n3,4,1\r\n\r\n".to_vec(),
        b"\"a\",\"kind\"\n\"1\",\"one, two\"\n".to_vec(),
    ];
    let columns = [Column::Name("kind".into()), Column::Number(-1), Column::Number(0)];
    survives("fuzz::data::tables", MEMORY, &and_packed(seeds), |bytes| {
        for column in &columns {
            if let Some(table) = parse(bytes, |input| files::csv::read(input, column)) {
                assert_eq!(table.inputs.len(), table.dimension * table.labels.len());
                assert!(table.inputs.iter().all(|x| x.is_finite()));
            }
        }
    });
}

#[test]
fn cifar_files() {
    let seeds = and_packed(vec![cifar(&[&[3], &[9]]), cifar(&[&[19, 99], &[0, 1]])]);
    survives("fuzz::data::cifar_files", MEMORY, &seeds, |bytes| {
        for record in [
            Record::Ten,
            Record::Hundred(Labels::Fine),
            Record::Hundred(Labels::Coarse),
        ] {
            if let Some((pixels, labels)) = parse(bytes, |input| files::cifar::read(input, record)) {
                assert_eq!(pixels.len(), 3072 * labels.len());
            }
        }
    });
}

#[test]
fn checkpoints() {
    let view = |shape: Vec<usize>, bytes| {
        safetensors::tensor::TensorView::new(safetensors::Dtype::F32, shape, bytes)
            .expect("the bytes fill the shape")
    };
    let bytes = [0; 24];
    let tensors = [
        ("w", view(vec![2, 2], &bytes[..16])),
        ("b", view(vec![2], &bytes[..8])),
    ];
    // The checksum is that of the file with zeros in its place.
    let zeros = "0".repeat(64);
    let about = serde_json::json!({
        "schema": landscape::run::SCHEMA, "variant": "true labels", "step": 7, "first_loss": null, "last_kick": null,
        "seconds": 1.5, "finite": true, "recorded": { "metrics": 2, "findings": 1 }, "blake3": zeros,
    });
    let about = HashMap::from([("landscape".to_string(), about.to_string())]);
    let mut seed = safetensors::serialize(tensors, Some(about)).expect("a small file");
    let sum = blake3::hash(&seed).to_hex();
    let place = seed.windows(64).position(|part| part == zeros.as_bytes());
    let place = place.expect("the metadata has the zeros");
    seed[place..place + 64].copy_from_slice(sum.as_bytes());
    assert_eq!(inspect_checkpoint(&seed), Ok(("true labels".to_string(), 7)));
    survives("fuzz::data::checkpoints", 0, &[seed], |bytes| {
        if let Err(sentence) = inspect_checkpoint(bytes) {
            assert!(!sentence.is_empty());
        }
    });
}
