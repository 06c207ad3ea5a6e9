//! Where studies are computed, and what they are warned of.

use super::{Desk, read_json, records};
use insta::assert_snapshot;
use serde_json::Value;

/// A study that takes a blink.
const STUDY: &str = r#"question = "Does it leave?"

[study]
kind = "octopus"
dimensions = [5]
curvatures = [1.0]
runs = 5
"#;

/// Two matrices, of which the second has 2,048 × 8 parameters.
const LARGE: &str = r#"question = "Where is it computed?"

[study]
kind = "benign"
runs = 1
methods = ["backtracking"]

[[study.problems]]
kind = "symmetric"
dimension = 10
rank = 2
eigenvalues = [2.0, 1.0]

[[study.problems]]
kind = "symmetric"
dimension = 2048
rank = 8
eigenvalues = [2.0, 1.9, 1.8, 1.7, 1.6, 1.5, 1.4, 1.3]
"#;

#[test]
fn a_precision_that_would_not_be_used_is_refused() {
    let small = LARGE.split("\n[[study.problems]]\n").take(2).collect::<Vec<_>>();
    let desk = Desk::new();
    desk.write(
        "x.toml",
        &small
            .join("\n[[study.problems]]\n")
            .replacen("\n\n", "\nprecision = \"f32\"\n\n", 1),
    );
    assert_snapshot!(desk.complaint(&["config", "check", "x.toml"], 1), @r#"
    × precision is f32, in which nothing would be computed: no objective of this study has 16384 parameters, and smaller ones are computed on the processor in f64; leave it out, or set f64
       ╭─[x.toml:2:13]
     1 │ question = "Where is it computed?"
     2 │ precision = "f32"
       ·             ──┬──
       ·               ╰── here
     3 │ 
       ╰────
    "#);
    desk.write("x.toml", LARGE);
    assert_eq!(desk.run(&["config", "check", "x.toml"]).code, 0);
}

/// The large matrix is computed in the precision that was asked for, the small one in f64, and both are said.
#[test]
fn provenance_says_where_each_case_was_computed() {
    let desk = Desk::new();
    desk.write("x.toml", LARGE);
    let (folder, _) = desk.run_folder(&["run", "-q", "x.toml", "--precision", "f32", "--out", "o"], 0);
    let provenance = read_json(&folder.join("provenance.json"));
    assert_eq!(provenance["precision"], "f32, and f64 on the processor");
    assert_eq!(
        provenance["device"],
        "cpu (flex, f32) (because it was asked for by name); the processor for what is small: d = 10, r = 2: backtracking, \
         d = 10, r = 2: saddles"
    );
    // Of the large one both ends of the spectrum are compared, with f32's accuracy, of the small one all eigenvalues.
    let errors: Vec<(f64, f64)> = records(&folder, "findings.jsonl")
        .iter()
        .filter(|record| record["variant"].as_str().expect("a case").ends_with("saddles"))
        .map(|record| {
            let scalars = record["scalars"].as_array().expect("numbers");
            let of = |name: &str| {
                let found = scalars.iter().find(|scalar| scalar["name"] == name);
                found
                    .and_then(|scalar| scalar["value"].as_f64())
                    .expect("a number")
            };
            (
                of("eigenvalues compared at each"),
                of("largest error of an eigenvalue, relative"),
            )
        })
        .collect();
    let [(whole, exact), (ends, rounded)] = errors[..] else {
        panic!("two cases look at saddles: {errors:?}");
    };
    assert!(whole == 20.0 && exact < 1e-13, "{errors:?}");
    assert!(ends == 2.0 && rounded > 1e-13 && rounded < 1e-5, "{errors:?}");
    let status = read_json(&folder.join("status.json"));
    let checks = status["checks"].as_array().expect("checks");
    assert!(checks.iter().all(|check| check["holds"] == true), "{checks:#?}");
}

#[test]
fn a_device_that_would_not_be_used_is_not_recorded() {
    let desk = Desk::new();
    desk.write("x.toml", STUDY);
    let (folder, _) = desk.run_folder(&["run", "-q", "x.toml", "--device", "auto", "--out", "o"], 0);
    let provenance = read_json(&folder.join("provenance.json"));
    assert_eq!(
        provenance["device"],
        "cpu (flex, f64) (because no objective of the study is large enough for another device)"
    );
}

/// A matrix of which too few entries are seen: ln 100 / 100 = 0.046.
#[test]
fn too_few_entries_are_warned_of_before_and_in_the_run() {
    let study = |list: &str, probability: f64| {
        let problem =
            "[[study.problems]]\nkind = \"symmetric\"\ndimension = 4\nrank = 1\neigenvalues = [1.0]\n";
        format!(
            "question = \"Is it found?\"\n\n[study]\nkind = \"benign\"\nruns = 1\nmethods = [\"backtracking\"]\n\
             steps = 200\n\n{problem}\n[[study.{list}]]\nkind = \"completion\"\ndimension = 100\n\
             planted = [2.0, 1.0]\nprobability = {probability}\n"
        )
    };
    let desk = Desk::new();
    desk.write("x.toml", &study("problems", 0.04));
    assert_snapshot!(desk.run(&["config", "check", "x.toml"]).stdout, @"
    study: symmetric matrix factorisation, matrix completion, 1 runs of each method
    case:  d = 4, r = 1: backtracking
    case:  d = 4, r = 1: saddles
    case:  p = 0.04: backtracking
    case:  p = 0.04: saddles
    warning: study.problems.1.probability is 0.04, below ln d / d = 0.046 for d = 100: rows of which no entry is observed are to be expected, and M is then not determined; the theorem of Ge, Lee & Ma (2016) asks for more
    ");
    let (folder, _) = desk.run_folder(&["run", "-q", "x.toml", "--out", "o"], 0);
    let warned = |record: &&Value| {
        let mut warnings = record["warnings"].as_array().expect("warnings").iter();
        warnings.any(|warning| {
            warning
                .as_str()
                .expect("words")
                .contains("below ln d / d = 0.046 for d = 100")
        })
    };
    let all = records(&folder, "findings.jsonl");
    assert_eq!(
        all.iter().filter(warned).count(),
        2,
        "both cases of the completion, and no other"
    );
    // Enough entries, or a control that is expected to fail.
    for (list, probability) in [("problems", 0.05), ("controls", 0.04)] {
        desk.write("x.toml", &study(list, probability));
        let said = desk.run(&["config", "check", "x.toml"]).stdout;
        assert!(!said.contains("warning"), "{said}");
    }
}
