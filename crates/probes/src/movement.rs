//! How far has training moved?

use crate::{Cost, Finding, Measurement, Scalar, Site};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Instant;

/// Distance from the start, ‖θ − θ₀‖, its share of ‖θ₀‖, and the share of activation patterns 1{x > 0} that
/// differ from the start's, over all examples and hidden units (Du et al. 2019). Cost: 1 forward pass, and one more
/// for the first site of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Movement {}

/// ‖θ − θ₀‖.
const DISTANCE: &str = "distance from the start";
/// ‖θ − θ₀‖/‖θ₀‖, found where the start is not zero.
pub const RELATIVE_DISTANCE: &str = "relative distance from the start";
/// Found where the network has activations.
pub const PATTERNS_CHANGED: &str = "share of activation patterns changed";

impl Measurement for Movement {
    fn multiplies(&self) -> bool {
        false
    }

    fn numbers(&self) -> Vec<String> {
        [DISTANCE, RELATIVE_DISTANCE, PATTERNS_CHANGED]
            .map(String::from)
            .to_vec()
    }

    fn measure(&self, site: &Site) -> Finding {
        let clock = Instant::now();
        let distance = site.at.minus(site.start.at()).norms()[0];
        let norm = models::Directions::new(site.start.at().tensor().clone().unsqueeze()).norms()[0];
        let mut scalars = vec![Scalar::exact(DISTANCE, distance)];
        if norm > 0.0 {
            scalars.push(Scalar::exact(RELATIVE_DISTANCE, distance / norm));
        }
        if let Some(risk) = site.objective.as_risk() {
            let (then, now) = (site.start.pattern(risk), risk.activation_pattern(site.at));
            if !then.is_empty() {
                let changed = then.iter().zip(&now).filter(|(a, b)| a != b).count();
                scalars.push(Scalar::exact(
                    PATTERNS_CHANGED,
                    changed as f64 / then.len() as f64,
                ));
            }
        }
        Finding {
            probe: "movement".into(),
            scalars,
            cost: Cost {
                seconds: clock.elapsed().as_secs_f64(),
                ..Cost::default()
            },
            ..Finding::default()
        }
    }
}
