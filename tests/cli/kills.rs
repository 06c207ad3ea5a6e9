//! Runs that are killed again and again, and go on each time.

use super::runs::{Results, results, status};
use super::{Desk, records};
use models::Seed;
use rand::RngExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// Two variants with everything that is kept from step to step: Adam, batches, kicks that wait, and probes on the way.
const KILLED: &str = r#"question = "Does it go on?"
seed = 3
device = "cpu"
loss = "cross-entropy"

[data]
source = "digits"
train = 300
test = 50

[model]
kind = "perceptron"
hidden = [16]

[start]
kind = "he"

[training]
step_size = 0.003
optimiser = { kind = "adam" }
noise = { kind = "ball", radius = 0.01, gradient = 1e3, wait = 7 }
schedule = { kind = "cosine", steps = 150, end = 0.1 }
batch = 64
limits = { steps = 150 }

[observe]
probes_every = 50

[checkpoints]
every_steps = 2

[[probes]]
kind = "ends"
products = 120

[[probes]]
kind = "movement"

[[variants]]
name = "true labels"

[[variants]]
name = "random labels"
labels = "random-labels"
"#;

/// How many kills.
const KILLS: usize = 100;

/// When a process is killed.
enum Moment {
    /// After a time.
    After(Duration),
    /// While a checkpoint is being written.
    Checkpoint,
    /// While a probe looks: the metrics of its step are there, its findings are not.
    Probe,
}

/// The run folder below `out`, once it has its name.
fn folder_of(out: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(out.join("killed")).ok()?;
    let mut paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    paths.find(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        !name.starts_with('.')
    })
}

fn writes_a_checkpoint(folder: &Path) -> bool {
    std::fs::read_dir(folder.join("checkpoints")).is_ok_and(|entries| {
        entries
            .flatten()
            .any(|entry| entry.file_name().to_string_lossy().starts_with(".writing-"))
    })
}

fn probes(folder: &Path) -> bool {
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap_or_default();
    let (metrics, findings) = (read("metrics.jsonl"), read("findings.jsonl"));
    let looks = [0, 50, 100, 150].map(|step| format!("\"step\":{step},"));
    let seen = |text: &str| {
        text.lines()
            .filter(|line| line.ends_with('}') && looks.iter().any(|look| line.contains(look)))
            .count()
    };
    3 * seen(&metrics) > seen(&findings)
}

/// Kills a process at its moment; false where it had ended before.
fn kill(child: &mut Child, out: &Path, moment: &Moment) -> bool {
    let begin = Instant::now();
    loop {
        if child.try_wait().expect("a process of ours").is_some() {
            return false;
        }
        let due = match (moment, folder_of(out)) {
            (Moment::After(time), _) => begin.elapsed() >= *time,
            (_, None) => false,
            (Moment::Checkpoint, Some(folder)) => writes_a_checkpoint(&folder),
            (Moment::Probe, Some(folder)) => probes(&folder),
        };
        if due {
            child.kill().expect("SIGKILL");
            let status = child.wait().expect("a process of ours");
            return status.code().is_none();
        }
        if matches!(moment, Moment::After(_)) {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

fn start(desk: &Desk, out: &str) -> Child {
    let folder = folder_of(&desk.path().join(out)).map(|path| path.display().to_string());
    let arguments = match &folder {
        Some(folder) => vec!["run", "-q", "--resume", folder],
        None => vec!["run", "-q", "killed.toml", "--out", out],
    };
    let mut command = desk.command(&arguments);
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    command.spawn().expect("the program starts")
}

fn uninterrupted(desk: &Desk) -> (PathBuf, Results, Duration) {
    let begin = Instant::now();
    let (folder, _) = desk.run_folder(&["run", "-q", "killed.toml", "--out", "whole"], 0);
    let took = begin.elapsed();
    let results = results(&folder);
    (folder, results, took)
}

#[test]
fn a_hundred_kills_change_nothing() {
    let desk = Desk::new();
    desk.write("killed.toml", KILLED);
    let (whole, wanted, took) = uninterrupted(&desk);
    assert!(wanted.0.len() > 50 && wanted.1.len() == 24, "{}", wanted.1.len());
    let mut stream = Seed(1).stream("kills");
    let (mut kills, mut in_checkpoints, mut in_probes, mut runs) = (0, 0, 0, 0);
    while kills < KILLS {
        runs += 1;
        let out = format!("killed-{runs}");
        let path = desk.path().join(&out);
        loop {
            let moment = match kills % 10 {
                _ if kills >= KILLS => Moment::After(Duration::from_secs(600)),
                3 => Moment::Checkpoint,
                6 => Moment::Probe,
                // Most of a run, so that several kills meet one run, and all of its parts.
                _ => Moment::After(took.mul_f64(stream.random::<f64>())),
            };
            let mut child = start(&desk, &out);
            let killed = kill(&mut child, &path, &moment);
            let output = child.wait_with_output().expect("a process of ours");
            if !killed {
                let stderr = String::from_utf8_lossy(&output.stderr);
                assert_eq!(output.status.code(), Some(0), "{stderr}");
                break;
            }
            kills += 1;
            if let Some(folder) = folder_of(&path) {
                in_checkpoints += usize::from(writes_a_checkpoint(&folder));
                in_probes += usize::from(probes(&folder));
                // Whatever is there can be read.
                let report = desk.run(&["report", &folder.display().to_string(), "--out", "r.html"]);
                assert_eq!(report.code, 0, "{}", report.stderr);
            }
        }
        let folder = folder_of(&path).expect("a run folder");
        let found = results(&folder);
        assert_eq!(found.0, wanted.0, "metrics");
        assert_eq!(found.1, wanted.1, "findings");
        assert!(found.2 == wanted.2, "checkpoints");
        let timeless = |folder: &Path| status(folder)["verdict"].clone();
        assert_eq!(timeless(&folder), timeless(&whole));
        assert_eq!(records(&folder, "metrics.jsonl").len(), found.0.len());
        for name in ["", "checkpoints", "figures"] {
            assert!(!writes_a_checkpoint(&folder.join(name)), "leftovers in {name}");
        }
    }
    println!("{kills} kills along {runs} runs, {in_checkpoints} in checkpoints, {in_probes} in probes");
    assert!(
        in_checkpoints >= 5 && in_probes >= 5,
        "{in_checkpoints}, {in_probes}"
    );
}
