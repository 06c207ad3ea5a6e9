//! Statistics behind the checks, on cases with known answers.

use super::*;
use crate::run::facts::confusion;
use crate::run::{Session, Talk, run};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Runs a config and answers with its checks.
fn checks(text: &str) -> Vec<Check> {
    let out = tempfile::tempdir().expect("a temporary folder");
    let config = crate::config::parse("test", text, &[]).expect("a valid config");
    let session = Session {
        command: "landscape",
        talk: Talk::Quiet,
        interrupted: &Arc::new(AtomicBool::new(false)),
        memory: None,
    };
    let checked = crate::experiment::check(&config).expect("a config that can run");
    let ended = run(&config, &checked, out.path(), session);
    ended.expect("the run ends").status.checks
}

fn holds(text: &str) -> Vec<bool> {
    checks(text).iter().map(|check| check.holds).collect()
}

#[test]
fn renaming_has_the_deviation_of_its_enumeration() {
    // All 6 permutations of 3 classes, counted out.
    let counts = [5.0, 2.0, 0.0, 1.0, 1.0, 7.0, 3.0, 0.0, 4.0];
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    let shares = orders.map(|order| (0..3).map(|i| counts[3 * i + order[i]]).sum::<f64>() / 23.0);
    let mean = shares.iter().sum::<f64>() / 6.0;
    let variance = shares.iter().map(|share| (share - mean).powi(2)).sum::<f64>() / 6.0;
    assert!((mean - 1.0 / 3.0).abs() < 1e-15);
    assert!((renaming_deviation(&counts, 3) - variance.sqrt()).abs() < 1e-14);
}

#[test]
fn without_clusters_renaming_is_binomial() {
    // 1,000 examples whose answers do not depend on the class, up to the noise of counting: N is 10 ± √10 a cell.
    let mut state = 1_u64;
    let mut uniform = || {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (state >> 33) as usize
    };
    let mut counts = vec![0.0; 100];
    (0..1000).for_each(|_| counts[uniform() % 100] += 1.0);
    let binomial = (0.1_f64 * 0.9 / 1000.0).sqrt();
    // A variance of 81 degrees of freedom: its root is known to 8 %.
    assert!((renaming_deviation(&counts, 10) / binomial - 1.0).abs() < 0.25);
    // Ten clusters, each answered as one: the accuracy is a tenth of a permutation's fixed points, whose variance is 1.
    let clusters: Vec<f64> = (0..100)
        .map(|k| if k % 10 == (k / 10 + 1) % 10 { 100.0 } else { 0.0 })
        .collect();
    assert!((renaming_deviation(&clusters, 10) - 0.1).abs() < 1e-15);
}

#[test]
fn confusion_counts_answers_by_class() {
    assert_eq!(confusion(&[0, 1], &[1, 1], 2), [0.0, 0.0, 1.0, 1.0]);
    assert_eq!(confusion(&[0, 1], &[0, 0], 2), [1.0, 1.0, 0.0, 0.0]);
}

const SADDLE: &str = r#"
    question = "q"
    precision = "f64"
    device = "cpu"
    loss = "mean-squared"
    data = { source = { low-rank = { dimension = 3, width = 2, singular_values = [2.0, 1.0] } }, train = 10 }
    model = { kind = "deep-linear", hidden = [2] }
    start = { kind = "zero" }
    training = { step_size = 0.1, limits = { steps = 400 }, goals = { relative_loss = 1e-7 } }
    probes = [{ kind = "ends" }, { kind = "movement" }]
    variants = [
        { name = "plain" },
        { name = "noisy", training.noise = { kind = "ball", radius = 1e-3, gradient = 1e-3, wait = 1000 } },
    ]
"#;

#[test]
fn what_a_saddle_is_expected_to_do() {
    let expected = |kind: &str| holds(&format!("{SADDLE}\n[[expect]]\n{kind}"));
    assert_eq!(expected("kind = 'negative-curvature-at-start'"), [true, true]);
    assert_eq!(
        expected("kind = 'stops-at'\npoint = 'strict-saddle'"),
        [true, false]
    );
    assert_eq!(
        expected("kind = 'relative-loss-stays'\nat_least = 1.0"),
        [true, false]
    );
    assert_eq!(expected("kind = 'global-minimum'\nwithin = 1e-6"), [false, true]);
    assert_eq!(expected("kind = 'relative-loss'\nat_most = 1e-6"), [false, true]);
    assert_eq!(
        expected("kind = 'no-negative-curvature-at-end'\nbeyond = 1e-3"),
        [false, true]
    );
    // A search that was cut short may have missed what is asked for.
    let short = SADDLE.replace("{ kind = \"ends\" }", "{ kind = \"ends\", products = 1 }");
    assert_ne!(short, SADDLE);
    let short = format!("{short}\n[[expect]]\nkind = 'no-negative-curvature-at-end'\nbeyond = 1e-3");
    assert_eq!(holds(&short), [false, false]);
    let compared = |kind: &str, variant: &str, than: &str| {
        expected(&format!(
            "kind = '{kind}'\nthan = '{than}'\nvariants = ['{variant}']"
        ))
    };
    assert_eq!(compared("more-steps", "plain", "noisy"), [true]);
    assert_eq!(compared("more-steps", "noisy", "plain"), [false]);
    let below = "number-below'\nnumber = 'distance from the start";
    assert_eq!(compared(below, "plain", "noisy"), [true]);
    assert_eq!(compared(below, "noisy", "plain"), [false]);
}

#[test]
fn the_rate_of_wide_networks_needs_width() {
    let config = |width: usize| {
        format!(
            r#"
            question = "q"
            precision = "f64"
            device = "cpu"
            loss = "half-squared"
            data = {{ source = {{ sphere = {{ dimension = 10 }} }}, train = 20 }}
            model = {{ kind = "wide-relu", width = {width} }}
            start = {{ kind = "normal", std = 1 }}
            training = {{ step_size = 0.2, limits = {{ steps = 200 }} }}
            [[expect]]
            kind = "wide-relu-rate"
            [[expect]]
            kind = "linear-convergence"
            r_squared = 0.99
            "#
        )
    };
    assert_eq!(holds(&config(2000)), [true, true]);
    // One unit: all outputs are one function of wᵀx, so the loss has a floor.
    assert_eq!(holds(&config(1)), [false, false]);
}

#[test]
fn an_answer_needs_something_that_could_prove_it_wrong() {
    let text = SADDLE.replacen("question = \"q\"", "question = \"q\"\nanswer = \"yes\"", 1);
    let config = crate::config::parse("test", &text, &[]).expect("valid TOML");
    let error = crate::experiment::check(&config)
        .err()
        .expect("an error")
        .to_string();
    assert!(
        error.starts_with("answer is set, but nothing is expected"),
        "{error}"
    );
}

#[test]
fn a_comparison_with_no_variant_is_refused() {
    let text = format!("{SADDLE}\n[[expect]]\nkind = 'more-steps'\nthan = 'noise'");
    let config = crate::config::parse("test", &text, &[]).expect("valid TOML");
    let error = crate::experiment::check(&config)
        .err()
        .expect("an error")
        .to_string();
    assert_eq!(
        error,
        "expect.0.than names the variant `noise`, but the variants are: plain, noisy"
    );
}
