//! Runs that diverge, and runs that are stopped.

use super::runs::status;
use super::{Desk, Ran, records};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

#[test]
fn divergence_ends_with_step_quantity_and_advice() {
    let desk = Desk::new();
    let arguments = [
        "run",
        "small.toml",
        "--out",
        "o",
        "--set",
        "training.step_size=1e6",
    ];
    let (folder, ran) = desk.run_folder(&arguments, 3);
    let line = ran
        .stderr
        .lines()
        .find(|line| line.starts_with("true labels: diverged at step "))
        .unwrap_or_default();
    for part in [
        "the loss became ",
        "try a step size below 1.000e6, for instance 2.5e5",
        "2/λmax",
    ] {
        assert!(line.contains(part), "`{part}` is missing: {}", ran.stderr);
    }
    let status = status(&folder);
    assert_eq!(status["state"], "diverged");
    assert_eq!(
        status["variants"].as_array().map(Vec::len),
        Some(2),
        "the other variant was run too"
    );
    let metrics = records(&folder, "metrics.jsonl");
    assert_eq!(metrics.first().map(|first| first["step"].as_u64()), Some(Some(0)));
    assert!(metrics.len() > 2, "the steps before are kept");
    assert!(folder.join("checkpoints/true-labels-end.safetensors").is_file());
    let report = std::fs::read_to_string(folder.join("report.html")).expect("a report");
    assert!(
        report.contains("diverged"),
        "the report does not say that it diverged"
    );
}

/// The only run folder below `out`, once there is one.
fn run_folder(out: &Path) -> Option<PathBuf> {
    let name = std::fs::read_dir(out).ok()?.next()?.ok()?.path();
    Some(std::fs::read_dir(name).ok()?.next()?.ok()?.path())
}

fn stopped_by(signal: &str) {
    let desk = Desk::new();
    let arguments = [
        "run",
        "small.toml",
        "--out",
        "o",
        "--set",
        "training.limits.steps=100000000",
    ];
    let child = desk
        .command(&arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // In the middle: the first variant has made its first steps.
    let out = desk.path().join("o");
    let moving = || {
        let lines =
            run_folder(&out).and_then(|folder| std::fs::read_to_string(folder.join("metrics.jsonl")).ok());
        lines.is_some_and(|text| text.lines().count() > 12)
    };
    while !moving() {
        std::thread::sleep(Duration::from_millis(20));
    }
    let kill = Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status()
        .expect("kill runs");
    assert!(kill.success());
    let ran = Ran::from(child.wait_with_output().expect("the program ends"));
    assert_eq!(ran.code, 75, "{}", ran.stderr);
    let folder = run_folder(&out).expect("a run folder");
    let status = status(&folder);
    assert_eq!(status["state"], "interrupted");
    let steps = status["variants"][0]["steps"].as_u64().expect("steps");
    let metrics = records(&folder, "metrics.jsonl");
    assert_eq!(
        metrics.last().and_then(|last| last["step"].as_u64()),
        Some(steps),
        "the last step is recorded"
    );
    assert!(folder.join("checkpoints/true-labels-end.safetensors").is_file());
    assert_eq!(desk.path().join(ran.stdout.trim()), folder.join("report.html"));
    assert!(folder.join("report.html").is_file() && folder.join("metrics.csv").is_file());
    assert!(ran.stderr.contains("was interrupted after"), "{}", ran.stderr);
}

#[cfg(unix)]
#[test]
fn interrupts_keep_everything() {
    stopped_by("-INT");
}

#[cfg(unix)]
#[test]
fn terminations_keep_everything() {
    stopped_by("-TERM");
}
