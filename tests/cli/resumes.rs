//! Runs that are stopped by a signal and go on, and what a run that goes on may change.

use super::runs::{results, status};
use super::{Desk, Ran, checkpoint, read_json, records};
use insta::assert_snapshot;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// A run long enough to be stopped on its way.
const LONG: [&str; 4] = [
    "--set",
    "training.limits.steps=3000",
    "--set",
    "training.batch=50",
];

pub fn folder_below(out: &Path) -> Option<PathBuf> {
    let name = std::fs::read_dir(out).ok()?.next()?.ok()?.path();
    let folders = std::fs::read_dir(name).ok()?;
    let mut paths = folders.filter_map(|entry| Some(entry.ok()?.path()));
    paths.find(|path| path.join("metrics.jsonl").is_file())
}

/// Starts a command, sends it a signal once the condition holds, and returns what it left.
pub fn signalled(desk: &Desk, arguments: &[&str], signal: &str, due: impl Fn() -> bool) -> Ran {
    let mut command = desk.command(arguments);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    while !due() && child.try_wait().expect("a process of ours").is_none() {
        std::thread::sleep(Duration::from_millis(1));
    }
    let kill = Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status();
    assert!(
        kill.expect("kill runs").success(),
        "it had ended before the signal"
    );
    Ran::from(child.wait_with_output().expect("the program ends"))
}

pub fn lines(path: &Path) -> usize {
    std::fs::read_to_string(path).map_or(0, |text| text.lines().count())
}

#[cfg(unix)]
#[test]
fn what_a_signal_stops_goes_on_to_the_same_end() {
    let desk = Desk::new();
    let whole = ["run", "-q", "small.toml", "--out", "whole"];
    let (whole, _) = desk.run_folder(&[&whole[..], &LONG].concat(), 0);
    let wanted = results(&whole);
    for signal in ["-INT", "-TERM", "-USR1"] {
        let out = desk.path().join(format!("out{signal}"));
        let arguments = ["run", "small.toml", "--out", out.to_str().expect("UTF-8")];
        let moving = || folder_below(&out).is_some_and(|folder| lines(&folder.join("metrics.jsonl")) > 30);
        let ran = signalled(&desk, &[&arguments[..], &LONG].concat(), signal, moving);
        assert_eq!(ran.code, 75, "{signal}: {}", ran.stderr);
        let folder = folder_below(&out).expect("a run folder");
        assert_eq!(status(&folder)["state"], "interrupted");
        let path = folder.display().to_string();
        // What is probed meanwhile is kept.
        assert_eq!(desk.run(&["probe", &path, "--variant", "true labels"]).code, 0);
        let ran = desk.run(&["run", "--resume", &path]);
        assert_eq!(ran.code, 0, "{signal}: {}", ran.stderr);
        let mut found = results(&folder);
        let asked = |finding: &serde_json::Value| !finding["asked"].is_null();
        assert_eq!(found.1.iter().filter(|f| asked(f)).count(), 3, "{signal}");
        found.1.retain(|finding| !asked(finding));
        assert!(found == wanted, "{signal}: the resumed run differs");
        assert_eq!(status(&folder)["verdict"], status(&whole)["verdict"]);
        let resumed = &read_json(&folder.join("provenance.json"))["resumed"];
        assert_eq!(resumed.as_array().map(Vec::len), Some(1));
    }
}

#[test]
fn more_steps_are_the_run_that_had_them_from_the_start() {
    let desk = Desk::new();
    let more = ["--set", "training.limits.steps=50"];
    let (whole, _) = desk.run_folder(
        &[&["run", "-q", "small.toml", "--out", "a"], &more[..]].concat(),
        0,
    );
    let (folder, _) = desk.run_folder(&["run", "-q", "small.toml", "--out", "b"], 0);
    let path = folder.display().to_string();
    let ran = desk.run(&[&["run", "--resume", &path], &more[..]].concat());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let (mut wanted, mut found) = (results(&whole), results(&folder));
    // The second variant's first lines were there when the first variant went on.
    for (records, others) in [(&mut wanted.0, &mut found.0), (&mut wanted.1, &mut found.1)] {
        records.sort_by_key(|record| record["variant"].to_string());
        others.sort_by_key(|record| record["variant"].to_string());
    }
    assert!(found == wanted);
    let resumed = read_json(&folder.join("provenance.json"))["resumed"][0].clone();
    assert_eq!(resumed["changes"][0], "training.limits.steps was 30 and is 50");
    assert!(
        resumed["command"]
            .as_str()
            .is_some_and(|c| c.contains("--resume"))
    );
    let log = std::fs::read_to_string(folder.join("log.jsonl")).expect("a log");
    assert!(log.contains("training.limits.steps was 30 and is 50"), "{log}");
    let config = std::fs::read_to_string(folder.join("config.toml")).expect("a config");
    assert!(config.contains("steps = 50"));
    // Once more changes nothing.
    let before = results(&folder);
    assert_eq!(desk.run(&["run", "-q", "--resume", &path]).code, 0);
    assert!(results(&folder) == before);
}

#[test]
fn more_time_goes_on_and_is_recorded() {
    let desk = Desk::new();
    let limits = "training.limits={ steps = 40, seconds = 1e-9 }";
    let run = ["run", "-q", "small.toml", "--out", "a", "--set", limits];
    let (folder, _) = desk.run_folder(&run, 0);
    let outcomes = |folder: &Path| -> Vec<(String, u64)> {
        let variants = status(folder)["variants"].clone();
        let variants = variants.as_array().expect("variants").clone();
        let outcome = |v: &serde_json::Value| v["outcome"].as_str().expect("a word").to_string();
        variants
            .iter()
            .map(|v| (outcome(v), v["steps"].as_u64().expect("steps")))
            .collect()
    };
    let stopped = outcomes(&folder);
    assert!(
        stopped
            .iter()
            .all(|(word, steps)| word == "time limit" && *steps < 40),
        "{stopped:?}"
    );
    let path = folder.display().to_string();
    // Less time than before is another run; as much is the same run, which has nothing more to do.
    let less = [
        "run",
        "-q",
        "--resume",
        &path,
        "--set",
        "training.limits.seconds=1e-10",
    ];
    let refused = desk.complaint(&less, 1);
    assert!(
        refused.contains("training.limits.seconds was 0.000000001 and is 0.0000000001"),
        "{refused}"
    );
    assert_eq!(desk.run(&["run", "-q", "--resume", &path]).code, 0);
    assert_eq!(outcomes(&folder), stopped);
    let more = [
        "run",
        "-q",
        "--resume",
        &path,
        "--set",
        "training.limits.seconds=1e6",
    ];
    assert_eq!(desk.run(&more).code, 0);
    assert!(
        outcomes(&folder)
            .iter()
            .all(|(word, steps)| word == "step limit" && *steps == 40)
    );
    let resumed = read_json(&folder.join("provenance.json"))["resumed"].clone();
    let last = resumed
        .as_array()
        .and_then(|all| all.last())
        .expect("a resumption");
    assert_eq!(
        last["changes"][0],
        "training.limits.seconds was 0.000000001 and is 1000000.0"
    );
    // It ends where a run that had the time from the start ends, to the bit.
    let limits = "training.limits={ steps = 40, seconds = 1e6 }";
    let run = ["run", "-q", "small.toml", "--out", "b", "--set", limits];
    let (whole, _) = desk.run_folder(&run, 0);
    for name in ["true-labels-end", "random-labels-end"] {
        let end = format!("checkpoints/{name}.safetensors");
        assert!(
            checkpoint(&folder.join(&end)) == checkpoint(&whole.join(&end)),
            "{name}"
        );
    }
}

#[test]
fn other_probes_and_checkpoints_are_allowed_and_recorded() {
    let desk = Desk::new();
    let (folder, _) = desk.run_folder(&["run", "-q", "small.toml", "--out", "a"], 0);
    let path = folder.display().to_string();
    let changes = [
        "probes.0.largest=3",
        "observe.probes_every=40",
        "checkpoints.every_steps=7",
        "training.limits.steps=45",
    ];
    let mut arguments = vec!["run", "-q", "--resume", &path];
    changes
        .iter()
        .for_each(|change| arguments.extend(["--set", change]));
    let ran = desk.run(&arguments);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let resumed = read_json(&folder.join("provenance.json"))["resumed"][0]["changes"].to_string();
    for part in [
        "probes.0.largest was 2 and is 3",
        "observe.probes_every was absent and is 40",
        "checkpoints.every_steps was absent and is 7",
    ] {
        assert!(resumed.contains(part), "{resumed}");
    }
    let findings = records(&folder, "findings.jsonl");
    let at = |step: u64| {
        let found = findings
            .iter()
            .rfind(|f| f["step"] == step && f["probe"] == "ends");
        found.map(|f| f["curves"][0]["values"].as_array().map_or(0, Vec::len))
    };
    assert_eq!([at(0), at(30), at(40), at(45)], [Some(2), None, Some(3), Some(3)]);
}

#[test]
fn what_a_resumed_run_may_not_change() {
    let desk = Desk::new();
    let (folder, _) = desk.run_folder(&["run", "-q", "small.toml", "--out", "a"], 0);
    let path = folder.display().to_string();
    let before = results(&folder);
    let refused = |changes: &[&str]| {
        let mut arguments = vec!["run", "--resume", &path];
        changes
            .iter()
            .for_each(|change| arguments.extend(["--set", change]));
        let ran = desk.run(&arguments);
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{}", ran.stderr);
        // The device comes first.
        ran.stderr
            .lines()
            .skip(1)
            .collect::<Vec<_>>()
            .join("\n")
            .trim()
            .replace(&path, "RUN")
    };
    assert_snapshot!(refused(&["training.step_size=0.1", "data.train=500", "seed=2"]), @"× cannot resume RUN: data.train was 600 and is 500; seed was 1 and is 2; training.step_size was 0.2 and is 0.1; the hash of the training examples of `true labels` was d913b4a460ed and is d666f87b4928; the hash of the training examples of `random labels` was dd1b7a0bdf15 and is 29d0b143338c; a resumed run may get more steps (training.limits.steps) or more time (training.limits.seconds), other probes (probes, observe.probes_every, observe.probes_per_decade) and other checkpoints; start a new run for anything else");
    assert_snapshot!(refused(&["training.limits.steps=20"]), @"× cannot resume RUN: training.limits.steps was 30 and is 20; a resumed run may get more steps (training.limits.steps) or more time (training.limits.seconds), other probes (probes, observe.probes_every, observe.probes_per_decade) and other checkpoints; start a new run for anything else");
    assert_snapshot!(refused(&["variants.1.name='others'"]), @"× cannot resume RUN: the variants were `true labels`, `random labels` and are `true labels`, `others`; a resumed run may get more steps (training.limits.steps) or more time (training.limits.seconds), other probes (probes, observe.probes_every, observe.probes_per_decade) and other checkpoints; start a new run for anything else");
    assert_snapshot!(refused(&["precision='f64'"]), @"× cannot resume RUN: precision was \"f32\" and is \"f64\"; the device was cpu (flex, f32) and is cpu (flex, f64); a resumed run may get more steps (training.limits.steps) or more time (training.limits.seconds), other probes (probes, observe.probes_every, observe.probes_per_decade) and other checkpoints; start a new run for anything else");
    let provenance = folder.join("provenance.json");
    let text = std::fs::read_to_string(&provenance).expect("a provenance");
    let other = text.replacen("\"version\": \"0.1.0\"", "\"version\": \"0.0.9\"", 1);
    assert_ne!(text, other);
    let hash = read_json(&provenance)["data_hashes"][1][1]
        .as_str()
        .expect("a hash")
        .to_string();
    std::fs::write(&provenance, other.replace(&hash, "0a1b2c")).expect("a writable folder");
    assert_snapshot!(refused(&[]).replace(&hash[..12], "HASH"), @"× cannot resume RUN: the version of landscape was 0.0.9 and is 0.1.0; the hash of the training examples of `random labels` was 0a1b2c and is HASH; a resumed run may get more steps (training.limits.steps) or more time (training.limits.seconds), other probes (probes, observe.probes_every, observe.probes_per_decade) and other checkpoints; start a new run for anything else");
    std::fs::write(&provenance, text).expect("a writable folder");
    assert!(results(&folder) == before, "a refused run changed something");
    assert_snapshot!(desk.complaint(&["run", "--resume", "nowhere"], 1), @"× nowhere is not a run folder: it has no config.toml; give the folder that `landscape run` made");
    assert_snapshot!(desk.complaint(&["run", "--resume", &path, "small.toml", "small.toml"], 1), @"× --resume goes on with one run: name at most one config");
}

#[cfg(unix)]
#[test]
fn a_probe_that_is_stopped_keeps_what_it_found() {
    let desk = Desk::new();
    let large = [
        "--set",
        "model.hidden=[400, 400]",
        "--set",
        "training.limits.steps=2",
    ];
    let run = ["run", "-q", "small.toml", "--out", "a", "--set", "probes=[]"];
    let (folder, _) = desk.run_folder(&[&run[..], &large].concat(), 0);
    let path = folder.display().to_string();
    let arguments = ["probe", &path, "--largest", "40", "--tolerance", "1e-9"];
    // The log of the lock tells that the probe holds the folder; a moment later it looks.
    let begun = || lines(&folder.join("lock")) > 0;
    std::fs::remove_file(folder.join("lock")).expect("the run has left its lock");
    let ran = signalled(&desk, &arguments, "-INT", || {
        let begun = begun();
        if begun {
            std::thread::sleep(Duration::from_millis(1500));
        }
        begun
    });
    assert_eq!(ran.code, 75, "{}", ran.stderr);
    assert!(ran.stdout.contains("largest eigenvalues 1"), "{}", ran.stdout);
    let findings = records(&folder, "findings.jsonl");
    // The noise of the site comes first.
    assert_eq!(findings.len(), 2);
    assert_eq!(
        (
            findings[1]["asked"]["probe"]["kind"].as_str(),
            &findings[1]["incomplete"]
        ),
        (Some("ends"), &true.into())
    );
    assert_eq!(desk.run(&["report", &path]).code, 0);
}
