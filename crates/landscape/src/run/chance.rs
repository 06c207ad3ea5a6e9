//! How far may an accuracy be from 1/C by chance?
//!
//! Not by a binomial law in the number of test examples: one network answers them all, images of one class look
//! alike, and a network that has learnt random labels gives them like answers. Over draws of 300 random labels of
//! digits its test accuracy spreads three times as far as 797 independent guesses would.
//!
//! What random labels do have is symmetry: with any permutation of the classes they are as likely. So the accuracy is
//! compared with those after a permutation π of the answers, n·a(π) = Σⱼ C[π(j), j] for the confusion matrix C, whose
//! mean and variance over all π have a closed form (Hoeffding 1951, Theorem 2). Independent guesses give the
//! binomial variance again.

use models::{Point, Risk};

/// An accuracy, and what it would be without any relation between answers and classes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Chance {
    /// The share of right answers.
    pub accuracy: f64,
    /// Its mean over permutations of the classes: 1/C.
    pub mean: f64,
    /// Its standard deviation over permutations of the classes.
    pub deviation: f64,
    /// The number of examples.
    pub examples: usize,
    /// The number of classes C. No accuracy is more than C − 1 standard deviations above the mean.
    pub classes: usize,
}

/// Chance on the examples of a risk at a point; `None` where there are no classes.
pub(super) fn of(risk: &Risk, at: &Point) -> Option<Chance> {
    let labels = risk.labels()?;
    let width = risk.network().outputs();
    // One output tells two classes apart by its sign.
    let classes = width.max(2);
    let mut confusion = vec![vec![0.0; classes]; classes];
    for (z, label) in risk.outputs(at).chunks(width).zip(labels) {
        let answer = match z {
            [one] => usize::from(*one > 0.0),
            many => (0..width).max_by(|&i, &j| many[i].total_cmp(&many[j]))?,
        };
        confusion[answer][*label as usize] += 1.0;
    }
    Some(from_confusion(&confusion))
}

fn from_confusion(confusion: &[Vec<f64>]) -> Chance {
    let count = confusion.len();
    let c = count as f64;
    let rows: Vec<f64> = confusion.iter().map(|row| row.iter().sum()).collect();
    let columns: Vec<f64> = (0..count)
        .map(|j| confusion.iter().map(|row| row[j]).sum())
        .collect();
    let n: f64 = rows.iter().sum();
    let right: f64 = (0..count).map(|i| confusion[i][i]).sum();
    let centred = |i: usize, j: usize| confusion[i][j] - rows[i] / c - columns[j] / c + n / (c * c);
    let squares: f64 = (0..count)
        .flat_map(|i| (0..count).map(move |j| centred(i, j).powi(2)))
        .sum();
    Chance {
        accuracy: right / n,
        mean: 1.0 / c,
        deviation: (squares / (c - 1.0)).sqrt() / n,
        examples: n as usize,
        classes: count,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use models::Seed;
    use rand::RngExt;

    #[test]
    fn mean_and_deviation_are_those_over_all_permutations() {
        let confusion = [vec![5.0, 1.0, 2.0], vec![0.0, 3.0, 4.0], vec![7.0, 2.0, 1.0]];
        let all = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
        let shares = all.map(|p| (0..3).map(|j| confusion[p[j]][j]).sum::<f64>() / 25.0);
        let mean = shares.iter().sum::<f64>() / 6.0;
        let variance = shares.iter().map(|share| (share - mean).powi(2)).sum::<f64>() / 6.0;
        let found = from_confusion(&confusion);
        assert!((found.mean - mean).abs() < 1e-15 && (found.deviation - variance.sqrt()).abs() < 1e-15);
        assert_eq!(
            (found.accuracy, found.examples, found.classes),
            (9.0 / 25.0, 25, 3)
        );
    }

    #[test]
    fn independent_guesses_spread_like_a_binomial_law() {
        let mut stream = Seed(1).stream("guesses");
        let mut confusion = vec![vec![0.0; 10]; 10];
        (0..10_000).for_each(|_| confusion[stream.random_range(0..10)][stream.random_range(0..10)] += 1.0);
        let binomial = (0.1f64 * 0.9 / 10_000.0).sqrt();
        let found = from_confusion(&confusion).deviation;
        // A variance from 81 free entries is known to a factor 1 ± √(2/81).
        assert!(
            (found / binomial).powi(2) - 1.0 < 4.0 * (2.0f64 / 81.0).sqrt(),
            "{found} and {binomial}"
        );
        assert!(
            (found / binomial).powi(2) - 1.0 > -4.0 * (2.0f64 / 81.0).sqrt(),
            "{found} and {binomial}"
        );
    }

    #[test]
    fn answers_that_know_the_classes_are_far_from_chance() {
        // Right with 20 %, else any other class: nine deviations above the mean, the most that ten classes allow.
        let confusion: Vec<Vec<f64>> = (0..10)
            .map(|i| (0..10).map(|j| if i == j { 18.0 } else { 8.0 }).collect())
            .collect();
        let found = from_confusion(&confusion);
        assert!(((found.accuracy - found.mean) / found.deviation - 9.0).abs() < 1e-12);
    }
}
