//! `--json`: the names of fields are part of the interface.

use super::{Desk, SMALL};
use insta::assert_snapshot;
use serde_json::Value;

fn json(desk: &Desk, arguments: &[&str]) -> Value {
    let ran = desk.run(&[arguments, &["--json"]].concat());
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    serde_json::from_str(&ran.stdout).unwrap_or_else(|e| panic!("{e}: {}", ran.stdout))
}

/// Every path of a value, with the type that lies there: lists count as their first entry.
pub fn outline(value: &Value) -> String {
    fn walk(value: &Value, path: &str, lines: &mut Vec<String>) {
        match value {
            Value::Object(entries) => entries
                .iter()
                .for_each(|(name, entry)| walk(entry, &format!("{path}.{name}"), lines)),
            Value::Array(items) => match items.first() {
                Some(first) => walk(first, &format!("{path}[]"), lines),
                None => lines.push(format!("{path}[]: empty")),
            },
            Value::String(_) => lines.push(format!("{path}: text")),
            Value::Number(_) => lines.push(format!("{path}: number")),
            Value::Bool(_) => lines.push(format!("{path}: boolean")),
            Value::Null => lines.push(format!("{path}: null")),
        }
    }
    let mut lines = Vec::new();
    walk(value, "", &mut lines);
    lines.join("\n")
}

/// TOML has no null: what is not set is not there.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(entries) => {
            let set = entries.into_iter().filter(|(_, entry)| !entry.is_null());
            set.map(|(name, entry)| (name, without_nulls(entry))).collect()
        }
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        other => other,
    }
}

#[test]
fn devices() {
    let devices = json(&Desk::new(), &["devices"]);
    let cpu = &devices[0];
    assert_eq!(cpu["name"], "cpu");
    assert_eq!(cpu["passes"], true);
    assert_snapshot!(outline(&devices), @"
    [].hardware: text
    [].kind: text
    [].memory_bytes: number
    [].name: text
    [].passes: boolean
    [].precisions[]: text
    [].verdict: text
    ");
    let all = devices.as_array().expect("a list");
    let absent = all.iter().find(|device| device["kind"].is_null());
    assert!(absent.is_none_or(|device| device["passes"] == false && device["memory_bytes"].is_null()));
}

#[test]
fn lists() {
    let choices = json(&Desk::new(), &["list"]);
    assert_snapshot!(outline(&choices), @"
    [].field: text
    [].names[].fields[]: empty
    [].names[].meaning: text
    [].names[].name: text
    ");
    // The table and the JSON say the same.
    let table = Desk::new().run(&["list"]).stdout;
    for choice in choices.as_array().expect("a list") {
        assert!(table.contains(choice["field"].as_str().expect("a text")));
        for name in choice["names"].as_array().expect("a list") {
            assert!(
                table.contains(name["meaning"].as_str().expect("a text")),
                "{name}"
            );
        }
    }
}

#[test]
fn configs() {
    let desk = Desk::new();
    let shown = json(&desk, &["config", "show", "small.toml"]);
    assert_eq!(shown["training"]["limits"]["steps"], 30);
    assert_eq!(shown["variants"][1]["labels"], "random-labels");
    let text = desk.run(&["config", "show", "small.toml"]).stdout;
    let as_toml: toml::Table = toml::from_str(&text).expect("TOML");
    assert_eq!(serde_json::to_value(as_toml).expect("JSON"), without_nulls(shown));
    assert_snapshot!(outline(&json(&desk, &["config", "check", "small.toml"])), @"
    [].data: text
    [].model: text
    [].parameters: number
    [].variant: text
    ");
}

#[test]
fn probes_and_reports() {
    let desk = Desk::new();
    desk.write(
        "x.toml",
        &format!("{SMALL}[[expect]]\nkind = \"relative-loss\"\nat_most = 0.9\n"),
    );
    let (folder, _) = desk.run_folder(&["run", "-q", "x.toml", "--out", "o"], 0);
    let folder = folder.display().to_string();
    let arguments = ["probe", "-q", &folder, "--variant", "true labels", "--json"];
    let probed = desk.run(&arguments);
    assert_eq!((probed.code, probed.stderr.as_str()), (0, ""));
    // The same records as in the run folder, one a line.
    let written =
        std::fs::read_to_string(desk.path().join(&folder).join("findings.jsonl")).expect("findings");
    assert_eq!(probed.stdout.lines().count(), 3);
    assert!(written.ends_with(&probed.stdout), "{}", probed.stdout);
    let first: Value = serde_json::from_str(probed.stdout.lines().nth(1).unwrap_or_default()).expect("JSON");
    assert_snapshot!(outline(&first), @"
    .asked.device: text
    .asked.probe.basis: null
    .asked.probe.basis_on_host: boolean
    .asked.probe.block: null
    .asked.probe.confidence: number
    .asked.probe.kind: text
    .asked.probe.largest: number
    .asked.probe.operator: text
    .asked.probe.preconditioned: boolean
    .asked.probe.products: number
    .asked.probe.smallest: number
    .asked.probe.tolerance: number
    .asked.refined: boolean
    .cost.gradients: number
    .cost.products: number
    .cost.seconds: number
    .curves[].name: text
    .curves[].uncertainties[]: number
    .curves[].values[]: number
    .incomplete: boolean
    .probe: text
    .scalars[].name: text
    .scalars[].uncertainty: number
    .scalars[].unit: text
    .scalars[].value: number
    .step: number
    .variant: text
    .verdicts[]: text
    .warnings[]: text
    ");

    let report = json(&desk, &["report", &folder]);
    assert_eq!(report["runs"][0]["folder"], folder);
    assert_snapshot!(outline(&report), @"
    .report: text
    .runs[].checks[].detail: text
    .runs[].checks[].expectation: text
    .runs[].checks[].holds: boolean
    .runs[].folder: text
    .runs[].name: text
    .runs[].question: text
    .runs[].state: text
    .runs[].variants[].last_metrics.gradient_norm: number
    .runs[].variants[].last_metrics.loss: number
    .runs[].variants[].last_metrics.seconds: number
    .runs[].variants[].last_metrics.step: number
    .runs[].variants[].last_metrics.step_size: number
    .runs[].variants[].last_metrics.test_accuracy: number
    .runs[].variants[].last_metrics.test_loss: number
    .runs[].variants[].last_metrics.train_accuracy: number
    .runs[].variants[].last_metrics.variant: text
    .runs[].variants[].outcome: text
    .runs[].variants[].point: text
    .runs[].variants[].steps: number
    .runs[].variants[].variant: text
    .runs[].verdict: text
    ");
}
