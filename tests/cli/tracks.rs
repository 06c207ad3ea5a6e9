//! Checkpoints that a run keeps on its way, and probing one or all of them.

use super::{Desk, Ran, records};
use insta::assert_snapshot;
use serde_json::Value;
use std::path::Path;

/// A run with checkpoints of steps 1, 3, 10, 12, 24 and 30, beside its start and its end.
fn run(desk: &Desk, out: &str, more: &[&str]) -> (std::path::PathBuf, Ran) {
    let arguments = [
        "run",
        "small.toml",
        "--out",
        out,
        "--set",
        "checkpoints.keep_every=12",
        "--set",
        "checkpoints.keep_per_decade=2",
    ];
    desk.run_folder(&[&arguments[..], more].concat(), 0)
}

fn steps(text: &str, variant: &str) -> Vec<u64> {
    let mut steps: Vec<u64> = text
        .lines()
        .map(|line| line.split('\t').collect::<Vec<_>>())
        .filter(|fields| fields[0] == variant && fields[2].starts_with("largest eigenvalue of"))
        .map(|fields| fields[1].parse().expect("a step"))
        .collect();
    steps.dedup();
    steps
}

/// The findings of `landscape probe`.
fn asked(folder: &Path) -> Vec<Value> {
    let mut all = records(folder, "findings.jsonl");
    all.retain(|record| !record["asked"].is_null());
    all
}

#[test]
fn every_checkpoint_is_probed_once() {
    let desk = Desk::new();
    let (folder, ran) = run(&desk, "o", &[]);
    assert!(
        ran.stderr.contains("disk: at most about"),
        "the disk is not told: {}",
        ran.stderr
    );
    let path = folder.display().to_string();
    let one = [
        "probe",
        &path,
        "--variant",
        "true labels",
        "--largest",
        "1",
        "--smallest",
        "1",
    ];
    let probe = |more: &[&str]| {
        let ran = desk.run(&[&one[..], more].concat());
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        ran
    };
    assert_eq!(steps(&probe(&["--at", "10"]).stdout, "true labels"), [10]);
    // Step 0 is the start, and step 30 the end, whatever their files are called.
    assert_eq!(steps(&probe(&["--at", "0"]).stdout, "true labels"), [0]);
    let file = folder.join("checkpoints/true-labels-step-12.safetensors");
    let by_file = desk.run(&[
        "probe",
        &file.display().to_string(),
        "--largest",
        "1",
        "--smallest",
        "1",
    ]);
    assert_eq!(steps(&by_file.stdout, "true labels"), [12], "{}", by_file.stderr);
    let before = asked(&folder);
    assert_eq!(before.len(), 9);

    let all = probe(&["--at", "all"]);
    assert_eq!(steps(&all.stdout, "true labels"), [0, 1, 3, 10, 12, 24, 30]);
    let told = |ran: &Ran| ran.stderr.matches("was measured before").count();
    assert_eq!(told(&all), 9, "{}", all.stderr);
    let after = asked(&folder);
    assert_eq!((after.len(), &after[..9]), (21, &before[..]));
    // Nothing is measured twice, but told again.
    let again = probe(&["--at", "all"]);
    assert_eq!((told(&again), again.stdout), (21, all.stdout));
    assert_eq!(asked(&folder), after);
    // Unless that is asked for: then what was found before is replaced.
    assert_eq!(told(&probe(&["--at", "10", "--again"])), 0);
    assert_eq!(asked(&folder).len(), 21);
    // Other settings are another measurement.
    assert_eq!(told(&probe(&["--at", "10", "--tolerance", "1e-2"])), 2);
    assert_eq!(asked(&folder).len(), 22);

    // The report draws the track, and what the steps of 0.2 allow.
    let table =
        std::fs::read_to_string(folder.join("figures/hessian-ends.csv")).expect("the figure's numbers");
    for step in [1, 3, 12, 24] {
        let drawn = table.lines().any(|line| {
            line.contains("true labels") && line.split(',').any(|cell| cell.parse() == Ok(f64::from(step)))
        });
        assert!(drawn, "step {step} is not drawn: {table}");
    }
    // Both variants have the same 2/η.
    for step in [0, 30] {
        let stable = format!(",largest stable,{step}.0,10.0,");
        assert!(table.contains(&stable), "there is no 2/η at step {step}: {table}");
    }
}

/// Each search starts from what the one before has found, takes fewer products, finds the same within the intervals, and has
/// the same bits after an interruption.
#[test]
fn a_track_is_searched_from_checkpoint_to_checkpoint() {
    let desk = Desk::new();
    let (folder, _) = run(&desk, "o", &["--set", "checkpoints.keep_every=2"]);
    let path = folder.display().to_string();
    let track = [
        "probe",
        "-q",
        &path,
        "--variant",
        "true labels",
        "--at",
        "all",
        "--measure",
        "ends",
    ];
    let probe = |more: &[&str]| {
        let ran = desk.run(&[&track[..], more].concat());
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let mut found = asked(&folder);
        let warm = Value::from(more.contains(&"--warm").then_some(true));
        found.retain(|record| record["probe"] == "ends" && record["asked"]["warm"] == warm);
        found.sort_by_key(|record| record["step"].as_u64());
        found
    };
    let (cold, warm) = (probe(&[]), probe(&["--warm"]));
    assert_eq!(
        (cold.len(), warm.len()),
        (18, 18),
        "steps 0, 1, 2, 3, 4, 6, …, 30"
    );
    let products = |found: &[Value]| {
        found
            .iter()
            .filter_map(|f| f["cost"]["products"].as_u64())
            .sum::<u64>()
    };
    println!("products: {} cold, {} warm", products(&cold), products(&warm));
    assert!(products(&warm) < products(&cold));
    let taken = |found: &Value| {
        let scalars = found["scalars"].as_array().expect("scalars").iter();
        scalars
            .filter(|s| s["name"] == "eigenvectors taken from the site before")
            .map(|s| s["value"].as_f64())
            .next()
    };
    assert_eq!(
        cold[0]["curves"], warm[0]["curves"],
        "the first search has nothing to start from"
    );
    for (i, (cold, warm)) in cold.iter().zip(&warm).enumerate() {
        assert_eq!((taken(cold), taken(warm)), (None, (i > 0).then_some(Some(10.0))));
        for (one, other) in cold["curves"]
            .as_array()
            .expect("curves")
            .iter()
            .zip(warm["curves"].as_array().expect("curves"))
        {
            let numbers = |curve: &Value, field: &str| -> Vec<f64> {
                curve[field]
                    .as_array()
                    .expect("a list")
                    .iter()
                    .filter_map(Value::as_f64)
                    .collect()
            };
            let both = numbers(one, "values").into_iter().zip(numbers(other, "values"));
            let halves = numbers(one, "uncertainties")
                .into_iter()
                .zip(numbers(other, "uncertainties"));
            for ((a, b), (half, width)) in both.zip(halves) {
                assert!(
                    (a - b).abs() <= half + width,
                    "site {i}: {a} ± {half}, {b} ± {width}"
                );
            }
        }
    }
    // Whole, it is told from the records; with the last sites gone, all of it is measured again, to the same bits.
    let timeless = |found: &[Value]| -> Vec<Value> {
        let mut found = found.to_vec();
        found
            .iter_mut()
            .for_each(|record| record["cost"]["seconds"] = 0.into());
        found
    };
    assert!(probe(&["--warm"]) == warm, "it was measured twice");
    let file = folder.join("findings.jsonl");
    let text = std::fs::read_to_string(&file).expect("the findings");
    let lines: Vec<&str> = text.lines().collect();
    std::fs::write(&file, lines[..lines.len() - 5].join("\n") + "\n").expect("a writable folder");
    let again = timeless(&probe(&["--warm"]));
    assert!(again == timeless(&warm), "other bits after an interruption");
    assert_snapshot!(desk.complaint(&["probe", &path, "--warm"], 1), @"× --warm starts at each checkpoint from what was found at the one before: give --at all");
}

#[test]
fn what_was_cut_short_is_measured_anew() {
    let desk = Desk::new();
    let (folder, _) = run(&desk, "o", &[]);
    let path = folder.display().to_string();
    let one = ["probe", &path, "--variant", "true labels", "--at", "3"];
    assert_eq!(desk.run(&one).code, 0);
    // As a signal leaves it: the eigenvalues are there, and say that more may lie further out.
    let file = folder.join("findings.jsonl");
    let text = std::fs::read_to_string(&file).expect("the findings");
    let mut lines: Vec<String> = text.lines().map(String::from).collect();
    let last = lines
        .iter()
        .rposition(|line| line.contains("\"ends\""))
        .expect("the ends");
    lines[last] = lines[last].replace("\"incomplete\":false", "\"incomplete\":true");
    lines.truncate(last + 1);
    std::fs::write(&file, lines.join("\n") + "\n").expect("a writable folder");
    assert_eq!(desk.run(&one).code, 0);
    let found = asked(&folder);
    let complete: Vec<bool> = found.iter().map(|f| f["incomplete"] == false).collect();
    assert_eq!(complete, [true, true, true], "{found:?}");
}

#[test]
fn kept_checkpoints_change_nothing_and_are_kept_by_a_run_that_goes_on() {
    let desk = Desk::new();
    let (kept, _) = run(&desk, "a", &[]);
    let (plain, _) = desk.run_folder(&["run", "-q", "small.toml", "--out", "b"], 0);
    for name in ["metrics.jsonl", "findings.jsonl"] {
        assert_eq!(records(&kept, name), records(&plain, name), "{name}");
    }
    let path = plain.display().to_string();
    let more = [
        "--set",
        "training.limits.steps=40",
        "--set",
        "checkpoints.keep_every=35",
    ];
    let ran = desk.run(&[&["run", "--resume", &path], &more[..]].concat());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let ran = desk.run(&["probe", &path, "--at", "35", "--largest", "1", "--smallest", "0"]);
    assert_eq!(steps(&ran.stdout, "random labels"), [35], "{}", ran.stderr);
}

#[test]
fn checkpoints_that_cannot_be_probed() {
    let desk = Desk::new();
    let (folder, _) = run(&desk, "o", &[]);
    let path = folder.display().to_string();
    let checkpoints = folder.join("checkpoints");
    let complaint = |arguments: &[&str]| {
        let run = path.replace(&desk.path().display().to_string(), "DIR");
        desk.complaint(arguments, 1).replace(&run, "RUN")
    };
    assert_snapshot!(complaint(&["probe", &path, "--at", "7"]), @"× --at 7: `true labels` has no such checkpoint, but start, 1, 3, 10, 12, 24, end; a run keeps those of more steps with checkpoints.keep_every or checkpoints.keep_per_decade");
    assert_snapshot!(complaint(&["probe", &path, "--at", "latest"]), @"× --at latest: `true labels` has no such checkpoint, but start, 1, 3, 10, 12, 24, end; a run keeps those of more steps with checkpoints.keep_every or checkpoints.keep_per_decade");
    assert_snapshot!(complaint(&["probe", &path, "--out", "x"]), @"× --out is for networks that were trained elsewhere: findings of a run lie in its folder");
    let file = checkpoints
        .join("true-labels-end.safetensors")
        .display()
        .to_string();
    assert_snapshot!(complaint(&["probe", &file, "--at", "end"]), @"× --variant and --at choose among the checkpoints of a run, and one checkpoint is given: leave them out");
    let elsewhere = desk.path().join("copy.safetensors");
    std::fs::copy(&file, &elsewhere).expect("a copy");
    assert_snapshot!(complaint(&["probe", "copy.safetensors"]), @"× copy.safetensors is a checkpoint of the variant `true labels`, but does not lie in the folder checkpoints of its run under its own name: put it back");
    assert_snapshot!(complaint(&["probe", "small.toml"]), @r#"
    × unknown key `probes`, expected one of `data`, `device`, `loss`, `model`, `precision`, `seed`, `weights`
        ╭─[small.toml:22:3]
     21 │ 
     22 │ [[probes]]
        ·   ───┬──
        ·      ╰── here
     23 │ kind = "ends"
        ╰────
    "#);
    // One of another network: the run's config was changed.
    let config = std::fs::read_to_string(folder.join("config.toml")).expect("a config");
    let wider = config.replace("hidden = [8]", "hidden = [9]");
    assert_ne!(config, wider);
    std::fs::write(folder.join("config.toml"), &wider).expect("a writable folder");
    assert_snapshot!(complaint(&["probe", &path]), @"× RUN/checkpoints/true-labels-end.safetensors is no checkpoint of this network: `layer1.weight` has the shape [64, 8], the network's is [64, 9]");
}

#[test]
fn points_that_are_not_finite_are_left_out_of_a_track() {
    let desk = Desk::new();
    let arguments = [
        "run",
        "small.toml",
        "--out",
        "o",
        "--set",
        "training.step_size=1e300",
    ];
    let (folder, _) = desk.run_folder(&arguments, 3);
    let path = folder.display().to_string();
    let run = path.replace(&desk.path().display().to_string(), "DIR");
    let said = desk.complaint(&["probe", &path], 1).replace(&run, "RUN");
    assert_snapshot!(said, @"× RUN/checkpoints/true-labels-end.safetensors is no point with a landscape: not all of its numbers are finite: the run diverged, and its last point says nothing");
    let ran = desk.run(&["probe", &path, "--at", "all", "--largest", "1", "--smallest", "0"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(steps(&ran.stdout, "true labels"), [0]);
    assert_eq!(ran.stderr.matches("left out: ").count(), 2, "{}", ran.stderr);
}

/// A run that diverged may end at a finite point whose loss is infinite: there is nothing to probe either.
#[test]
fn points_whose_loss_is_not_finite_are_refused() {
    let desk = Desk::new();
    let set = |value: &'static str| ["--set", value];
    let arguments = [
        &["run", "small.toml", "--out", "o"][..],
        &set("training.step_size=1e12"),
        &set("loss='mean-squared'"),
        &set("precision='f32'"),
        &set("training.limits.steps=3"),
    ];
    let (folder, _) = desk.run_folder(&arguments.concat(), 3);
    let path = folder.display().to_string();
    let said = desk.complaint(&["probe", &path], 1);
    assert_snapshot!(said, @r#"× true labels: step 1: the loss is inf and the norm of its gradient 9.491e37: there is no landscape at such a point; precision = "f64" holds larger numbers"#);
    let ran = desk.run(&["probe", &path, "--at", "all", "--largest", "1", "--smallest", "0"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(steps(&ran.stdout, "true labels"), [0]);
    assert!(!ran.stdout.contains("NaN"), "{}", ran.stdout);
    assert_eq!(ran.stderr.matches("left out: ").count(), 2, "{}", ran.stderr);
}

#[test]
fn a_checkpoint_is_kept_every_so_many_steps_or_not_at_all() {
    let desk = Desk::new();
    for field in ["keep_every", "keep_per_decade"] {
        let set = format!("checkpoints.{field}=0");
        let said = desk.complaint(&["config", "check", "small.toml", "--set", &set], 1);
        let sentence = format!(
            "checkpoints.{field} is 0: it must be at least 1; leave it out to keep the start and the end alone"
        );
        assert!(said.contains(&sentence), "{said}");
    }
}
