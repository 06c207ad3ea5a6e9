//! Expectations that cannot hold, or cannot be judged, found before anything runs.

use super::theory::{closed_form, rate_is_proved};
use crate::config::{Expectation, Expected, VariantConfig};
use crate::data::Split;
use crate::report::number::exact;
use models::{Initialisation, Problem, Targets};
use probes::{Ends, Measurement, Probe};

/// What is known of a variant's examples before it runs.
pub(super) struct Known {
    /// Whether targets are classes.
    classes: bool,
    /// Whether there are test examples.
    test: bool,
    /// The network's outputs.
    outputs: usize,
    /// λ₀ of a wide network, where its rate is expected and the step size may be too large for it.
    least: Option<f64>,
}

impl Known {
    pub fn of(variant: &VariantConfig, split: &Split) -> Self {
        let config = &variant.config;
        let outputs = config.loss.outputs(&split.train.targets);
        let mut expected = config.expect.iter();
        let asked = expected.any(|expected| {
            concerns(expected, &variant.name) && matches!(expected.expectation, Expectation::WideReluRate {})
        });
        // The least eigenvalue is at most the least diagonal entry, half a squared norm: most step sizes need no more.
        let (x, d) = (&split.train.inputs, split.train.dimension);
        let half_square = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>() / 2.0;
        let bound = x.chunks_exact(d).map(half_square).fold(f64::INFINITY, f64::min);
        let doubtful = asked && rate_is_proved(config, outputs) && config.training.step_size * bound >= 2.0;
        Known {
            classes: matches!(split.train.targets, Targets::Classes { .. }),
            test: split.test.is_some(),
            outputs,
            least: doubtful.then(|| models::analytic::relu_kernel_ends(x, d).0),
        }
    }
}

/// A variant as far as it is known before it runs.
struct Ahead<'a> {
    variant: &'a VariantConfig,
    known: &'a Known,
}

/// What is wrong with an expectation: its field, and what follows the field's name.
type Wrong = (&'static str, String);

/// The first expectation that cannot be met by a variant that it is about.
pub(super) fn problem(expect: &[Expected], variants: &[VariantConfig], known: &[Known]) -> Option<Problem> {
    let all: Vec<Ahead> = variants
        .iter()
        .zip(known)
        .map(|(variant, known)| Ahead { variant, known })
        .collect();
    let names: Vec<&str> = variants.iter().map(|variant| variant.name.as_str()).collect();
    expect.iter().enumerate().find_map(|(i, expected)| {
        let (field, complaint) = names_of(expected, &names)
            .or_else(|| number(&expected.expectation))
            .or_else(|| {
                all.iter()
                    .filter(|ahead| about(expected, ahead))
                    .find_map(|ahead| ahead.refuses(expected, &all))
            })
            .or_else(|| contradiction(i, expect, &names))?;
        Some(Problem::new(format!("expect.{i}.{field}"), complaint))
    })
}

fn about(expected: &Expected, ahead: &Ahead) -> bool {
    concerns(expected, &ahead.variant.name)
}

fn concerns(expected: &Expected, name: &str) -> bool {
    expected.variants.is_empty() || expected.variants.iter().any(|other| other == name)
}

/// Variants that are named and not there.
fn names_of(expected: &Expected, names: &[&str]) -> Option<Wrong> {
    let unknown = |name: &str| {
        let complaint = format!(
            "names the variant `{name}`, but the variants are: {}",
            names.join(", ")
        );
        (!names.contains(&name)).then_some(complaint)
    };
    let named = expected.variants.iter().find_map(|name| unknown(name));
    let compared = || expected.expectation.compares_with().and_then(unknown);
    named
        .map(|complaint| ("variants", complaint))
        .or_else(|| Some(("than", compared()?)))
}

/// A bound outside its range.
fn number(expectation: &Expectation) -> Option<Wrong> {
    let share = |field, x: f64| {
        let complaint = format!("is {x}: it is a share, between 0 and 1");
        (!(0.0..=1.0).contains(&x)).then_some((field, complaint))
    };
    let at_least_zero = |field, x: f64| {
        let complaint = format!("is {x}: it must be a number of at least 0");
        (!(x >= 0.0 && x.is_finite())).then_some((field, complaint))
    };
    match *expectation {
        Expectation::TrainAccuracy { at_least } | Expectation::TestAccuracy { at_least } => {
            share("at_least", at_least)
        }
        Expectation::LinearConvergence { r_squared } => share("r_squared", r_squared),
        Expectation::TestAccuracyIsChance { sigmas } => {
            let complaint =
                format!("is {sigmas}: it must be a positive number of standard deviations, for instance 3");
            (!(sigmas > 0.0 && sigmas.is_finite())).then_some(("sigmas", complaint))
        }
        Expectation::RelativeLoss { at_most } => at_least_zero("at_most", at_most),
        Expectation::RelativeLossStays { at_least } => at_least_zero("at_least", at_least),
        Expectation::GlobalMinimum { within } => at_least_zero("within", within),
        Expectation::NoNegativeCurvatureAtEnd { beyond } => at_least_zero("beyond", beyond),
        Expectation::NegativeCurvatureAtStart {}
        | Expectation::StopsAt { .. }
        | Expectation::WideReluRate {}
        | Expectation::MoreSteps { .. }
        | Expectation::NumberBelow { .. } => None,
    }
}

/// Two expectations of one variant that exclude each other.
fn contradiction(i: usize, expect: &[Expected], names: &[&str]) -> Option<Wrong> {
    let Expectation::RelativeLoss { at_most } = expect[i].expectation else {
        return None;
    };
    expect.iter().enumerate().find_map(|(j, other)| {
        let Expectation::RelativeLossStays { at_least } = other.expectation else {
            return None;
        };
        let both = names.iter().find(|name| concerns(&expect[i], name) && concerns(other, name))?;
        let complaint = format!(
            "is {at_most}, but expect.{j} says that the loss of `{both}` stays at {at_least} of its start or above: \
             name in `variants` which of them each is about"
        );
        (at_most < at_least).then_some(("at_most", complaint))
    })
}

impl Ahead<'_> {
    /// Why this variant cannot meet an expectation.
    fn refuses(&self, expected: &Expected, all: &[Ahead]) -> Option<Wrong> {
        let name = &self.variant.name;
        let config = &self.variant.config;
        let kind = |why: String| {
            let expectation = expected.expectation.name();
            Some((
                "kind",
                format!("is {expectation}, which cannot be judged for `{name}`: {why}"),
            ))
        };
        let steps = config.training.limits.steps;
        match &expected.expectation {
            Expectation::TrainAccuracy { .. } => kind(self.no_classes()?),
            Expectation::TestAccuracy { .. } | Expectation::TestAccuracyIsChance { .. } => {
                kind(self.no_classes().or_else(|| self.no_test())?)
            }
            Expectation::RelativeLoss { at_most } if *at_most < 1.0 && steps == 0 => Some((
                "at_most",
                format!("is {at_most}, which `{name}` cannot reach: training.limits.steps is 0"),
            )),
            Expectation::RelativeLoss { .. } | Expectation::RelativeLossStays { .. } => None,
            Expectation::GlobalMinimum { .. } => match closed_form(config) {
                Some(_) => None,
                None => kind(
                    "the minimum is known for deep-linear models with half-squared or mean-squared loss"
                        .into(),
                ),
            },
            Expectation::LinearConvergence { .. } if steps < FEWEST_STEPS => kind(format!(
                "training.limits.steps is {steps}, and a line needs at least 4 points over the second half of the run: \
                 allow at least {FEWEST_STEPS} steps"
            )),
            Expectation::LinearConvergence { .. } => None,
            Expectation::WideReluRate {} => {
                if !rate_is_proved(config, self.known.outputs) {
                    return kind(
                        "the theorem is about wide-relu models with one output and a fixed second layer, half-squared \
                         loss, and plain descent on all examples with a constant step size"
                            .into(),
                    );
                }
                let step_size = config.training.step_size;
                let least = self.known.least.filter(|least| step_size * least >= 2.0)?;
                kind(format!(
                    "its bound (1 − ηλ₀/2)^t needs a step size below 2/λ₀ = {}, where λ₀ = {} is that of its inputs, and \
                     training.step_size is {step_size}",
                    exact(2.0 / least),
                    exact(least)
                ))
            }
            Expectation::NegativeCurvatureAtStart {}
            | Expectation::NoNegativeCurvatureAtEnd { .. }
            | Expectation::StopsAt { .. } => kind(self.no_ends()?),
            Expectation::MoreSteps { than } if than == name => Some(itself("steps", than)),
            Expectation::MoreSteps { .. } if steps == 0 => kind("training.limits.steps is 0".into()),
            Expectation::MoreSteps { .. } => None,
            Expectation::NumberBelow { than, .. } if than == name => Some(itself("number", than)),
            Expectation::NumberBelow { number, than } => {
                let other = all.iter().find(|other| other.variant.name == *than);
                let each = [Some(self), other];
                each.into_iter()
                    .flatten()
                    .find_map(|ahead| ahead.lacks(number))
                    .map(|why| ("number", why))
            }
        }
    }

    fn no_classes(&self) -> Option<String> {
        (!self.known.classes)
            .then(|| "its targets are values, not classes; expect something of the loss instead".into())
    }

    fn no_test(&self) -> Option<String> {
        (!self.known.test).then(|| "it has no test examples; set data.test".into())
    }

    /// Whether no probe looks at both ends of the Hessian's spectrum.
    fn no_ends(&self) -> Option<String> {
        let of_hessian = |probe: &&Ends| probe.of_hessian();
        let probes = self.variant.config.probes.iter();
        let mut ends = probes.filter_map(|probe| match probe {
            Probe::Ends(ends) => Some(ends).filter(of_hessian),
            _ => None,
        });
        // The first one is asked.
        let why = match ends.next() {
            Some(ends) if ends.largest > 0 && ends.smallest > 0 => return None,
            Some(_) => "its probe `ends` looks at one end only; set both largest and smallest to at least 1",
            None => "no probe looks at the Hessian's ends; add [[probes]] with kind = \"ends\"",
        };
        Some(why.into())
    }

    /// Why a number is not found by the probes of this variant.
    fn lacks(&self, number: &str) -> Option<String> {
        let VariantConfig { name, config } = self.variant;
        let found: Vec<String> = config.probes.iter().flat_map(Measurement::numbers).collect();
        if !found.iter().any(|known| known == number) {
            let known = match found.is_empty() {
                true => "it has no probes".into(),
                false => format!("they find: {}", found.join(", ")),
            };
            return Some(format!(
                "is `{number}`, which no probe of `{name}` finds; {known}"
            ));
        }
        let zero = matches!(config.start, Initialisation::Zero)
            || matches!(config.start, Initialisation::Normal { std } | Initialisation::Balanced { std } if std == 0.0)
            || matches!(config.start, Initialisation::He { scale } | Initialisation::Xavier { scale } if scale == 0.0);
        if number == probes::RELATIVE_DISTANCE && zero {
            return Some(format!(
                "is `{number}`, but `{name}` starts at zero, where it has no meaning"
            ));
        }
        if number == probes::PATTERNS_CHANGED && !config.model.has_activations() {
            return Some(format!(
                "is `{number}`, but the model of `{name}` has no activations"
            ));
        }
        None
    }
}

/// The fewest steps whose second half has the four records that a line is fitted to.
const FEWEST_STEPS: u64 = 5;

/// The complaint about a variant that is compared with itself.
fn itself(what: &str, than: &str) -> Wrong {
    let complaint = format!(
        "is `{than}`, which would be compared with itself: its {what} cannot differ; name in `variants` the others"
    );
    ("than", complaint)
}
