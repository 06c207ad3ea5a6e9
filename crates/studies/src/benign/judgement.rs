//! What is predicted of findings, and whether it holds.

use super::{Benign, Instance, record, saddles, starts};
use crate::{Judged, Share, largest, number, short, with_interval};
use probes::Finding;

impl Benign {
    pub(super) fn judge_starts(
        &self,
        instance: &Instance,
        name: &str,
        finding: &Finding,
        judged: &mut Vec<Judged>,
    ) {
        let share = |of: &str, trials: f64| Share {
            successes: number(finding, of) as usize,
            trials: trials as usize,
        };
        let runs = self.runs as f64;
        let reached = share(starts::REACHED, runs);
        judged.push(Judged::tendency(
            format!(
                "{name}: every random start leads to the global minimum, to {:e}·f(0)",
                self.within
            ),
            reached.successes == self.runs,
            format!(
                "{reached}; the largest gap is {}·f(0)",
                short(number(finding, starts::GAP))
            ),
        ));
        let below = number(finding, starts::BELOW);
        if below.is_finite() {
            let certified = share(starts::CERTIFIED, runs);
            judged.push(Judged::bound(
                format!("{name}: no dual certificate is below the gap"),
                below == 0.0,
                format!("{below} are"),
            ));
            judged.push(Judged::tendency(
                format!(
                    "{name}: dual certificates prove every end point to be global, to {:.1e}·f(0)",
                    number(finding, starts::SURE)
                ),
                certified.successes == self.runs,
                certified.to_string(),
            ));
        }
        if number(finding, starts::FOUND).is_finite() {
            let found = share(starts::FOUND, runs);
            // Which entries of a matrix are seen is a matter of chance as well.
            let (words, least) = match instance {
                Instance::Completion(_) => ("at least 95 of 100 runs find M", 0.95),
                _ => ("every run finds M", 1.0),
            };
            judged.push(Judged::tendency(
                format!("{name}: {words}"),
                found.value() >= least,
                format!(
                    "{found}; the largest relative error is {:.1e}",
                    number(finding, starts::ERROR)
                ),
            ));
        }
        let stationary = share(starts::STATIONARY, runs);
        judged.push(Judged::tendency(
            format!("{name}: every end point is second-order stationary, by the certified search"),
            stationary.successes == stationary.trials,
            stationary.to_string(),
        ));
        let rested = number(finding, starts::RESTED);
        if rested.is_finite() {
            judged.push(Judged::tendency(
                format!(
                    "{name}: no run rests at the value of another critical point, for {} % of its steps or for {}",
                    100.0 * record::PART,
                    record::LONG
                ),
                rested == 0.0,
                format!(
                    "{} do; the longest stay is of {} steps, and the median run has {}",
                    share(starts::RESTED, runs),
                    number(finding, starts::STAY),
                    with_interval(finding, starts::STEPS)
                ),
            ));
        }
    }

    pub(super) fn judge_control(
        &self,
        instance: &Instance,
        name: &str,
        finding: &Finding,
        judged: &mut Vec<Judged>,
    ) {
        let share = |of: &str| Share {
            successes: number(finding, of) as usize,
            trials: self.runs,
        };
        let (what, fails) = match number(finding, starts::FOUND).is_finite() {
            true => ("finds M", share(starts::FOUND)),
            false => ("is certified", share(starts::REACHED)),
        };
        judged.push(Judged::tendency(
            format!("{name}: no run {what}"),
            fails.successes == 0,
            fails.to_string(),
        ));
        let (what, all) = match instance {
            Instance::Sensing(_) => (
                format!("every run fits the measurements, to {:e}·f(0)", self.within),
                share(starts::REACHED),
            ),
            Instance::QuadraticNetwork(_) => (
                "at every end point Γ has a negative eigenvalue: one more unit would lower the loss".into(),
                share(starts::ABOVE),
            ),
            _ => return,
        };
        judged.push(Judged::tendency(
            format!("{name}: {what}"),
            all.successes == all.trials,
            all.to_string(),
        ));
    }
}

/// What is predicted of known critical points.
pub(super) fn judge_saddles(name: &str, within: f64, finding: &Finding, judged: &mut Vec<Judged>) {
    let of = |what| number(finding, what);
    let what = match of(saddles::WHOLE) == 2.0 {
        true => "values and both ends of the spectra, by a certified search,",
        false => "values and spectra",
    };
    judged.push(Judged::identity(
        format!(
            "{name}: {what} are those of the formulas, to {:e} of the largest",
            of(saddles::ALLOWED)
        ),
        largest([of(saddles::SPECTRUM), of(saddles::VALUE)]) <= of(saddles::ALLOWED),
        format!(
            "critical points: {}; the largest errors are {} of an eigenvalue and {} of a value",
            of(saddles::POINTS),
            short(of(saddles::SPECTRUM)),
            short(of(saddles::VALUE))
        ),
    ));
    let strict = of(saddles::STRICT);
    if strict == 0.0 {
        return;
    }
    judged.push(Judged::identity(
        format!(
            "{name}: gradients at saddles are zero up to rounding, and descent from a saddle stays there: it does not move \
             where the gradient is exactly zero, and elsewhere keeps within {:e} for as long as growing roundings allow",
            of(saddles::AWAY)
        ),
        of(saddles::STAYED) == strict,
        format!(
            "it stays at {} of {strict}, followed for {} steps or more; the gradient is exactly zero at {}, and at most {} of \
             what rounding explains",
            of(saddles::STAYED),
            of(saddles::FOLLOWED),
            of(saddles::EXACT),
            short(of(saddles::GRADIENT))
        ),
    ));
    let (from, to) = (of(saddles::BESIDE), of(saddles::AWAY));
    judged.push(Judged::identity(
        format!("{name}: from {from:e} beside a saddle to {to:e} it takes ln({:.3e})/ln(1 + ηγ) steps, to one step", to / from),
        of(saddles::APART) <= 1.0,
        format!("the largest difference is {} steps", of(saddles::APART)),
    ));
    let share = |what| Share {
        successes: of(what) as usize,
        trials: of(saddles::TRIALS) as usize,
    };
    let ended = share(saddles::ENDED);
    judged.push(Judged::tendency(
        format!(
            "{name}: perturbed descent from every point with negative curvature ends at the global minimum, to \
             {within:e}·f(0)"
        ),
        ended.successes == ended.trials,
        format!("{ended} end there, and {} leave", share(saddles::LEFT)),
    ));
}
