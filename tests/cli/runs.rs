//! Runs that go well: what they leave, and that they leave the same again.

use super::{Checkpoint, Desk, Ran, checkpoint, read_json, records};
use probes::{Ends, Measurement, Movement, Probe};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

pub fn status(folder: &Path) -> Value {
    read_json(&folder.join("status.json"))
}

/// What a run has come to: metrics, findings, and checkpoints by name.
pub type Results = (Vec<Value>, Vec<Value>, BTreeMap<String, Checkpoint>);

/// Everything about a run that a clock does not change.
pub fn results(folder: &Path) -> Results {
    let checkpoints = std::fs::read_dir(folder.join("checkpoints")).expect("checkpoints");
    let bytes = checkpoints.map(|entry| {
        let entry = entry.expect("an entry");
        (
            entry.file_name().to_string_lossy().into_owned(),
            checkpoint(&entry.path()),
        )
    });
    (
        records(folder, "metrics.jsonl"),
        records(folder, "findings.jsonl"),
        bytes.collect(),
    )
}

#[test]
fn a_run_leaves_everything_that_was_promised() {
    let desk = Desk::new();
    let (folder, ran) = desk.run_folder(&["run", "small.toml", "--out", "o"], 0);
    for name in [
        "config.toml",
        "provenance.json",
        "status.json",
        "metrics.csv",
        "log.jsonl",
        "report.html",
    ] {
        assert!(folder.join(name).is_file(), "{name} is missing");
    }
    let (metrics, findings, checkpoints) = results(&folder);
    assert_eq!(checkpoints.len(), 4, "start and end of two variants");
    // Two probes and the noise, at the start and the end, of two variants.
    assert_eq!(findings.len(), 12);
    let last = metrics.last().expect("metrics");
    assert_eq!(
        (last["step"].as_u64(), last["variant"].as_str()),
        (Some(30), Some("random labels"))
    );
    let csv = std::fs::read_to_string(folder.join("metrics.csv")).expect("metrics.csv");
    assert_eq!(csv.lines().count(), 1 + metrics.len());
    let figures = std::fs::read_dir(folder.join("figures")).expect("figures");
    let names: Vec<String> = figures
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    for ending in [".svg", ".png", ".csv"] {
        assert!(
            names.iter().any(|name| name.ends_with(ending)),
            "no {ending} in {names:?}"
        );
    }
    let status = status(&folder);
    assert_eq!(status["state"], "done");
    let verdict = status["verdict"].as_str().expect("a verdict");
    assert!(
        verdict.contains("True labels: loss ") && ran.stderr.contains(verdict),
        "{}",
        ran.stderr
    );
    assert!(
        !ran.stderr.contains('\u{1b}'),
        "colours without a terminal: {}",
        ran.stderr
    );
}

#[test]
fn quiet_runs_say_nothing() {
    let desk = Desk::new();
    let (_, ran) = desk.run_folder(&["run", "-q", "small.toml", "--out", "o"], 0);
    assert_eq!(ran.stderr, "");
}

#[test]
fn verbose_runs_say_what_was_measured_and_where_the_time_went() {
    let desk = Desk::new();
    let usual = desk.run_folder(&["run", "small.toml", "--out", "o"], 0).1.stderr;
    let (folder, ran) = desk.run_folder(&["run", "-v", "small.toml", "--out", "o"], 0);
    for part in [
        "self-test: matrix product",
        "true labels: step 0: ends: largest eigenvalue of the Hessian ",
        "true labels: step 30: movement: distance from the start ",
        "variant `random labels` took ",
        " gradients, ",
    ] {
        assert!(ran.stderr.contains(part), "`{part}` is missing: {}", ran.stderr);
        assert!(!usual.contains(part), "`{part}` is said without -v: {usual}");
    }
    let probe = desk.run(&["probe", "-v", &folder.display().to_string()]);
    assert!(
        probe.code == 0 && probe.stderr.contains("self-test: matrix product"),
        "{}",
        probe.stderr
    );
    let both = desk.run(&["run", "-q", "-v", "small.toml"]);
    assert_eq!(both.code, 2, "{}", both.stderr);
}

/// What this command leaves with one, two, three threads and as many as there are: the same bits.
fn same_with_any_number_of_threads(desk: &Desk, arguments: &[&str]) -> Results {
    let all = ["1", "2", "3", ""].map(|threads| {
        let mut command = desk.command(arguments);
        if !threads.is_empty() {
            command.env("RAYON_NUM_THREADS", threads);
        }
        let ran = Ran::from(command.output().expect("the program starts"));
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        results(
            desk.path()
                .join(ran.stdout.trim())
                .parent()
                .expect("a run folder"),
        )
    });
    for other in &all[1..] {
        assert_eq!(all[0].0, other.0, "metrics differ");
        assert_eq!(all[0].1, other.1, "findings differ");
        assert!(all[0].2 == other.2, "checkpoints differ");
    }
    let [first, ..] = all;
    first
}

#[test]
fn the_same_config_gives_the_same_bits_with_any_number_of_threads() {
    let desk = Desk::new();
    // Two blocks of examples, so that there is something to share.
    let arguments = [
        "run",
        "-q",
        "small.toml",
        "--out",
        "o",
        "--set",
        "training.batch=200",
    ];
    let first = same_with_any_number_of_threads(&desk, &arguments);
    assert!(first.0.len() > 10 && !first.1.is_empty() && !first.2.is_empty());
    // Another seed is another run: the comparison sees it.
    let (folder, _) = desk.run_folder(&[&arguments[..], &["--set", "seed=2"]].concat(), 0);
    assert!(results(&folder).2 != first.2);
}

/// Decompositions of matrices so large that threads share them: of a product for balanced layers, of a Gram matrix, and of
/// inputs that reach few parameters.
#[test]
fn decompositions_give_the_same_bits_with_any_number_of_threads() {
    let desk = Desk::new();
    let config = |model: &str, start: &str, probes: &str| {
        format!(
            r#"
            question = "Is it the same?"
            device = "cpu"
            loss = "mean-squared"
            data = {{ source = {{ sphere = {{ dimension = 600 }} }}, train = 300 }}
            model = {model}
            start = {start}
            training = {{ step_size = 1e-3, limits = {{ steps = 2 }} }}
            probes = {probes}
            "#
        )
    };
    let balanced = config(
        r#"{ kind = "deep-linear", hidden = [10] }"#,
        r#"{ kind = "balanced", std = 0.1 }"#,
        "[]",
    );
    let wide = config(
        r#"{ kind = "perceptron", hidden = [250, 250] }"#,
        r#"{ kind = "he" }"#,
        r#"[{ kind = "ends" }, { kind = "gram", examples = 300 }]"#,
    );
    for (name, text) in [("balanced.toml", balanced), ("wide.toml", wide)] {
        desk.write(name, &text);
        let left = same_with_any_number_of_threads(&desk, &["run", "-q", name, "--out", "o"]);
        assert!(!left.2.is_empty());
    }
}

#[test]
fn the_resolved_config_makes_the_run_again() {
    let desk = Desk::new();
    let arguments = [
        "run",
        "-q",
        "small.toml",
        "--out",
        "o",
        "--set",
        "training.step_size=0.3",
    ];
    let (first, _) = desk.run_folder(&arguments, 0);
    let resolved = first.join("config.toml").display().to_string();
    let (second, _) = desk.run_folder(&["run", "-q", &resolved, "--out", "p"], 0);
    assert!(results(&first) == results(&second));
    assert!(
        second.starts_with(desk.path().join("p/small")),
        "{}",
        second.display()
    );
}

#[test]
fn probes_find_again_what_the_run_found() {
    let desk = Desk::new();
    let (folder, _) = desk.run_folder(&["run", "-q", "small.toml", "--out", "o"], 0);
    let before = records(&folder, "findings.jsonl");
    let path = folder.display().to_string();
    let ran = desk.run(&[
        "probe",
        &path,
        "--variant",
        "random labels",
        "--largest",
        "2",
        "--smallest",
        "2",
    ]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let run = before
        .iter()
        .rfind(|f| f["probe"] == "ends")
        .expect("the run probed");
    for curve in run["curves"].as_array().expect("curves") {
        for (i, value) in curve["values"].as_array().expect("values").iter().enumerate() {
            let name = format!("{} {}", curve["name"].as_str().expect("a name"), i + 1);
            let line = ran
                .stdout
                .lines()
                .find(|line| line.split('\t').nth(2) == Some(&name));
            let fields: Vec<&str> = line
                .unwrap_or_else(|| panic!("no {name}: {}", ran.stdout))
                .split('\t')
                .collect();
            assert_eq!(fields[..2], ["random labels", "30"]);
            let number = |text: &str| text.parse::<f64>().expect("a number");
            let slack = number(fields[4]) + curve["uncertainties"][i].as_f64().expect("a half-width");
            let gap = (number(fields[3]) - value.as_f64().expect("a number")).abs();
            assert!(
                gap <= slack,
                "{name}: {gap:.1e} apart, the intervals allow {slack:.1e}"
            );
        }
    }
    // What the probes say before that they find is what they find.
    for (probe, record) in [
        (
            Probe::Ends(Ends::default()),
            before.iter().rfind(|f| f["probe"] == "ends"),
        ),
        (
            Probe::Movement(Movement {}),
            before.iter().rfind(|f| f["probe"] == "movement"),
        ),
    ] {
        let scalars = record.and_then(|f| f["scalars"].as_array()).expect("scalars");
        let names: Vec<&str> = scalars
            .iter()
            .filter_map(|scalar| scalar["name"].as_str())
            .collect();
        assert_eq!(probe.numbers(), names);
    }
    // What was probed is in the folder, and a report can be made of it.
    let after = records(&folder, "findings.jsonl");
    assert_eq!(
        (after.len(), &after[..before.len()]),
        (before.len() + 3, &before[..])
    );
    assert_eq!(desk.run(&["report", &path]).code, 0);
}

#[test]
fn probes_that_cannot_be() {
    use insta::assert_snapshot;
    let desk = Desk::new();
    let (folder, _) = desk.run_folder(&["run", "-q", "small.toml", "--out", "o"], 0);
    let path = folder.display().to_string();
    assert_snapshot!(desk.complaint(&["probe", &path, "--variant", "shuffled"], 1), @"× --variant shuffled: the run's variants are `true labels`, `random labels`");
    assert_snapshot!(desk.complaint(&["probe", &path, "--largest", "9999"], 1), @"× variant `true labels`: ends.largest + smallest is 10004, but there are only 610 eigenvalues: ask for fewer");
    assert_snapshot!(desk.complaint(&["probe", &path, "--largest", "0", "--smallest", "0"], 1), @"× variant `true labels`: ends.largest and smallest are both 0: ask for at least one eigenvalue");
    assert_snapshot!(desk.complaint(&["probe", &path, "--tolerance", "0"], 1), @"× variant `true labels`: ends.tolerance is 0: it must lie between 0 and 1, for instance 1e-3");
    assert_snapshot!(desk.complaint(&["probe", &path, "--at", "middle"], 2), @"
    error: invalid value 'middle' for '--at <WHEN>': write start, latest, end, all, or the number of a step

    For more information, try '--help'.
    ");
    std::fs::write(folder.join("checkpoints/true-labels-end.safetensors"), b"nothing")
        .expect("a writable folder");
    let damaged = desk
        .complaint(&["probe", &path], 1)
        .replace(&path.replace(&desk.path().display().to_string(), "DIR"), "RUN");
    assert_snapshot!(damaged, @"× RUN/checkpoints/true-labels-end.safetensors is no checkpoint of this network: header too small: the file is damaged; without it, `landscape run --resume` goes on from the checkpoint before");
}

#[test]
fn expectations_that_do_not_hold_are_said_and_counted() {
    let desk = Desk::new();
    let text = format!(
        "{}\n[[expect]]\nkind = \"train-accuracy\"\nat_least = 1.0\n",
        super::SMALL
    );
    desk.write("strict.toml", &text);
    let (folder, ran) = desk.run_folder(&["run", "strict.toml", "--out", "o"], 4);
    assert!(
        ran.stderr
            .contains("NOT held: random labels: training accuracy reaches 100 %"),
        "{}",
        ran.stderr
    );
    let status = status(&folder);
    assert_eq!(status["checks"].as_array().map(Vec::len), Some(2));
    let verdict = status["verdict"].as_str().expect("a verdict");
    assert!(verdict.contains("2 of 2 expectations did NOT hold"), "{verdict}");
}

/// The program says of which commit it is, and so do its run folders; those without one can still be read.
#[test]
fn the_commit_of_the_program_is_recorded() {
    let desk = Desk::new();
    let version = desk.run(&["--version"]).stdout;
    let commit = version
        .lines()
        .nth(1)
        .and_then(|line| line.strip_prefix("commit "));
    let commit = commit.expect("a line about the commit");
    let (folder, _) = desk.run_folder(&["run", "-q", "small.toml", "--out", "o"], 0);
    let path = folder.join("provenance.json");
    let mut provenance = read_json(&path);
    let page = || std::fs::read_to_string(folder.join("report.html")).expect("a report");
    match commit {
        "unknown" => assert_eq!(provenance.get("commit"), None),
        known => {
            assert!(
                known.len() >= 40 && known[..40].chars().all(|c| c.is_ascii_hexdigit()),
                "{known}"
            );
            assert_eq!(provenance["commit"], known);
            assert!(page().contains(known));
        }
    }
    assert_eq!(
        desk.run(&["-V"]).stdout,
        concat!("landscape ", env!("CARGO_PKG_VERSION"), "\n")
    );
    provenance.as_object_mut().expect("an object").remove("commit");
    std::fs::write(&path, provenance.to_string()).expect("a writable folder");
    let report = desk.run(&["report", &folder.display().to_string()]);
    assert_eq!(report.code, 0, "{}", report.stderr);
    assert!(!page().contains(", commit "));
}
