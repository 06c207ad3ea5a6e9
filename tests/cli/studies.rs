//! Configs with a `[study]`: what they refuse, what they leave behind, how they go on.

use super::{Desk, read_json, records};
use insta::assert_snapshot;
use serde_json::Value;

/// A study that takes a blink.
const STUDY: &str = r#"question = "Does it leave?"
answer = "It does."

[study]
kind = "octopus"
dimensions = [5]
curvatures = [1.0]
runs = 5
"#;

/// What the program says of this study with something replaced.
fn wrong(old: &str, new: &str) -> String {
    let desk = Desk::new();
    assert!(STUDY.contains(old), "{old}");
    desk.write("x.toml", &STUDY.replacen(old, new, 1));
    desk.complaint(&["config", "check", "x.toml"], 1)
}

#[test]
fn what_cannot_be_studied_is_refused() {
    assert_snapshot!(wrong("answer", "precision = \"f32\"\nanswer"), @r#"
    × precision is f32, in which coordinates of 1e-45 are zero: plain descent would stop at the fifth saddle for ever, and not for an exponential time; leave it out, or set f64
       ╭─[x.toml:2:13]
     1 │ question = "Does it leave?"
     2 │ precision = "f32"
       ·             ──┬──
       ·               ╰── here
     3 │ answer = "It does."
       ╰────
    "#);
    assert_snapshot!(wrong("\"octopus\"", "\"octopuss\""), @r#"
    × `study.kind` is the text "octopuss", expected one of `taxonomy`, `escape`, `measure-zero`, `octopus`, `acceleration`, `paths`, `rate`, `spectrum`, `population`, `counterexample`, `tensor`, `basins`, `benign`, `plateaus`, `balanced`, `paths-reduction`
       ╭─[x.toml:5:8]
     4 │ [study]
     5 │ kind = "octopuss"
       ·        ─────┬────
       ·             ╰── here
     6 │ dimensions = [5]
       ╰────
      help: did you mean `octopus`?
    "#);
    assert_snapshot!(wrong("runs = 5", "runs = 5\ngama = 2"), @"
    × unknown key `gama` in `study` of kind `octopus`, expected one of `curvatures`, `dimensions`, `gamma`, `kind`, `runs`, `steps`, `tau`
       ╭─[x.toml:9:1]
     8 │ runs = 5
     9 │ gama = 2
       · ──┬─
       ·   ╰── here
       ╰────
      help: did you mean `gamma`?
    ");
    assert_snapshot!(wrong("[1.0]", "[0.5]"), @"
    × study.curvatures is 0.5: it must be at least gamma, 1
       ╭─[x.toml:7:14]
     6 │ dimensions = [5]
     7 │ curvatures = [0.5]
       ·              ──┬──
       ·                ╰── here
     8 │ runs = 5
       ╰────
    ");
    assert_snapshot!(wrong("runs = 5", "runs = 0"), @"
    × study.runs is 0: it must lie between 1 and 100000
       ╭─[x.toml:8:8]
     7 │ curvatures = [1.0]
     8 │ runs = 0
       ·        ┬
       ·        ╰── here
       ╰────
    ");
    assert_snapshot!(wrong(
        "\"octopus\"\ndimensions = [5]\ncurvatures = [1.0]\nruns = 5",
        "\"escape\"\nepsilon = 2.0"
    ), @r#"
    × study.epsilon is 2: it must be at most smoothness²/hessian_lipschitz = 1, so that √(ρε) ≤ ℓ
       ╭─[x.toml:6:11]
     5 │ kind = "escape"
     6 │ epsilon = 2.0
       ·           ─┬─
       ·            ╰── here
       ╰────
    "#);
    assert_snapshot!(wrong(
        "\"octopus\"\ndimensions = [5]\ncurvatures = [1.0]\nruns = 5",
        "\"escape\"\nepsilon = 0.02"
    ), @r#"
    × study.gamma is 0.1: it must be above √(ρε) = 0.1414213562373095, or the saddle itself is ε-second-order stationary
       ╭─[x.toml:4:1]
     3 │ 
     4 │ [study]
       · ───┬───
       ·    ╰── here
     5 │ kind = "escape"
       ╰────
    "#);
    assert_snapshot!(wrong(
        "\"octopus\"\ndimensions = [5]\ncurvatures = [1.0]\nruns = 5",
        "\"measure-zero\"\nstep_size = 0.5"
    ), @r#"
    × study.step_size is 0.5: the theorem asks for a positive number below 1/ℓ = 1/11
       ╭─[x.toml:6:13]
     5 │ kind = "measure-zero"
     6 │ step_size = 0.5
       ·             ─┬─
       ·              ╰── here
       ╰────
    "#);
}

/// What the program says of a study of a saddle with one method.
fn wrong_method(method: &str) -> String {
    let desk = Desk::new();
    let study = format!(
        "question = \"Does it leave?\"\nanswer = \"It does.\"\n\n[study]\nkind = \"escape\"\n\n[[study.methods]]\n{method}\n"
    );
    desk.write("x.toml", &study);
    desk.complaint(&["config", "check", "x.toml"], 1)
}

#[test]
fn methods_that_cannot_do_it_are_refused() {
    assert_snapshot!(wrong_method(
        "method = { kind = \"perturbed-2019\", noise = \"every-step\" }\nconstants = \"paper\""
    ), @r#"
    × study.methods.0.constants is paper: with it the step size 1/ι⁹ℓN is 1.798e-10, and perturbed 2019, at every step, paper's would take about 9.9e11 steps to leave the saddle for d = 1000, of which study.steps allows 20000; take practical, or raise study.steps
       ╭─[x.toml:9:13]
     8 │ method = { kind = "perturbed-2019", noise = "every-step" }
     9 │ constants = "paper"
       ·             ───┬───
       ·                ╰── here
       ╰────
    "#);
    assert_snapshot!(wrong_method("method = { kind = \"label-noise\", std = 0.1 }"), @r#"
    × study.methods.0.method.kind is label-noise: it needs examples, and a squared loss, whose targets are numbers; networks have it as the noise labels of [training]
       ╭─[x.toml:8:19]
     7 │ [[study.methods]]
     8 │ method = { kind = "label-noise", std = 0.1 }
       ·                   ──────┬──────
       ·                         ╰── here
       ╰────
    "#);
    assert_snapshot!(wrong_method(
        "method = { kind = \"neon\" }\n\n[[study.methods]]\nmethod = { kind = \"neon\" }"
    ), @r#"
    × study.methods.1 is the same as study.methods.0: leave one of them out
        ╭─[x.toml:10:1]
      9 │ 
     10 │ [[study.methods]]
        · ────────┬────────
        ·         ╰── here
     11 │ method = { kind = "neon" }
        ╰────
    "#);
    assert_snapshot!(wrong_method("method = { kind = \"perturbed-2017\", c = 2.0 }"), @r#"
    × study.methods.0.method.c is 2: it must lie above 0 and at most at 1, so that the step size c/ℓ is at most 1/ℓ
       ╭─[x.toml:8:41]
     7 │ [[study.methods]]
     8 │ method = { kind = "perturbed-2017", c = 2.0 }
       ·                                         ─┬─
       ·                                          ╰── here
       ╰────
    "#);
}

#[test]
fn a_study_has_no_network_to_probe() {
    let desk = Desk::new();
    desk.write("x.toml", STUDY);
    assert_snapshot!(desk.complaint(&["data", "check", "x.toml"], 1), @r#"
    × a study has no data and no network of its own: `landscape run` does it, and `landscape config check` lists its cases
       ╭─[x.toml:4:2]
     3 │ 
     4 │ [study]
       ·  ──┬──
       ·    ╰── here
     5 │ kind = "octopus"
       ╰────
    "#);
}

#[test]
fn the_cases_are_listed() {
    let desk = Desk::new();
    desk.write("x.toml", STUDY);
    let ran = desk.run(&["config", "check", "x.toml"]);
    assert_snapshot!(ran.stdout, @"
    study: the octopus with d = 5, γ = 1, τ = 2.718: 5 runs of each case
    case:  L = 1: descent
    case:  L = 1: perturbed descent
    ");
    let ran = desk.run(&["config", "check", "x.toml", "--json"]);
    let said: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(said["cases"].as_array().map(Vec::len), Some(2));
}

/// A finding without the time that it took.
fn timeless(mut finding: Value) -> Value {
    finding["cost"]["seconds"] = Value::Null;
    finding
}

#[test]
fn a_study_that_was_stopped_goes_on_and_ends_like_one_that_was_not() {
    let desk = Desk::new();
    desk.write("x.toml", STUDY);
    let (folder, _) = desk.run_folder(&["run", "-q", "x.toml", "--out", "o"], 0);
    let whole: Vec<Value> = records(&folder, "findings.jsonl")
        .into_iter()
        .map(timeless)
        .collect();
    let status = read_json(&folder.join("status.json"));
    let kinds: Vec<&str> = status["checks"]
        .as_array()
        .expect("checks")
        .iter()
        .filter_map(|check| check["kind"].as_str())
        .collect();
    assert_eq!(
        kinds,
        [
            "bound", "identity", "tendency", "identity", "tendency", "tendency"
        ]
    );
    assert!(
        status["verdict"]
            .as_str()
            .expect("a verdict")
            .starts_with("It does.")
    );
    // As a kill leaves it after the second finding was written, and before the status knows of it.
    let mut stopped = status.clone();
    stopped["variants"].as_array_mut().expect("cases").truncate(1);
    stopped["checks"] = Value::Array(Vec::new());
    stopped["state"] = "running".into();
    std::fs::write(folder.join("status.json"), stopped.to_string()).expect("a writable file");
    let path = folder.display().to_string();
    let ran = desk.run(&["run", "-q", "--resume", &path]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let again: Vec<Value> = records(&folder, "findings.jsonl")
        .into_iter()
        .map(timeless)
        .collect();
    assert_eq!(again, whole);
    let resumed = read_json(&folder.join("status.json"));
    assert_eq!(resumed["checks"], status["checks"]);
    assert_eq!(resumed["verdict"], status["verdict"]);
    let refused = desk.complaint(&["run", "-q", "--resume", &path, "--set", "seed=2"], 1);
    assert!(refused.contains("the config is another one"), "{refused}");
}

#[test]
fn the_same_seed_gives_the_same_findings() {
    let desk = Desk::new();
    desk.write("x.toml", STUDY);
    let found = |seed: &str| -> Vec<Value> {
        let set = format!("seed={seed}");
        let (folder, _) = desk.run_folder(&["run", "-q", "x.toml", "--out", "o", "--set", &set], 0);
        records(&folder, "findings.jsonl")
            .into_iter()
            .map(timeless)
            .collect()
    };
    assert_eq!(found("3"), found("3"));
    assert_ne!(found("3"), found("4"));
}

/// Whether every check of a kind held.
fn held(status: &Value, kind: &str) -> bool {
    let checks = status["checks"].as_array().expect("checks").iter();
    checks
        .filter(|check| check["kind"] == kind)
        .all(|check| check["holds"] == true)
}

#[test]
fn a_tendency_that_does_not_come_out_is_told_and_a_violated_identity_is_an_exit_code() {
    let desk = Desk::new();
    desk.write("x.toml", STUDY);
    // Three saddles are too few to see by how much the times grow: there is no number, which holds nothing.
    let few = [
        "run",
        "-q",
        "x.toml",
        "--out",
        "o",
        "--set",
        "study.dimensions=[3]",
    ];
    let (folder, _) = desk.run_folder(&few, 0);
    let status = read_json(&folder.join("status.json"));
    assert!(!held(&status, "tendency") && held(&status, "identity") && held(&status, "bound"));
    let verdict = status["verdict"].as_str().expect("a verdict");
    assert!(
        verdict.contains("did not hold") && !verdict.contains("It does."),
        "{verdict}"
    );
    // After one step no saddle is left: the recursion has nothing that it could be held against.
    let short = ["run", "-q", "x.toml", "--out", "o", "--set", "study.steps=1"];
    let (folder, _) = desk.run_folder(&short, 4);
    assert!(!held(&read_json(&folder.join("status.json")), "identity"));
}
