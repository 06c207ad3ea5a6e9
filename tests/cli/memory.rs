//! Runs take the memory that was planned, and those that cannot fit are refused.

use super::Desk;
#[cfg(target_os = "linux")]
use super::resumes::folder_below;
use super::runs::results;
#[cfg(target_os = "linux")]
use crate::data::writing::{npy, npz};
use insta::assert_snapshot;
#[cfg(target_os = "linux")]
use std::path::Path;

/// The peak of the program and the plan for its only variant, in MiB, as the log has them.
fn peak_and_plan(desk: &Desk, config: &str) -> (f64, f64) {
    desk.write("sized.toml", config);
    let (folder, _) = desk.run_folder(&["run", "-q", "sized.toml", "--out", "o"], 0);
    let log = std::fs::read_to_string(folder.join("log.jsonl")).expect("a log");
    let line = log
        .lines()
        .find(|line| line.contains("memory: "))
        .expect("a line about memory");
    let words: Vec<&str> = line.split([' ', '"']).collect();
    let numbers: Vec<f64> = (0..words.len() - 1)
        .filter(|&i| words[i + 1] == "MiB")
        .map(|i| words[i].parse().expect("a number"))
        .collect();
    let [peak, plan] = numbers[..] else {
        panic!("{line}");
    };
    println!("peak {peak} MiB, plan {plan} MiB");
    (peak, plan)
}

fn config(data: &str, hidden: &str, optimiser: &str, probes: &str) -> String {
    format!(
        r#"
        question = "How large is it?"
        device = "cpu"
        loss = "mean-squared"
        data = {data}
        model = {{ kind = "perceptron", hidden = {hidden}, activation = "tanh" }}
        start = {{ kind = "he" }}
        training = {{ step_size = 1e-3, optimiser = {{ kind = "{optimiser}" }}, limits = {{ steps = 8 }} }}
        probes = {probes}
        "#
    )
}

fn sphere(dimension: usize, train: usize) -> String {
    format!("{{ source = {{ sphere = {{ dimension = {dimension} }} }}, train = {train} }}")
}

/// Large examples, a large optimiser, a large basis: each is most of its run.
#[cfg(target_os = "linux")]
#[test]
fn the_peak_is_within_ten_percent_of_the_plan() {
    let desk = Desk::new();
    let ends = r#"[{ kind = "ends", products = 60 }]"#;
    for config in [
        config(&sphere(500, 20_000), "[8]", "descent", "[]"),
        config(&sphere(500, 200), "[1200, 1200]", "adam", "[]"),
        config(&sphere(100, 300), "[500, 500]", "descent", ends),
        // Of 565,000 parameters the inputs reach 245,000.
        config(&sphere(1000, 200), "[400, 400]", "descent", ends),
    ] {
        let (peak, plan) = peak_and_plan(&desk, &config);
        assert!(
            (peak - plan).abs() <= 0.1 * plan,
            "peak {peak} MiB, plan {plan} MiB"
        );
    }
}

#[test]
fn a_run_that_cannot_fit_is_refused_with_the_plan() {
    let desk = Desk::new();
    let arguments = ["--set", "data.train=200", "--set", "model.hidden=[4000]"];
    let run = ["run", "-q", "small.toml", "--out", "o", "--memory", "76MiB"];
    assert_snapshot!(desk.complaint(&[&run[..], &arguments].concat(), 1), @"× the variant `true labels` needs more memory than the 76 MiB there are. It takes 79 MiB: the program 25 MiB (with its report 55 MiB), examples 0 MiB (while they are drawn 1 MiB), left from before probes 0 MiB, weights and optimiser 6 MiB, bases of probes 38 MiB, activations 10 MiB, of which 0 MiB are kept between products. Choose smaller widths, fewer examples or fewer eigenvalues, or allow more with --memory");
    assert!(!desk.path().join("o").exists(), "a folder was made for nothing");
    assert_snapshot!(desk.complaint(&["run", "small.toml", "--memory", "much"], 2), @"
    error: invalid value 'much' for '--memory <SIZE>': write a number with MiB or GiB, such as 4GiB

    For more information, try '--help'.
    ");
}

#[test]
fn with_little_memory_activations_are_made_again_to_the_same_bits() {
    let desk = Desk::new();
    let ends = r#"[{ kind = "ends", products = 40 }]"#;
    desk.write(
        "sized.toml",
        &config(&sphere(20, 32_000), "[64]", "descent", ends),
    );
    let (whole, ran) = desk.run_folder(&["run", "sized.toml", "--out", "a"], 0);
    let (little, told) = desk.run_folder(&["run", "sized.toml", "--out", "b", "--memory", "60MiB"], 0);
    let plan = |stderr: &str| {
        stderr
            .lines()
            .find(|line| line.starts_with("memory"))
            .map(String::from)
    };
    let kept = |stderr: &str| plan(stderr).and_then(|line| line.rsplit("of which ").next().map(String::from));
    assert_eq!(
        kept(&ran.stderr).as_deref(),
        Some("33 MiB are kept between products")
    );
    assert_ne!(kept(&told.stderr), kept(&ran.stderr), "{}", told.stderr);
    assert!(results(&whole) == results(&little));
    assert!(ran.stderr.contains("time: at most about "), "{}", ran.stderr);
}

/// Four matrices of 2,000 × 2,000 numbers are most of it. The plan is what a run takes nearly always.
#[cfg(target_os = "linux")]
#[test]
fn gram_matrices_are_in_the_plan() {
    let desk = Desk::new();
    let gram = config(
        &sphere(20, 2_000),
        "[8]",
        "descent",
        r#"[{ kind = "gram", examples = 2000 }, { kind = "pl", examples = 2000 }]"#,
    );
    // What another thread takes from the room that one matrix has left keeps the next from using it again, seldom.
    let fits = (0..3).any(|_| {
        let (peak, plan) = peak_and_plan(&desk, &gram);
        (peak - plan).abs() <= 0.1 * plan
    });
    assert!(fits, "three times not, see above");
    let refused = desk.complaint(&["run", "sized.toml", "--out", "o", "--memory", "100MiB"], 1);
    assert!(refused.contains("Gram matrices 12"), "{refused}");
}

/// What a probe of the run in a folder said of its memory: the peak and the plan in MiB, and its stderr.
#[cfg(target_os = "linux")]
fn probed(desk: &Desk, folder: &str, arguments: &[&str]) -> (f64, f64, String) {
    let ran = desk.run(&[&["probe", "-v", folder], arguments].concat());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let (peak, plan) = logged(&desk.path().join(folder), "probing");
    println!("{arguments:?}: peak {peak} MiB, plan {plan} MiB");
    (peak, plan, ran.stderr)
}

/// The peak and the plan in MiB that the last line of a folder's log with this word has.
#[cfg(target_os = "linux")]
fn logged(folder: &Path, word: &str) -> (f64, f64) {
    let log = std::fs::read_to_string(folder.join("log.jsonl")).expect("a log");
    let line = log
        .lines()
        .rfind(|line| line.contains(word))
        .expect("a line about memory");
    let words: Vec<&str> = line.split([' ', '"', ':']).collect();
    let mut numbers = (0..words.len() - 1)
        .filter(|&i| words[i + 1] == "MiB")
        .map(|i| words[i].parse().expect("a number"));
    numbers.next().zip(numbers.next()).expect("peak and plan")
}

/// Weights from elsewhere are read first, of which not all is used again. What their examples reach is planned once the point is
/// known: less where inputs have low rank and units are dead.
#[cfg(target_os = "linux")]
#[test]
fn a_network_from_elsewhere_takes_what_was_planned() {
    let desk = Desk::new();
    let number = |i: usize| ((i as u32).wrapping_mul(2_654_435_761) >> 8) as f32 / (1 << 27) as f32 - 0.0625;
    let array = |shape: &[usize], entry: &dyn Fn(usize) -> f32| {
        let numbers = (0..shape.iter().product()).flat_map(|i| entry(i).to_le_bytes());
        npy("'<f4'", false, shape, &numbers.collect::<Vec<u8>>())
    };
    let matrix = |shape: &[usize]| array(shape, &|i| number(i * i + 7 * i));
    let mut planned = Vec::new();
    let both = ["--largest", "10", "--smallest", "10", "--products", "90"];
    // Where inputs are few nobody looks for their rank, and with a small basis the reading shows.
    let few = ["--smallest", "0", "--products", "20", "--tolerance", "1e-9"];
    // So many of the inputs are not zero, and so many of 900 units of each layer not off.
    for (activation, d, rank, living, search) in [
        ("tanh", 200, 200, 900, &both[..]),
        ("relu", 200, 40, 600, &both[..]),
        ("softplus", 20, 20, 900, &few[..]),
    ] {
        let biases = array(&[900], &|unit| if unit < living { 0.0 } else { -1e3 });
        let weights = [
            ("a", matrix(&[d, 900])),
            ("b", biases.clone()),
            ("c", matrix(&[900, 900])),
            ("d", biases),
            ("e", matrix(&[900, 1])),
            ("f", array(&[1], &|_| 0.0)),
        ];
        std::fs::write(desk.path().join("w.npz"), npz(&weights, false)).expect("weights");
        let inputs = array(&[300, d], &|i| {
            if i % d < rank { number(i * i + 7 * i) } else { 0.0 }
        });
        let data = [("inputs", inputs), ("targets", matrix(&[300]))];
        std::fs::write(desk.path().join("d.npz"), npz(&data, false)).expect("data");
        let description = format!(
            r#"
            loss = "mean-squared"
            device = "cpu"
            data.source.npz.path = "d.npz"
            weights = {{ file = "w.npz", layout = "inputs-first" }}
            model = {{ kind = "perceptron", hidden = [900, 900], activation = "{activation}" }}
            "#
        );
        desk.write("net.toml", &description);
        let out = ["--out", activation];
        let ran = desk.run(&[&["probe", "-q", "net.toml"], &out[..], search].concat());
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let folder = folder_below(&desk.path().join(activation)).expect("a folder");
        let (peak, plan) = logged(&folder, "probing");
        println!("{activation}: peak {peak} MiB, plan {plan} MiB");
        assert!(
            (peak - plan).abs() <= 0.1 * plan,
            "{activation}: peak {peak} MiB, plan {plan} MiB"
        );
        planned.push(plan);
        // 20 bytes for each of 830,701 parameters.
        let log = std::fs::read_to_string(folder.join("log.jsonl")).expect("a log");
        assert!(d > 20 || log.contains("left from before probes 16 MiB"), "{log}");
    }
    assert!(planned[1] < 0.8 * planned[0], "{planned:?}");
}

/// Ends and a density keep to their plans, a trace takes nothing beside a density, but what it needs alone where the density is
/// known, and the ends keep to less where less is allowed.
#[cfg(target_os = "linux")]
#[test]
fn probes_take_what_was_planned_and_bases_shrink() {
    let desk = Desk::new();
    desk.write(
        "sized.toml",
        &config(&sphere(100, 100), "[500, 500]", "descent", "[]"),
    );
    let (folder, _) = desk.run_folder(&["run", "-q", "sized.toml", "--out", "o"], 0);
    let folder = folder.display().to_string();
    let ends = ["--measure", "ends", "--products", "90"];
    let density = ["--measure", "density"];
    let little = [&ends[..], &["--memory", "70MiB", "--again"]].concat();
    let trace = ["--measure", "density,trace", "--set", "trace.products=61"];
    let all = ["--measure", "ends,density,trace", "--again"];
    for arguments in [&ends[..], &density, &little, &trace, &all] {
        let (peak, plan, stderr) = probed(&desk, &folder, arguments);
        assert!(
            (peak - plan).abs() <= 0.1 * plan,
            "peak {peak} MiB, plan {plan} MiB"
        );
        let said = format!("memory: at most about {plan} MiB: the program");
        assert!(stderr.contains(&said), "{stderr}");
        assert!(plan <= 70.0 || !arguments.contains(&"--memory"), "{plan} MiB");
    }
    let refused = desk.complaint(&["probe", &folder, "--again", "--memory", "45MiB"], 1);
    let said = "probing `true labels` needs more memory than the 45 MiB there are, even with the smallest bases. It takes";
    assert!(refused.contains(said), "{refused}");
}
