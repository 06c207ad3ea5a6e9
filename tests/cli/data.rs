//! `data check`, `data describe`, runs on files, and every way in which a file can be wrong.

use super::{Desk, SMALL, read_json};
use crate::data::writing::{cifar, gz, idx, mnist, npy, npz};
use insta::assert_snapshot;
use std::path::Path;

const ARRAYS: &str = r#"source = { arrays = { inputs = "train-images-idx3-ubyte.gz", targets = "train-labels-idx1-ubyte.gz", test_inputs = "t10k-images-idx3-ubyte.gz", test_targets = "t10k-labels-idx1-ubyte.gz" } }"#;

/// A config on the files of MNIST, as small as the test's.
pub fn config(source: &str) -> String {
    SMALL.replace("source = \"digits\"", source)
}

pub fn write(desk: &Desk, name: &str, bytes: &[u8]) {
    std::fs::write(desk.path().join(name), bytes).expect("a writable folder");
}

/// What `data check` says to a file.
fn checked(name: &str, bytes: &[u8], more: &[&str]) -> String {
    let desk = Desk::new();
    write(&desk, name, bytes);
    desk.complaint(&[&["data", "check", name], more].concat(), 1)
}

/// What it says to inputs with right labels beside them.
fn inputs(bytes: &[u8]) -> String {
    checked_pair(bytes, &idx(8, &[4], &[0, 1, 1, 0]))
}

fn checked_pair(inputs: &[u8], targets: &[u8]) -> String {
    let desk = Desk::new();
    write(&desk, "x", inputs);
    write(&desk, "y", targets);
    desk.complaint(&["data", "check", "x", "y"], 1)
}

/// What it says to labels with right inputs beside them.
fn labels(bytes: &[u8]) -> String {
    checked_pair(&idx(8, &[4, 2], &[1, 2, 3, 4, 5, 6, 7, 8]), bytes)
}

fn table(text: &str) -> String {
    checked("t.csv", text.as_bytes(), &["--label", "kind"])
}

#[test]
fn headers_that_are_wrong() {
    let right = idx(8, &[4, 2], &[1, 2, 3, 4, 5, 6, 7, 8]);
    assert_snapshot!(inputs(&right[..right.len() - 3]), @"× x: DIR/x: its header promises 8 bytes, and only 5 follow: it is truncated");
    assert_snapshot!(inputs(&right[..5]), @"× x: DIR/x: ends within its header: it is truncated");
    assert_snapshot!(inputs(&[right.clone(), vec![0]].concat()), @"× x: DIR/x: more bytes follow than its header promises: its header is wrong, or it is two files in one");
    assert_snapshot!(inputs(b"PNG image"), @"× x: DIR/x: begins with the bytes 50 4e 47 20: it is neither IDX (00 00) nor npy (93 4e 55 4d)");
    assert_snapshot!(inputs(&idx(0x0a, &[4, 2], &[0; 8])), @"× x: DIR/x: is no IDX file: its type is 0a, and there are 08, 09, 0b, 0c, 0d and 0e");
    assert_snapshot!(inputs(&idx(8, &[u32::MAX, 28, 28], &[0; 8])), @"× x: DIR/x: its header promises 3367254359280 numbers, and at most 536870912 are allowed: use fewer examples");
    assert_snapshot!(inputs(b""), @"× x: DIR/x: is empty");
    assert_snapshot!(inputs(&npz(&[], false)), @"× x: DIR/x: is an npz or ZIP file: use the source npz");
}

#[test]
fn packed_files_that_are_broken() {
    let right = gz(&idx(8, &[4, 2], &[1, 2, 3, 4, 5, 6, 7, 8]));
    assert_snapshot!(inputs(&right[..right.len() - 12]), @"× x: DIR/x: is packed, and ends too soon: it is truncated");
    let mut garbage = right.clone();
    garbage[10..].iter_mut().for_each(|byte| *byte = !*byte);
    assert_snapshot!(inputs(&garbage), @"× x: DIR/x: is packed, and broken (corrupt deflate stream): fetch or pack it again");
    assert_snapshot!(checked("t.csv.gz", b"1,2,a\n", &["--label", "-1"]), @"× t.csv.gz: DIR/t.csv.gz: is named .gz, but does not begin like a gzip file: fetch or rename it");
    // Five gibibytes of zeros in five mebibytes.
    let member = gz(&vec![0; 1 << 20]);
    let bomb = [gz(&idx(8, &[4, 2], &[1; 8])), member.repeat(5 << 10)].concat();
    assert_snapshot!(inputs(&bomb), @"× x: DIR/x: more bytes follow than its header promises: its header is wrong, or it is two files in one");
    assert_snapshot!(checked("t.csv.gz", &member.repeat(5 << 10), &["--label", "-1"]), @"× t.csv.gz: DIR/t.csv.gz: line 1 is longer than 16.0 MiB: is this a table?");
    let many = npy("'<f8'", false, &[1 << 30, 1 << 9], &[]);
    assert_snapshot!(checked("a.npz", &npz(&[("inputs", many), ("targets", Vec::new())], true), &[]), @"× a.npz: DIR/a.npz: inputs.npy its header promises 549755813888 numbers, and at most 536870912 are allowed: use fewer examples");
    let bomb = [npy("'|u1'", false, &[2, 1], &[1, 2]), vec![0; 1 << 22]].concat();
    assert_snapshot!(checked("a.npz", &npz(&[("inputs", bomb), ("targets", Vec::new())], true), &[]), @"× a.npz: DIR/a.npz: inputs.npy more bytes follow than its header promises: its header is wrong, or it is two files in one");
    assert_snapshot!(checked("a.npz", b"no archive", &[]), @"× a.npz: DIR/a.npz: is no npz file, or is truncated (Could not find EOCD)");
}

#[test]
fn numpy_files_that_cannot_be_read() {
    assert_snapshot!(inputs(&npy("'|O'", false, &[4, 2], &[0; 64])), @"× x: DIR/x: holds Python objects (dtype O), which only Python can read, by running what they say: save it as numbers, as with .astype('float32')");
    assert_snapshot!(inputs(&npy("'<f2'", false, &[4, 2], &[0, 0, 0, 0x7c, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])), @"× x: DIR/x: example 0, number 1 is inf, which is no finite number");
    assert_snapshot!(inputs(&npy("'<c8'", false, &[4, 2], &[0; 64])), @"× x: DIR/x: has the dtype '<c8', and b1, u1, u2, u4, u8, i1, i2, i4, i8, f2, f4 and f8 are read: convert it, as with .astype('float32')");
    assert_snapshot!(inputs(&npy("[('x', '<f4')]", false, &[4], &[0; 16])), @"× x: DIR/x: holds records with named fields: save its numbers as one plain array");
    assert_snapshot!(inputs(&npy("'=f4'", false, &[4, 2], &[0; 32])), @"× x: DIR/x: has the dtype '=f4', whose order of bytes is not said");
    assert_snapshot!(checked("a.npz", &npz(&[("x", npy("'|u1'", false, &[1], &[1]))], true), &[]), @"× a.npz: DIR/a.npz: holds x.npy: it needs the arrays inputs and targets, or x_train and y_train");
    assert_snapshot!(checked("a.npz", &npz(&[("x_train", npy("'|u1'", false, &[2, 1], &[1, 2])), ("y_train", npy("'|u1'", false, &[2], &[0, 1])), ("x_test", Vec::new())], true), &[]), @"× a.npz: DIR/a.npz: holds x_test, but no y_test: give both or neither");
}

#[test]
fn numbers_and_labels_that_cannot_be() {
    let floats = |numbers: [f32; 8]| numbers.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>();
    let nan = floats([1.0, 2.0, 3.0, 4.0, 5.0, f32::NAN, 7.0, 8.0]);
    assert_snapshot!(inputs(&npy("'<f4'", false, &[4, 2], &nan)), @"× x: DIR/x: example 2, number 1 is NaN, which is no finite number");
    let inf = floats([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, f32::NEG_INFINITY]);
    assert_snapshot!(inputs(&npy("'<f4'", false, &[4, 2], &inf)), @"× x: DIR/x: example 3, number 1 is -inf, which is no finite number");
    assert_snapshot!(inputs(&npy("'<i8'", false, &[4, 1], &[0x7f; 32])), @"× x: DIR/x: example 0, number 0 is 9187201950435737471, which no f64 holds exactly");
    assert_snapshot!(labels(&idx(8, &[4], &[0, 1, 3, 0])), @"× y: DIR/y: class 2 has no example, and labels go up to 3: number the classes 0, 1, … without gaps");
    assert_snapshot!(labels(&idx(8, &[4], &[0, 0, 0, 0])), @"× y: DIR/y: there is one class, which leaves nothing to tell apart");
    assert_snapshot!(labels(&idx(9, &[4], &[0, 1, 255, 0])), @"× y: DIR/y: label -1 of example 2 is out of range: labels lie between 0 and 65535");
    assert_snapshot!(labels(&idx(0x0c, &[4], &[0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 1])), @"× y: DIR/y: label 65536 of example 2 is out of range: labels lie between 0 and 65535");
    assert_snapshot!(labels(&idx(8, &[3], &[0, 1, 1])), @"× y: DIR/y: there are 3 targets and 4 inputs: each input needs one");
    assert_snapshot!(labels(&idx(8, &[4, 2], &[0; 8])), @"× y: DIR/y: there are 2 whole numbers per example: classes are one each; save values as floats");
    assert_snapshot!(labels(&idx(8, &[4, 1, 2], &[0; 8])), @"× y: DIR/y: has the shape [4, 1, 2]: targets are one number per example, or one row of numbers");
    assert_snapshot!(inputs(&idx(8, &[0, 2], &[])), @"× x: DIR/x: has the shape [0, 2], which holds no number");
    let desk = Desk::new();
    for (name, bytes) in [
        ("x", idx(8, &[2, 2], &[1, 2, 3, 4])),
        ("y", idx(8, &[2], &[0, 1])),
        ("u", idx(8, &[2, 3], &[1; 6])),
        ("v", idx(8, &[2], &[0, 2])),
    ] {
        write(&desk, name, &bytes);
    }
    assert_snapshot!(desk.complaint(&["data", "check", "x", "y", "u", "y"], 1), @"× u: DIR/u: a test input has 3 numbers, and a training input 2");
    assert_snapshot!(desk.complaint(&["data", "check", "x", "y", "x", "v"], 1), @"× v: DIR/v: label 2 of example 1 is out of range: the training labels are 0 to 1");
}

#[test]
fn tables_that_are_wrong() {
    assert_snapshot!(table("a,b,c\n1,2,3\n"), @"× t.csv: DIR/t.csv: has no column `kind`: its first row is a, b, c");
    assert_snapshot!(table("kind,a,kind\n1,2,3\n"), @"× t.csv: DIR/t.csv: has 2 columns named `kind`: give the number of the one meant");
    assert_snapshot!(checked("t.csv", b"1,2,a\n3,4,b\n", &["--label", "3"]), @"× t.csv: DIR/t.csv: has no column 3: its 3 columns are 0 to 2, or −1 for the last");
    assert_snapshot!(checked("t.csv", b"1,2,a\n3,4,b\n", &[]), @"× t.csv: say which column holds the labels, as in --label species or --label -1");
    assert_snapshot!(table("a,b,kind\n1,2,x\n3,4\n"), @"× t.csv: DIR/t.csv: line 3 has 2 cells, and the first row has 3");
    assert_snapshot!(table("a,b,kind\n1,2,x\n\n3,four,y\n"), @"× t.csv: DIR/t.csv: line 4, column 1 holds `four`, which is no finite number");
    assert_snapshot!(table("a,b,kind\n1,2,x\n3,nan,y\n"), @"× t.csv: DIR/t.csv: line 3, column 1 holds `nan`, which is no finite number");
    assert_snapshot!(table("a,b,kind\n1,2,x\n3,4,\n"), @"× t.csv: DIR/t.csv: line 3 has an empty label");
    assert_snapshot!(table("a,b,kind\n1,2,cat\n3,4,Cat\n"), @"× t.csv: DIR/t.csv: the labels `Cat` and `cat` look like one class spelt in two ways: spell it in one");
    assert_snapshot!(table("a,b,kind\n1,2,1\n3,4,1.0\n"), @"× t.csv: DIR/t.csv: the labels `1` and `1.0` look like one class spelt in two ways: spell it in one");
    assert_snapshot!(table("a,b,kind\n1,2,x\n3,4,x\n"), @"× t.csv: DIR/t.csv: there is one class, which leaves nothing to tell apart");
    assert_snapshot!(table("a,b,kind\n"), @"× t.csv: DIR/t.csv: holds a heading and no row below it");
    assert_snapshot!(table("kind\nx\n"), @"× t.csv: DIR/t.csv: has one column: a table needs labels and at least one column of numbers");
    assert_snapshot!(checked("t.csv", b"a,b,kind\n1,2,x\n", &["--label", "kind", "--values"]), @"× t.csv: DIR/t.csv: line 2 has the label `x`, which is no finite number");
    assert_snapshot!(checked("t.csv", b"a,kind\n1,\xff\n", &["--label", "kind"]), @"× t.csv: DIR/t.csv: line 2 is no text in UTF-8");
}

#[test]
fn cifar_files_that_are_wrong() {
    let desk = Desk::new();
    let batch: Vec<Vec<u8>> = (0..10).map(|i| vec![i]).collect();
    let batch = cifar(&batch.iter().map(Vec::as_slice).collect::<Vec<_>>());
    (1..=5).for_each(|i| write(&desk, &format!("data_batch_{i}.bin"), &batch));
    assert_snapshot!(desk.complaint(&["data", "check", "."], 1), @"× DIR/./test_batch.bin: there is no such file");
    write(&desk, "test_batch.bin", &batch[..3000]);
    assert_snapshot!(desk.complaint(&["data", "check", "."], 1), @"× DIR/./test_batch.bin: has 3000 bytes, which is no whole number of records of 3073: it is truncated, or no file of this kind");
    write(&desk, "test_batch.bin", &cifar(&[&[10]]));
    assert_snapshot!(desk.complaint(&["data", "check", "."], 1), @"× DIR/./test_batch.bin: record 0 has the label 10, and labels are 0 to 9: is this a file of the other kind?");
    write(&desk, "test_batch.bin", &batch);
    assert_eq!(desk.run(&["data", "check", "."]).code, 0);
}

#[test]
fn files_are_looked_for_along_the_search_path() {
    let desk = Desk::new();
    let there = desk.path().join("elsewhere");
    mnist(&there, 60, 5, true);
    std::fs::create_dir(desk.path().join("configs")).expect("a writable folder");
    desk.write("configs/x.toml", &config(ARRAYS));
    let check = |variable: &str, value: &Path| {
        let mut command = desk.command(&["config", "check", "configs/x.toml"]);
        command
            .env_remove("LANDSCAPE_DATA")
            .env_remove("XDG_CACHE_HOME")
            .env(variable, value);
        command.output().expect("the program starts").status.code()
    };
    let nothing = Path::new("/nowhere");
    assert_eq!(check("LANDSCAPE_DATA", nothing), Some(1));
    assert_eq!(check("LANDSCAPE_DATA", &there), Some(0));
    std::fs::rename(&there, desk.path().join("landscape")).expect("a writable folder");
    assert_eq!(check("XDG_CACHE_HOME", desk.path()), Some(0));
    mnist(&desk.path().join("configs"), 60, 5, true);
    assert_eq!(check("LANDSCAPE_DATA", nothing), Some(0));
    // LANDSCAPE_DATA comes first.
    write(&desk, "landscape/train-labels-idx1-ubyte.gz", b"broken");
    assert_eq!(check("LANDSCAPE_DATA", &desk.path().join("landscape")), Some(1));
}

#[test]
fn runs_take_examples_from_files_and_remember_which() {
    let desk = Desk::new();
    mnist(desk.path(), 60, 5, true);
    desk.write("x.toml", &config(ARRAYS));
    let (folder, _) = desk.run_folder(&["run", "-q", "x.toml", "--out", "o"], 0);
    let provenance = read_json(&folder.join("provenance.json"));
    let hash = |name: &str| provenance[name][0][1].as_str().expect("a hash").to_string();
    let all = ["data_hashes", "test_hashes", "source_hashes"].map(hash);
    assert!(all.iter().all(|hash| hash.len() == 64), "{all:?}");
    // The run folder's config means the same files, wherever it lies, and no others.
    let again = folder.join("config.toml").display().to_string();
    let text = std::fs::read_to_string(&again).expect("a config");
    assert!(text.contains(&format!("hash = \"{}\"", all[2])), "{text}");
    let (second, _) = desk.run_folder(&["run", "-q", &again, "--out", "p"], 0);
    assert_eq!(
        super::records(&folder, "metrics.jsonl"),
        super::records(&second, "metrics.jsonl")
    );
    mnist(desk.path(), 60, 6, true);
    let complaint = desk.complaint(&["run", "-q", &again, "--out", "p"], 1);
    assert!(
        complaint.contains(&format!(
            "data.source.arrays.hash = \"{}\": the data found",
            all[2]
        )),
        "{complaint}"
    );
    assert_snapshot!(desk.complaint(&["config", "check", "x.toml", "--set", "training.batch=601"], 1), @"
    × variant `true labels`: training.batch is 601: it must lie between 1 and the 600 training examples
       ╭─[--set:1:16]
     1 │ training.batch=601
       ·                ─┬─
       ·                 ╰── here
       ╰────
    ");
    assert_snapshot!(desk.complaint(&["config", "check", "x.toml", "--set", "data.train=601"], 1), @"
    × variant `true labels`: data.train = 601: `arrays` has 600 train examples; ask for at most that many
       ╭─[--set:1:12]
     1 │ data.train=601
       ·            ─┬─
       ·             ╰── here
       ╰────
    ");
}

#[test]
fn descriptions_of_files() {
    let desk = Desk::new();
    write(
        &desk,
        "t.csv",
        b"a,b,kind\n1,2,x\n2,4,y\n1,2,y\n0,0,x\n-3,1,x\n3,-1.001,y\n",
    );
    let described = |arguments: &[&str]| {
        let ran = desk.run(&[&["data"], arguments].concat());
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
        ran.stdout
    };
    assert_snapshot!(described(&["check", "t.csv", "--label", "kind"]), @"
    the table t.csv
    hash of the source: 4e312aa323d27251693669cdce6759871134579072281b05a33690fb9b0af96e
    part   examples  inputs  least  largest  mean    constant  targets         hash
    train  6         2       -3     4        0.9999  0         2 classes of 3  ef0bf1ad01ce2faf5ac15b4721f5f831816323e0637ed393af76a3f03a5b082e
    ");
    assert_snapshot!(described(&["describe", "t.csv", "--label", "kind"]), @"
    the table t.csv
    hash of the source: 4e312aa323d27251693669cdce6759871134579072281b05a33690fb9b0af96e
    part   examples  inputs  least  largest  mean    constant  targets         hash
    train  6         2       -3     4        0.9999  0         2 classes of 3  ef0bf1ad01ce2faf5ac15b4721f5f831816323e0637ed393af76a3f03a5b082e
    part   zero  equal  contradictory  compared  parallel  near  smallest angle
    train  1     1      1              5         3         4     0.00e0, at least 0.00e0 (examples 0 and 1)
    Pairs are parallel where the angle of their lines is at most 1e-7, near where it is at most 0.01; cosines of all pairs among the compared inputs were computed in f32, angles of near ones in f64.
    ");
    write(&desk, "v.csv", b"1,2,0.5\n2,5,-1.5\n4,4,2\n");
    assert_snapshot!(described(&["describe", "v.csv", "--label", "-1", "--values"]), @"
    the table v.csv
    hash of the source: fc7e295961be16ecceb28ea7026c8657b76b31fef4cda4b45d656cd1105c0d9a
    part   examples  inputs  least  largest  mean  constant  targets                 hash
    train  3         2       1      5        3     0         1 value from -1.5 to 2  0465bde608a02acae35481e359141d13934a8c36e2547a6dc78f30900a4d1d65
    part   zero  equal  contradictory  compared  parallel  near  smallest angle
    train  0     0      0              3         0         0     8.31e-2, at least 8.31e-2 (examples 0 and 1)
    Pairs are parallel where the angle of their lines is at most 1e-7, near where it is at most 0.01; cosines of all pairs among the compared inputs were computed in f32, angles of near ones in f64.
    ");
    let json = described(&["describe", "t.csv", "--label", "kind", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let part = &json[0]["parts"][0];
    assert_eq!(
        (&part["pairs"]["parallel"], &part["contradictions"]),
        (&3.into(), &1.into())
    );
    write(&desk, "x", &idx(8, &[4, 2], &[1, 2, 3, 4, 5, 6, 7, 8]));
    write(&desk, "y", &idx(8, &[4], &[0, 1, 1, 0]));
    let twice = described(&["describe", "x", "y", "x", "y"]);
    assert!(
        twice.contains("\n4 of the 4 test inputs are also training inputs\n"),
        "{twice}"
    );
    mnist(&desk.path().join("m"), 6, 3, false);
    assert_snapshot!(described(&["check", "m"]), @"
    the arrays train-images-idx3-ubyte and train-labels-idx1-ubyte
    hash of the source: 9dcb9627652d97474b77611d70aef56b42121535e7c10fbfa2b86a2653947413
    part   examples  inputs  least  largest  mean      constant  targets          hash
    train  60        6       6      219      103.65    0         10 classes of 6  858be35f60fc730393419d41d80aec06cf9d278caca7deb98bd8be8fd6b0993c
    test   30        6       7      220      104.5389  0         10 classes of 3  1c48ed518ea6c33ff12b3986052dee6566614d93001eaec4c745a1a69a42a448
    ");
}

#[test]
fn descriptions_of_configs() {
    let desk = Desk::new();
    mnist(desk.path(), 60, 5, true);
    desk.write("x.toml", &config(ARRAYS));
    let ran = desk.run(&["data", "describe", "x.toml"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert_snapshot!(ran.stdout, @"
    the arrays train-images-idx3-ubyte.gz and train-labels-idx1-ubyte.gz: 600 training and 50 test examples, 6 inputs, 10 classes (60 training examples each), each input standardised over the training examples
    variants: true labels
    hash of the source: 2785304bc0ae538a0336b473000e2ecafd3795267c69fdd378785d6ae7f05666
    part   examples  inputs  least    largest  mean    constant  targets           hash
    train  600       6       -1.7011  1.8716   0       0         10 classes of 60  a779e5e926cb2cd765b50095ca0fb165147ee243f4f5e45d8deb5fb89dd2f580
    test   50        6       -1.6826  1.8881   0.0163  0         10 classes of 5   726812f96d88125d7061bcdd5419573304805ec95f014e2f7e13ee534b47cf25
    part   zero  equal  contradictory  compared  parallel  near  smallest angle
    train  0     8700   0              600       8700      8700  0.00e0, at least 0.00e0 (examples 0 and 50)
    test   0     40     0              50        40        40    0.00e0, at least 0.00e0 (examples 0 and 29)
    Pairs are parallel where the angle of their lines is at most 1e-7, near where it is at most 0.01; cosines of all pairs among the compared inputs were computed in f32, angles of near ones in f64.

    the arrays train-images-idx3-ubyte.gz and train-labels-idx1-ubyte.gz: 600 training and 50 test examples, 6 inputs, 10 classes (60 training examples each), each input standardised over the training examples; random labels
    variants: random labels
    hash of the source: 2785304bc0ae538a0336b473000e2ecafd3795267c69fdd378785d6ae7f05666
    part   examples  inputs  least    largest  mean    constant  targets                 hash
    train  600       6       -1.7011  1.8716   0       0         10 classes of 50 to 72  cbf08e4144b56618e94f1183fba58cd3bf21c7a0072e6c788dd654d5eac4b021
    test   50        6       -1.6826  1.8881   0.0163  0         10 classes of 5         726812f96d88125d7061bcdd5419573304805ec95f014e2f7e13ee534b47cf25
    part   zero  equal  contradictory  compared  parallel  near  smallest angle
    train  0     8700   7862           600       8700      8700  0.00e0, at least 0.00e0 (examples 0 and 50)
    test   0     40     0              50        40        40    0.00e0, at least 0.00e0 (examples 0 and 29)
    Pairs are parallel where the angle of their lines is at most 1e-7, near where it is at most 0.01; cosines of all pairs among the compared inputs were computed in f32, angles of near ones in f64.
    ");
    let ran = desk.run(&["data", "check", "small.toml", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(json[1]["variants"][0], "random labels");
    assert_eq!(json[1]["parts"][0]["examples"], 600);
}
