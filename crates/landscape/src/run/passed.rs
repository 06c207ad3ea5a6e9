//! The points that a run kept on its way, for probes that look back.

use super::checkpoint::{CheckpointError, Moment, read_point};
use crate::experiment::Experiment;
use models::Point;
use probes::{Measurement, Probe, Start};
use std::path::Path;

/// The start and the checkpoints kept before a step, in the order of time and no more than probes look at, where one of the
/// probes asks for them.
pub(crate) fn passed(
    folder: &Path,
    experiment: &Experiment,
    probes: &[Probe],
    start: &Start,
    step: u64,
) -> Result<Vec<Point>, CheckpointError> {
    if step == 0 || !probes.iter().any(Probe::looks_back) {
        return Ok(Vec::new());
    }
    let before = |moment: &Moment| matches!(moment, Moment::Step(kept) if *kept < step);
    let mut kept = vec![Moment::Start];
    kept.extend(Moment::of(folder, &experiment.name).into_iter().filter(before));
    let places = probes::passed(kept.len()).into_iter();
    places
        .map(|place| match kept[place] {
            Moment::Start => Ok(start.at().clone()),
            moment => Ok(read_point(folder, experiment, moment)?.1),
        })
        .collect()
}
