//! Directions in which a slice through the loss can go.

use crate::trajectory::{self, Trajectory};
use crate::{Site, search};
use models::{Directions, Space};
use rand::RngExt;
use rand_distr::StandardNormal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use spectra::{Block, Ends, Matrix};

/// A direction in parameter space, with the length that one unit along it has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Along {
    /// A Gaussian vector in which the weights into each unit have the norm that they have in θ, and each bias its size
    /// (filter normalisation, Li et al. 2018), so that one unit of the axis is as long as θ.
    #[default]
    Random,
    /// The eigenvector of the Hessian's largest eigenvalue, of norm 1.
    Largest,
    /// The eigenvector of the Hessian's smallest eigenvalue, of norm 1.
    Smallest,
    /// The gradient, scaled to norm 1: the loss rises along it.
    Gradient,
    /// From the start to the point, which is one unit: the start lies at −1.
    Start,
    /// A principal direction of the trajectory, from the checkpoints that the run kept before the point: the first, or on a
    /// second axis the second (Li et al. 2018). One unit is as far as the trajectory goes.
    Trajectory,
}

impl Along {
    /// What an axis along it is called, as the first of its kind in a slice or the second.
    pub(crate) fn name(self, rank: usize) -> String {
        match (self, rank) {
            (Along::Random, 0) => "random direction".into(),
            (Along::Random, _) => "second random direction".into(),
            (Along::Largest, _) => "eigenvector of the largest eigenvalue".into(),
            (Along::Smallest, _) => "eigenvector of the smallest eigenvalue".into(),
            (Along::Gradient, _) => "direction of the gradient".into(),
            (Along::Start, _) => "way from the start".into(),
            (Along::Trajectory, _) => format!("{} of the trajectory", trajectory::name(rank)),
        }
    }

    /// The word in configs.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Along::Random => "random",
            Along::Largest => "largest",
            Along::Smallest => "smallest",
            Along::Gradient => "gradient",
            Along::Start => "start",
            Along::Trajectory => "trajectory",
        }
    }

    /// Whether it takes a search for eigenvectors.
    pub(crate) fn is_eigenvector(self) -> bool {
        matches!(self, Along::Largest | Along::Smallest)
    }
}

/// Directions that were found, and what must be said of them.
pub(crate) struct Found {
    /// One for each that was asked, or why there is none.
    pub directions: Vec<Result<Directions, String>>,
    /// The trajectory, where a direction of it was asked for and is there.
    pub trajectory: Option<Trajectory>,
    pub warnings: Vec<String>,
    pub products: usize,
}

/// The directions at a site. Eigenvectors come from one search with these settings.
pub(crate) fn find(site: &Site, asked: &[Along], ends: &Ends) -> Found {
    let device = &site.objective.space().device;
    let pairs = (ends.wanted() > 0).then(|| search::hessian_ends(site, ends, "surface").in_all_parameters());
    let eigenvector = |place: usize| {
        let pairs = pairs.as_ref().filter(|pairs| place < pairs.pairs.len());
        let pairs = pairs.ok_or("no eigenvector was found")?;
        let count = pairs.pairs.len();
        let one = Matrix::from_fn(count, 1, |i, _| if i == place { 1.0 } else { 0.0 });
        Ok(Directions::combine(&[&pairs.vectors], &one))
    };
    let unit = |direction: Directions, name: &str| match direction.norms()[0] {
        0.0 => Err(format!("the {name} is zero")),
        norm => {
            let scaled = direction.to_host().into_iter().map(|x| x / norm);
            Ok(Directions::from_host(scaled.collect(), device))
        }
    };
    let wanted = asked.iter().filter(|along| **along == Along::Trajectory).count();
    let (trajectory, mut principal) = match (wanted > 0).then(|| Trajectory::about(site, wanted)) {
        Some(Ok((trajectory, directions))) => (Some(trajectory), Ok(directions.into_iter())),
        Some(Err(why)) => (None, Err(why)),
        None => (None, Ok(Vec::new().into_iter())),
    };
    let directions = asked.iter().enumerate().map(|(i, along)| match along {
        Along::Random => {
            let mut stream = site.seed.stream_at("surface directions", i as u64);
            let theta = site.at.to_host();
            let raw = theta.iter().map(|_| stream.sample(StandardNormal)).collect();
            let scaled = filter_normalised(raw, &theta, site.objective.space());
            match scaled.iter().all(|x| *x == 0.0) {
                true => {
                    Err("all parameters are zero, which gives a filter-normalised direction no length".into())
                }
                false => Ok(Directions::from_host(scaled, device)),
            }
        }
        Along::Largest => eigenvector(0),
        Along::Smallest => eigenvector(ends.wanted() - 1),
        Along::Gradient => unit(site.slope.gradient.clone(), "gradient"),
        Along::Start => match site.at.minus(site.start.at()) {
            way if way.norms()[0] > 0.0 => Ok(way),
            _ => Err("the point is the start itself".into()),
        },
        Along::Trajectory => match &mut principal {
            Ok(directions) => Ok(directions.next().expect("one for each that was asked")),
            Err(why) => Err(why.clone()),
        },
    });
    Found {
        directions: directions.collect(),
        trajectory,
        warnings: pairs.iter().filter_map(|pairs| pairs.advice()).collect(),
        products: pairs.as_ref().map_or(0, |pairs| pairs.products),
    }
}

/// The vector with its part at each output unit of each parameter scaled to the norm of θ's part there. The last axis of
/// a parameter counts its layer's output units.
fn filter_normalised(mut vector: Vec<f64>, theta: &[f64], space: &Space) -> Vec<f64> {
    for parameter in &space.parameters {
        let units = parameter.shape.last().copied().unwrap_or(1);
        let mut sums = vec![(0.0, 0.0); units];
        for (k, i) in parameter.range.clone().enumerate() {
            let sum = &mut sums[k % units];
            *sum = (sum.0 + vector[i].powi(2), sum.1 + theta[i].powi(2));
        }
        for (k, i) in parameter.range.clone().enumerate() {
            let (drawn, wanted) = sums[k % units];
            vector[i] *= if drawn > 0.0 {
                f64::sqrt(wanted / drawn)
            } else {
                0.0
            };
        }
    }
    vector
}

#[cfg(test)]
mod tests {
    use super::*;
    use models::{Device, Precision};

    #[test]
    fn each_unit_has_the_norm_of_its_weights_and_each_bias_its_size() {
        let shapes = [
            ("layer1.weight", vec![2, 3]),
            ("layer1.bias", vec![3]),
            ("layer2.weight", vec![3, 1]),
        ];
        let blocks = shapes.map(|(name, shape)| (name.to_string(), shape));
        let space = Space::new(blocks, Device::cpu(Precision::F64));
        let theta: Vec<f64> = (1..=12).map(f64::from).collect();
        let raw: Vec<f64> = theta.iter().map(|x| (7.0 * x).sin()).collect();
        let found = filter_normalised(raw.clone(), &theta, &space);
        // The units of the first layer, which own every third weight, their biases, and the unit of the second.
        let weights = [vec![0, 3], vec![1, 4], vec![2, 5], vec![9, 10, 11]];
        for unit in weights.into_iter().chain([vec![6], vec![7], vec![8]]) {
            let norm = |x: &[f64]| unit.iter().map(|i| x[*i].powi(2)).sum::<f64>().sqrt();
            assert!((norm(&found) - norm(&theta)).abs() < 1e-12);
            let scale = norm(&theta) / norm(&raw);
            unit.iter()
                .for_each(|i| assert!((found[*i] - scale * raw[*i]).abs() < 1e-12));
        }
        let still = filter_normalised(vec![0.0; 12], &theta, &space);
        assert_eq!(still, vec![0.0; 12]);
    }
}
