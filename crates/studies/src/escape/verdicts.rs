//! What the theorems say of the runs.

use super::chosen::names;
use super::{ASKED, EACH, Escape, FALL, FORESEEN, HAMILTONIAN, LEFT, LEMMA, STATIONARY, TIME, at};
use crate::{Judged, Share, half_width, number};
use probes::Finding;
use training::escape::{Constants, Method};

pub(super) fn judge(study: &Escape, found: &[Finding]) -> Vec<Judged> {
    let mut judged = Vec::new();
    let lemma: f64 = found.iter().map(|finding| number(finding, LEMMA)).sum();
    judged.push(Judged::bound(
        "no step of plain descent violates the descent lemma by more than rounding",
        lemma == 0.0,
        format!("{lemma} violations"),
    ));
    let named = study.methods.iter().zip(names(&study.methods));
    for ((chosen, name), finding) in named.zip(found) {
        let of = |name| number(finding, name);
        if matches!(chosen.method, Method::Descent | Method::Backtracking { .. }) {
            let stays = "never leaves the saddle from which it starts";
            judged.push(Judged::identity(
                format!("{name} {stays}"),
                of(LEFT) == 0.0,
                format!("{} left", of(LEFT)),
            ));
            continue;
        }
        judged.push(promised(
            study,
            finding,
            LEFT,
            &format!("{name} leaves the saddle"),
        ));
        let ends = format!("{name} ends at an ε-second-order stationary point");
        let mut stationary = promised(study, finding, STATIONARY, &ends);
        stationary.detail += &format!(
            "; {} of {} came to an end",
            of(ASKED),
            study.runs * study.dimensions.len()
        );
        judged.push(stationary);
        if of(FORESEEN).is_finite() {
            judged.push(growth(&name, of(FALL), half_width(finding, FALL), of(FORESEEN)));
        }
        if matches!(chosen.method, Method::PerturbedAccelerated { .. }) {
            judged.push(Judged::bound(
                format!("{name}: the Hamiltonian decreases in every step as the paper's lemma says"),
                of(HAMILTONIAN) == 0.0,
                format!("{} violations", of(HAMILTONIAN)),
            ));
        }
    }
    judged.extend(Race::of(study, found).map(|race| race.judged()));
    judged
}

/// The theorems promise no more than a probability of 1 − δ, and promise it in each dimension.
fn promised(study: &Escape, finding: &Finding, name: &str, what: &str) -> Judged {
    let shares = study.dimensions.iter().map(|dimension| {
        let successes = number(finding, &at(name, *dimension)) as usize;
        let trials = study.runs;
        (*dimension, Share { successes, trials })
    });
    let shares: Vec<(usize, Share)> = shares.collect();
    // A count of runs is compared, so that 1 − δ is not missed by a rounding.
    let least = ((1.0 - study.delta) * study.runs as f64 - 1e-9).ceil() as usize;
    let told = shares.iter().map(|(d, share)| format!("d = {d}: {share}"));
    Judged::tendency(
        format!(
            "{what}, in at least {} % of the runs in every dimension",
            crate::short(100.0 * (1.0 - study.delta))
        ),
        shares.iter().all(|(_, share)| share.successes >= least),
        told.collect::<Vec<String>>().join("; "),
    )
}

/// A slope with a larger standard error, as a share of it, agrees with too much to be judged.
const KNOWN_TO: f64 = 0.15;

/// Whether the steps grow with ln d like the formula.
fn growth(name: &str, fall: f64, error: f64, foreseen: f64) -> Judged {
    let deviation = 100.0 * (fall / foreseen - 1.0);
    let known = error <= KNOWN_TO * foreseen;
    let mut detail =
        format!("{fall:.2} ± {error:.2}, and {foreseen:.2} by the formula: {deviation:+.1} % of it");
    if !known {
        detail += &format!(
            "; the standard error is {:.0} % of the formula's slope: there are too few runs to tell",
            100.0 * error / foreseen
        );
    }
    Judged::tendency(
        format!(
            "{name}: the steps grow with ln d as the formula says, within three standard errors, of at most {:.0} % each",
            100.0 * KNOWN_TO
        ),
        known && (fall - foreseen).abs() <= 3.0 * error,
        detail,
    )
}

/// From this κ on acceleration is held against plain descent; up to the rounding of ℓ/√(ρε).
const ILL: f64 = 100.0 * (1.0 - 1e-9);

/// The medians of the steps until the saddle is left, in each dimension, with their margins: those of acceleration, and
/// the least of plain descent, both with practical constants; and the gradients that a step of each takes.
struct Race {
    dimensions: Vec<usize>,
    accelerated: Vec<(f64, f64)>,
    plain: Vec<(f64, f64)>,
    prices: (f64, f64),
}

impl Race {
    /// Where acceleration is worth being held against anything.
    fn of(study: &Escape, found: &[Finding]) -> Option<Race> {
        let practical = |method: fn(&Method) -> bool| -> Vec<&Finding> {
            let chosen = study.methods.iter().zip(found);
            chosen
                .filter(|(chosen, _)| method(&chosen.method) && chosen.constants == Constants::Practical)
                .map(|(_, finding)| finding)
                .collect()
        };
        let plain = practical(|method| {
            matches!(
                method,
                Method::Perturbed2017 { .. } | Method::Perturbed2019 { .. }
            )
        });
        let accelerated = practical(|method| matches!(method, Method::PerturbedAccelerated { .. }));
        if study.landscape(2).condition() < ILL {
            return None;
        }
        let prices = (number(accelerated.first()?, EACH), number(plain.first()?, EACH));
        // Where not all runs left there is no time, and nothing is sooner than that.
        let least = |findings: &[&Finding]| -> Vec<(f64, f64)> {
            let at = |d: &usize| {
                let places = findings.iter().map(|finding| place(finding, TIME, *d));
                let least = places.min_by(|a, b| a.0.total_cmp(&b.0));
                least.unwrap_or((f64::NAN, f64::INFINITY))
            };
            study.dimensions.iter().map(at).collect()
        };
        Some(Race {
            dimensions: study.dimensions.clone(),
            accelerated: least(&accelerated),
            plain: least(&plain),
            prices,
        })
    }

    /// In how many dimensions acceleration is sooner where a step costs so much: the intervals do not touch.
    fn sooner(&self, prices: (f64, f64)) -> usize {
        let pairs = self.accelerated.iter().zip(&self.plain);
        pairs
            .filter(|(a, b)| (a.0 + a.1) * prices.0 < (b.0 - b.1) * prices.1)
            .count()
    }

    fn judged(&self) -> Judged {
        let places = self
            .dimensions
            .iter()
            .zip(self.accelerated.iter().zip(&self.plain));
        let told = places.map(|(d, (a, b))| {
            format!(
                "d = {d}: {} ± {} steps against {} ± {}, and {:.0} gradients against {:.0}",
                crate::short(a.0),
                crate::short(a.1),
                crate::short(b.0),
                crate::short(b.1),
                a.0 * self.prices.0,
                b.0 * self.prices.1
            )
        });
        Judged::tendency(
            "perturbed accelerated descent leaves the saddle in fewer steps than perturbed descent in every dimension, with practical \
             constants",
            self.sooner((1.0, 1.0)) == self.dimensions.len(),
            told.collect::<Vec<String>>().join("; "),
        )
    }
}

/// What acceleration is worth in gradients, which no theorem says.
pub(super) fn remark(study: &Escape, found: &[Finding]) -> Option<String> {
    let race = Race::of(study, found)?;
    let all = race.dimensions.len();
    let sooner = match race.sooner(race.prices) {
        0 => "in no dimension".to_string(),
        some if some == all => "in every dimension too".into(),
        some => format!("in {some} of {all} dimensions"),
    };
    Some(format!(
        "Counted in gradients, of which an accelerated step takes {:.2} and a plain one {:.2}, it is sooner {sooner} at κ = {}.",
        race.prices.0,
        race.prices.1,
        crate::short(study.landscape(2).condition())
    ))
}

/// The value of a curve at a dimension and its margin; NaN where it has none, and infinite where that is not known.
fn place(finding: &Finding, name: &str, dimension: usize) -> (f64, f64) {
    let curve = finding.curves.iter().find(|curve| curve.name == name);
    let value = curve.and_then(|curve| {
        let places = &curve.along.as_ref()?.values;
        let place = places.iter().position(|place| *place == dimension as f64)?;
        let margin = curve.uncertainties.get(place).copied();
        Some((*curve.values.get(place)?, margin.unwrap_or(f64::INFINITY)))
    });
    value.unwrap_or((f64::NAN, f64::INFINITY))
}

#[cfg(test)]
mod tests {
    use super::*;
    use probes::Scalar;

    /// Over all dimensions 144 of 150 are 96 %; in one of them 44 of 50 are 88 %.
    #[test]
    fn a_share_is_judged_in_each_dimension() {
        let study = Escape {
            dimensions: vec![10, 30, 100],
            runs: 50,
            delta: 0.1,
            ..Escape::default()
        };
        let judged = |worst: f64| {
            let counts = [(10, 50.0), (30, worst), (100, 50.0)];
            let finding = Finding {
                scalars: counts.map(|(d, count)| Scalar::exact(&at(LEFT, d), count)).into(),
                ..Finding::default()
            };
            promised(&study, &finding, LEFT, "it leaves").holds
        };
        assert!(judged(45.0) && !judged(44.0));
        assert!(!promised(&study, &Finding::default(), LEFT, "it leaves").holds);
    }

    #[test]
    fn noise_does_not_make_a_slope_right() {
        let near = growth("it", 4.7, 0.4, 5.0);
        assert!(
            near.holds && near.detail.contains("-6.0 % of it"),
            "{}",
            near.detail
        );
        assert!(!growth("it", 3.7, 0.4, 5.0).holds);
        let noisy = growth("it", 5.0, 2.0, 5.0);
        assert!(
            !noisy.holds
                && noisy
                    .detail
                    .ends_with("40 % of the formula's slope: there are too few runs to tell"),
            "{}",
            noisy.detail
        );
    }
}
