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

/// Half of the distance between the quartiles.
pub(crate) fn spread(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let half = sorted.len() / 2;
    let (low, high) = (&sorted[..half], &sorted[sorted.len() - half..]);
    match half {
        0 => 0.0,
        _ => 0.5 * (median(high) - median(low)),
    }
}
