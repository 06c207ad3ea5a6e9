//! Runs that are killed again and again, and go on each time.

use super::runs::{Results, results, status};
use super::{Desk, records};
use crate::devices::training::{NOISES, OPTIMISERS};
use crate::training::resuming::schedules;
use models::Seed;
use rand::{Rng, RngExt};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};
use training::Noise;

/// Steps of each variant, and steps between its probes.
const STEPS: u64 = 120;
const PROBES: u64 = 40;

/// Ways to train, which together use all that is in the catalogs, and how often each of them is killed.
const METHODS: usize = 10;
const KILLS: usize = 10;

/// Two variants with probes on the way. Each method takes the next optimiser, another schedule and another noise; every
/// second one has mini-batches.
fn config(method: usize) -> String {
    fn inline(value: impl Serialize) -> String {
        toml::Value::try_from(value).expect("plain data").to_string()
    }
    let schedules = schedules(STEPS);
    let (optimiser, step_size) = OPTIMISERS[method % OPTIMISERS.len()];
    let schedule = schedules[method % schedules.len()];
    // Moved on by one in each round, so that the second round pairs others.
    let noise = NOISES[(method + method / NOISES.len()) % NOISES.len()];
    // Labels have noise where the loss is squared.
    let loss = match noise {
        Noise::Labels { .. } => "mean-squared",
        _ => "cross-entropy",
    };
    let batch = match method % 2 {
        0 => "",
        _ => "batch = 64",
    };
    format!(
        r#"question = "Does it go on?"
seed = 3
device = "cpu"
loss = "{loss}"

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
step_size = {step_size}
optimiser = {}
noise = {}
schedule = {}
{batch}
limits = {{ steps = {STEPS} }}

[observe]
probes_every = {PROBES}

[checkpoints]
every_steps = 5

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
"#,
        inline(optimiser),
        inline(noise),
        inline(schedule),
    )
}

/// When a process is killed.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// As soon as there is a run folder.
    Start,
    /// After a time.
    After(Duration),
    /// While a checkpoint is being written.
    Checkpoint,
    /// While a probe looks: the metrics of its step are there, its findings are not.
    Probe,
    /// After the last step of the last variant: while it is judged and reported.
    End,
}

impl Moment {
    /// The moment of one of the kills of a method, whose run takes so long.
    fn of(kill: usize, took: Duration, random: &mut impl Rng) -> Self {
        match kill {
            0 => Moment::Start,
            2 | 7 => Moment::Checkpoint,
            5 => Moment::Probe,
            9 => Moment::End,
            // Most of a run, so that several kills meet one run, and all of its parts.
            _ => Moment::After(took.mul_f64(random.random::<f64>())),
        }
    }

    /// Whether it has come, so long after the process began.
    fn is_there(self, after: Duration, out: &Path) -> bool {
        let there = |look: fn(&Path) -> bool| folder_of(out).is_some_and(|folder| look(&folder));
        match self {
            Moment::Start => there(|_| true),
            Moment::After(time) => after >= time,
            Moment::Checkpoint => there(writes_a_checkpoint),
            Moment::Probe => there(probes),
            Moment::End => there(ends),
        }
    }
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
    let looks = [0, 1, 2, 3].map(|look| format!("\"step\":{},", look * PROBES));
    let seen = |text: &str| {
        text.lines()
            .filter(|line| line.ends_with('}') && looks.iter().any(|look| line.contains(look)))
            .count()
    };
    3 * seen(&metrics) > seen(&findings)
}

fn ends(folder: &Path) -> bool {
    folder.join("checkpoints/random-labels-end.safetensors").exists()
}

/// Kills a process at its moment; false where it had ended before.
fn kill(child: &mut Child, out: &Path, moment: Moment) -> bool {
    let begin = Instant::now();
    loop {
        if child.try_wait().expect("a process of ours").is_some() {
            return false;
        }
        if moment.is_there(begin.elapsed(), out) {
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

/// What the kills met.
#[derive(Debug, Default)]
struct Met {
    kills: usize,
    runs: usize,
    starts: usize,
    checkpoints: usize,
    probes: usize,
    ends: usize,
}

impl Met {
    /// Looks at what a killed process has left: all of it can be read.
    fn look(&mut self, desk: &Desk, out: &Path) {
        self.kills += 1;
        let Some(folder) = folder_of(out) else {
            return;
        };
        self.starts += usize::from(records(&folder, "metrics.jsonl").is_empty());
        self.checkpoints += usize::from(writes_a_checkpoint(&folder));
        self.probes += usize::from(probes(&folder));
        self.ends += usize::from(ends(&folder));
        let report = desk.run(&["report", &folder.display().to_string(), "--out", "r.html"]);
        assert_eq!(report.code, 0, "{}", report.stderr);
    }
}

/// Kills runs of one method, and compares each with the one that was left alone.
fn kill_again_and_again(text: &str, random: &mut impl Rng, met: &mut Met) {
    let desk = Desk::new();
    desk.write("killed.toml", text);
    let (whole, wanted, mut took) = uninterrupted(&desk);
    assert!(wanted.0.len() > 50 && wanted.1.len() == 24, "{}", wanted.1.len());
    assert_eq!(wanted.0[wanted.0.len() - 1]["step"], STEPS, "{text}");
    let mut kills = 0;
    while kills < KILLS {
        met.runs += 1;
        let out = format!("killed-{}", met.runs);
        let path = desk.path().join(&out);
        loop {
            let moment = match kills {
                KILLS => Moment::After(Duration::from_secs(600)),
                _ => Moment::of(kills, took, random),
            };
            let mut child = start(&desk, &out);
            let killed = kill(&mut child, &path, moment);
            let output = child.wait_with_output().expect("a process of ours");
            if !killed {
                let stderr = String::from_utf8_lossy(&output.stderr);
                assert_eq!(output.status.code(), Some(0), "{moment:?}: {stderr}");
                // It came too late: runs have become faster, or this one had little left to do.
                took = took.mul_f64(0.7);
                break;
            }
            kills += 1;
            met.look(&desk, &path);
        }
        let folder = folder_of(&path).expect("a run folder");
        let found = results(&folder);
        assert_eq!(found.0, wanted.0, "metrics: {text}");
        assert_eq!(found.1, wanted.1, "findings: {text}");
        assert!(found.2 == wanted.2, "checkpoints: {text}");
        assert_eq!(status(&folder)["verdict"], status(&whole)["verdict"]);
        assert_eq!(records(&folder, "metrics.jsonl").len(), found.0.len());
        for name in ["", "checkpoints", "figures"] {
            assert!(!writes_a_checkpoint(&folder.join(name)), "leftovers in {name}");
        }
    }
}

#[test]
fn a_hundred_kills_change_nothing() {
    let catalogs = [OPTIMISERS.len(), NOISES.len(), schedules(STEPS).len()];
    assert!(catalogs.iter().all(|length| *length <= METHODS), "{catalogs:?}");
    let mut random = Seed(1).stream("kills");
    let mut met = Met::default();
    for method in 0..METHODS {
        kill_again_and_again(&config(method), &mut random, &mut met);
    }
    println!("{met:?}");
    assert_eq!(met.kills, METHODS * KILLS);
    let least = [met.starts, met.checkpoints, met.probes, met.ends];
    assert!(least.iter().all(|count| *count >= 5), "{met:?}");
}
