//! What is known of an objective in closed form.

/// What is known of an objective without looking at it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Known {
    /// A number that no value is below: the least value, or a bound such as the 0 of a loss.
    pub at_least: Option<f64>,
    /// Points where the gradient vanishes.
    pub critical: Vec<CriticalPoint>,
}

/// A point where the gradient vanishes.
#[derive(Clone, Debug, PartialEq)]
pub struct CriticalPoint {
    /// Its coordinates `[P]`.
    pub at: Vec<f64>,
    /// The value there.
    pub value: f64,
    /// The Hessian's eigenvalues there, ascending.
    pub spectrum: Vec<f64>,
    /// What kind of point it is.
    pub kind: CriticalKind,
}

/// The kinds of critical points. Strict ones are told by the Hessian; at degenerate ones it has eigenvalues of zero, none
/// of the sign that would make them strict saddles or the opposite extremum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CriticalKind {
    /// All eigenvalues are positive.
    StrictMinimum,
    /// All eigenvalues are negative.
    StrictMaximum,
    /// There are negative and positive eigenvalues.
    StrictSaddle,
    /// No value nearby is lower.
    DegenerateMinimum,
    /// No value nearby is higher.
    DegenerateMaximum,
    /// Values nearby are lower and higher, and no eigenvalue says so.
    DegenerateSaddle,
}
