//! What rounding alone changes at a site, measured.

use crate::Site;
use models::Point;
use rand::RngExt;

/// Displacements whose largest effect is taken.
const TRIALS: u64 = 3;
/// How much larger than the effects seen an error is taken to be: two numbers that are subtracted both have one, and
/// few trials see less than the worst.
const MARGIN: f64 = 4.0;

/// The half-width of a difference of two losses near the site: four times the largest change of L when every coordinate
/// of θ moves by one rounding error up or down, in three trials, and at least four rounding errors of L itself.
/// Measured, not bounded. Cost: 3 forward passes.
pub(crate) fn of_loss(site: &Site) -> f64 {
    let here = site.slope.value;
    let changes = (0..TRIALS).map(|trial| (site.objective.value(&displaced(site, trial)) - here).abs());
    let least = site.objective.space().device.precision.round_off() * here.abs();
    MARGIN * changes.fold(least, f64::max)
}

/// The half-width of the norm of a difference of two gradients near the site, found in the same way in one trial.
/// Cost: 1 gradient.
pub(crate) fn of_gradient(site: &Site) -> f64 {
    let moved = site.objective.slope(&displaced(site, 0)).gradient;
    let least = site.objective.space().device.precision.round_off() * site.slope.gradient.norms()[0];
    MARGIN * moved.minus(&site.slope.gradient).norms()[0].max(least)
}

/// θ with every coordinate moved to the next number of its precision, or to the one after it, up or down.
fn displaced(site: &Site, trial: u64) -> Point {
    let device = &site.objective.space().device;
    let mut stream = site.seed.stream_at("rounding", trial);
    let step = 2.0 * device.precision.round_off();
    let moved = site
        .at
        .to_host()
        .into_iter()
        .map(|x| match stream.random::<bool>() {
            true => x * (1.0 + step),
            false => x * (1.0 - step),
        });
    Point::from_host(moved.collect(), device)
}
