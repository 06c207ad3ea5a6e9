//! What is wrong with a value that somebody chose.

use std::fmt;

/// A value that cannot be used: which field it is, and in words what is wrong and what would be right.
///
/// ```
/// use models::Problem;
/// let problem = Problem::new("momentum", "is 2: it must lie in [0, 1)").within("training.optimiser");
/// assert_eq!(problem.field, "training.optimiser.momentum");
/// assert_eq!(problem.to_string(), "training.optimiser.momentum is 2: it must lie in [0, 1)");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The field, as a dotted path such as `training.step_size` or `model.hidden.1`.
    pub field: String,
    /// What follows the field's name in a sentence: its value, what is wrong, what would be right.
    pub complaint: String,
}

impl Problem {
    /// A problem of one field.
    pub fn new(field: impl Into<String>, complaint: impl Into<String>) -> Self {
        Problem {
            field: field.into(),
            complaint: complaint.into(),
        }
    }

    /// The same problem, seen from the table that holds the field's table.
    pub fn within(self, table: &str) -> Self {
        Problem {
            field: format!("{table}.{}", self.field),
            ..self
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} {}", self.field, self.complaint)
    }
}
