//! Negative curvature from Hessian products, and from gradients alone.

use super::{Bowl, objective, of_saddle, plan, points, run, saddle};
use models::analytic::ClosedForm;
use models::{Device, Directions, Objective, Precision};
use training::escape::{Constants, Ending, Landscape, Method, pulled, pulled_back};

const SEEDS: usize = 20;

#[test]
fn iterates_of_neon_are_those_of_the_power_method() {
    let eigenvalues = [-0.8, -0.3, 0.1, 0.5];
    let bowl = objective(Bowl {
        eigenvalues: eigenvalues.to_vec(),
        bound: 0.0,
    });
    let (eta, device) = (0.9, Device::cpu(Precision::F64));
    let at = points(&[vec![0.0; 4]]);
    let gradients = bowl.slopes(&at).gradients;
    let start = [0.3, -0.5, 0.7, 0.1];
    let mut plain = Directions::from_host(start.to_vec(), &device);
    let mut short = plain.clone();
    for t in 1..=40 {
        plain = pulled(&bowl, &at, &gradients, &plain, eta);
        short = pulled_back(&bowl, &at, &gradients, &short, eta, 0.25);
        assert!((short.norms()[0] - 0.25).abs() < 1e-15);
        for u in [plain.to_host(), short.to_host()] {
            for i in 1..4 {
                let shrunk = ((1.0 - eta * eigenvalues[i]) / (1.0 - eta * eigenvalues[0])).powi(t);
                let wanted = start[i] / start[0] * shrunk;
                assert!(
                    (u[i] / u[0] - wanted).abs() < 1e-13 * wanted.abs().max(1e-3),
                    "step {t}"
                );
            }
        }
    }
}

/// What a search may miss with probability δ, it does miss about as often: here never, in all runs together.
fn surely() -> Landscape {
    Landscape {
        delta: 1e-4,
        ..of_saddle(10)
    }
}

#[test]
fn negative_curvature_is_found_followed_and_then_excluded() {
    let lanczos = Method::NegativeCurvature { products: 100 };
    let cases = [
        (lanczos, Constants::Paper),
        (Method::Neon { renormalised: false }, Constants::Practical),
        (Method::Neon { renormalised: true }, Constants::Practical),
        (Method::Neon { renormalised: true }, Constants::Paper),
    ];
    for (method, constants) in cases {
        let plan = plan(method, &surely(), constants, 5000);
        let ends = run(&objective(saddle(1.0, 10)), &vec![vec![0.0; 10]; SEEDS], &plan);
        for end in &ends {
            assert_eq!(end.ending, Ending::Returned, "{method:?} {constants:?}");
            let returned = end.returned.as_ref().expect("a point").to_host();
            assert!((returned[0].abs() - 1.0).abs() < 0.01, "{returned:?}");
            // The paper's step, √(ε/ρ)/4, may end where the gradient is still small.
            let most = if constants == Constants::Paper && method != lanczos {
                2
            } else {
                1
            };
            assert!(
                (1..=most).contains(&end.counts.curvature_steps),
                "{method:?} {constants:?}"
            );
            let products = method == lanczos;
            assert_eq!(end.counts.products > 0, products);
            assert_eq!(end.counts.gradients > end.steps + 1, !products);
        }
        // The saddle is symmetric, and the better of two equal values is the one ahead: the start decides.
        let left = ends.iter().filter(|end| end.point.to_host()[0] < 0.0).count();
        assert!(left > 2 && left < SEEDS - 2, "{method:?}: {left} of {SEEDS}");
    }
}

#[test]
fn a_step_along_negative_curvature_brings_what_the_cubic_bound_promises() {
    let plan = plan(
        Method::NegativeCurvature { products: 100 },
        &surely(),
        Constants::Paper,
        1,
    );
    for end in run(&objective(saddle(1.0, 10)), &vec![vec![0.0; 10]; SEEDS], &plan) {
        // γ = 1 exactly; the bound is 2γ³/3ρ², and the step 2γ/ρ = ¼.
        assert!(end.value <= -2.0 / (3.0 * 64.0), "{}", end.value);
        assert!((end.point.to_host()[0].abs() - 0.25).abs() < 0.01);
    }
}

#[test]
fn a_search_without_products_is_undecided() {
    let plan = plan(
        Method::NegativeCurvature { products: 1 },
        &of_saddle(10),
        Constants::Paper,
        10,
    );
    // All curvature is positive at the minimum, and one product of ten does not show that.
    let mut minimum = vec![0.0; 10];
    minimum[0] = 1.0;
    let end = run(&objective(saddle(1.0, 10)), &[minimum], &plan).remove(0);
    assert_eq!((end.ending, end.steps), (Ending::Undecided, 0));
    assert!(end.returned.is_none());
}

#[test]
fn curvature_that_counts_for_little_is_no_reason_to_go() {
    // Above −√(ρε) = −0.28 the saddle is ε-second-order stationary. Lanczos sees that; NEON asks whether a step of
    // √(ε/ρ)/4 lowers f by √(ε³/ρ)/384, as it does from −0.024 on.
    let landscape = of_saddle(5);
    let lanczos = Method::NegativeCurvature { products: 100 };
    for (method, gamma) in [(lanczos, 0.05), (Method::Neon { renormalised: true }, 0.02)] {
        let plan = plan(method, &landscape, Constants::Paper, 100);
        let end = run(&objective(saddle(gamma, 5)), &[vec![0.0; 5]], &plan).remove(0);
        assert_eq!((end.ending, end.steps), (Ending::Returned, 0), "{method:?}");
        assert_eq!(end.returned.expect("a point").to_host(), [0.0; 5]);
    }
}

#[test]
fn too_small_a_constant_stalls_instead_of_climbing() {
    // ρ is said to be a thousandth: the step 2γ/ρ leads far up the other side.
    let landscape = Landscape {
        hessian_lipschitz: 8e-3,
        ..of_saddle(3)
    };
    let plan = plan(
        Method::NegativeCurvature { products: 100 },
        &landscape,
        Constants::Paper,
        100,
    );
    let end = run(&objective(saddle(1.0, 3)), &[vec![0.0; 3]], &plan).remove(0);
    assert_eq!((end.ending, end.value), (Ending::Stalled, 0.0));
}

/// A saddle whose products with the Hessian are not what they should be: rounded to multiples of a grain, or with a skew part
/// beside the symmetric one.
#[derive(Clone, Debug)]
struct Broken {
    saddle: Bowl,
    grain: f64,
    skew: f64,
}

impl ClosedForm for Broken {
    fn dimension(&self) -> usize {
        self.saddle.dimension()
    }

    fn value(&self, x: &[f64]) -> f64 {
        self.saddle.value(x)
    }

    fn gradient(&self, x: &[f64]) -> Vec<f64> {
        self.saddle.gradient(x)
    }

    fn hessian_times(&self, x: &[f64], v: &[f64]) -> Vec<f64> {
        let mut product = self.saddle.hessian_times(x, v);
        product[0] += self.skew * v[1];
        product[1] -= self.skew * v[0];
        let rounded = |p: f64| match self.grain > 0.0 {
            true => (p / self.grain).round() * self.grain,
            false => p,
        };
        product.into_iter().map(rounded).collect()
    }
}

/// How runs end at the saddle with γ = 1, where curvature below −√(ρε) = −0.28 counts.
fn ends_at(grain: f64, skew: f64) -> Vec<Ending> {
    let broken = Broken {
        saddle: saddle(1.0, 10),
        grain,
        skew,
    };
    let plan = plan(
        Method::NegativeCurvature { products: 100 },
        &surely(),
        Constants::Paper,
        1,
    );
    let ends = run(&objective(broken), &vec![vec![0.0; 10]; SEEDS], &plan);
    ends.iter().map(|end| end.ending).collect()
}

/// −1 is found where products are exact, and lost where they are off by as much as itself.
#[test]
fn curvature_below_the_noise_of_products_is_not_claimed() {
    assert!(
        ends_at(0.0, 0.0)
            .iter()
            .all(|ending| *ending == Ending::StepLimit)
    );
    assert!(
        ends_at(0.5, 0.0)
            .iter()
            .all(|ending| *ending == Ending::Undecided)
    );
}

#[test]
fn a_matrix_that_is_not_symmetric_has_no_curvatures() {
    assert!(
        ends_at(0.0, 0.1)
            .iter()
            .all(|ending| *ending == Ending::Undecided)
    );
}
