//! What is told of students and teachers, and held against what is remembered.

use super::{
    AXIS, CURVATURE, DIFFERENT, LIMITED, LOST, NONE_UP_TO, OFF, REMEMBERED, RISES, SAME, SHARE, SPURIOUS,
    STEPS, STRICT, Seen, VALUE, name,
};
use crate::{Judged, Share, curve, median};
use probes::{Cost, Finding, Scalar};

/// The paper's shares for n = k from 6 on, in per cent, as they are remembered: to compare with, and nothing more.
const OF_AS_MANY: [f64; 15] = [
    0.3, 5.5, 12.6, 21.8, 34.6, 45.5, 58.5, 73.0, 73.6, 80.3, 85.1, 89.7, 90.0, 93.4, 94.0,
];
/// The same for n = k + 1.
const OF_ONE_MORE: [f64; 9] = [0.0, 0.0, 0.1, 0.1, 0.1, 0.3, 0.3, 1.5, 5.5];

fn remembered(k: usize, more: usize) -> Option<f64> {
    let table: &[f64] = match more {
        _ if k <= NONE_UP_TO => return Some(0.0),
        0 => &OF_AS_MANY,
        1 => &OF_ONE_MORE,
        2 => &[0.0; 15],
        _ => return None,
    };
    table.get(k - NONE_UP_TO - 1).map(|percent| percent / 100.0)
}

/// Whether the shares do not fall from one k to the next, as far as their intervals say.
pub(super) fn rising(shares: &[(usize, Share)]) -> Judged {
    let falls = |pair: &[(usize, Share)]| pair[1].1.interval().1 < pair[0].1.interval().0;
    let all: Vec<String> = shares
        .iter()
        .map(|(k, share)| format!("k = {k}: {share}"))
        .collect();
    Judged::tendency(
        "for n = k the share of spurious minima does not fall with k, within its intervals",
        !shares.windows(2).any(falls),
        all.join("; "),
    )
}

/// Runs of one k, as many as in the paper, in which even what is rare is expected.
const MANY: usize = 1000;

/// Whether spurious minima appear wherever the paper found them, as far as there are runs enough to see them.
pub(super) fn appearing(shares: &[(usize, Share)]) -> Option<Judged> {
    let enough = |(k, share): &&(usize, Share)| *k > NONE_UP_TO && share.trials >= MANY;
    let enough: Vec<&(usize, Share)> = shares.iter().filter(enough).collect();
    let least = enough.iter().min_by_key(|(k, _)| *k)?;
    Some(Judged::tendency(
        format!(
            "for n = k some run ends in a spurious minimum with every k from {} on",
            NONE_UP_TO + 1
        ),
        enough.iter().all(|(_, share)| share.successes > 0),
        format!("k = {}: {}", least.0, least.1),
    ))
}

/// Whether more students make spurious minima rarer, wherever they are not rare.
pub(super) fn fewer(as_many: &[(usize, Share)], with_more: &[(usize, Share)], more: usize) -> Judged {
    let pairs = as_many.iter().zip(with_more);
    let pairs = pairs.filter(|((_, share), _)| share.interval().0 > 0.02);
    let told: Vec<(bool, String)> = pairs
        .map(|((k, share), (_, other))| {
            let apart = other.interval().1 < share.interval().0;
            (apart, format!("k = {k}: {other} against {share}"))
        })
        .collect();
    let which = name(more);
    let text: Vec<String> = told.iter().map(|(_, text)| text.clone()).collect();
    Judged::tendency(
        format!(
            "{which} has fewer spurious minima than n = k wherever those are more than 2 %, and the intervals lie apart"
        ),
        told.iter().all(|(apart, _)| *apart),
        if text.is_empty() {
            "nowhere more than 2 %".into()
        } else {
            text.join("; ")
        },
    )
}

/// What was seen with so many students more than teachers.
pub(super) fn told(more: usize, seen: &[Seen]) -> Finding {
    let places: Vec<f64> = seen.iter().map(|seen| seen.teachers as f64).collect();
    let shares = seen.iter().map(|seen| seen.spurious.value()).collect();
    let mut curves = vec![curve(
        SHARE,
        AXIS,
        places,
        shares,
        seen.iter().map(|seen| seen.spurious.half_width()).collect(),
    )];
    let known: Vec<(f64, f64, f64)> = seen
        .iter()
        .filter_map(|seen| {
            let wanted = remembered(seen.teachers, more)?;
            Some((
                seen.teachers as f64,
                wanted,
                (seen.spurious.value() - wanted).abs(),
            ))
        })
        .collect();
    let off = known.iter().map(|(_, _, off)| *off).fold(0.0, crate::larger);
    if !known.is_empty() {
        let (places, values) = known.iter().map(|(k, share, _)| (*k, *share)).unzip();
        curves.push(curve(REMEMBERED, AXIS, places, values, Vec::new()));
    }
    let stuck: Vec<&Seen> = seen.iter().filter(|seen| seen.spurious.successes > 0).collect();
    if !stuck.is_empty() {
        let mut add = |name: &str, of: &dyn Fn(&Seen) -> f64| {
            let places = stuck.iter().map(|seen| seen.teachers as f64).collect();
            curves.push(curve(
                name,
                AXIS,
                places,
                stuck.iter().map(|seen| of(seen)).collect(),
                Vec::new(),
            ));
        };
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        add(CURVATURE, &|seen| {
            seen.curvatures.iter().copied().fold(f64::INFINITY, f64::min)
        });
        add(&format!("{CURVATURE}, mean"), &|seen| mean(&seen.curvatures));
        add(VALUE, &|seen| mean(&seen.values));
        add(DIFFERENT, &|seen| different(&seen.values) as f64);
        add(STEPS, &|seen| median(&seen.steps));
    }
    let spurious: usize = seen.iter().map(|seen| seen.spurious.successes).sum();
    let strict: usize = seen.iter().map(|seen| seen.strict).sum();
    let limited: usize = seen.iter().map(|seen| seen.limited).sum();
    let sentence = |seen: &Seen| {
        let (k, share) = (seen.teachers, seen.spurious);
        format!(
            "With {k} teachers and {} students, {share} runs end in spurious minima.",
            k + more
        )
    };
    let mut warnings = Vec::new();
    if limited > 0 {
        warnings.push(format!(
            "{limited} runs had neither come to rest nor below the limit of spurious values at the step limit: they count as not spurious."
        ));
    }
    Finding {
        probe: "population".into(),
        scalars: vec![
            Scalar::exact(SPURIOUS, spurious as f64),
            Scalar::exact(STRICT, strict as f64),
            Scalar::exact(LIMITED, limited as f64),
            Scalar::exact(LOST, seen.iter().map(|seen| seen.lost as f64).sum()),
            Scalar::exact(RISES, seen.iter().map(|seen| seen.rises as f64).sum()),
            Scalar::exact(OFF, off),
        ],
        curves,
        verdicts: seen.iter().map(sentence).collect(),
        warnings,
        cost: Cost {
            gradients: seen.iter().map(|seen| seen.gradients as usize).sum(),
            products: seen
                .iter()
                .map(|seen| seen.curvatures.len() * seen.teachers * (seen.teachers + more))
                .sum(),
            ..Cost::default()
        },
        ..Finding::default()
    }
}

/// How many values there are that lie apart.
fn different(values: &[f64]) -> usize {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let gaps = sorted.windows(2).filter(|pair| pair[1] - pair[0] > SAME);
    usize::from(!sorted.is_empty()) + gaps.count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spurious_minima_must_appear_where_there_are_runs_enough() {
        let share = |successes, trials| Share { successes, trials };
        let judged = |rare| appearing(&[(5, share(0, 1000)), (6, rare), (7, share(60, 1000))]);
        assert!(judged(share(1, 1000)).expect("enough runs").holds);
        assert!(!judged(share(0, 1000)).expect("enough runs").holds);
        assert!(judged(share(0, 999)).expect("k = 7 has enough").holds);
        assert_eq!(appearing(&[(6, share(0, 300))]), None);
    }
}
