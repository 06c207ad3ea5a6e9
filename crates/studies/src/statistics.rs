//! Shares, slopes and medians of many runs.

/// How many of some trials succeeded, with the interval that contains the probability in 95 of 100 cases.
///
/// The interval is Wilson's (1927): with p̂ = k/n and z = 1.96 it is (p̂ + z²/2n ± z√(p̂(1−p̂)/n + z²/4n²))/(1 + z²/n),
/// which keeps a width where all or none succeed.
///
/// ```
/// use studies::Share;
/// let all = Share { successes: 20, trials: 20 };
/// let (low, high) = all.interval();
/// assert!((low - 0.8389).abs() < 1e-4 && high == 1.0);
/// assert_eq!(all.to_string(), "20 of 20 (84–100 %)");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// k.
    pub successes: usize,
    /// n.
    pub trials: usize,
}

/// The 97.5 % point of the normal distribution.
const Z: f64 = 1.959_963_984_540_054;

impl Share {
    /// k/n.
    pub fn value(self) -> f64 {
        self.successes as f64 / self.trials as f64
    }

    /// The ends of the interval, within [0, 1].
    pub fn interval(self) -> (f64, f64) {
        let n = self.trials as f64;
        let (p, square) = (self.value(), Z * Z / n);
        let middle = p + square / 2.0;
        let half = Z * (p * (1.0 - p) / n + square / (4.0 * n)).sqrt();
        let end = |side: f64| ((middle + side * half) / (1.0 + square)).clamp(0.0, 1.0);
        match self.successes {
            0 => (0.0, end(1.0)),
            all if all == self.trials => (end(-1.0), 1.0),
            _ => (end(-1.0), end(1.0)),
        }
    }

    /// The wider side of the interval, seen from k/n.
    pub(crate) fn half_width(self) -> f64 {
        let (low, high) = self.interval();
        (high - self.value()).max(self.value() - low)
    }
}

impl std::fmt::Display for Share {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        let (low, high) = self.interval();
        let percent = |share: f64| (100.0 * share).round();
        let (k, n) = (self.successes, self.trials);
        write!(f, "{k} of {n} ({}–{} %)", percent(low), percent(high))
    }
}

/// The slope b of the line y = a + bx with the least squares, and its standard error; the error is 0 for two points.
///
/// ```
/// let (slope, error) = studies::slope(&[(0.0, 1.0), (1.0, 3.0), (2.0, 5.0)]);
/// assert!((slope - 2.0).abs() < 1e-15 && error < 1e-15);
/// ```
///
/// # Panics
/// If there are fewer than two points.
pub fn slope(points: &[(f64, f64)]) -> (f64, f64) {
    assert!(
        points.len() >= 2,
        "a line needs two points, here are {}",
        points.len()
    );
    let n = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / n;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let spread: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
    let slope = points
        .iter()
        .map(|point| (point.0 - x) * (point.1 - y))
        .sum::<f64>()
        / spread;
    let left: f64 = points
        .iter()
        .map(|point| (point.1 - y - slope * (point.0 - x)).powi(2))
        .sum();
    let error = (left / (n - 2.0).max(1.0) / spread).sqrt();
    (slope, if points.len() > 2 { error } else { 0.0 })
}

/// The median; of an even number of values, the mean of the two in the middle. NaN where there are none.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        n => 0.5 * (sorted[(n - 1) / 2] + sorted[n / 2]),
    }
}

/// The largest of some numbers and 0; NaN where one of them is, so that nothing is judged by the others alone.
pub(crate) fn largest(values: impl IntoIterator<Item = f64>) -> f64 {
    values.into_iter().fold(0.0, larger)
}

/// The larger of two numbers; NaN where one of them is.
pub(crate) fn larger(a: f64, b: f64) -> f64 {
    match a.is_nan() || b.is_nan() {
        true => f64::NAN,
        false => a.max(b),
    }
}

/// How far the median of a distribution may lie from that of some values drawn from it, in 95 of 100 cases; none where
/// there are fewer than six values.
///
/// With n values in order, the interval from the k-th to the k-th last misses it with the probability 2·P(B < k) of
/// B ~ Bin(n, ½), whatever the distribution (Thompson 1936); k is the largest for which that is at most 5 %. What is
/// told is its wider half.
pub(crate) fn margin(values: &[f64]) -> Option<f64> {
    let n = values.len();
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let mut outside = 0.0;
    // ln C(n, k), from term to term.
    let mut logarithm = 0.0;
    let mut rank = 0;
    for k in 0..n / 2 {
        outside += 2.0 * (logarithm - n as f64 * 2f64.ln()).exp();
        if outside > 0.05 {
            break;
        }
        rank = k + 1;
        logarithm += ((n - k) as f64 / (k + 1) as f64).ln();
    }
    let middle = median(values);
    (rank > 0).then(|| (sorted[n - rank] - middle).max(middle - sorted[rank - 1]))
}

/// The margins of the medians along a curve; none where one is unknown.
pub(crate) fn margins<'a>(each: impl IntoIterator<Item = &'a Vec<f64>>) -> Vec<f64> {
    let margins: Option<Vec<f64>> = each.into_iter().map(|values| margin(values)).collect();
    margins.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The ranks of tables: 1 of 6, 2 of 9, 6 of 20, 18 of 50, 40 of 100.
    #[test]
    fn intervals_of_medians_have_the_ranks_of_the_tables() {
        let of = |n: usize| {
            let values: Vec<f64> = (1..=n).rev().map(|i| i as f64).collect();
            margin(&values)
        };
        assert_eq!([of(0), of(1), of(5)], [None; 3]);
        for (n, rank) in [(6, 1), (9, 2), (20, 6), (50, 18), (100, 40)] {
            assert_eq!(of(n), Some((n + 1) as f64 / 2.0 - f64::from(rank)), "{n} values");
        }
    }

    /// 2,000 samples of 15 from a skewed distribution with the median ln 2.
    #[test]
    fn intervals_of_medians_contain_the_median_as_often_as_promised() {
        let seeds = 2000;
        let hits = (0..seeds).filter(|seed| {
            let mut stream = models::Seed(*seed).stream("medians");
            let draw = |_| -rand::RngExt::random::<f64>(&mut stream).ln();
            let values: Vec<f64> = (0..15).map(draw).collect();
            (median(&values) - 2f64.ln()).abs() <= margin(&values).expect("fifteen are enough")
        });
        let share = hits.count() as f64 / seeds as f64;
        assert!(share >= 0.95, "{share}");
    }
}
