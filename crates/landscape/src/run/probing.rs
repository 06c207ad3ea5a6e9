//! The memory of probes that somebody asks for: bases shrink until it fits.

use super::RunError;
use super::plan::{MemoryPlan, Room};
use crate::device::Opened;
use crate::experiment::Checked;
use models::Reach;
use probes::Probe;

/// The probes as they fit into a host's budget and a device, and the plan of a variant with them at a point where its examples
/// reach so many parameters, or why they cannot fit. Where they are `warm`, they keep what they find from site to site;
/// `reading` is what it takes to read the weights.
pub(crate) fn fitted(
    checked: &Checked,
    reached: Reach,
    probes: &[Probe],
    warm: bool,
    reading: u64,
    host: Option<u64>,
    opened: &Opened,
) -> Result<(Vec<Probe>, MemoryPlan), RunError> {
    let checked = &Checked {
        reached,
        ..checked.clone()
    };
    let threads = rayon::current_num_threads();
    let room = Room::of(host, opened);
    let vector = (checked.sizes.parameters * checked.config.precision.bytes()) as u64;
    let kept = probes
        .iter()
        .filter(|_| warm)
        .map(Probe::remembers)
        .sum::<usize>() as u64;
    let plan = |probes: &[Probe]| {
        let mut asked = checked.clone();
        asked.config.probes = probes.to_vec();
        MemoryPlan::of(&asked, &asked, threads, room)
            .unreported()
            .with_bases(kept * vector)
            .with_reading(reading)
    };
    let whole = plan(probes);
    let missing = whole.excess(room);
    if missing == 0 {
        return Ok((probes.to_vec(), whole));
    }
    let subject = checked.subject(room.on_host);
    let left = whole.left_for_bases(missing).saturating_sub(kept * vector);
    let vectors = usize::try_from(left / vector.max(1)).unwrap_or(usize::MAX);
    let smaller: Option<Vec<Probe>> = probes
        .iter()
        .map(|probe| probe.within(vectors, &probes::beside(probes, probe, &subject)))
        .collect();
    let fits = smaller.map(|probes| (plan(&probes), probes));
    match fits.filter(|(plan, _)| plan.excess(room) == 0) {
        Some((plan, probes)) => Ok((probes, plan)),
        None => Err(RunError::TooLarge(format!(
            "probing `{}` needs more memory than the {} there are, even with the smallest bases. It takes {whole}. Ask \
             for fewer eigenvalues, less accuracy, fewer products or fewer examples, or allow more with --memory",
            checked.name,
            room.words()
        ))),
    }
}
