//! Mini-batches without replacement.

use models::Seed;
use rand::seq::SliceRandom;

/// Batches of a fixed size that pass through all examples once an epoch, in an order drawn anew for each epoch
/// (stream `order`). The last batch of an epoch is smaller where the size does not divide the sample.
///
/// ```
/// use training::Batches;
/// let mut batches = Batches::new(5, 2, models::Seed(1));
/// let mut epoch: Vec<usize> = (0..3).flat_map(|step| batches.at(step).to_vec()).collect();
/// assert_eq!(batches.at(2).len(), 1);
/// epoch.sort();
/// assert_eq!(epoch, [0, 1, 2, 3, 4]);
/// ```
#[derive(Clone, Debug)]
pub struct Batches {
    examples: usize,
    size: usize,
    seed: Seed,
    /// The epoch that was last asked for, and its order.
    drawn: Option<(u64, Vec<usize>)>,
}

impl Batches {
    /// Batches of `size` out of `examples`. Panics where either is zero or the batch is larger than the sample.
    pub fn new(examples: usize, size: usize, seed: Seed) -> Self {
        assert!(
            size > 0 && size <= examples,
            "a batch of {size} out of {examples} examples"
        );
        Batches {
            examples,
            size,
            seed,
            drawn: None,
        }
    }

    /// Steps in an epoch.
    pub fn per_epoch(&self) -> u64 {
        self.examples.div_ceil(self.size) as u64
    }

    /// The examples of the batch at this step: a function of the seed and the step alone. Each epoch's order is drawn
    /// once.
    pub fn at(&mut self, step: u64) -> &[usize] {
        let (epoch, batch) = (step / self.per_epoch(), (step % self.per_epoch()) as usize);
        let range = batch * self.size..self.examples.min((batch + 1) * self.size);
        if self.drawn.as_ref().is_none_or(|(drawn, _)| *drawn != epoch) {
            let mut order: Vec<usize> = (0..self.examples).collect();
            order.shuffle(&mut self.seed.stream_at("order", epoch));
            self.drawn = Some((epoch, order));
        }
        let (_, order) = self.drawn.as_ref().expect("drawn above");
        &order[range]
    }
}
