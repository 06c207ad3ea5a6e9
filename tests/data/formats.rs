//! Each format, read back.

use super::writing::{cifar, gz, idx, npy, npz};
use landscape::data::files::cifar::{Labels, Record};
use landscape::data::files::csv::Column;
use landscape::data::files::{self, Array, Input, Limits, Numbers};

fn read<T>(bytes: &[u8], parse: impl Fn(&mut Input) -> Result<T, String>) -> Result<T, String> {
    parse(&mut Input::of(bytes, Limits::here())?)
}

/// Six numbers as bytes of a type, lowest or highest byte first.
macro_rules! bytes {
    ($type:ty, $order:ident) => {
        [1, 2, 3, 4, 5, 100]
            .iter()
            .flat_map(|x| (*x as $type).$order())
            .collect::<Vec<u8>>()
    };
}

const WANTED: [f64; 6] = [1.0, 2.0, 3.0, 4.0, 5.0, 100.0];

fn values(array: &Array) -> Vec<f64> {
    (0..array.numbers.len()).map(|i| array.numbers.at(i)).collect()
}

#[test]
fn idx_files_of_every_type() {
    for (kind, bytes) in [
        (0x08, bytes!(u8, to_be_bytes)),
        (0x09, bytes!(i8, to_be_bytes)),
        (0x0b, bytes!(i16, to_be_bytes)),
        (0x0c, bytes!(i32, to_be_bytes)),
        (0x0d, bytes!(f32, to_be_bytes)),
        (0x0e, bytes!(f64, to_be_bytes)),
    ] {
        let file = idx(kind, &[2, 3], &bytes);
        for file in [gz(&file), file] {
            let array = read(&file, files::idx::read).unwrap();
            assert_eq!(
                (&array.shape[..], &values(&array)[..]),
                (&[2, 3][..], &WANTED[..]),
                "{kind:02x}"
            );
        }
    }
}

#[test]
fn npy_files_of_every_type_and_order() {
    for (name, little, big) in [
        ("u1", bytes!(u8, to_le_bytes), bytes!(u8, to_be_bytes)),
        ("i1", bytes!(i8, to_le_bytes), bytes!(i8, to_be_bytes)),
        ("u2", bytes!(u16, to_le_bytes), bytes!(u16, to_be_bytes)),
        ("i2", bytes!(i16, to_le_bytes), bytes!(i16, to_be_bytes)),
        ("u4", bytes!(u32, to_le_bytes), bytes!(u32, to_be_bytes)),
        ("i4", bytes!(i32, to_le_bytes), bytes!(i32, to_be_bytes)),
        ("u8", bytes!(u64, to_le_bytes), bytes!(u64, to_be_bytes)),
        ("i8", bytes!(i64, to_le_bytes), bytes!(i64, to_be_bytes)),
        ("f4", bytes!(f32, to_le_bytes), bytes!(f32, to_be_bytes)),
        ("f8", bytes!(f64, to_le_bytes), bytes!(f64, to_be_bytes)),
    ] {
        for (order, bytes) in [('<', &little), ('>', &big)] {
            let file = npy(&format!("'{order}{name}'"), false, &[6], bytes);
            let array = read(&file, files::npy::read).unwrap();
            assert_eq!(values(&array), WANTED, "{order}{name}");
            assert_eq!(array.numbers.are_whole(), !name.starts_with('f'));
        }
    }
    // What numpy.float16 holds: its least and largest number, its least normal one, and those nearest to 1/3 and −2.
    let bits: [u16; 5] = [0x0001, 0x7bff, 0x0400, 0x3555, 0xc000];
    let halves = [2f64.powi(-24), 65504.0, 2f64.powi(-14), 0.333251953125, -2.0];
    for (order, bytes) in [
        ('<', bits.map(u16::to_le_bytes)),
        ('>', bits.map(u16::to_be_bytes)),
    ] {
        let file = npy(&format!("'{order}f2'"), false, &[5], bytes.as_flattened());
        let array = read(&file, files::npy::read).unwrap();
        assert_eq!(values(&array), halves, "{order}f2");
        assert!(!array.numbers.are_whole());
    }
    let truths = read(&npy("'|b1'", false, &[2], &[1, 0]), files::npy::read).unwrap();
    assert_eq!(truths.numbers, Numbers::Bytes(vec![1, 0]));
}

#[test]
fn npy_files_with_the_first_axis_fastest_are_turned() {
    // Number (i, j, k) of shape [2, 3, 2] is 100 i + 10 j + k.
    let mut stored = Vec::new();
    let mut wanted = vec![0; 12];
    for k in 0..2 {
        for j in 0..3 {
            for i in 0..2 {
                stored.push((100 * i + 10 * j + k) as u8);
                wanted[(i * 3 + j) * 2 + k] = (100 * i + 10 * j + k) as u8;
            }
        }
    }
    let array = read(&npy("'|u1'", true, &[2, 3, 2], &stored), files::npy::read).unwrap();
    assert_eq!(
        array,
        Array {
            shape: vec![2, 3, 2],
            numbers: Numbers::Bytes(wanted)
        }
    );
}

#[test]
fn npz_files_of_both_layouts() {
    let (x, y) = (
        npy("'<f4'", false, &[3, 2], &bytes!(f32, to_le_bytes)),
        npy("'<i8'", false, &[3], &bytes!(i64, to_le_bytes)[..24]),
    );
    for names in files::npz::LAYOUTS {
        for packed in [false, true] {
            let all = [x.clone(), y.clone(), x.clone(), y.clone()];
            let both: Vec<_> = names.into_iter().zip(all).collect();
            let further = ("allow_pickle", b"anything".to_vec());
            let file = npz(&[&both[..], &[further]].concat(), packed);
            let arrays =
                files::npz::read(std::io::Cursor::new(&file), file.len() as u64, Limits::here()).unwrap();
            assert_eq!(values(&arrays.train.0), WANTED);
            assert_eq!(values(&arrays.train.1), [1.0, 2.0, 3.0]);
            assert_eq!(arrays.test, Some(arrays.train.clone()));
            let file = npz(&both[..2], packed);
            let arrays =
                files::npz::read(std::io::Cursor::new(&file), file.len() as u64, Limits::here()).unwrap();
            assert_eq!(arrays.test, None);
        }
    }
}

#[test]
fn tables_with_named_and_numbered_labels() {
    let text = "\u{feff}length, kind ,width\r\n1.5,\"a, b\",-2e3\r\n\r\n0,c,4\r\n";
    let name = |name: &str| Column::Name(name.into());
    for (text, label) in [
        (text.as_bytes().to_vec(), name("kind")),
        (text.as_bytes().to_vec(), Column::Number(1)),
        (text.as_bytes().to_vec(), Column::Number(-2)),
        (gz(text.as_bytes()), name("kind")),
        // Without a heading, and without the end of the last line.
        (b"1.5,\"a, b\",-2e3\n0,c,4".to_vec(), Column::Number(1)),
    ] {
        let table = read(&text, |input| files::csv::read(input, &label)).unwrap();
        assert_eq!(
            (&table.inputs[..], table.dimension),
            (&[1.5, -2000.0, 0.0, 4.0][..], 2)
        );
        assert_eq!(table.labels, ["a, b", "c"]);
    }
    let table = read(text.as_bytes(), |input| files::csv::read(input, &name("kind"))).unwrap();
    assert_eq!(table.lines, [2, 4]);
}

#[test]
fn cifar_records_of_both_kinds() {
    let ten = cifar(&[&[3], &[9]]);
    let (pixels, labels) = read(&ten, |input| files::cifar::read(input, Record::Ten)).unwrap();
    assert_eq!((labels, pixels.len()), (vec![3, 9], 2 * 3072));
    assert_eq!(
        (&pixels[..3], &pixels[3072..3075]),
        (&ten[1..4], &ten[3074..3077])
    );
    let hundred = cifar(&[&[19, 99], &[0, 1], &[4, 0]]);
    for (which, wanted) in [(Labels::Coarse, vec![19, 0, 4]), (Labels::Fine, vec![99, 1, 0])] {
        let record = Record::Hundred(which);
        let (pixels, labels) = read(&hundred, |input| files::cifar::read(input, record)).unwrap();
        assert_eq!((labels, pixels.len()), (wanted, 3 * 3072));
        assert_eq!(pixels[3072..6144], hundred[3074 + 2..2 * 3074]);
    }
}
