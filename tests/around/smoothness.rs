//! The probe `smoothness`.

use super::{assert_number, descent, look, number};
use crate::training::{at, bowl, risk};
use models::{Architecture, Examples, Initialisation, Loss, Objective, Risk, Targets};
use probes::{Measurement, Smoothness};

#[test]
fn secants_of_a_quadratic_are_quotients_of_norms() {
    let (start, here): ([f64; 3], [f64; 3]) = ([1.0, 1.0, 1.0], [1.0, -2.0, 3.0]);
    let objective = bowl(&[2.0, 1.0, 0.25]);
    let probe = Smoothness::default();
    let found = look(&objective, &at(&start), &at(&here), Some(descent(0.1)), &probe);
    let curvatures = [4.0, 1.0, 0.0625];
    let secant = |way: [f64; 3]| {
        let norm = |x: [f64; 3]| x.iter().map(|x| x * x).sum::<f64>().sqrt();
        norm([0, 1, 2].map(|i| curvatures[i] * way[i])) / norm(way)
    };
    assert_number(&found, "local smoothness", 4.0);
    assert_number(&found, "step size over 2/β", 0.2);
    let step = secant([0, 1, 2].map(|i| curvatures[i] * here[i]));
    assert_number(&found, "secant smoothness over a gradient step", step);
    let way = secant([0, 1, 2].map(|i| here[i] - start[i]));
    assert_number(&found, "secant smoothness from the start", way);
    let (bend, half) = number(&found, "Hessian-Lipschitz secant over a gradient step");
    assert!(bend <= half && half < 1e-10, "{bend} ± {half}");
    let mut names: Vec<&str> = found.scalars.iter().map(|scalar| scalar.name.as_str()).collect();
    let mut promised = probe.numbers();
    names.sort_unstable();
    promised.sort_unstable();
    assert_eq!(names, promised);
}

#[test]
fn the_verdict_says_what_a_step_does() {
    let said = |step_size: f64| {
        let objective = bowl(&[2.0, 0.0]);
        let here = at(&[1.0, 0.5]);
        let found = look(
            &objective,
            &here,
            &here,
            Some(descent(step_size)),
            &Smoothness::default(),
        );
        assert!(!found.scalars.iter().any(|scalar| scalar.name.contains("start")));
        found.verdicts.join(" ")
    };
    // L = 2w², g = 4: a step of η leads to L(1 − 4η)².
    let inside = "is smaller than 2/β = 0.50000: a gradient step changes the loss by -1.9200, and the descent lemma with \
                  the β of this point would allow at most -1.9200.";
    assert!(said(0.2).ends_with(inside), "{}", said(0.2));
    assert!(said(0.6).contains("is larger than 2/β"), "{}", said(0.6));
    assert!(said(0.5).contains("cannot be told from 2/β"), "{}", said(0.5));
}

/// ½(ab − 1)²: a deep linear network of one example and three numbers.
pub fn product() -> Risk {
    let examples = Examples {
        inputs: vec![1.0],
        dimension: 1,
        targets: Targets::Values {
            values: vec![1.0],
            width: 1,
        },
    };
    let model = Architecture::DeepLinear { hidden: vec![1] };
    risk(&model, Initialisation::Zero, Loss::HalfSquared, &examples)
}

#[test]
fn the_secant_of_the_hessian_is_what_is_left_of_the_gradient() {
    let (a, b, eta): (f64, f64, f64) = (1.5, -0.5, 0.1);
    let found = look(
        &product(),
        &at(&[a, b]),
        &at(&[a, b]),
        Some(descent(eta)),
        &Smoothness::default(),
    );
    let gradient = |a: f64, b: f64| [(a * b - 1.0) * b, (a * b - 1.0) * a];
    let g = gradient(a, b);
    let d = g.map(|g| -eta * g);
    let after = gradient(a + d[0], b + d[1]);
    let mixed = 2.0 * a * b - 1.0;
    let bent = [b * b * d[0] + mixed * d[1], mixed * d[0] + a * a * d[1]];
    let norm = |x: [f64; 2]| x[0].hypot(x[1]);
    let left = norm([0, 1].map(|i| after[i] - g[i] - bent[i]));
    let wanted = 2.0 * left / norm(d).powi(2);
    assert_number(&found, "Hessian-Lipschitz secant over a gradient step", wanted);
    // The eigenvalue of larger size is the negative one here or the positive one; either way it is the norm.
    let (trace, determinant) = (a * a + b * b, a * a * b * b - mixed * mixed);
    let root = (trace * trace / 4.0 - determinant).sqrt();
    assert_number(
        &found,
        "local smoothness",
        (trace / 2.0 + root).max(root - trace / 2.0),
    );
}

#[test]
fn a_run_that_has_not_moved_has_no_secant() {
    let objective = product();
    let origin = objective.start(models::Seed(1));
    let found = look(
        &objective,
        &origin,
        &origin,
        Some(descent(0.1)),
        &Smoothness::default(),
    );
    // The saddle at the origin: no gradient, no step; eigenvalues ±1.
    assert_number(&found, "local smoothness", 1.0);
    assert!(!found.scalars.iter().any(|scalar| scalar.name.contains("secant")));
}
