//! What can be wrong with a data config.

use serde::Serialize;
use thiserror::Error;

/// A field of the data config whose value cannot be used: which field, its value, and what would be right.
#[derive(Clone, Debug, PartialEq, Error)]
#[error("data.{field} = {value}: {advice}")]
pub struct DataError {
    /// The field, as a dotted path inside `data`, such as `source.sphere.dimension`.
    pub field: String,
    /// The value, as written in the config.
    pub value: String,
    /// What is wrong, and what would be right.
    pub advice: String,
}

impl DataError {
    /// The error of one field.
    pub(super) fn new(field: impl Into<String>, value: impl ToString, advice: impl Into<String>) -> Self {
        DataError {
            field: field.into(),
            value: value.to_string(),
            advice: advice.into(),
        }
    }
}

/// Numbers as a config writes them: `[1, 2.5]`.
pub(super) fn list<T: ToString>(values: &[T]) -> String {
    format!(
        "[{}]",
        values.iter().map(T::to_string).collect::<Vec<_>>().join(", ")
    )
}

/// A name as a config writes it: `"one-hot"`.
pub(super) fn quoted(name: impl Serialize) -> String {
    serde_json::to_string(&name).unwrap_or_default()
}
