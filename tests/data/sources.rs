//! What is taken from files: the same for the same numbers in any format, and a function of seed and hash.

use super::writing::{cifar, gz, idx, images, mnist, npy, npz};
use landscape::data::files::{self, Limits};
use landscape::data::{DataConfig, Normalise, Pick, Source, Split, Variant, apply, load, prepare};
use models::{Seed, Targets};
use std::path::Path;
use tempfile::TempDir;

fn config(folder: &Path, source: &str, train: usize, test: usize) -> DataConfig {
    let source: Source =
        toml::from_str::<toml::Table>(&format!("source = {source}")).expect("TOML")["source"]
            .clone()
            .try_into()
            .expect("a source");
    DataConfig {
        folder: Some(folder.into()),
        test,
        ..DataConfig::new(source, train)
    }
}

fn split(config: &DataConfig) -> Split {
    prepare(config, Seed(3)).expect("the files are right")
}

fn wrong(config: &DataConfig) -> String {
    prepare(config, Seed(3))
        .expect_err("something is wrong")
        .to_string()
}

const IDX: &str = r#"{ arrays = { inputs = "train-images-idx3-ubyte", targets = "train-labels-idx1-ubyte",
    test_inputs = "t10k-images-idx3-ubyte", test_targets = "t10k-labels-idx1-ubyte" } }"#;

#[test]
fn the_same_numbers_are_the_same_examples_in_every_format() {
    let desk = TempDir::new().expect("a temporary folder");
    let folder = desk.path();
    mnist(folder, 6, 3, false);
    mnist(folder, 6, 3, true);
    let arrays = |each: usize, brighter: usize| {
        let (pixels, labels) = images(10, each, brighter);
        let shape = [labels.len(), 3, 2];
        (
            npy("'|u1'", false, &shape, &pixels),
            npy("'|u1'", false, &shape[..1], &labels),
        )
    };
    let ((x, y), (u, v)) = (arrays(6, 0), arrays(3, 1));
    for (name, bytes) in [("x.npy", &x), ("y.npy.gz", &gz(&y)), ("u.npy", &u), ("v.npy", &v)] {
        std::fs::write(folder.join(name), bytes).expect("a writable folder");
    }
    let keras = npz(
        &[("x_train", x), ("y_train", y), ("x_test", u), ("y_test", v)],
        true,
    );
    std::fs::write(folder.join("mnist.npz"), keras).expect("a writable folder");

    let first = split(&config(folder, IDX, 40, 20));
    let packed = IDX.replace("-ubyte", "-ubyte.gz");
    let npy = r#"{ arrays = { inputs = "x.npy", targets = "y.npy.gz", test_inputs = "u.npy", test_targets = "v.npy" } }"#;
    for source in [&packed, npy, r#"{ npz = { path = "mnist.npz" } }"#] {
        let other = split(&config(folder, source, 40, 20));
        assert_eq!(
            (&other.train, &other.test),
            (&first.train, &first.test),
            "{source}"
        );
        assert_eq!(other.source_hash, first.source_hash);
        let random = |split: &Split| apply(Variant::RandomLabels, split, Seed(3)).train;
        assert_eq!(random(&other), random(&first));
    }
    // The hash is part of what makes runs the same everywhere: it must never change.
    assert_eq!(
        first.source_hash.as_deref(),
        Some("9dcb9627652d97474b77611d70aef56b42121535e7c10fbfa2b86a2653947413")
    );
}

#[test]
fn test_examples_that_are_set_apart_stay_apart() {
    let desk = TempDir::new().expect("a temporary folder");
    mnist(desk.path(), 6, 3, false);
    let plain = |train, test, pick| {
        let mut config = config(desk.path(), IDX, train, test);
        (config.normalise, config.pick) = (Some(Normalise::None), pick);
        split(&config)
    };
    let whole = plain(60, 30, Pick::Random);
    let sorted = |inputs: &[f64]| {
        let mut rows: Vec<Vec<u64>> = inputs
            .chunks(6)
            .map(|x| x.iter().map(|x| *x as u64).collect())
            .collect();
        rows.sort();
        rows
    };
    for (split, each, brighter) in [(&whole.train, 6, 0), (whole.test.as_ref().expect("tests"), 3, 1)] {
        let wanted: Vec<f64> = images(10, each, brighter).0.into_iter().map(f64::from).collect();
        assert_eq!(sorted(&split.inputs), sorted(&wanted));
    }
    // Fewer tests change no training example, and fewer training examples no test.
    assert_eq!(plain(60, 7, Pick::Random).train, whole.train);
    assert_eq!(plain(9, 30, Pick::Random).test, whole.test);
    let first = plain(20, 10, Pick::First);
    let stored: Vec<f64> = images(10, 6, 0).0[..120].iter().map(|x| f64::from(*x)).collect();
    assert_eq!(sorted(&first.train.inputs), sorted(&stored));
    assert_eq!(
        wrong(&config(desk.path(), IDX, 61, 0)),
        "data.train = 61: `arrays` has 60 train examples; ask for at most that many"
    );
    let mut some = config(desk.path(), IDX, 18, 7);
    some.classes = vec![9, 0, 4];
    assert_eq!(split(&some).train.target_width(), 3);
    some.test = 10;
    assert_eq!(
        wrong(&some),
        "data.test = 10: `arrays` has 9 test examples of classes [9, 0, 4]; ask for at most that many"
    );
}

#[test]
fn only_data_of_the_given_hash_are_taken() {
    let desk = TempDir::new().expect("a temporary folder");
    mnist(desk.path(), 6, 3, false);
    let mut config = config(desk.path(), IDX, 40, 20);
    let hash = split(&config).source_hash.expect("files have a hash");
    config.source.pin(&hash);
    split(&config);
    // Another pixel in the test images, of the same length: read again, because the file has changed.
    let path = desk.path().join("t10k-images-idx3-ubyte");
    let mut bytes = std::fs::read(&path).expect("it was written");
    bytes[20] ^= 1;
    std::fs::write(&path, bytes).expect("a writable folder");
    let later = std::time::SystemTime::now() + std::time::Duration::from_secs(5);
    let file = std::fs::File::options()
        .append(true)
        .open(&path)
        .expect("it was written");
    file.set_modified(later).expect("a writable time");
    let message = wrong(&config);
    assert!(
        message.starts_with(&format!(
            "data.source.arrays.hash = \"{hash}\": the data found have the hash "
        )),
        "{message}"
    );
}

#[test]
fn tables_hold_classes_or_values() {
    let desk = TempDir::new().expect("a temporary folder");
    let write =
        |name: &str, text: &str| std::fs::write(desk.path().join(name), text).expect("a writable folder");
    write("a.csv", "x,y,kind\n1,2,10\n3,4,9\n5,6,10\n7,9,9\n");
    write("b.csv", "x,y,kind\n1,5,9\n");
    let classes = config(
        desk.path(),
        r#"{ csv = { path = "a.csv", label = "kind", test_path = "b.csv" } }"#,
        4,
        1,
    );
    let stored = load(&classes).unwrap().expect("a table is stored");
    // Sorted as numbers, not as texts.
    assert_eq!(
        stored.train.targets,
        Targets::Classes {
            labels: vec![1, 0, 1, 0],
            classes: 2
        }
    );
    assert_eq!(
        stored.test.as_ref().map(|test| &test.targets),
        Some(&Targets::Classes {
            labels: vec![0],
            classes: 2
        })
    );
    let values = config(
        desk.path(),
        r#"{ csv = { path = "a.csv", label = -1, answer = "values" } }"#,
        4,
        0,
    );
    let stored = load(&values).unwrap().expect("a table is stored");
    assert_eq!(
        stored.train.targets,
        Targets::Values {
            values: vec![10.0, 9.0, 10.0, 9.0],
            width: 1
        }
    );
    write("b.csv", "x,y,kind\n1,5,8\n");
    assert_eq!(
        wrong(&DataConfig { test: 0, ..classes }).replace(&desk.path().display().to_string(), "DIR"),
        "data.source.csv.test_path = \"b.csv\": DIR/b.csv: line 2 has the label `8`, which the training table has not"
    );
}

#[test]
fn cifar_folders_are_read_in_order() {
    let desk = TempDir::new().expect("a temporary folder");
    let write = |name: &str, labels: &[&[u8]]| {
        std::fs::write(desk.path().join(name), cifar(labels)).expect("a writable folder");
    };
    for i in 1..=5_u8 {
        write(&format!("data_batch_{i}.bin"), &[&[2 * i - 2], &[2 * i - 1]]);
    }
    write("test_batch.bin", &[&[4]]);
    let ten = load(&config(desk.path(), r#"{ cifar-10 = { folder = "" } }"#, 1, 0));
    assert!(ten.unwrap_err().to_string().contains("names no file"));
    let ten = load(&config(desk.path(), r#"{ cifar-10 = { folder = "." } }"#, 1, 0))
        .unwrap()
        .expect("stored");
    let Targets::Classes { labels, classes } = &ten.train.targets else {
        panic!("CIFAR has classes");
    };
    assert_eq!((&labels[..], *classes), (&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9][..], 10));
    assert_eq!(
        (ten.train.dimension, ten.test.as_ref().map(files::Part::len)),
        (3072, Some(1))
    );

    let fine: Vec<[u8; 2]> = (0..100).map(|i| [i / 5, i]).collect();
    write(
        "train.bin",
        &fine.iter().map(|labels| &labels[..]).collect::<Vec<_>>(),
    );
    write("test.bin", &[&[19, 7]]);
    for (labels, classes, test) in [("fine", 100, 7), ("coarse", 20, 19)] {
        let source = format!(r#"{{ cifar-100 = {{ folder = ".", labels = "{labels}" }} }}"#);
        let stored = load(&config(desk.path(), &source, 1, 0))
            .unwrap()
            .expect("stored");
        let wanted = Targets::Classes {
            labels: vec![test],
            classes,
        };
        assert_eq!(stored.test.as_ref().map(|part| &part.targets), Some(&wanted));
    }
}

#[test]
fn what_does_not_fit_into_memory_is_refused_with_the_plan() {
    let desk = TempDir::new().expect("a temporary folder");
    std::fs::write(desk.path().join("x.idx"), idx(0x0d, &[100, 50], &[0; 20_000]))
        .expect("a writable folder");
    std::fs::write(desk.path().join("y.idx"), idx(8, &[100], &[0; 100])).expect("a writable folder");
    let config = config(
        desk.path(),
        r#"{ arrays = { inputs = "x.idx", targets = "y.idx" } }"#,
        1,
        0,
    );
    let source = config.source.files().expect("files");
    let limits = Limits::with_memory(19_999);
    let error = source
        .read(Some(desk.path()), limits)
        .expect_err("no room")
        .to_string();
    assert_eq!(
        error.replace(&desk.path().display().to_string(), "DIR"),
        "x.idx: DIR/x.idx: its numbers need 19.5 KiB of memory, and 19.5 KiB are free: use fewer examples, or a machine \
         with more memory"
    );
}
