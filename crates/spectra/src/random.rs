//! Random vectors, drawn on the host.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

use crate::SelfAdjoint;

/// Independent vectors, uniform on the unit sphere, rounded to the operator's precision.
pub(crate) fn unit_vectors<A: SelfAdjoint>(operator: &A, stream: &mut ChaCha8Rng, count: usize) -> A::Block {
    let columns: Vec<Vec<f64>> = (0..count)
        .map(|_| {
            let draws: Vec<f64> = (0..operator.dimension())
                .map(|_| stream.sample(StandardNormal))
                .collect();
            let length = draws.iter().map(|x| x * x).sum::<f64>().sqrt();
            draws.into_iter().map(|x| x / length).collect()
        })
        .collect();
    operator.block(&columns)
}
