//! `landscape report`.

use super::{Failure, Format, exit, plain, print, print_json};
use crate::report::{self, Run};
use serde_json::{Value, json};
use std::path::PathBuf;

/// Arguments of `landscape report`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Run folders, such as runs/random-labels/20260102T030405Z.
    #[arg(required = true)]
    runs: Vec<PathBuf>,
    /// Where to write it; needed for several runs. Default: report.html in the run folder.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    format: Format,
}

/// Writes a report, and prints its path, or with `--json` also what its tables say.
pub(super) fn report(arguments: &Arguments) -> Result<u8, Failure> {
    let path = report::write(&arguments.runs, arguments.out.as_deref()).map_err(plain)?;
    if !arguments.format.json {
        print(&format!("{}\n", path.display()))?;
        return Ok(exit::DONE);
    }
    let runs = arguments
        .runs
        .iter()
        .map(|folder| Run::read(folder).map(|run| (folder, run)));
    let runs = runs.collect::<Result<Vec<_>, _>>().map_err(plain)?;
    let runs: Vec<Value> = runs
        .iter()
        .map(|(folder, run)| {
            let mut about = as_json(run);
            about["folder"] = json!(folder);
            about
        })
        .collect();
    print_json(&json!({ "report": path, "runs": runs }))
}

/// What a report's tables say of a run.
fn as_json(run: &Run) -> Value {
    let variants = run.variants().into_iter().map(|variant| {
        let status = run.status_of(variant);
        let last = run.metrics_of(variant).last();
        json!({
            "variant": variant,
            "outcome": status.map(|status| &status.outcome),
            "steps": status.map(|status| status.steps),
            "point": status.map(|status| &status.point),
            "last_metrics": last,
        })
    });
    json!({
        "name": run.provenance.name,
        "question": run.provenance.question,
        "state": run.status.state,
        "verdict": run.status.verdict,
        "variants": variants.collect::<Vec<_>>(),
        "checks": run.status.checks,
    })
}
