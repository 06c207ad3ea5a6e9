//! Reports of synthetic runs: three variants, one of which reaches a loss of exactly zero.

use std::fs;
use std::path::Path;

use probes::{Cost, Curve, Finding, Scalar};
use tempfile::TempDir;

use super::{ReportError, Run, figures, page, write};
use crate::records::{Check, FindingRecord, Metrics, Provenance, Status, VariantStatus};

const VARIANTS: [&str; 3] = ["true labels", "random labels", "shuffled pixels"];

fn metrics(variant: usize, step: u64) -> Metrics {
    let decay = (-(step as f64) / (20.0 * (variant + 1) as f64)).exp();
    Metrics {
        variant: VARIANTS[variant].into(),
        step,
        loss: if variant == 0 && step > 600 {
            0.0
        } else {
            2.3 * decay
        },
        gradient_norm: 1.7 * decay,
        train_accuracy: Some(1.0 - 0.9 * decay),
        test_accuracy: Some(0.1 + 0.8 / (1.0 + variant as f64) * (1.0 - decay)),
        test_loss: Some(2.3 + (1.0 - decay)),
        step_size: 0.5,
        seconds: step as f64 / 100.0,
    }
}

fn ends(variant: usize, step: u64) -> FindingRecord {
    let size = 40.0 / (1.0 + step as f64 / 100.0) * (1.0 + variant as f64);
    let curve = |name: &str, values: Vec<f64>| Curve {
        name: name.into(),
        uncertainties: vec![0.013; values.len()],
        values,
    };
    let finding = Finding {
        probe: "ends".into(),
        scalars: vec![Scalar {
            name: "noise floor".into(),
            value: 1e-4,
            uncertainty: None,
            unit: "loss per θ²".into(),
        }],
        curves: vec![
            curve("largest eigenvalues", vec![size, size / 2.0]),
            curve("smallest eigenvalues", vec![-size / 100.0, -size / 300.0]),
        ],
        warnings: vec!["the second pair did not converge".into()],
        cost: Cost {
            gradients: 1,
            products: 60,
            seconds: 0.5,
        },
    };
    FindingRecord {
        variant: VARIANTS[variant].into(),
        step,
        finding,
    }
}

fn provenance() -> Provenance {
    Provenance {
        version: "0.1.0".into(),
        command: "landscape run runs/random-labels/0/config.toml --device cpu".into(),
        question: "Can the network fit labels that mean nothing?".into(),
        name: "random-labels".into(),
        started: "2026-11-21T12:00:00Z".into(),
        seed: 7,
        device: "cpu (flex): no GPU was found".into(),
        precision: "f32".into(),
        threads: 2,
        platform: "linux x86_64".into(),
        loss: "(1/n) Σ cross-entropy".into(),
        model: "MLP 64-256-10, ReLU, 19,210 parameters".into(),
        data: "digits, 1,000 training and 797 test examples".into(),
        data_hashes: VARIANTS
            .iter()
            .map(|variant| (variant.to_string(), "0a1b2c".into()))
            .collect(),
    }
}

fn status() -> Status {
    let variant = |(index, name): (usize, &&str)| VariantStatus {
        variant: name.to_string(),
        outcome: "converged".into(),
        reason: "The loss fell below 1e-6.".into(),
        steps: 1000,
        loss: metrics(index, 1000).loss,
        point: "No negative eigenvalue beyond the noise floor was found.".into(),
    };
    let checks = vec![
        Check {
            expectation: "random labels reach 100 % training accuracy".into(),
            holds: true,
            detail: "100.00 %".into(),
        },
        Check {
            expectation: "random labels stay at chance on the test set".into(),
            holds: false,
            detail: "50.00 %".into(),
        },
    ];
    Status {
        schema: 1,
        state: "done".into(),
        variants: VARIANTS.iter().enumerate().map(variant).collect(),
        checks,
        verdict: "Yes: it fits all of them, and stops at a point without a direction downwards.".into(),
    }
}

fn json(folder: &Path, name: &str, value: &impl serde::Serialize) {
    fs::write(folder.join(name), serde_json::to_vec_pretty(value).expect("JSON")).expect("a writable folder");
}

fn lines<T: serde::Serialize>(folder: &Path, name: &str, records: &[T]) {
    let text: String = records
        .iter()
        .map(|record| serde_json::to_string(record).expect("JSON") + "\n")
        .collect();
    fs::write(folder.join(name), text).expect("a writable folder");
}

fn all_metrics() -> Vec<Metrics> {
    (0..3)
        .flat_map(|variant| [0, 1, 10, 100, 500, 700, 1000].map(|step| metrics(variant, step)))
        .collect()
}

fn all_findings() -> Vec<FindingRecord> {
    (0..3)
        .flat_map(|variant| [0, 500, 1000].map(|step| ends(variant, step)))
        .collect()
}

fn run_folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    json(folder.path(), "provenance.json", &provenance());
    json(folder.path(), "status.json", &status());
    lines(folder.path(), "metrics.jsonl", &all_metrics());
    lines(folder.path(), "findings.jsonl", &all_findings());
    folder
}

fn report_of(folder: &TempDir) -> String {
    let path = write(&[folder.path().to_path_buf()], None).expect("a report");
    fs::read_to_string(path).expect("the report")
}

/// Checks that tags of an SVG or a page close in the order in which they opened.
fn assert_balanced(text: &str) {
    const VOID: [&str; 3] = ["meta", "br", "link"];
    let mut open: Vec<&str> = Vec::new();
    for part in text.split('<').skip(1) {
        let (tag, _) = part.split_once('>').expect("a tag that ends");
        let name = tag
            .trim_start_matches('/')
            .split([' ', '/', '\n'])
            .next()
            .unwrap_or_default();
        if tag.starts_with(['!', '?']) || tag.ends_with('/') || VOID.contains(&name) {
            continue;
        }
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "closed out of order");
        } else {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "left open: {open:?}");
}

#[test]
fn the_same_folder_gives_the_same_bytes() {
    let folder = run_folder();
    let read = || {
        [
            "report.html",
            "figures/loss.svg",
            "figures/loss.png",
            "figures/hessian-ends.csv",
        ]
        .map(|name| fs::read(folder.path().join(name)).expect(name))
    };
    report_of(&folder);
    let first = read();
    report_of(&folder);
    assert_eq!(first, read());
}

#[test]
fn a_report_has_all_its_files_and_says_everything() {
    let folder = run_folder();
    let html = report_of(&folder);
    for name in ["loss", "accuracy", "gradient", "hessian-ends"] {
        for ending in ["svg", "png", "csv"] {
            let file = format!("figures/{name}.{ending}");
            assert!(folder.path().join(&file).is_file(), "{file}");
            assert!(html.contains(&format!("href=\"{file}\"")), "{file}");
        }
        assert_balanced(
            &fs::read_to_string(folder.path().join(format!("figures/{name}.svg"))).expect("the figure"),
        );
    }
    let (provenance, status) = (provenance(), status());
    for text in [
        &provenance.question,
        &provenance.command,
        &provenance.device,
        &status.verdict,
    ] {
        assert!(html.contains(text.as_str()), "{text}");
    }
    for text in [
        "✓ held",
        "✗ did not hold",
        "80.000 ± 0.013",
        "the second pair did not converge",
        "0a1b2c",
    ] {
        assert!(html.contains(text), "{text}");
    }
    assert!(VARIANTS.iter().all(|variant| html.contains(variant)));
    assert!(
        !html.contains("http") && !html.contains("src=") && !html.contains("<script"),
        "needs the network"
    );
    assert_eq!(html.matches("<svg").count(), 4);
    assert_balanced(&html);
}

#[test]
fn order_is_question_answer_checks_table_figures_provenance_command() {
    let html = page(&[Run::read(run_folder().path()).expect("a run")], "figures");
    let places: Vec<usize> = [
        provenance().question.as_str(),
        ">Answer<",
        ">Checks<",
        ">Variants<",
        ">Figures<",
        ">Findings<",
        ">Warnings<",
        ">Provenance<",
        ">Make it again<",
    ]
    .iter()
    .map(|text| html.find(text).unwrap_or_else(|| panic!("{text} is missing")))
    .collect();
    assert!(places.is_sorted(), "{places:?}");
}

#[test]
fn the_table_behind_a_figure_holds_the_metrics() {
    let folder = run_folder();
    report_of(&folder);
    let mut table = csv::Reader::from_path(folder.path().join("figures/loss.csv")).expect("a table");
    let rows: Vec<(String, String, String, f64, f64, Option<f64>)> =
        table.deserialize().map(|row| row.expect("a row")).collect();
    let training: Vec<(String, f64, f64)> = rows
        .iter()
        .filter(|row| row.1 == "training loss")
        .map(|row| (row.2.clone(), row.3, row.4))
        .collect();
    let run = Run::read(folder.path()).expect("a run");
    let expected: Vec<(String, f64, f64)> = run
        .metrics
        .into_iter()
        .map(|m| (m.variant, m.step as f64, m.loss))
        .collect();
    assert_eq!(training, expected);

    let mut table = csv::Reader::from_path(folder.path().join("figures/hessian-ends.csv")).expect("a table");
    let rows: Vec<(String, String, String, f64, f64, Option<f64>)> =
        table.deserialize().map(|row| row.expect("a row")).collect();
    assert!(rows.contains(&(
        "step".into(),
        "smallest eigenvalues".into(),
        "true labels".into(),
        0.0,
        -0.4,
        Some(0.013)
    )));
}

#[test]
fn a_bad_record_is_named_by_file_and_line() {
    let folder = run_folder();
    let path = folder.path().join("metrics.jsonl");
    let text = fs::read_to_string(&path).expect("metrics");
    let broken: Vec<String> = text
        .lines()
        .enumerate()
        .map(|(i, line)| {
            if i == 4 {
                line.replace("\"step\":500", "\"step\":\"x\"")
            } else {
                line.into()
            }
        })
        .collect();
    fs::write(&path, broken.join("\n") + "\n").expect("a writable file");
    let message = Run::read(folder.path()).expect_err("a bad line").to_string();
    assert!(
        message.contains("metrics.jsonl, line 5: step: invalid type"),
        "{message}"
    );
}

#[test]
fn a_curve_without_all_its_uncertainties_is_refused() {
    let folder = run_folder();
    let mut findings = all_findings();
    findings[1].finding.curves[0].uncertainties.pop();
    lines(folder.path(), "findings.jsonl", &findings);
    let message = Run::read(folder.path()).expect_err("a bad curve").to_string();
    assert!(
        message.contains("findings.jsonl, line 2") && message.contains("2 values and 1 uncertainties"),
        "{message}"
    );
}

#[test]
fn a_last_line_cut_off_by_a_kill_is_left_out_and_said() {
    let folder = run_folder();
    let path = folder.path().join("metrics.jsonl");
    let text = fs::read_to_string(&path).expect("metrics");
    fs::write(&path, text.trim_end().trim_end_matches('}')).expect("a writable file");
    let run = Run::read(folder.path()).expect("a run");
    assert_eq!(run.metrics.len(), all_metrics().len() - 1);
    assert!(page(&[run], "figures").contains("The last line of metrics.jsonl (line 21) was cut off"));
}

#[test]
fn folders_that_are_no_runs_are_refused_by_name() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    assert!(matches!(
        Run::read(&folder.path().join("absent")),
        Err(ReportError::NoFolder(_))
    ));
    let message = Run::read(folder.path()).expect_err("no run").to_string();
    assert!(
        message.contains("not a run folder: it has no provenance.json"),
        "{message}"
    );
    fs::write(folder.path().join("provenance.json"), "{\n\"version\": 3\n}").expect("a writable folder");
    let message = Run::read(folder.path()).expect_err("a bad document").to_string();
    assert!(
        message.contains("provenance.json, line 2: version: invalid type"),
        "{message}"
    );
    assert!(matches!(write(&[], None), Err(ReportError::NoRuns)));
}

#[test]
fn without_findings_there_is_no_figure_of_the_ends() {
    let folder = run_folder();
    fs::remove_file(folder.path().join("findings.jsonl")).expect("a file to remove");
    let html = report_of(&folder);
    assert!(!folder.path().join("figures/hessian-ends.svg").exists() && !html.contains("hessian-ends"));
    fs::remove_file(folder.path().join("metrics.jsonl")).expect("a file to remove");
    assert!(figures(&Run::read(folder.path()).expect("a run")).is_empty());
    assert!(report_of(&folder).contains(VARIANTS[2]));
}

#[test]
fn any_numbers_can_be_drawn() {
    let folder = run_folder();
    for values in [
        [f64::NAN, 1.0, f64::INFINITY],
        [0.0, 0.0, 0.0],
        [-1.0, 0.0, 1e9],
        [1e-300, 1e300, 1.0],
        [-5.0, -5.0, -5.0],
        [f64::MIN_POSITIVE, f64::MAX, f64::MIN],
        [f64::NAN; 3],
    ] {
        let records: Vec<Metrics> = values
            .iter()
            .enumerate()
            .map(|(step, value)| Metrics {
                loss: *value,
                gradient_norm: *value,
                ..metrics(0, step as u64)
            })
            .collect();
        lines(folder.path(), "metrics.jsonl", &records);
        let mut finding = ends(0, 3);
        finding.finding.curves[0].values = values.to_vec();
        finding.finding.curves[0].uncertainties = values.to_vec();
        lines(folder.path(), "findings.jsonl", &[finding]);
        let html = report_of(&folder);
        assert!(
            !html.contains("NaN"),
            "{values:?}: {}",
            &html[html.find("NaN").unwrap_or(0).saturating_sub(200)..]
        );
    }
    assert!(report_of(&folder).contains("3 values are not finite and are left out."));
}

#[test]
fn names_cannot_inject_markup() {
    let folder = run_folder();
    let name =
        "<script>alert('$x$ & \"y\"')</script>, a name that is far too long for the legend of a figure";
    let mut records = all_metrics();
    records
        .iter_mut()
        .for_each(|metrics| metrics.variant = name.into());
    lines(folder.path(), "metrics.jsonl", &records);
    json(
        folder.path(),
        "provenance.json",
        &Provenance {
            question: "a<b & \"c\"?".into(),
            ..provenance()
        },
    );
    let html = report_of(&folder);
    assert!(
        !html.contains("<script")
            && html.contains("&lt;script&gt;")
            && html.contains("a&lt;b &amp; &quot;c&quot;?")
    );
    assert_balanced(&html);
    let svg = fs::read_to_string(folder.path().join("figures/loss.svg")).expect("the figure");
    assert!(
        !svg.contains("<script") && svg.contains("$x$"),
        "a name is not mathematics"
    );
    assert_balanced(&svg);
}

#[test]
fn a_run_that_did_not_end_well_says_so_first() {
    let folder = run_folder();
    for state in ["running", "diverged", "interrupted", "failed"] {
        json(
            folder.path(),
            "status.json",
            &Status {
                state: state.into(),
                verdict: String::new(),
                ..status()
            },
        );
        let html = report_of(&folder);
        let (banner, answer) = (html.find(&format!("State: {state}.")), html.find(">Answer<"));
        assert!(banner.is_some() && banner < answer, "{state}");
        assert!(
            html.contains("There is no verdict yet") == (state == "running"),
            "{state}"
        );
    }
}

#[test]
fn several_runs_share_one_page_with_a_comparison() {
    let (one, two) = (run_folder(), run_folder());
    let place = tempfile::tempdir().expect("a temporary folder");
    let folders = [one.path().to_path_buf(), two.path().to_path_buf()];
    assert!(matches!(write(&folders, None), Err(ReportError::NoPlace(2))));
    let path = write(&folders, Some(&place.path().join("both #1.html"))).expect("a report");
    let html = fs::read_to_string(path).expect("the report");
    assert_balanced(&html);
    assert_eq!(html.matches("<svg").count(), 8);
    assert!(html.contains(">Comparison<") && html.contains("href=\"both%20%231-figures/2-loss.csv\""));
    assert!(place.path().join("both #1-figures/2-loss.csv").is_file());
    assert!(
        !one.path().join("report.html").exists(),
        "the runs' own folders stay as they are"
    );
}

#[test]
fn other_probes_are_drawn_without_being_known() {
    let folder = run_folder();
    let record = |step: u64| {
        let scalars = vec![Scalar {
            name: "distance".into(),
            value: step as f64,
            uncertainty: Some(0.5),
            unit: "‖θ − θ₀‖".into(),
        }];
        FindingRecord {
            variant: VARIANTS[0].into(),
            step,
            finding: Finding {
                probe: "Movement 2".into(),
                scalars,
                ..Finding::default()
            },
        }
    };
    lines(folder.path(), "findings.jsonl", &[record(0), record(10)]);
    report_of(&folder);
    let table = fs::read_to_string(folder.path().join("figures/probe-movement-2.csv")).expect("a table");
    assert!(
        table.ends_with("step,distance (‖θ − θ₀‖),true labels,10.0,10.0,0.5\n"),
        "{table}"
    );
}
