//! How often what is said with a probability holds: 1,000 seeds on several spectra.
//!
//! A statement with probability p may fail in a share 1 − p of independent cases. The tests allow the count of failures
//! that is exceeded with a probability of at most [`LEVEL`] where the share is exactly that: an exact binomial quantile.
//! Each judgement is a function of the solver, so that weakened ones can be shown to fail it.

mod densities;
mod ends;
mod moments;
mod weakened;
mod whole;

pub const SEEDS: u64 = 1_000;

/// The probability with which one count fails by chance alone, where the promise is kept with equality.
pub const LEVEL: f64 = 1e-6;

/// The smallest count that is exceeded with a probability of at most [`LEVEL`], among so many independent cases that
/// fail with this probability.
pub fn most(cases: u64, probability: f64) -> usize {
    let n = cases as f64;
    // ln P(count = k), from k = 0 upwards.
    let odds = (probability / (1.0 - probability)).ln();
    let mut logarithm = n * (1.0 - probability).ln();
    let mut masses = vec![logarithm.exp()];
    for k in 0..cases {
        logarithm += odds + ((n - k as f64) / (k as f64 + 1.0)).ln();
        masses.push(logarithm.exp());
    }
    let mut beyond = 0.0;
    let enough = (0..masses.len()).rev().find(|&k| {
        beyond += masses[k];
        beyond > LEVEL
    });
    enough.expect("all counts together have probability one")
}

/// The largest count that as many cases fall short of with a probability of at most [`LEVEL`], if each has this
/// probability.
pub fn fewest(cases: u64, probability: f64) -> usize {
    cases as usize - most(cases, 1.0 - probability)
}

/// How many eigenvalues each spectrum has.
pub const SIZE: i32 = 60;

/// Small spectra of the kinds that networks have, and those on which searches are known to go wrong, descending.
pub fn spectra() -> Vec<(&'static str, Vec<f64>)> {
    let share = |i: i32| f64::from(i) / f64::from(SIZE);
    let spiked = |i: i32| match i {
        0..4 => 9.0 - f64::from(i),
        4..6 => f64::from(i) - 9.0,
        _ => share(i),
    };
    let cluster = |i: i32| match i {
        0..6 => 1.0 - 5e-3 * f64::from(i),
        _ => 0.9 - 0.8 * share(i),
    };
    let copies = |i: i32| match i {
        0..10 => [3.0, -2.0][i as usize % 2],
        _ => 1.5 * share(i) - 0.5,
    };
    let of = |value: &dyn Fn(i32) -> f64| {
        let mut values: Vec<f64> = (0..SIZE).map(value).collect();
        values.sort_by(|a, b| b.total_cmp(a));
        values
    };
    vec![
        ("spiked bulk", of(&spiked)),
        ("geometric", of(&|i| 0.8f64.powi(i))),
        ("cluster at an end", of(&cluster)),
        ("two points", of(&|i| if i % 5 == 0 { 2.0 } else { -1.0 })),
        ("semicircle", of(&|i| semicircle(share(i) + 0.5 * share(1)))),
        ("copies at both ends", of(&copies)),
    ]
}

/// The place below which the semicircle law on [−2, 2] has this share (Wigner 1955), by bisection.
fn semicircle(share: f64) -> f64 {
    let below = |x: f64| 0.5 + (x * (4.0 - x * x).sqrt() / 4.0 + (x / 2.0).asin()) / std::f64::consts::PI;
    let (mut low, mut high) = (-2.0, 2.0);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if below(middle) < share {
            low = middle
        } else {
            high = middle
        }
    }
    low
}

/// Known quantiles: of two tosses of a coin, and of a thousand against the sum of the masses by hand.
#[test]
fn quantiles_are_exact() {
    // P(all of 19 heads) = 2⁻¹⁹ = 1.9e-6 is more than a millionth, 2⁻²⁰ is less.
    assert_eq!((most(19, 0.5), most(20, 0.5)), (19, 19));
    assert_eq!((fewest(19, 0.5), fewest(20, 0.5)), (0, 1));
    // P(no failure of 1,000) = 0.999999 where each has probability 1e-9.
    assert_eq!(most(1_000, 1e-9), 0);
    // The normal law with a correction of half a case, 100 + 4.753 · 9.487 = 145, and skewness of three cases more.
    assert!((146..=150).contains(&most(1_000, 0.1)), "{}", most(1_000, 0.1));
}
