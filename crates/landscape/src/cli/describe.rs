//! `landscape devices`, `landscape config show`, `landscape config check`.

use super::{ConfigArguments, Failure, Format, exit, print, print_json};
use crate::config::{Job, Source};
use crate::device::{self, Listed};
use crate::experiment;
use crate::run::network_self_test;
use serde_json::{Value, json};
use studies::Inquiry;

/// Lists the devices.
pub(super) fn devices(format: &Format) -> Result<u8, Failure> {
    let listed = device::list(network_self_test);
    if format.json {
        let all: Vec<Value> = listed.iter().map(as_json).collect();
        return print_json(&all);
    }
    let rows: Vec<[String; 5]> = listed.iter().map(as_row).collect();
    print(&columns(
        &["name", "kind", "memory", "precision", "verdict"],
        &rows,
    ))?;
    Ok(exit::DONE)
}

/// What the verdict says of a device.
fn verdict(device: &Listed) -> String {
    match &device.verdict {
        Ok(_) => "passes the self-test".into(),
        Err(error) => error.to_string(),
    }
}

fn precisions(device: &Listed) -> Vec<String> {
    let name = |p: &models::Precision| format!("{p:?}").to_lowercase();
    device.precisions.iter().map(name).collect()
}

fn as_row(device: &Listed) -> [String; 5] {
    let memory = device.memory.map_or_else(
        || "–".into(),
        |bytes| format!("{:.1} GiB", bytes as f64 / f64::from(1 << 30)),
    );
    let kind = device.kind.map_or_else(|| "–".into(), |kind| kind.to_string());
    let hardware = match device.hardware.as_str() {
        "" => kind,
        hardware => format!("{kind}: {hardware}"),
    };
    [
        device.name.clone(),
        hardware,
        memory,
        precisions(device).join(" "),
        verdict(device),
    ]
}

fn as_json(device: &Listed) -> Value {
    json!({
        "name": device.name,
        "kind": device.kind.map(|kind| kind.to_string()),
        "hardware": device.hardware,
        "memory_bytes": device.memory,
        "precisions": precisions(device),
        "passes": device.verdict.is_ok(),
        "verdict": verdict(device),
    })
}

/// Prints a config with every default filled in.
pub(super) fn show(arguments: &ConfigArguments) -> Result<u8, Failure> {
    match Source::read(&arguments.config, &arguments.sets)?.job()? {
        Job::Train(config) if arguments.format.json => return print_json(&config),
        Job::Study(config) if arguments.format.json => return print_json(&config),
        Job::Train(config) => print(&config.to_toml())?,
        Job::Study(config) => print(&config.to_toml())?,
    }
    Ok(exit::DONE)
}

/// Checks a config and says what each variant would do.
pub(super) fn check(arguments: &ConfigArguments) -> Result<u8, Failure> {
    let source = Source::read(&arguments.config, &arguments.sets)?;
    let config = match source.job()? {
        Job::Train(config) => config,
        Job::Study(config) => {
            config.check().map_err(|e| e.within(&source))?;
            return cases(arguments, config.study.inquiry());
        }
    };
    let checked = experiment::check(&config).map_err(|e| e.within(&source))?;
    if arguments.format.json {
        let as_json = |c: &experiment::Checked| json!({ "variant": c.name, "model": c.model, "parameters": c.parameters, "data": c.data });
        let all: Vec<Value> = checked.iter().map(as_json).collect();
        return print_json(&all);
    }
    let as_row = |c: experiment::Checked| [c.name, c.model, c.parameters.to_string(), c.data];
    let rows: Vec<[String; 4]> = checked.into_iter().map(as_row).collect();
    print(&columns(&["variant", "model", "parameters", "data"], &rows))?;
    Ok(exit::DONE)
}

/// Says what a study looks at.
fn cases(arguments: &ConfigArguments, inquiry: &dyn Inquiry) -> Result<u8, Failure> {
    let (cases, warnings) = (inquiry.cases(), inquiry.warnings());
    if arguments.format.json {
        return print_json(&json!({ "study": inquiry.subject(), "cases": cases, "warnings": warnings }));
    }
    print(&format!("study: {}\n", inquiry.subject()))?;
    let lines = cases.iter().map(|case| format!("case:  {case}\n"));
    print(&lines.collect::<String>())?;
    let warnings = warnings.iter().map(|warning| format!("warning: {warning}\n"));
    print(&warnings.collect::<String>())?;
    Ok(exit::DONE)
}

/// Rows under a heading, two spaces between columns.
pub(super) fn columns<const N: usize>(heading: &[&str; N], rows: &[[String; N]]) -> String {
    let heading = heading.map(String::from);
    let all: Vec<&[String; N]> = std::iter::once(&heading).chain(rows).collect();
    let widths: Vec<usize> = (0..N)
        .map(|i| all.iter().map(|row| row[i].chars().count()).max().unwrap_or(0))
        .collect();
    let line = |row: &&[String; N]| {
        let cells = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell}{}", " ".repeat(width - cell.chars().count())));
        format!("{}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
    };
    all.iter().map(line).collect()
}
