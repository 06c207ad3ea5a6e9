//! Searches among the parameters that the examples reach.

use super::Desk;

/// 30 digits of 64 pixels, of which some are dark in all, before 1,300 hidden units: 97,510 parameters.
const CONFIG: &str = r#"question = "Which parameters matter?"
device = "cpu"
loss = "cross-entropy"
data = { source = "digits", train = 30 }
model = { kind = "perceptron", hidden = [1300], activation = "tanh" }
start = { kind = "he" }
training = { step_size = 0.05, limits = { steps = 20 } }
"#;

/// The largest and the smallest eigenvalue with their half-widths, and the verdicts.
fn probed(desk: &Desk, folder: &str, arguments: &[&str]) -> (Vec<(f64, f64)>, Vec<String>) {
    let ran = desk.run(&[&["probe", "-q", folder], arguments].concat());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let rows: Vec<Vec<&str>> = ran
        .stdout
        .lines()
        .map(|line| line.split('\t').collect())
        .collect();
    let named = |name: &str| rows.iter().find(|row| row[2] == name);
    let number = |row: &[&str]| {
        (
            row[3].parse().expect("a number"),
            row[4].parse().expect("a half-width"),
        )
    };
    let ends = ["largest", "smallest"].map(|end| format!("{end} eigenvalue of the Hessian"));
    let numbers = ends.iter().map(|end| number(named(end).expect("an eigenvalue")));
    let verdicts = rows.iter().filter(|row| row[2] == "verdict");
    (numbers.collect(), verdicts.map(|row| row[3].to_owned()).collect())
}

/// With a density the same matrix is searched among all parameters: the intervals meet.
#[test]
fn the_ends_are_those_of_all_parameters() {
    let desk = Desk::new();
    desk.write("wide.toml", CONFIG);
    let (folder, _) = desk.run_folder(&["run", "-q", "wide.toml", "--out", "o"], 0);
    let folder = folder.display().to_string();
    let (few, told) = probed(&desk, &folder, &["--measure", "ends"]);
    let said = "Searched among 66310 of 97510 parameters: the inputs have rank 29,";
    assert!(told.iter().any(|verdict| verdict.starts_with(said)), "{told:?}");
    let shared = [
        "--measure",
        "ends,density",
        "--set",
        "density.accuracy=0.2",
        "--again",
    ];
    let (all, told) = probed(&desk, &folder, &shared);
    assert!(
        !told.iter().any(|verdict| verdict.contains("Searched among")),
        "{told:?}"
    );
    for ((value, half), (other, width)) in few.into_iter().zip(all) {
        assert!(
            (value - other).abs() <= half + width,
            "{value} ± {half}, {other} ± {width}"
        );
        assert!(half < 2e-3 * value.abs(), "{value} ± {half}");
    }
}

/// Pairs that were found among fewer parameters are refined among all, and kept for the next checkpoint among all.
#[test]
fn what_leads_on_lies_in_all_parameters() {
    let desk = Desk::new();
    desk.write(
        "wide.toml",
        &format!("{CONFIG}checkpoints = {{ keep_every = 10 }}\n"),
    );
    let (folder, _) = desk.run_folder(&["run", "-q", "wide.toml", "--out", "o"], 0);
    let folder = folder.display().to_string();
    let (few, _) = probed(&desk, &folder, &["--measure", "ends"]);
    let (refined, _) = probed(&desk, &folder, &["--measure", "ends", "--refine"]);
    for ((value, half), (fine, width)) in few.into_iter().zip(refined) {
        assert!(
            (value - fine).abs() <= half + width && width < 0.01 * half,
            "{value} ± {half}, {fine} ± {width}"
        );
    }
    let ran = desk.run(&[
        "probe",
        "-q",
        &folder,
        "--measure",
        "ends",
        "--at",
        "all",
        "--warm",
    ]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(
        ran.stdout
            .matches("eigenvectors taken from the site before\t1.0")
            .count(),
        2,
        "{}",
        ran.stdout
    );
}
