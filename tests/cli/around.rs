//! The probes `sharpness`, `smoothness` and `surface` in configs and runs.

use super::mistakes::wrong_end;
use super::runs::results;
use super::{Desk, SMALL, records};
use insta::assert_snapshot;

/// The small config with these probes at its end, probed every ten steps.
fn config() -> String {
    let probes = r#"
[[probes]]
kind = "sharpness"

[[probes]]
kind = "smoothness"

[[probes]]
kind = "surface"
points = 3
axes = [{ along = "start", radius = 0.5 }, { along = "random" }]

[[probes]]
kind = "surface"
points = 5
axes = [{ along = "largest", radius = 0.5 }]

[[probes]]
kind = "surface"
points = 5
axes = [{ along = "trajectory", radius = 1.2 }, { along = "trajectory", radius = 1.2 }]

[checkpoints]
keep_every = 4
"#;
    SMALL
        .replacen(
            "[[variants]]",
            &format!("{probes}\n[observe]\nprobes_every = 10\n\n[[variants]]"),
            1,
        )
        .replacen("train = 600", "train = 100", 1)
}

#[test]
fn a_run_is_probed_drawn_and_goes_on_to_the_same_findings() {
    let desk = Desk::new();
    desk.write("around.toml", &config());
    let more = ["--set", "training.limits.steps=25"];
    let run = |out: &str, more: &[&str]| {
        let arguments = [
            "run",
            "-q",
            "around.toml",
            "--set",
            "training.limits.steps=15",
            "--out",
            out,
        ];
        desk.run_folder(&[&arguments[..], more].concat(), 0).0
    };
    let whole = run("whole", &more);
    let folder = run("parts", &[]);
    let resumed = desk.run(
        &[
            &["run", "-q", "--resume", &folder.display().to_string()],
            &more[..],
        ]
        .concat(),
    );
    assert_eq!(resumed.code, 0, "{}", resumed.stderr);
    let sorted = |mut findings: Vec<serde_json::Value>| {
        findings.sort_by_key(|finding| (finding["variant"].to_string(), finding["step"].as_u64()));
        findings
    };
    let (wanted, found) = (sorted(results(&whole).1), sorted(results(&folder).1));
    assert_eq!(
        wanted.len(),
        2 * 4 * 8,
        "two variants, steps 0, 10, 20 and 25, the noise floor and seven probes"
    );
    assert!(wanted == found, "the run that went on has other findings");

    let figures = whole.join("figures");
    for name in [
        "stability",
        "probe-smoothness",
        "probe-surface-start-random-curves",
        "probe-surface-start-random-grids-1",
        "probe-surface-largest-curves",
        "probe-surface-trajectory-trajectory-grids-1",
    ] {
        for ending in ["svg", "png", "csv"] {
            assert!(
                figures.join(format!("{name}.{ending}")).is_file(),
                "{name}.{ending}"
            );
        }
    }
    let report = std::fs::read_to_string(whole.join("report.html")).expect("a report");
    let lies = |place: &str| report.contains(&format!("lies {place} 2/η = 10.000"));
    assert!(lies("below") || lies("above"), "no verdict about the sharpness");
    // At the start there is no way from the start, and nothing is drawn of it.
    let at_start =
        |finding: &&serde_json::Value| finding["step"] == 0 && finding["probe"] == "surface-start-random";
    let findings = records(&whole, "findings.jsonl");
    let start = findings.iter().find(at_start).expect("a finding");
    let warning = start["warnings"][0].as_str().expect("a warning");
    assert_eq!(warning, "There is no slice here: the point is the start itself.");
    // The start and the checkpoints of steps 4 and 8 lie before step 10, those up to step 24 before the end.
    let path = |step: u64| {
        let wanted = |finding: &&serde_json::Value| {
            finding["step"] == step && finding["probe"] == "surface-trajectory-trajectory"
        };
        findings.iter().find(wanted).expect("a finding")["paths"][0]["x"].clone()
    };
    assert_eq!(path(10).as_array().map(Vec::len), Some(4));
    assert_eq!(path(25).as_array().map(Vec::len), Some(8));
    // Looked at again, the end has the same trajectory.
    let axes = "surface.axes=[{along='trajectory',radius=1.2},{along='trajectory',radius=1.2}]";
    let path_of = whole.display().to_string();
    let sets = ["--set", "surface.points=5", "--set", axes, "--json"];
    let probed = desk.run(&[&["probe", &path_of, "--measure", "surface"], &sets[..]].concat());
    assert_eq!(probed.code, 0, "{}", probed.stderr);
    let told = probed
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"));
    let again: Vec<serde_json::Value> = told
        .filter(|found: &serde_json::Value| found["probe"] != "noise")
        .collect();
    assert_eq!((again.len(), &again[0]["paths"][0]["x"]), (2, &path(25)));
}

#[test]
fn settings_that_cannot_be() {
    assert_snapshot!(wrong_end("[[probes]]\nkind = \"sharpness\"\nradius = 0.0\n"), @r#"
    × variant `true labels`: probes.2.radius is 0: it must be a positive number
        ╭─[x.toml:36:10]
     35 │ kind = "sharpness"
     36 │ radius = 0.0
        ·          ─┬─
        ·           ╰── here
        ╰────
    "#);
    assert_snapshot!(wrong_end("[[probes]]\nkind = \"sharpness\"\nascents = 0\n"), @r#"
    × variant `true labels`: probes.2.ascents is 0: it must be at least 1
        ╭─[x.toml:36:11]
     35 │ kind = "sharpness"
     36 │ ascents = 0
        ·           ┬
        ·           ╰── here
        ╰────
    "#);
    assert_snapshot!(wrong_end("[[probes]]\nkind = \"smoothness\"\ntolerance = 0.0\n"), @r#"
    × variant `true labels`: probes.2.tolerance is 0: it must lie between 0 and 1, for instance 1e-3
        ╭─[x.toml:36:13]
     35 │ kind = "smoothness"
     36 │ tolerance = 0.0
        ·             ─┬─
        ·              ╰── here
        ╰────
    "#);
    assert_snapshot!(wrong_end("[[probes]]\nkind = \"surface\"\npoints = 10\n"), @r#"
    × variant `true labels`: probes.2.points is 10: it must be an odd number from 3 to 1001, so that the one in the middle is the point itself
        ╭─[x.toml:36:10]
     35 │ kind = "surface"
     36 │ points = 10
        ·          ─┬
        ·           ╰── here
        ╰────
    "#);
    assert_snapshot!(wrong_end("[[probes]]\nkind = \"surface\"\npoints = 0\n"), @r#"
    × variant `true labels`: probes.2.points is 0: it must be an odd number from 3 to 1001, so that the one in the middle is the point itself
        ╭─[x.toml:36:10]
     35 │ kind = "surface"
     36 │ points = 0
        ·          ┬
        ·          ╰── here
        ╰────
    "#);
    assert_snapshot!(wrong_end("[[probes]]\nkind = \"surface\"\naxes = []\n"), @r#"
    × variant `true labels`: probes.2.axes has 0 entries: a slice has one axis or two
        ╭─[x.toml:36:8]
     35 │ kind = "surface"
     36 │ axes = []
        ·        ─┬
        ·         ╰── here
        ╰────
    "#);
    assert_snapshot!(
        wrong_end("[[probes]]\nkind = \"surface\"\naxes = [{ along = \"gradient\" }, { along = \"gradient\" }]\n"),
        @r#"
    × variant `true labels`: probes.2.axes.1.along is gradient, and so is the first: a plane needs two directions
        ╭─[x.toml:36:43]
     35 │ kind = "surface"
     36 │ axes = [{ along = "gradient" }, { along = "gradient" }]
        ·                                           ─────┬────
        ·                                                ╰── here
        ╰────
    "#);
    assert_snapshot!(wrong_end("[[probes]]\nkind = \"surface\"\naxes = [{ radius = -1.0 }]\n"), @r#"
    × variant `true labels`: probes.2.axes.0.radius is -1: it must be a positive number
        ╭─[x.toml:36:20]
     35 │ kind = "surface"
     36 │ axes = [{ radius = -1.0 }]
        ·                    ──┬─
        ·                      ╰── here
        ╰────
    "#);
    assert_snapshot!(wrong_end("[[probes]]\nkind = \"surface\"\naxes = [{ along = \"trajectory\" }]\n"), @r#"
    × variant `true labels`: probes.2.axes.0.along is trajectory, but the run keeps no checkpoints on its way: set checkpoints.keep_every or checkpoints.keep_per_decade
        ╭─[x.toml:36:19]
     35 │ kind = "surface"
     36 │ axes = [{ along = "trajectory" }]
        ·                   ──────┬─────
        ·                         ╰── here
        ╰────
    "#);
    assert_snapshot!(wrong_end("[[probes]]\nkind = \"surface\"\naxes = [{ along = \"down\" }]\n"), @r#"
    × `probes.2.axes.0.along` is the text "down", expected one of `random`, `largest`, `smallest`, `gradient`, `start`, `trajectory`
        ╭─[x.toml:36:19]
     35 │ kind = "surface"
     36 │ axes = [{ along = "down" }]
        ·                   ───┬──
        ·                      ╰── here
        ╰────
    "#);
}

/// A line through one parameter is possible, a plane is not.
#[test]
fn no_more_directions_than_parameters() {
    let desk = Desk::new();
    let one = r#"question = "Is there a plane?"
loss = "half-squared"
data = { source = { sphere = { dimension = 1, width = 1 } }, train = 5 }
model = { kind = "perceptron", hidden = [], activation = "identity", bias = false }
start = { kind = "normal", std = 1.0 }
training = { step_size = 0.1, limits = { steps = 2 } }
probes = [{ kind = "surface" }]
"#;
    desk.write("one.toml", one);
    assert_snapshot!(desk.complaint(&["config", "check", "one.toml"], 1), @r#"
    × probes.0.axes has 2 entries, but there is only 1 parameter: leave one axis out
       ╭─[one.toml:7:11]
     6 │ training = { step_size = 0.1, limits = { steps = 2 } }
     7 │ probes = [{ kind = "surface" }]
       ·           ──────────┬─────────
       ·                     ╰── here
       ╰────
    "#);
}
