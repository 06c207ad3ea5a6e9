//! Networks that PyTorch trained and saved: `landscape probe NET.toml` against PyTorch's double backward and NumPy.
//!
//! The files and their truths come from `scripts/make-torch-samples`.

use super::resumes::{folder_below, lines, signalled};
use super::runs::status;
use super::{Desk, read_json, records};
use crate::architecture::root;
use insta::assert_snapshot;
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

/// The layers of the sample `classifier`.
const LAYERS: &str = r#"kind = "chain"
layers = [
    { linear = { outputs = 8 } }, { activation = "tanh" },
    { linear = { outputs = 5 } }, { activation = "gelu" },
    { linear = { outputs = 3 } },
]"#;

/// A desk with all samples, and `net.toml` for this file of weights.
pub fn desk(weights: &str) -> Desk {
    let desk = Desk::new();
    let samples = root().join("tests/samples/torch");
    for entry in std::fs::read_dir(samples).expect("the samples") {
        let entry = entry.expect("an entry");
        std::fs::copy(entry.path(), desk.path().join(entry.file_name())).expect("a copy");
    }
    desk.write("net.toml", &description(weights));
    desk
}

pub fn description(weights: &str) -> String {
    format!(
        "loss = \"cross-entropy\"\nprecision = \"f64\"\ndevice = \"cpu\"\ndata.source.npz.path = \"classes.npz\"\n\
         weights = {{ {weights} }}\n[model]\n{LAYERS}\n"
    )
}

fn regressor(weights: &str) -> String {
    format!(
        "loss = \"mean-squared\"\nprecision = \"f64\"\ndevice = \"cpu\"\ndata.source.npz.path = \"values.npz\"\n\
         weights = {{ {weights} }}\n[model]\nkind = \"perceptron\"\nhidden = [7]\nactivation = \"tanh\"\nbias = false\n"
    )
}

fn truth(name: &str) -> Value {
    let path = root().join("tests/samples/torch/truth.json");
    read_json(&path)[name].clone()
}

fn numbers(value: &Value) -> Vec<f64> {
    let all = value.as_array().expect("a list").iter();
    all.map(|x| x.as_f64().expect("a number")).collect()
}

fn scalar(finding: &Value, name: &str) -> f64 {
    let scalars = finding["scalars"].as_array().expect("scalars");
    let found = scalars.iter().find(|scalar| scalar["name"] == name);
    found.unwrap_or_else(|| panic!("no {name}"))["value"]
        .as_f64()
        .expect("a number")
}

/// The whole spectrum that the program prints, with half-widths, and the finding of the point.
fn spectrum(desk: &Desk, parameters: usize, more: &[&str]) -> (Vec<(f64, f64)>, Value) {
    let (half, rest) = (parameters.div_ceil(2).to_string(), (parameters / 2).to_string());
    let mut arguments = vec![
        "probe",
        "net.toml",
        "--json",
        "--largest",
        &half,
        "--smallest",
        &rest,
    ];
    arguments.extend(["--tolerance", "1e-10"]);
    arguments.extend(more);
    let ran = desk.run(&arguments);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let found: Vec<Value> = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let [point, _, ends] = &found[..] else {
        panic!("{} findings", found.len())
    };
    let mut pairs = Vec::new();
    for curve in ends["curves"].as_array().expect("curves") {
        pairs.extend(
            numbers(&curve["values"])
                .into_iter()
                .zip(numbers(&curve["uncertainties"])),
        );
    }
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
    (pairs, point.clone())
}

/// Every eigenvalue of PyTorch and NumPy lies in its interval, and loss and gradient are theirs.
fn agrees(desk: &Desk, name: &str) {
    let truth = truth(name);
    let exact = numbers(&truth["eigenvalues"]);
    let (pairs, point) = spectrum(desk, exact.len(), &[]);
    assert_eq!(pairs.len(), exact.len(), "{name}");
    let scale = exact[0].abs();
    for ((value, half), exact) in pairs.iter().zip(&exact) {
        // eigvalsh is off by a few units of round-off of the norm.
        assert!(
            (value - exact).abs() <= half + 1e-13 * scale && *half <= 1e-9 * scale,
            "{name}: {value} ± {half} against {exact}"
        );
    }
    for (ours, theirs) in [("loss", "loss"), ("gradient norm", "gradient_norm")] {
        let (ours, theirs) = (scalar(&point, ours), truth[theirs].as_f64().expect("a number"));
        assert!(
            (ours - theirs).abs() <= 1e-12 * theirs.abs().max(1.0),
            "{name}: {ours} against {theirs}"
        );
    }
}

#[test]
fn the_spectrum_is_that_of_pytorch_in_every_format() {
    for (file, name) in [
        ("classifier.pt", "classifier"),
        ("classifier.npz", "classifier"),
        ("classifier.safetensors", "classifier"),
        ("parameters.pt", "classifier"),
        ("double.pt", "double"),
        ("half.pt", "half"),
        ("bfloat16.pt", "bfloat16"),
    ] {
        agrees(&desk(&format!("file = \"{file}\"")), name);
    }
}

#[test]
fn tensors_are_found_by_name_in_a_table() {
    let desk = desk("");
    let named = r#"file = "checkpoint.pt", table = "model", tensors = ["hidden.weight", "out.weight"]"#;
    desk.write("net.toml", &regressor(named));
    agrees(&desk, "regressor");
}

#[test]
fn a_folder_keeps_what_was_found() {
    let desk = desk("file = \"classifier.pt\"");
    let ran = desk.run(&[
        "probe",
        "net.toml",
        "--largest",
        "2",
        "--smallest",
        "1",
        "--out",
        "found",
    ]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let report = ran.stderr.lines().find_map(|line| line.strip_prefix("report: "));
    let report = desk.path().join(report.expect("the path of the report"));
    let folder = report.parent().expect("a folder");
    let found = records(folder, "findings.jsonl");
    assert_eq!(
        found
            .iter()
            .map(|f| f["probe"].as_str().expect("a name"))
            .collect::<Vec<_>>(),
        ["point", "noise", "ends"]
    );
    let page = std::fs::read_to_string(&report).expect("a report");
    let largest = format!(
        "{:.5}",
        truth("classifier")["eigenvalues"][0].as_f64().expect("a number")
    );
    assert!(page.contains(&largest), "the report does not show {largest}");
    assert!(
        page.contains("(1/n) Σ softmax cross-entropy"),
        "the loss has no formula"
    );
    // What is written makes the same findings.
    std::fs::copy(folder.join("network.toml"), desk.path().join("again.toml")).expect("a copy");
    let again = desk.run(&["probe", "again.toml", "--largest", "2", "--smallest", "1"]);
    assert_eq!((again.code, again.stdout), (0, ran.stdout), "{}", again.stderr);
    let path = folder.display().to_string();
    assert_eq!(desk.run(&["report", &path]).code, 0);
}

/// A safetensors file with weights of a perceptron of these widths, none of them zero.
fn write_perceptron(path: &Path, widths: &[usize], phase: f64) {
    let (mut header, mut numbers) = (serde_json::Map::new(), Vec::new());
    for (layer, pair) in widths.windows(2).enumerate() {
        for (name, shape) in [("weight", vec![pair[1], pair[0]]), ("bias", vec![pair[1]])] {
            let begin = numbers.len();
            let scale = (2.0 / pair[0] as f64).sqrt();
            for i in 0..shape.iter().product::<usize>() {
                let wave = (i as f64 * 1.618 + layer as f64 + phase).sin() * scale;
                numbers.extend((wave as f32).to_le_bytes());
            }
            let tensor = json!({ "dtype": "F32", "shape": shape, "data_offsets": [begin, numbers.len()] });
            header.insert(format!("{layer}.{name}"), tensor);
        }
    }
    let header = Value::Object(header).to_string().into_bytes();
    let bytes = [&(header.len() as u64).to_le_bytes()[..], &header, &numbers].concat();
    std::fs::write(path, bytes).expect("a writable folder");
}

/// Findings without the time they took.
fn timeless(folder: &Path) -> Vec<Value> {
    let mut found = records(folder, "findings.jsonl");
    for finding in &mut found {
        finding["cost"]["seconds"] = Value::Null;
    }
    found
}

#[cfg(unix)]
#[test]
fn a_probe_that_is_stopped_goes_on_in_its_folder() {
    let desk = Desk::new();
    let weights = desk.path().join("net.safetensors");
    write_perceptron(&weights, &[64, 400, 400, 10], 0.0);
    let tensors: Vec<String> = (0..3)
        .flat_map(|layer| ["weight", "bias"].map(|name| format!("\"{layer}.{name}\"")))
        .collect();
    desk.write(
        "net.toml",
        &format!(
            "loss = \"cross-entropy\"\ndevice = \"cpu\"\ndata = {{ source = \"digits\", train = 300 }}\n\
             weights = {{ file = \"net.safetensors\", tensors = [{}] }}\n\
             [model]\nkind = \"perceptron\"\nhidden = [400, 400]\nactivation = \"relu\"\n",
            tensors.join(", ")
        ),
    );
    let measures = [
        "--measure",
        "trace,ends",
        "--largest",
        "20",
        "--tolerance",
        "1e-6",
    ];
    let out = |name: &'static str| [&["probe", "net.toml", "--out", name][..], &measures].concat();
    assert_eq!(desk.run(&out("whole")).code, 0);
    let whole = folder_below(&desk.path().join("whole")).expect("a folder");
    // Point, noise and trace are found, and the search for the ends goes on for seconds.
    let parent = desk.path().join("found");
    let ran = signalled(&desk, &out("found"), "-INT", || {
        let found = folder_below(&parent).is_some_and(|folder| lines(&folder.join("findings.jsonl")) >= 3);
        if found {
            std::thread::sleep(Duration::from_millis(300));
        }
        found
    });
    assert_eq!(ran.code, 75, "{}", ran.stderr);
    let folder = folder_below(&parent).expect("a folder");
    let path = folder.display().to_string();
    let go_on = format!(
        "stopped: `landscape probe found/{}` with the same probes goes on",
        below(&folder)
    );
    assert!(ran.stderr.contains(&go_on), "{}", ran.stderr);
    assert_eq!(status(&folder)["state"], "interrupted");
    let before = timeless(&folder);
    assert_eq!(
        before[3]["incomplete"], true,
        "the search had ended before the signal"
    );

    // Everything that was found by then is told, and what is missing is measured: all is what it would have been.
    let ran = desk.run(&[&["probe", &path][..], &measures].concat());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    for probe in ["noise", "trace"] {
        let told = format!("net.safetensors: step 0: {probe} was measured before with these settings");
        assert!(ran.stderr.contains(&told), "{}", ran.stderr);
    }
    assert_eq!(status(&folder)["state"], "done");
    let found = timeless(&folder);
    assert_eq!(found, timeless(&whole));
    assert_eq!(found[..3], before[..3]);

    assert_snapshot!(desk.complaint(&["probe", &path, "--out", "other"], 1), @"× --out makes a new folder for a description, and this folder keeps what is found already: leave it out");
    write_perceptron(&weights, &[64, 400, 400, 10], 1.0);
    let why = desk
        .complaint(&["probe", "-q", &path], 1)
        .replace(&below(&folder), "net/ID");
    assert_snapshot!(why, @"× DIR/found/net/ID: the weights are not those that were probed before: probe the description network.toml in it, with --out DIR, for a folder of their own");
    assert_eq!(timeless(&folder), found, "a refused probe has changed the folder");
}

/// A folder by its name and that of the one above it.
fn below(folder: &Path) -> String {
    let name = |path: &Path| path.file_name().expect("a name").to_string_lossy().into_owned();
    format!("{}/{}", name(folder.parent().expect("a folder")), name(folder))
}

/// The intervals of `--refine` contain the eigenvalues of the same weights in double precision, and are at least a
/// hundred times as narrow as those of single precision.
#[test]
fn refined_pairs_have_narrow_intervals_with_the_truth_in_them() {
    let desk = desk("file = \"classifier.pt\"");
    let single = description("file = \"classifier.pt\"").replace("f64", "f32");
    desk.write("net.toml", &single);
    let exact = numbers(&truth("classifier")["eigenvalues"]);
    let ends = |more: &[&str]| {
        let arguments = ["probe", "net.toml", "--json", "--largest", "3", "--smallest", "3"];
        let ran = desk.run(&[&arguments[..], more].concat());
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let ends: Value = ran
            .stdout
            .lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .find(|finding: &Value| finding["probe"] == "ends")
            .expect("the ends");
        let curves = ends["curves"].as_array().expect("curves").clone();
        let all = |key: &str| curves.iter().flat_map(|c| numbers(&c[key])).collect::<Vec<f64>>();
        all("values")
            .into_iter()
            .zip(all("uncertainties"))
            .collect::<Vec<(f64, f64)>>()
    };
    let shared = ["--refine", "--measure", "density,ends"];
    let (coarse, fine, shared) = (ends(&[]), ends(&["--refine"]), ends(&shared));
    let truths: Vec<f64> = exact[..3]
        .iter()
        .chain(exact.iter().rev().take(3))
        .copied()
        .collect();
    assert_eq!([coarse.len(), fine.len(), shared.len()], [6; 3]);
    let twice = || coarse.iter().zip(&truths);
    for (fine, (coarse, exact)) in fine.iter().chain(&shared).zip(twice().chain(twice())) {
        assert!((coarse.0 - exact).abs() <= coarse.1, "{coarse:?} against {exact}");
        assert!(
            (fine.0 - exact).abs() <= fine.1 + 1e-13 * exact.abs(),
            "{fine:?} against {exact}"
        );
        assert!(100.0 * fine.1 <= coarse.1, "{fine:?} against {coarse:?}");
    }
}

/// What belongs to no run has no start, no step and no optimiser, and yet every probe looks at it.
#[test]
fn every_probe_looks_at_a_network_from_elsewhere() {
    let desk = desk("file = \"classifier.pt\"");
    let kinds = "ends,density,trace,movement,sharpness,smoothness,surface,gram,pl,structural,negative-curvature,\
                 stationarity";
    let ran = desk.run(&[
        "probe",
        "net.toml",
        "--json",
        "--measure",
        kinds,
        "--out",
        "found",
    ]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let found: Vec<Value> = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let names: Vec<&str> = found.iter().filter_map(|f| f["probe"].as_str()).collect();
    let wanted = format!("point,noise,{kinds}").replace("surface", "surface-random-random");
    assert_eq!(names.join(","), wanted);
    let exact = numbers(&truth("classifier")["eigenvalues"]);
    let trace = scalar(&found[4], "trace of the Hessian");
    let sum: f64 = exact.iter().sum();
    assert!((trace - sum).abs() <= 1e-10 * sum.abs(), "{trace} against {sum}");
    let sharpness = scalar(&found[6], "sharpness");
    assert!((sharpness - exact[0]).abs() <= 1e-3 * exact[0], "{sharpness}");
}
