//! What is minimised: layers, networks, losses, examples, objectives.

mod device;
mod examples;
mod objective;
mod point;
mod risk;
mod seed;
mod space;

pub use device::{Device, Precision, download};
pub use examples::{Examples, Targets};
pub use objective::{Curvature, Known, Objective, Slope};
pub use point::{Directions, Point};
pub use risk::Risk;
pub use seed::Seed;
pub use space::{Parameter, Space};
