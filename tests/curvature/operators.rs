//! Ends and whole spectra of every operator, of blocks, and preconditioned.

use super::{Place, all_eigenvalues, norm, number};
use crate::devices::training::{Nobody, plan};
use crate::subjects::{chain, host, risk, somewhere};
use models::layers::Activation;
use models::{Device, Directions, Loss, Objective, Precision};
use probes::Operator;
use training::{Limits, Optimiser, Plan, train};

const OPERATORS: [(&str, Operator, &str); 3] = [
    ("hessian", Operator::Hessian, "Hessian"),
    ("gauss-newton", Operator::GaussNewton, "Gauss–Newton matrix"),
    ("residual", Operator::Residual, "residual part of the Hessian"),
];

#[test]
fn every_matrix_has_the_spectrum_of_the_dense_one() {
    let place = Place::new(Loss::CrossEntropy);
    let scale = norm(&place.spectrum(Operator::Hessian, None, false));
    for (word, operator, called) in OPERATORS {
        for block in [
            None,
            Some("layer1.bias"),
            Some("layer2.weight"),
            Some("layer3.weight"),
            Some("layer2"),
        ] {
            for preconditioned in [false, true] {
                let wanted = place.spectrum(operator, block, preconditioned);
                let norm = norm(&wanted);
                let what = format!("{word}, {block:?}, preconditioned {preconditioned}");
                let fields = format!(
                    "operator = \"{word}\"\npreconditioned = {preconditioned}\n{}",
                    block
                        .map(|block| format!("block = \"{block}\"\n"))
                        .unwrap_or_default()
                );
                let found = place.finds(1, &format!("kind = \"density\"\naccuracy = 0.001\n{fields}"));
                let all = all_eigenvalues(&found, wanted.len());
                assert_eq!(all.len(), wanted.len(), "{what}");
                for (value, wanted) in all.iter().zip(&wanted) {
                    assert!((value - wanted).abs() <= 1e-12 * norm, "{what}: {value} {wanted}");
                }
                let ends = format!("kind = \"ends\"\nlargest = 1\nsmallest = 1\ntolerance = 1e-6\n{fields}");
                let found = place.finds(1, &ends);
                assert!(!found.incomplete, "{what}: {:?}", found.warnings);
                let scaled = if preconditioned { "preconditioned " } else { "" };
                let called = match block {
                    Some(block) => format!("{scaled}block {block} of the {called}"),
                    None => format!("{scaled}{called}"),
                };
                for (end, wanted) in [("largest", wanted[wanted.len() - 1]), ("smallest", wanted[0])] {
                    let (value, half) = number(&found, &format!("{end} eigenvalue of the {called}"));
                    assert!(
                        (value - wanted).abs() <= half,
                        "{what}: {value} ± {half}, not {wanted}"
                    );
                    // A block of zeros has no scale but the noise of the products.
                    assert!(half <= 1.1e-6 * norm + 1e-14 * scale, "{what}: ± {half}");
                }
            }
        }
    }
}

/// Where examples have fewer outputs than there are parameters, the Gauss–Newton matrix has the eigenvalues of a matrix as
/// large as the outputs, and zeros.
#[test]
fn few_outputs_tell_the_whole_gauss_newton_spectrum() {
    for loss in Loss::ALL {
        let place = Place::new(loss);
        let wanted = place.spectrum(Operator::GaussNewton, None, false);
        let found = place.finds(1, "kind = \"density\"\noperator = \"gauss-newton\"");
        let norm = norm(&wanted);
        let (bound, _) = number(&found, "Wasserstein distance, at most");
        assert!(
            found.cost.products == 0 && bound <= 1e-11 * norm,
            "{loss:?}: {bound:.1e}"
        );
        let all = all_eigenvalues(&found, wanted.len());
        assert_eq!(all.len(), wanted.len());
        for (value, wanted) in all.iter().zip(&wanted) {
            assert!(
                (value - wanted).abs() <= 1e-12 * norm,
                "{loss:?}: {value} {wanted}"
            );
        }
        let sum: f64 = wanted.iter().sum();
        let (trace, half) = number(&found, "trace of the Gauss–Newton matrix, by its density");
        assert!(
            (trace - sum).abs() <= 1e-12 * sum && half == 0.0,
            "{loss:?}: {trace} {sum}"
        );
    }
}

#[test]
fn figures_and_verdicts_take_no_other_matrix_for_the_hessian() {
    let place = Place::new(Loss::MeanSquared);
    let name = |fields: &str| place.finds(1, &format!("kind = \"ends\"\n{fields}")).probe;
    assert_eq!(name(""), "ends");
    assert_eq!(name("operator = \"gauss-newton\""), "gauss-newton-ends");
    assert_eq!(name("operator = \"residual\""), "residual-ends");
    assert_eq!(name("block = \"layer1.bias\""), "ends-of-layer1.bias");
    assert_eq!(name("preconditioned = true"), "preconditioned-ends");
}

#[test]
fn a_smaller_basis_finds_the_same() {
    let place = Place::new(Loss::CrossEntropy);
    let wanted = place.spectrum(Operator::Hessian, None, false);
    let found = place.finds(1, "kind = \"ends\"\ntolerance = 1e-6\nbasis = 1\nproducts = 4000");
    let (value, half) = number(&found, "smallest eigenvalue of the Hessian");
    assert!(
        !found.incomplete && (value - wanted[0]).abs() <= half,
        "{:?}",
        found.warnings
    );
}

/// After one step v̂ is the square of its gradient (RMSprop keeps a hundredth of it), so that P = |g| + ε.
#[test]
fn optimisers_divide_by_the_gradient_after_one_step() {
    let device = Device::cpu(Precision::F64);
    let risk = risk(
        chain("biases", Activation::Tanh, &device),
        Loss::CrossEntropy,
        &device,
    );
    let start = somewhere(&risk);
    let gradient = host(&risk.slope(&start).gradient);
    let ones = Directions::new(device.upload(vec![1.0; gradient.len()], [1, gradient.len()]));
    for (optimiser, share, least) in [
        (Optimiser::Adam, 1.0, 1e-8),
        (Optimiser::AdamW { weight_decay: 0.1 }, 1.0, 1e-8),
        (Optimiser::RmsProp, 0.1, 1e-8),
        (Optimiser::AdaGrad, 1.0, 1e-10),
        (Optimiser::Adan, 1.0, 1e-8),
        (Optimiser::Descent, f64::NAN, 0.0),
        (Optimiser::Lion, f64::NAN, 0.0),
    ] {
        let plan = Plan {
            optimiser,
            limits: Limits {
                steps: 1,
                seconds: None,
            },
            ..plan()
        };
        let end = train(&risk, start.clone(), &plan, &mut Nobody).end;
        let found = optimiser.divisor(&end.kept, end.step);
        assert_eq!(found.is_some(), optimiser.divides(), "{optimiser:?}");
        assert!(
            optimiser.divisor(&training::Kept::default(), 0).is_none(),
            "{optimiser:?}"
        );
        let Some(found) = found else {
            assert!(share.is_nan(), "{optimiser:?}");
            continue;
        };
        for (found, g) in host(&found.times(&ones)).iter().zip(&gradient) {
            let wanted = share * g.abs() + least;
            assert!(
                (found / wanted - 1.0).abs() <= 1e-12,
                "{optimiser:?}: {found}, not {wanted}"
            );
        }
    }
}
