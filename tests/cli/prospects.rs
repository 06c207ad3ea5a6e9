//! Expectations that cannot hold, or cannot be judged, are refused before anything runs.

use super::{Desk, SMALL};
use insta::assert_snapshot;

/// What `config check` says to the small config with this expectation added and a piece replaced.
fn refused(piece: &str, with: &str, expectation: &str) -> String {
    assert!(SMALL.contains(piece), "the small config has no `{piece}`");
    let desk = Desk::new();
    let text = SMALL.replacen(piece, with, 1);
    desk.write("x.toml", &format!("{text}[[expect]]\n{expectation}\n"));
    desk.complaint(&["config", "check", "x.toml"], 1)
}

/// The first line: the excerpt was seen in the other tests.
fn says(piece: &str, with: &str, expectation: &str) -> String {
    let text = refused(piece, with, expectation);
    assert!(text.contains("╭─[x.toml:"), "it points at no line: {text}");
    text.lines().next().unwrap_or_default().to_string()
}

fn plainly(expectation: &str) -> String {
    says("seed = 1", "seed = 1", expectation)
}

const VALUES: (&str, &str) = (
    "loss = \"cross-entropy\"\n\n[data]\nsource = \"digits\"\n",
    "loss = \"mean-squared\"\n\n[data]\nsource = { sphere = { dimension = 5 } }\n",
);

#[test]
fn bounds_outside_their_range() {
    assert_snapshot!(refused("seed = 1", "seed = 1", "kind = \"train-accuracy\"\nat_least = 95"), @r#"
    × expect.0.at_least is 95: it is a share, between 0 and 1
        ╭─[x.toml:36:12]
     35 │ kind = "train-accuracy"
     36 │ at_least = 95
        ·            ─┬
        ·             ╰── here
        ╰────
    "#);
    assert_snapshot!(plainly("kind = \"test-accuracy\"\nat_least = nan"), @"× expect.0.at_least is NaN: it is a share, between 0 and 1");
    assert_snapshot!(plainly("kind = \"test-accuracy-is-chance\"\nsigmas = 0"), @"× expect.0.sigmas is 0: it must be a positive number of standard deviations, for instance 3");
    assert_snapshot!(plainly("kind = \"relative-loss\"\nat_most = -0.1"), @"× expect.0.at_most is -0.1: it must be a number of at least 0");
    assert_snapshot!(plainly("kind = \"relative-loss-stays\"\nat_least = inf"), @"× expect.0.at_least is inf: it must be a number of at least 0");
    assert_snapshot!(plainly("kind = \"linear-convergence\"\nr_squared = 1.01"), @"× expect.0.r_squared is 1.01: it is a share, between 0 and 1");
    assert_snapshot!(plainly("kind = \"no-negative-curvature-at-end\"\nbeyond = -1"), @"× expect.0.beyond is -1: it must be a number of at least 0");
}

#[test]
fn data_that_cannot_answer() {
    let (piece, with) = VALUES;
    assert_snapshot!(says(piece, with, "kind = \"train-accuracy\"\nat_least = 0.9"), @"× expect.0.kind is train-accuracy, which cannot be judged for `true labels`: its targets are values, not classes; expect something of the loss instead");
    assert_snapshot!(says("test = 50\n", "", "kind = \"test-accuracy\"\nat_least = 0.9"), @"× expect.0.kind is test-accuracy, which cannot be judged for `true labels`: it has no test examples; set data.test");
    assert_snapshot!(says("test = 50\n", "", "kind = \"test-accuracy-is-chance\"\nsigmas = 3"), @"× expect.0.kind is test-accuracy-is-chance, which cannot be judged for `true labels`: it has no test examples; set data.test");
}

#[test]
fn models_that_no_theorem_is_about() {
    assert_snapshot!(plainly("kind = \"global-minimum\"\nwithin = 1e-3"), @"× expect.0.kind is global-minimum, which cannot be judged for `true labels`: the minimum is known for deep-linear models with half-squared or mean-squared loss");
    assert_snapshot!(plainly("kind = \"wide-relu-rate\""), @"× expect.0.kind is wide-relu-rate, which cannot be judged for `true labels`: the theorem is about wide-relu models with one output and a fixed second layer, half-squared loss, and plain descent on all examples with a constant step size");
}

#[test]
fn a_step_size_beyond_the_rate() {
    let desk = Desk::new();
    let config = |step_size: f64| {
        format!(
            "question = \"Too large?\"\nloss = \"half-squared\"\n\
             data = {{ source = {{ sphere = {{ dimension = 9 }} }}, train = 4 }}\n\
             model = {{ kind = \"wide-relu\", width = 64 }}\nstart = {{ kind = \"normal\", std = 1 }}\n\
             training = {{ step_size = {step_size} }}\n[[expect]]\nkind = \"wide-relu-rate\"\n"
        )
    };
    desk.write("x.toml", &config(20.0));
    let told = desk.complaint(&["config", "check", "x.toml"], 1);
    assert_snapshot!(told.lines().next().unwrap_or_default(), @"× expect.0.kind is wide-relu-rate, which cannot be judged for `true labels`: its bound (1 − ηλ₀/2)^t needs a step size below 2/λ₀ = 6.6251, where λ₀ = 0.30188 is that of its inputs, and training.step_size is 20");
    // λ₀ of unit inputs is at most 1/2, and the least step size refused is 2/λ₀.
    let least: f64 = told
        .split("2/λ₀ = ")
        .nth(1)
        .and_then(|rest| rest.split(',').next())
        .and_then(|number| number.parse().ok())
        .expect("a number");
    assert!((4.0..20.0).contains(&least), "{least}");
    for (step_size, code) in [(0.999 * least, 0), (1.001 * least, 1)] {
        desk.write("x.toml", &config(step_size));
        assert_eq!(desk.run(&["config", "check", "x.toml"]).code, code, "{step_size}");
    }
}

#[test]
fn probes_that_do_not_look() {
    let without = ("[[probes]]\nkind = \"ends\"\n", "");
    assert_snapshot!(says(without.0, without.1, "kind = \"stops-at\"\npoint = \"strict-saddle\""), @r#"× expect.0.kind is stops-at, which cannot be judged for `true labels`: no probe looks at the Hessian's ends; add [[probes]] with kind = "ends""#);
    let gauss = "kind = \"ends\"\noperator = \"gauss-newton\"";
    assert_snapshot!(says("kind = \"ends\"", gauss, "kind = \"negative-curvature-at-start\""), @r#"× expect.0.kind is negative-curvature-at-start, which cannot be judged for `true labels`: no probe looks at the Hessian's ends; add [[probes]] with kind = "ends""#);
    let one_end = "kind = \"ends\"\nlargest = 0";
    assert_snapshot!(says("kind = \"ends\"", one_end, "kind = \"no-negative-curvature-at-end\"\nbeyond = 0.1"), @"× expect.0.kind is no-negative-curvature-at-end, which cannot be judged for `true labels`: its probe `ends` looks at one end only; set both largest and smallest to at least 1");
    let than = "than = \"true labels\"\nvariants = [\"random labels\"]";
    assert_snapshot!(plainly(&format!("kind = \"number-below\"\nnumber = \"size\"\n{than}")), @"× expect.0.number is `size`, which no probe of `random labels` finds; they find: largest eigenvalue of the Hessian, smallest eigenvalue of the Hessian, noise of the products, orthogonality defect of the eigenvectors, largest stable sharpness, bound of all other eigenvalues from below, bound of all other eigenvalues from above, largest eigenvalue of the Hessian, half-width by the gap, smallest eigenvalue of the Hessian, half-width by the gap, smallest pre-activation, relative to the mean, distance from the start, relative distance from the start, share of activation patterns changed");
    let number = |name: &str| format!("kind = \"number-below\"\nnumber = \"{name}\"\n{than}");
    let zero = "kind = \"zero\"";
    assert_snapshot!(says("kind = \"he\"", zero, &number("relative distance from the start")), @"× expect.0.number is `relative distance from the start`, but `random labels` starts at zero, where it has no meaning");
    let linear = number("share of activation patterns changed");
    assert_snapshot!(says("hidden = [8]", "hidden = []", &linear), @"× expect.0.number is `share of activation patterns changed`, but the model of `random labels` has no activations");
}

#[test]
fn steps_that_are_not_made() {
    assert_snapshot!(says("steps = 30", "steps = 0", "kind = \"relative-loss\"\nat_most = 0.5"), @"× expect.0.at_most is 0.5, which `true labels` cannot reach: training.limits.steps is 0");
    assert_snapshot!(says("steps = 30", "steps = 4", "kind = \"linear-convergence\"\nr_squared = 0.9"), @"× expect.0.kind is linear-convergence, which cannot be judged for `true labels`: training.limits.steps is 4, and a line needs at least 4 points over the second half of the run: allow at least 5 steps");
    let more = "kind = \"more-steps\"\nthan = \"true labels\"";
    let only = format!("{more}\nvariants = [\"random labels\"]");
    assert_snapshot!(says("steps = 30", "steps = 0", &only), @"× expect.0.kind is more-steps, which cannot be judged for `random labels`: training.limits.steps is 0");
    assert_snapshot!(plainly(more), @"× expect.0.than is `true labels`, which would be compared with itself: its steps cannot differ; name in `variants` the others");
    let below = "kind = \"number-below\"\nnumber = \"distance from the start\"\nthan = \"true labels\"";
    assert_snapshot!(plainly(below), @"× expect.0.than is `true labels`, which would be compared with itself: its number cannot differ; name in `variants` the others");
}

#[test]
fn expectations_that_exclude_each_other() {
    let both =
        "kind = \"relative-loss\"\nat_most = 0.1\n[[expect]]\nkind = \"relative-loss-stays\"\nat_least = 0.5";
    assert_snapshot!(plainly(both), @"× expect.0.at_most is 0.1, but expect.1 says that the loss of `true labels` stays at 0.5 of its start or above: name in `variants` which of them each is about");
    // Of different variants they do not.
    let apart =
        format!("{SMALL}[[expect]]\nvariants = [\"true labels\"]\n{both}\nvariants = [\"random labels\"]\n");
    let desk = Desk::new();
    desk.write("x.toml", &apart);
    assert_eq!(desk.run(&["config", "check", "x.toml"]).code, 0);
}

#[test]
fn names_that_are_not_there() {
    assert_snapshot!(refused("seed = 1", "seed = 1", "kind = \"more-steps\"\nthan = \"noise\""), @r#"
    × expect.0.than names the variant `noise`, but the variants are: true labels, random labels
        ╭─[x.toml:36:8]
     35 │ kind = "more-steps"
     36 │ than = "noise"
        ·        ───┬───
        ·           ╰── here
        ╰────
    "#);
    assert_snapshot!(plainly("kind = \"train-accuracy\"\nat_least = 1\nvariants = [\"tru\"]"), @"× expect.0.variants names the variant `tru`, but the variants are: true labels, random labels");
}

/// What can be judged is not refused: every kind of expectation, on a config that fits it.
#[test]
fn what_can_be_judged_passes() {
    let check = |text: &str| {
        let desk = Desk::new();
        desk.write("x.toml", text);
        let ran = desk.run(&["config", "check", "x.toml"]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
    };
    let of_small = [
        "kind = \"train-accuracy\"\nat_least = 1",
        "kind = \"test-accuracy\"\nat_least = 0",
        "kind = \"test-accuracy-is-chance\"\nsigmas = 3",
        "kind = \"relative-loss\"\nat_most = 0.5",
        "kind = \"relative-loss-stays\"\nat_least = 0.0",
        "kind = \"linear-convergence\"\nr_squared = 0.5",
        "kind = \"negative-curvature-at-start\"",
        "kind = \"no-negative-curvature-at-end\"\nbeyond = 0.1",
        "kind = \"stops-at\"\npoint = \"not-stationary\"",
        "kind = \"more-steps\"\nthan = \"true labels\"\nvariants = [\"random labels\"]",
        "kind = \"number-below\"\nnumber = \"distance from the start\"\nthan = \"true labels\"\nvariants = [\"random labels\"]",
    ];
    for expectation in of_small {
        check(&format!("{SMALL}[[expect]]\n{expectation}\n"));
    }
}
