//! Closed forms: what is known of an objective without training it.

mod chain;
mod closed_form;
mod deep_linear;
mod polynomial;
mod relu_kernel;
mod taxonomy;

pub use chain::Chain;
pub use closed_form::{Analytic, ClosedForm};
pub use deep_linear::deep_linear_minimum;
pub use polynomial::Polynomial;
pub use relu_kernel::{relu_kernel_ends, relu_kernel_of_first_layer, relu_kernel_of_second_layer};
pub use taxonomy::taxonomy;
