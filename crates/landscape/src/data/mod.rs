//! Where the examples come from: embedded images, files, generators, preparation, and the variants of Zhang et al.
//! (2017).
//!
//! [`prepare`] turns a [`DataConfig`] and a seed into a [`Split`] of training and test examples;
//! [`apply`] turns that into one [`Variant`], such as random labels.
//! Both are functions of config, seed and stored numbers alone: the same config, seed and [`files::Stored::hash`] give
//! the same bits on every machine.
//!
//! Each step draws from a stream of its own ([`models::Seed::stream`]): generators from `data`, the choice of
//! examples and the split from `split`, label variants from `labels`, pixel variants from `pixels`.
//!
//! ```
//! use landscape::data::{DataConfig, Source, Variant, apply, prepare};
//! use models::Seed;
//! let config = DataConfig { test: 500, ..DataConfig::new(Source::Digits, 1000) };
//! let split = prepare(&config, Seed(0))?;
//! assert_eq!((split.train.len(), split.train.dimension, split.train.target_width()), (1000, 64, 10));
//!
//! let random = apply(Variant::RandomLabels, &split, Seed(0));
//! assert_eq!(random.train.inputs, split.train.inputs);
//! assert_ne!(random.train.labels(), split.train.labels());
//! assert_eq!(random.test, split.test);
//! # Ok::<(), landscape::data::DataError>(())
//! ```

mod config;
mod describe;
mod embedded;
mod error;
pub mod files;
mod generate;
mod load;
mod normalise;
mod orthonormal;
mod pairs;
mod source;
mod split;
mod survey;
mod variant;

#[cfg(test)]
mod tests;

pub use config::{DataConfig, Normalise, Pick, View};
pub use describe::source_in_words;
pub use embedded::{digits, fashion};
pub use error::DataError;
pub(crate) use load::forget;
pub use load::load;
pub use pairs::{Closest, NEAR, PARALLEL, Pairs, pairs};
pub use source::{Answer, Source};
pub use split::{Split, class_counts, prepare};
pub use survey::{Answers, Range, Survey, survey};
pub use variant::{Variant, VariantError, apply};
