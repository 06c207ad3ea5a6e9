//! Sets of eigenvalues or singular values, each of which belongs to a critical point of a factorisation.

use crate::{CriticalPoint, Known, Problem};

/// Whether a set holds at most `rank` different places of positive values.
pub(super) fn check_set(set: &[usize], values: &[f64], rank: usize) -> Result<(), Problem> {
    if set.len() > rank {
        let complaint = format!("has {} places: at most the rank, {rank}", set.len());
        return Err(Problem::new("set", complaint));
    }
    for (k, &i) in set.iter().enumerate() {
        let wrong = match values.get(i) {
            None => format!("is {i}: there are {} values", values.len()),
            Some(x) if *x <= 0.0 => format!("is {i}: the value there is {x}, and must be positive"),
            Some(_) if set[..k].contains(&i) => format!("is {i} again: a set has each place once"),
            Some(_) => continue,
        };
        return Err(Problem::new(format!("set.{k}"), wrong));
    }
    Ok(())
}

/// The minimum, and the critical points of some sets of at most `rank` of the positive `values`, which descend.
pub(super) fn known_sets(
    least: f64,
    values: &[f64],
    rank: usize,
    critical: impl Fn(&[usize]) -> Result<CriticalPoint, Problem>,
) -> Known {
    let positive = values.iter().take_while(|x| **x > 0.0).count();
    let points = some_sets(positive, rank).into_iter().map(|set| critical(&set));
    Known {
        at_least: Some(least),
        critical: points.filter_map(Result::ok).collect(),
        ..Known::default()
    }
}

/// Some sets of at most `rank` of the first `positive` places: none, the best, and up to four others.
fn some_sets(positive: usize, rank: usize) -> Vec<Vec<usize>> {
    let best = positive.min(rank);
    let mut sets: Vec<Vec<usize>> = vec![vec![], (0..best).collect()];
    let mut add = |set: Vec<usize>| {
        if set.iter().all(|i| *i < positive) && !sets.contains(&set) {
            sets.push(set);
        }
    };
    add((0..best.saturating_sub(1)).collect());
    add((1..best + 1).collect());
    add(vec![0]);
    add(positive.checked_sub(1).into_iter().collect());
    sets
}

/// How much of Σ values² the best set of at most `rank` places holds beyond this one: `values` descend. Exactly zero
/// where this one is as good, up to the rounding of the sums.
pub(super) fn shortfall(set: &[usize], values: &[f64], rank: usize) -> f64 {
    let inside: f64 = set.iter().map(|&i| values[i].powi(2)).sum();
    let positive = values.iter().take(rank).filter(|x| **x > 0.0);
    let most: f64 = positive.map(|x| x * x).sum();
    if inside >= most * (1.0 - 1e-14) {
        0.0
    } else {
        most - inside
    }
}
