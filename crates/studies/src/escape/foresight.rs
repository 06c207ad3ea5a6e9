//! How long a method takes to leave the saddle, before it is run.

use super::{AWAY, Chosen, Escape};
use models::Problem;
use training::escape::{Constants, Given, Method, Timing, Tuned};

/// The median of a standard normal number's magnitude.
const MEDIAN: f64 = 0.674;

fn tuned(study: &Escape, chosen: &Chosen, dimension: usize) -> Tuned {
    let landscape = study.landscape(dimension);
    chosen.method.tuned(&landscape, chosen.constants, &Given::new())
}

/// The median time of a run whose first jump carries it away: the coordinate that grows, by 1 + ηγ a step, begins at
/// 0.674 r/√d, where r is the length of the jump; ln(R√d/(0.674 r))/ln(1 + ηγ) for the distance R. `None` of other methods.
pub(super) fn after_a_jump(study: &Escape, chosen: &Chosen, dimension: usize) -> Option<f64> {
    let tuned = tuned(study, chosen, dimension);
    let jump = match chosen.method {
        Method::Perturbed2017 { .. } => tuned.number("radius"),
        Method::Perturbed2019 {
            noise: Timing::WhenSmall,
        } => tuned.number("radius") * tuned.number("step_size"),
        _ => return None,
    };
    let away = AWAY * study.distance() * (dimension as f64).sqrt() / (MEDIAN * jump);
    Some(away.ln() / (tuned.number("step_size") * study.gamma).ln_1p())
}

/// The median time of a run that noise carries away: with a standard deviation σ of each coordinate of the gradient at every
/// step, the coordinate that grows has the variance η²σ²((1 + ηγ)^{2t} − 1)/((1 + ηγ)² − 1) after t steps. `None` of other
/// methods.
fn by_noise(study: &Escape, chosen: &Chosen, dimension: usize) -> Option<f64> {
    let (tuned, d) = (tuned(study, chosen, dimension), dimension as f64);
    let variance = match chosen.method {
        Method::NoisyDescent { radius } => radius * radius / d,
        Method::GradientNoise { std } => std * std,
        Method::Perturbed2019 {
            noise: Timing::EveryStep,
        } => tuned.number("radius").powi(2) / d,
        Method::Stochastic2019 { std } => std * std + tuned.number("radius").powi(2) / d,
        _ => return None,
    };
    let step_size = tuned.number("step_size");
    let rate = (step_size * study.gamma).ln_1p();
    let away = (AWAY * study.distance() / (MEDIAN * step_size)).powi(2) / variance;
    Some((away * (2.0 * rate).exp_m1()).ln_1p() / (2.0 * rate))
}

/// A method that is not expected to leave the saddle within the steps of a run, because of its paper's constants.
pub(super) fn too_long(study: &Escape) -> Option<Problem> {
    let paper = study.methods.iter().enumerate();
    let mut paper = paper.filter(|(_, chosen)| chosen.constants == Constants::Paper);
    paper.find_map(|(i, chosen)| {
        let steps = |d: &usize| {
            let steps = after_a_jump(study, chosen, *d).or_else(|| by_noise(study, chosen, *d))?;
            Some((*d, steps))
        };
        let (dimension, steps) = study
            .dimensions
            .iter()
            .filter_map(steps)
            .max_by(|a, b| a.1.total_cmp(&b.1))?;
        (steps > study.steps as f64).then(|| {
            let tuned = tuned(study, chosen, dimension);
            let size = tuned.numbers.iter().find(|number| number.name == "step_size");
            let size = size.map_or(String::new(), |number| {
                format!("the step size {} is {}, and ", number.formula, crate::short(number.value))
            });
            let complaint = format!(
                "is paper: with it {size}{} would take about {steps:.1e} steps to leave the saddle for d = {dimension}, of which \
                 study.steps allows {}; take practical, or raise study.steps",
                chosen.name(),
                study.steps
            );
            Problem::new(format!("study.methods.{i}.constants"), complaint)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Inquiry, Lab, number};
    use models::{Device, Precision, Seed};

    /// Where ln(dℓΔf/ρεδ) is small, ι⁹ is no more than some thousand.
    fn small(method: Method) -> Escape {
        Escape {
            dimensions: vec![2],
            gamma: 0.2,
            epsilon: 0.03,
            delta: 0.9,
            runs: 9,
            steps: 2_000_000,
            methods: vec![Chosen {
                method,
                constants: Constants::Paper,
            }],
            ..Escape::default()
        }
    }

    fn every_step() -> [Method; 4] {
        [
            Method::Perturbed2019 {
                noise: Timing::EveryStep,
            },
            Method::Stochastic2019 { std: 0.01 },
            Method::NoisyDescent { radius: 0.001 },
            Method::GradientNoise { std: 0.001 },
        ]
    }

    /// The median of the runs, and what was foreseen.
    fn times(study: &Escape) -> (f64, f64) {
        assert_eq!(study.problem(Precision::F64), None);
        let lab = Lab {
            device: &Device::cpu(Precision::F64),
            seed: Seed(5),
            interrupted: &|| false,
        };
        let chosen = &study.methods[0];
        let found = study.look(0, &lab).expect("nobody interrupts");
        let dimension = study.dimensions[0];
        let foreseen = after_a_jump(study, chosen, dimension).or_else(|| by_noise(study, chosen, dimension));
        (number(&found, super::super::TIME), foreseen.unwrap_or(f64::NAN))
    }

    #[test]
    fn methods_with_their_papers_constants_leave_where_these_allow_it() {
        let jumps = [
            Method::Perturbed2017 { c: 1.0 },
            Method::Perturbed2019 {
                noise: Timing::WhenSmall,
            },
        ];
        for method in every_step().into_iter().chain(jumps) {
            let (time, foreseen) = times(&small(method));
            // Between nine runs the median varies by a fifth or so.
            assert!(
                (time / foreseen - 1.0).abs() < 0.4,
                "{method:?}: {time}, {foreseen}"
            );
        }
        // A search that may miss negative curvature nine times in ten makes use of it.
        for (method, delta) in [
            (Method::PerturbedAccelerated { c: 1.0 }, 0.9),
            (Method::NegativeCurvature { products: 100 }, 0.05),
            (Method::Neon { renormalised: true }, 0.9),
        ] {
            let (time, _) = times(&Escape {
                delta,
                ..small(method)
            });
            assert!(time > 0.0, "{method:?} takes {time} steps");
        }
    }

    #[test]
    fn constants_that_would_take_for_ever_are_refused_with_the_time() {
        let study = Escape {
            dimensions: vec![10, 100],
            methods: small(every_step()[0]).methods,
            ..Escape::default()
        };
        let problem = study.problem(Precision::F64).expect("it is refused");
        assert_eq!(problem.field, "study.methods.0.constants");
        assert!(
            problem.complaint.starts_with("is paper: with it the step size 1/ι⁹ℓN is ")
                && problem.complaint.ends_with(
                    "steps to leave the saddle for d = 100, of which study.steps allows 20000; take practical, or raise study.steps"
                ),
            "{}",
            problem.complaint
        );
        // Who asks for so many steps gets them.
        let patient = Escape {
            steps: u64::MAX,
            ..study
        };
        assert_eq!(patient.problem(Precision::F64), None);
    }
}
