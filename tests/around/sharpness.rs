//! The probe `sharpness`.

use super::{assert_number, descent, look, number};
use crate::subjects;
use crate::training::{at, bowl, plan, run};
use models::layers::Activation;
use models::{Device, Loss, Objective, Point, Precision};
use probes::{Measurement, Motion, Rule, Sharpness};
use training::{Optimiser, Plan};

const SCALES: [f64; 3] = [2.0, 1.0, 0.25];
const CURVATURES: [f64; 3] = [4.0, 1.0, 0.0625];
const HERE: [f64; 3] = [1.0, -2.0, 3.0];

/// ½ Σ hᵢwᵢ².
fn value(w: [f64; 3]) -> f64 {
    (0..3).map(|i| 0.5 * CURVATURES[i] * w[i] * w[i]).sum()
}

fn moved(by: impl Fn(usize) -> f64) -> [f64; 3] {
    [0, 1, 2].map(|i| HERE[i] + by(i))
}

fn norm(x: [f64; 3]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>().sqrt()
}

#[test]
fn every_number_is_the_closed_form_on_a_quadratic() {
    let probe = Sharpness {
        radius: 0.3,
        adaptive_radius: 0.2,
        epsilon: 0.1,
        ..Sharpness::default()
    };
    let found = look(&bowl(&SCALES), &at(&HERE), &at(&HERE), Some(descent(0.1)), &probe);
    assert_number(&found, "sharpness", 4.0);
    assert_number(&found, "largest stable sharpness", 20.0);
    assert_number(&found, "sharpness over the largest stable one", 0.2);
    let here = value(HERE);
    let g = [0, 1, 2].map(|i| CURVATURES[i] * HERE[i]);
    let sam = value(moved(|i| 0.3 * g[i] / norm(g))) - here;
    assert_number(&found, "SAM sharpness, at least", sam);
    let scaled = [0, 1, 2].map(|i| HERE[i] * g[i]);
    let adaptive = value(moved(|i| 0.2 * HERE[i] * scaled[i] / norm(scaled))) - here;
    assert_number(&found, "adaptive sharpness, at least", adaptive);
    // A convex function of each coordinate alone is largest at the corner that lies further out.
    let corner = value(moved(|i| 0.1 * (HERE[i].abs() + 1.0) * HERE[i].signum()));
    assert_number(
        &found,
        "ε-sharpness, at least",
        100.0 * (corner - here) / (1.0 + here),
    );
    // Linear in the parameters, so that G = H.
    assert_number(&found, "Fisher–Rao norm squared", 2.0 * here);
    let names: Vec<&str> = found.scalars.iter().map(|scalar| scalar.name.as_str()).collect();
    assert_eq!(names, probe.numbers());
    assert!(found.warnings.is_empty() && !found.incomplete);
}

#[test]
fn the_verdict_compares_with_what_the_steps_allow() {
    let said = |motion: Motion| {
        let found = look(
            &bowl(&SCALES),
            &at(&HERE),
            &at(&HERE),
            Some(motion),
            &Sharpness::default(),
        );
        found.verdicts.join(" ")
    };
    for (step_size, words) in [
        (0.4, "lies below 2/η = 5.0000"),
        (0.6, "lies above 2/η = 3.3333"),
        (0.5, "cannot be told from 2/η = 4.0000, the edge of stability"),
    ] {
        let verdict = said(descent(step_size));
        assert!(verdict.contains(words), "{verdict}");
    }
    let heavy = Motion {
        rule: Rule::HeavyBall { momentum: 0.9 },
        whole_sample: false,
        ..descent(0.6)
    };
    let verdict = said(heavy);
    assert!(
        verdict.contains("below (2 + 2μ)/η = 6.3333") && verdict.contains("mini-batches"),
        "{verdict}"
    );
    let other = Motion {
        rule: Rule::Other,
        ..heavy
    };
    assert_eq!(said(other), "");
}

/// Steps on ½·4w² just below and just above the limit, made by the optimisers themselves.
#[test]
fn steps_grow_above_the_largest_stable_sharpness_and_shrink_below() {
    let all = [0.0, 0.3, 0.9].map(|momentum| {
        [
            (Optimiser::Descent, Rule::Descent),
            (Optimiser::Momentum { momentum }, Rule::HeavyBall { momentum }),
            (Optimiser::Nesterov { momentum }, Rule::Nesterov { momentum }),
        ]
    });
    for (optimiser, rule) in all.into_iter().flatten() {
        let limit = |step_size| {
            let motion = Motion {
                rule,
                ..descent(step_size)
            };
            motion.stable_curvature().expect("a limit")
        };
        // The limit is a number over η: with this η it is the bowl's curvature.
        let edge = limit(1.0) / 4.0;
        let size = |step_size: f64| {
            let plan = Plan {
                optimiser,
                ..plan(step_size, 600)
            };
            let (outcome, _) = run(&bowl(&[2.0]), at(&[1e-3]), &plan);
            outcome.end.at.to_host()[0].abs()
        };
        let (below, above) = (size(0.98 * edge), size(1.02 * edge));
        assert!(below < 1e-4, "{optimiser:?} below the limit: {below}");
        assert!(above > 1.0, "{optimiser:?} above the limit: {above}");
    }
}

/// Layers multiplied by α and 1/α make the same function (Dinh et al. 2017).
#[test]
fn adaptive_sharpness_and_fisher_rao_norm_do_not_see_the_scale_of_layers() {
    let device = Device::cpu(Precision::F64);
    let links = subjects::chain("plain", Activation::Relu, &device);
    let risk = subjects::risk(links, Loss::CrossEntropy, &device);
    let here = subjects::somewhere(&risk);
    let parameters = &risk.space().parameters;
    let mut scaled = here.to_host();
    for (parameter, factor) in parameters.iter().zip([7.0, 1.0 / 7.0, 1.0]) {
        scaled[parameter.range.clone()]
            .iter_mut()
            .for_each(|x| *x *= factor);
    }
    let there = Point::from_host(scaled, &device);
    assert!((risk.value(&here) - risk.value(&there)).abs() < 1e-13);
    let [one, other] = [&here, &there].map(|at| look(&risk, at, at, None, &Sharpness::default()));
    for name in ["adaptive sharpness, at least", "Fisher–Rao norm squared"] {
        let (a, b) = (number(&one, name).0, number(&other, name).0);
        assert!((a - b).abs() < 1e-11 * a.abs(), "{name}: {a} and {b}");
    }
    for name in ["sharpness", "SAM sharpness, at least", "ε-sharpness, at least"] {
        let (a, b) = (number(&one, name).0, number(&other, name).0);
        assert!((a / b - 1.0).abs() > 0.1, "{name}: {a} and {b}");
    }
    // A point that belongs to no run has no step size.
    let stable = |scalar: &probes::Scalar| scalar.name == probes::STABLE_SHARPNESS;
    assert!(one.verdicts.is_empty() && !one.scalars.iter().any(stable));
}

#[test]
fn what_is_found_in_f32_is_that_of_f64_within_the_half_widths() {
    for (chain, loss) in [("biases", Loss::CrossEntropy), ("skip", Loss::MeanSquared)] {
        let [narrow, wide] = [Precision::F32, Precision::F64].map(|precision| {
            let device = Device::cpu(precision);
            let links = subjects::chain(chain, Activation::Tanh, &device);
            let risk = subjects::risk(links, loss, &device);
            // The same numbers, which f32 holds exactly.
            let rounded = subjects::somewhere(&risk)
                .to_host()
                .into_iter()
                .map(|x| f64::from(x as f32));
            let at = Point::from_host(rounded.collect(), &device);
            look(&risk, &at, &at, Some(descent(0.1)), &Sharpness::default())
        });
        for scalar in &narrow.scalars {
            let (value, half) = number(&wide, &scalar.name);
            let allowed = scalar.uncertainty.unwrap_or(1e-5 * value.abs()) + half;
            assert!(
                (scalar.value - value).abs() <= allowed,
                "{scalar:?}, in f64 {value} ± {half}"
            );
        }
    }
}

#[test]
fn a_minimum_has_no_gradient_to_follow() {
    let found = look(
        &bowl(&SCALES),
        &at(&HERE),
        &at(&[0.0; 3]),
        None,
        &Sharpness::default(),
    );
    assert!(
        found.warnings[0].contains("The gradient is zero"),
        "{:?}",
        found.warnings
    );
    assert_number(&found, "Fisher–Rao norm squared", 0.0);
}
