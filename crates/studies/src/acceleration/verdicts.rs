//! What the theorem says of acceleration, and where it leaves open which method is sooner.

use super::{ARRIVED, Acceleration, CHEAPER, Case, DELTA, FAR, HAMILTONIAN, LOST, SOONER, TIME, of};
use crate::{Judged, Share, largest, number, short};
use probes::Finding;

/// From this κ on acceleration is expected to be sooner. Theory says that it is for a κ that is large enough, and no more.
const ILL: f64 = 1000.0 * (1.0 - 1e-9);

pub(super) fn judge(study: &Acceleration, found: &[Finding]) -> Vec<Judged> {
    let sum = |what: &str| found.iter().map(|finding| number(finding, what)).sum::<f64>();
    let far = |method| largest(found.iter().map(|finding| number(finding, &of(FAR, method))));
    let lost = sum(&of(LOST, 0)) + sum(&of(LOST, 1));
    let gone = Share {
        successes: lost as usize,
        trials: 2 * study.runs * found.len(),
    };
    let mut judged = vec![
        Judged::bound(
            "the Hamiltonian decreases in every accelerated step as the paper's lemma says",
            sum(HAMILTONIAN) == 0.0,
            format!("{} violations", sum(HAMILTONIAN)),
        ),
        Judged::tendency(
            "no run leaves the tube of 6τ, though nothing keeps momentum in it",
            lost == 0.0,
            format!(
                "{gone} runs do; with momentum they come as far as {:.2}τ, without to {:.2}τ",
                far(1),
                far(0)
            ),
        ),
    ];
    // The theorems promise no more than a probability of 1 − δ.
    let least = ((1.0 - DELTA) * study.runs as f64 - 1e-9).ceil();
    for (case, finding) in study.all().iter().zip(found) {
        let arrived = [0, 1].map(|method| number(finding, &of(ARRIVED, method)));
        judged.push(Judged::tendency(
            format!(
                "{}: at least 90 % of the runs of both methods reach the minimum",
                case.name()
            ),
            arrived.iter().all(|count| *count >= least),
            format!("{} and {}", study.share(arrived[0]), study.share(arrived[1])),
        ));
    }
    let ill = sooner(study, found, SOONER, |case| case.condition >= ILL);
    if ill.trials > 0 {
        judged.push(Judged::tendency(
            "for κ of 1000 and more acceleration takes fewer steps than perturbed descent from more than half of the starts",
            ill.interval().0 > 0.5,
            ill.to_string(),
        ));
    }
    judged
}

/// Over all cases of some κ: from how many starts acceleration takes less of something.
fn sooner(study: &Acceleration, found: &[Finding], what: &str, which: impl Fn(&Case) -> bool) -> Share {
    let cases = study.all().into_iter().zip(found).filter(|(case, _)| which(case));
    let counts: Vec<f64> = cases.map(|(_, finding)| number(finding, what)).collect();
    Share {
        successes: counts.iter().sum::<f64>() as usize,
        trials: counts.len() * study.runs,
    }
}

/// Where κ is smaller theory leaves open which is sooner; and it says nothing of gradients.
pub(super) fn remark(study: &Acceleration, found: &[Finding]) -> String {
    let told = study.all().into_iter().zip(found).map(|(case, finding)| {
        let time = |method| short(number(finding, &of(TIME, method)));
        format!("{} against {} for {}", time(1), time(0), case.name())
    });
    let told = told.collect::<Vec<String>>().join("; ");
    let small = sooner(study, found, SOONER, |case| case.condition < ILL);
    let below = match small.trials {
        0 => String::new(),
        _ => format!(
            "For smaller κ it does so from {small} starts: along curvature below −√(ρε)/4, and that of the saddles is −2, every \
             second step only takes the momentum away. "
        ),
    };
    format!(
        "{below}In gradients, of which a step of it takes two, it is sooner from {} starts of all. The medians of steps, with and \
         without acceleration: {told}.",
        sooner(study, found, CHEAPER, |_| true)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use probes::Scalar;

    /// 14 of 20 is 0.48 at the lower end of its interval, and 15 of 20 is 0.53.
    #[test]
    fn half_of_the_starts_must_be_outside_the_interval() {
        let study = Acceleration {
            dimensions: vec![5],
            curvatures: vec![1.0],
            ..Acceleration::default()
        };
        let with = |count: f64| Finding {
            scalars: vec![Scalar::exact(SOONER, count)],
            ..Finding::default()
        };
        let judged = |ill: f64| {
            let last = judge(&study, &[with(20.0), with(ill)]).pop();
            last.expect("a judgement").holds
        };
        assert!(!judged(14.0) && judged(15.0) && !judged(f64::NAN));
    }
}
