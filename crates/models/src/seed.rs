//! Randomness: one seed, a stream for each consumer.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The one seed of a run.
///
/// Each consumer draws from its own named stream, so that adding a consumer changes nobody else's numbers.
/// Numbers are drawn on the host (ChaCha8, counter based): every device starts from the same ones.
///
/// ```
/// use models::Seed;
/// use rand::RngExt;
/// let seed = Seed(7);
/// let a: f64 = seed.stream("labels").random();
/// assert_eq!(a, seed.stream("labels").random::<f64>());
/// assert_ne!(a, seed.stream("init").random::<f64>());
/// assert_ne!(seed.stream_at("noise", 1).random::<f64>(), seed.stream_at("noise", 2).random::<f64>());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Seed(pub u64);

impl Seed {
    /// The stream of the consumer `name`.
    pub fn stream(self, name: &str) -> ChaCha8Rng {
        let mut key = blake3::Hasher::new();
        key.update(&self.0.to_le_bytes());
        key.update(name.as_bytes());
        ChaCha8Rng::from_seed(*key.finalize().as_bytes())
    }

    /// The stream of the consumer `name` at one step: a run resumed there draws the same numbers.
    pub fn stream_at(self, name: &str, step: u64) -> ChaCha8Rng {
        let mut stream = self.stream(name);
        stream.set_stream(step);
        stream
    }

    /// The seed of a part of the run, such as one variant: streams of different parts are independent.
    pub fn part(self, name: &str) -> Seed {
        let mut key = blake3::Hasher::new();
        key.update(&self.0.to_le_bytes());
        key.update(b"part");
        key.update(name.as_bytes());
        let bytes = key.finalize();
        Seed(u64::from_le_bytes(
            bytes.as_bytes()[..8].try_into().expect("a hash has 32 bytes"),
        ))
    }
}
