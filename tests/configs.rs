//! Every shipped config runs end to end at a reduced size, and what it expects holds.

use crate::architecture::root;
use crate::cli::{Desk, Ran, read_json, records};
use crate::data::writing::mnist;

/// One test for each config: its file's name, and the `--set`s that make it small, so that it takes some seconds. A config that is not here fails
/// [`every_config_is_tested`].
macro_rules! configs {
    ($($test:ident: $name:literal, [$($set:literal),* $(,)?];)+) => {
        const TESTED: &[&str] = &[$($name),+];

        $(#[test]
        fn $test() {
            run($name, &[$($set),*]);
        })+
    };
}

configs! {
    balanced: "balanced", [];
    basins: "basins", ["study.starts=100", "study.runs=5"];
    beta_by_lanczos: "beta-lanczos", ["study.dimension=200", "study.width=15"];
    completion: "completion", ["study.runs=3"];
    deep_linear: "deep-linear", [];
    descent_rate: "gd-rate", [];
    escape_accelerated: "pagd", ["study.runs=30"];
    escape_octopus: "pagd-octopus", ["study.dimensions=[5]"];
    escape_methods: "pgd-paper", ["study.dimensions=[10,100,1000]", "study.runs=30"];
    fashion_mnist: "fashion-mnist", ["data.train=6000", "data.test=1000", "model.hidden=[64]"];
    lee_measure0: "lee-measure0", ["study.starts=1000"];
    linear_deep: "linear-deep", ["study.runs=10"];
    linear_zero: "linear-zero", ["study.network_runs=1", "study.starts=[0.1, 0.02, 0.01, 0.005]"];
    mf_asym: "mf-asym", ["study.runs=5"];
    mf_sym: "mf-sym", ["study.runs=5"];
    octopus_of_five: "octopus-5", [];
    octopus_of_ten: "octopus-10", [];
    paths: "paths", [];
    paths_reduction: "paths-reduction", [];
    perturbed: "perturbed", [];
    quad_net: "quad-net", ["study.runs=2"];
    quadratic: "quadratic", ["training.limits.steps=4000"];
    random_labels: "random-labels", ["data.train=500", "model.hidden=[256]"];
    random_labels_fashion: "random-labels-fashion", ["data.train=300", "model.hidden=[128]"];
    safran: "safran", ["study.teachers=[5,8]", "study.runs=100"];
    safran_large: "safran-large", ["study.teachers=[10]", "study.runs=30"];
    sensing: "sensing", ["study.runs=3"];
    taxonomy: "taxonomy", [];
    tensor: "tensor", ["study.runs=5"];
    wide_relu: "wide-relu", ["model.width=1024"];
    yun: "yun", ["study.perturbations=2000"];
}

/// What the figures of the sharpest experiments must show: the vertical axes of panels, or what lies in a field.
const SHOWN: &[(&str, &[&str])] = &[
    ("octopus-5", &["steps until it is left"]),
    (
        "mf-sym",
        &[
            "value over that of the saddle where it begins",
            "steps from 1e-8 to 1e-4 beside a saddle",
        ],
    ),
    ("sensing", &["value over that of the saddle where it begins"]),
    ("quad-net", &["value over that of the saddle where it begins"]),
    (
        "linear-zero",
        &[
            "plateau time",
            "loss of perturbed descent from the origin until it returns",
            "loss",
        ],
    ),
    ("safran", &["share of runs in spurious minima"]),
];

/// Whether the table of some figure has this vertical axis.
fn shows(figures: &std::path::Path, axis: &str) -> bool {
    let files = std::fs::read_dir(figures).expect("figures");
    let tables = files.map(|entry| entry.expect("an entry").path());
    tables
        .filter(|path| path.extension().is_some_and(|ending| ending == "csv"))
        .any(|path| {
            let table = std::fs::read_to_string(path).expect("a table");
            table.lines().any(|line| line.split(',').nth(1) == Some(axis))
        })
}

/// Runs a command where the data files that configs name are found: as many images as Fashion-MNIST has, in the same
/// files, but of six pixels.
fn run_with_files(desk: &Desk, arguments: &[&str]) -> Ran {
    mnist(&desk.path().join("fashion-mnist"), 6000, 1000, true);
    let mut command = desk.command(arguments);
    command.env("LANDSCAPE_DATA", desk.path());
    Ran::from(command.output().expect("the program starts"))
}

fn run(name: &str, sets: &[&str]) {
    let desk = Desk::new();
    let path = root()
        .join("configs")
        .join(format!("{name}.toml"))
        .display()
        .to_string();
    let mut arguments = vec!["run", "-q", &path, "--device", "cpu", "--out", "o"];
    sets.iter().for_each(|set| arguments.extend(["--set", set]));
    let ran = run_with_files(&desk, &arguments);
    let report = desk.path().join(ran.stdout.trim());
    assert!(
        report.is_file(),
        "exit code {}, no report: {}",
        ran.code,
        ran.stderr
    );
    let folder = report.parent().expect("the report lies in the run folder");
    let status = read_json(&folder.join("status.json"));
    let checks = status["checks"].as_array().expect("checks");
    for check in checks {
        println!(
            "{} ({}): {}",
            check["expectation"], check["detail"], check["holds"]
        );
    }
    assert!(
        !checks.is_empty(),
        "a shipped config says what must come out: add an [[expect]]"
    );
    assert!(
        checks.iter().all(|check| check["holds"] == true),
        "{:#}\n{}",
        status["checks"],
        status["verdict"]
    );
    assert_eq!((ran.code, status["state"].as_str()), (0, Some("done")));
    let variants = status["variants"].as_array().expect("variants");
    let figures = std::fs::read_dir(folder.join("figures")).expect("figures");
    let mut endings = figures
        .map(|entry| {
            let path = entry.expect("an entry").path();
            assert!(
                path.metadata().expect("a file").len() > 0,
                "{} is empty",
                path.display()
            );
            path.extension()
                .map(|ending| ending.to_string_lossy().into_owned())
                .unwrap_or_default()
        })
        .collect::<Vec<_>>();
    endings.sort();
    endings.dedup();
    assert_eq!(endings, ["csv", "png", "svg"]);
    let wanted = SHOWN.iter().filter(|(shown, _)| *shown == name);
    for axis in wanted.flat_map(|(_, axes)| *axes) {
        assert!(shows(&folder.join("figures"), axis), "no figure shows “{axis}”");
    }
    // A report is one file that needs no network.
    let page = std::fs::read_to_string(&report).expect("the report");
    let loads = ["src=\"http", "href=\"http", "@import", "url(http"];
    assert!(
        !loads.iter().any(|load| page.contains(load)),
        "the report loads something"
    );
    for variant in variants {
        let name = variant["variant"].as_str().expect("a name");
        assert!(page.contains(name), "the report does not name the variant {name}");
    }
    let config: toml::Table =
        toml::from_str(&std::fs::read_to_string(&path).expect("a config")).expect("TOML");
    let question = config["question"].as_str().expect("a question");
    assert!(
        question.trim_end().ends_with('?'),
        "a config begins with its question: {question}"
    );
    let probes = config
        .get("probes")
        .and_then(|probes| probes.as_array())
        .map_or(0, Vec::len);
    assert!(
        records(folder, "findings.jsonl").len() >= probes * variants.len(),
        "probes are missing"
    );
}

#[test]
fn every_config_is_tested() {
    let files = std::fs::read_dir(root().join("configs")).expect("configs");
    let mut names: Vec<String> = files
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned())
        .collect();
    names.sort();
    let mut tested = TESTED.to_vec();
    tested.sort();
    assert_eq!(
        names, tested,
        "configs/*.toml and the table in tests/configs.rs are not the same"
    );
}

/// Checks need no training: every config as it is shipped, at its full size.
#[test]
fn every_config_passes_its_check_at_full_size() {
    for name in TESTED {
        let path = root()
            .join("configs")
            .join(format!("{name}.toml"))
            .display()
            .to_string();
        let ran = run_with_files(&Desk::new(), &["config", "check", &path]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
    }
}
