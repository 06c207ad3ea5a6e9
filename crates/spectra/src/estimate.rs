//! Numbers that carry the error of chance.

use serde::{Deserialize, Serialize};

/// An unbiased estimate, and its standard error.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The estimate.
    pub value: f64,
    /// Its standard error, or more, itself estimated from the same numbers. Zero where nothing was left to chance.
    ///
    /// Where many eigenvalues carry the variance, the truth lies within one error, and within two, at least as often as
    /// Student's law with m − 1 degrees of freedom says for m random vectors: in 0.61 and 0.86 of the cases for 4 vectors,
    /// 0.66 and 0.93 for 12, 0.68 and 0.95 for many. Where few do, samples are skewed, and it is less often: least for a
    /// matrix of rank one, 0.53 and 0.73 for 4 vectors, 0.615 and 0.85 for 12, 0.655 and 0.91 for 40. (Known for normal
    /// samples and for rank one; between them it is counted, not proven.)
    pub error: f64,
}

impl Estimate {
    /// The mean of independent samples, and s / √m with the sample's standard deviation s.
    ///
    /// One sample has an infinite error, none is not a number.
    ///
    /// ```
    /// let mean = spectra::Estimate::of_mean(&[1.0, 2.0, 3.0]);
    /// assert_eq!(mean.value, 2.0);
    /// assert!((mean.error - (1.0f64 / 3.0).sqrt()).abs() < 1e-15);
    /// ```
    pub fn of_mean(samples: &[f64]) -> Self {
        let count = samples.len() as f64;
        let value = samples.iter().sum::<f64>() / count;
        let squares: f64 = samples.iter().map(|x| (x - value).powi(2)).sum();
        let error = match samples.len() {
            1 => f64::INFINITY,
            _ => (squares / ((count - 1.0) * count)).sqrt(),
        };
        Self { value, error }
    }

    /// The estimate of a known part plus this one.
    pub(crate) fn plus(self, known: f64) -> Self {
        Self {
            value: self.value + known,
            ..self
        }
    }

    /// The square root, to first order: the estimate of a norm from that of its square.
    ///
    /// Where the square is no larger than its error, the error is the root of that: first order says nothing there.
    ///
    /// ```
    /// let square = spectra::Estimate { value: 16.0, error: 1.0 };
    /// assert_eq!(square.root(), spectra::Estimate { value: 4.0, error: 0.125 });
    /// ```
    pub fn root(self) -> Self {
        let value = self.value.max(0.0).sqrt();
        let error = if self.value > self.error {
            0.5 * self.error / value
        } else {
            self.error.sqrt()
        };
        Self { value, error }
    }
}
