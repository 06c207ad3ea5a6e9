//! What is minimised: layers, networks, losses, examples, objectives.

#![recursion_limit = "256"]

pub mod analytic;
pub mod layers;

mod architecture;
mod block;
mod chain;
mod device;
mod diagonal;
mod examples;
mod gram;
mod host;
mod infinite_width;
mod initialisation;
mod kinks;
mod known;
mod linearisation;
mod losses;
mod network;
mod objective;
mod point;
mod points;
mod problem;
mod reached;
mod risk;
mod sample;
mod seed;
mod self_test;
mod sizes;
mod space;

pub use architecture::{Architecture, Parametrisation, SecondLayer};
pub use block::{CurvatureOperator, overhead};
pub use chain::Part;
pub use device::{Device, Precision, download};
pub use diagonal::Diagonal;
pub use examples::{Examples, Targets};
pub use initialisation::Initialisation;
pub use kinks::Kinks;
pub use known::{CriticalKind, CriticalPoint, Known};
pub use linearisation::Linearisation;
pub use losses::{Loss, LossAt};
pub use network::{Link, Network, NetworkAt, Pushed, Units};
pub use objective::{Curvature, Objective, Slope};
pub use point::{Directions, Point};
pub use points::{Points, Slopes};
pub use problem::Problem;
pub use reached::{Reach, Reached};
pub use risk::{Batch, Risk};
pub use seed::Seed;
pub use self_test::self_test;
pub use sizes::Sizes;
pub use space::{Parameter, Space};
