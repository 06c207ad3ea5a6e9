//! Reports of synthetic runs.

mod shapes;
mod synthetic;

use std::fs;

use probes::{Finding, Scalar};
use tempfile::TempDir;

use super::{ReportError, Run, figures, page, write};
use crate::records::{FindingRecord, Metrics, Provenance, Status};
use synthetic::{
    VARIANTS, all_findings, all_metrics, ends, json, lines, metrics, provenance, run_folder, status,
};

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
        "✓ held: </strong>random labels reach",
        "✗ did not hold: </strong>random labels stay",
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
fn the_outermost_eigenvalue_is_found_in_any_order() {
    let folder = run_folder();
    let mut record = ends(0, 5);
    for (curve, values) in record
        .finding
        .curves
        .iter_mut()
        .zip([[1.0, f64::NAN, 9.0], [-1.0, f64::NAN, -9.0]])
    {
        (curve.values, curve.uncertainties) = (values.into(), vec![0.25, 0.5, 0.75]);
    }
    lines(folder.path(), "findings.jsonl", &[record]);
    let html = report_of(&folder);
    assert!(html.contains("<div>9.00 ± 0.75 ") && html.contains("<div>−9.00 ± 0.75 "));
    let table = fs::read_to_string(folder.path().join("figures/hessian-ends.csv")).expect("a table");
    assert!(
        table.contains("step,largest eigenvalues,true labels,5.0,9.0,0.75\n"),
        "{table}"
    );
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
            asked: None,
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
