//! What the paper and the recursion say of the times.

use super::{
    ARRIVED, COMPARED, DRIFT, EACH, FORESEEN_EACH, FORESEEN_GROWTH, GAP, GROWTH, LOST, OFF, Octopus,
};
use crate::{Judged, Share, number, short, with_interval};
use probes::Finding;

pub(super) fn judge(study: &Octopus, found: &[Finding]) -> Vec<Judged> {
    let all = study.all();
    let of = |perturbed: bool, name: &'static str| {
        let chosen = all
            .iter()
            .zip(found)
            .filter(move |(case, _)| case.perturbed == perturbed);
        chosen.map(move |(_, finding)| number(finding, name))
    };
    let lost: f64 = of(false, LOST).chain(of(true, LOST)).sum();
    let off = crate::largest(of(false, OFF));
    let compared: f64 = of(false, COMPARED).sum();
    let gap = crate::largest(of(true, GAP));
    let arrived = Share {
        successes: of(true, ARRIVED).sum::<f64>() as usize,
        trials: study.runs * all.len() / 2,
    };
    let mut judged = vec![
        Judged::bound(
            "no run leaves the tube in which the function is defined",
            lost == 0.0,
            format!("{lost} of {} runs", study.runs * all.len()),
        ),
        Judged::identity(
            "descent leaves each saddle at the step of the recursion in logarithms, as far as f64 holds its coordinates",
            off <= 1.0 && compared > 0.0,
            format!("{compared} times, at most {off} steps apart"),
        ),
        Judged::tendency(
            "perturbed descent reaches the minimum",
            arrived.successes == arrived.trials,
            format!("{arrived} runs"),
        ),
        Judged::identity(
            "the value there is −dν, to 1e-12",
            gap <= 1e-12,
            format!("the largest relative difference is {gap:.1e}"),
        ),
    ];
    for (case, finding) in all.iter().zip(found) {
        let of = |name| number(finding, name);
        let which = study.which(case);
        judged.push(match case.perturbed {
            false => Judged::tendency(
                format!("{which}: the times of descent grow by 1 + ln 2/ln(1 + γ/2L) a saddle, to 6 %"),
                (of(GROWTH) / of(FORESEEN_GROWTH) - 1.0).abs() <= 0.06,
                format!(
                    "{}, and {:.2} by the formula",
                    with_interval(finding, GROWTH),
                    of(FORESEEN_GROWTH)
                ),
            ),
            true => Judged::tendency(
                format!(
                    "{which}: perturbed descent needs about as long at each saddle, by the formula to 20 %"
                ),
                (of(EACH) / of(FORESEEN_EACH) - 1.0).abs() <= 0.2 && (0.5..=1.5).contains(&of(DRIFT)),
                format!(
                    "{} steps, {} by the formula; the last is {:.2} times the third",
                    with_interval(finding, EACH),
                    short(of(FORESEEN_EACH)),
                    of(DRIFT)
                ),
            ),
        });
    }
    judged
}
