//! Ends, density and trace of a workload's Hessian, timed as a whole.

use models::{Curvature, CurvatureOperator, Directions, Objective, Point, Risk, download, overhead};
use serde_json::{Value, json};
use spectra::{Accuracy, EigenPairs, Ends, extremes, survey};
use std::cell::Cell;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

/// Eigenpairs wanted at each end.
const COUNT: usize = 10;

/// `top`: the ten largest to a relative residual of 1e-4. `both`: the ten largest and the ten smallest to 1e-3.
/// `all`: the ten largest to 1e-3, with the density and the trace. A method that is `unconfirmed` does not look for what
/// may have been missed, and one of `all parameters` does not leave out those that the examples do not reach; all else is
/// as probes have it.
pub fn spectrum(risk: &Risk, at: &Point, what: &str, method: &str, out: &Path) -> Result<Value, String> {
    let clock = Instant::now();
    let everywhere = what == "all" || method.contains("all parameters");
    let pairs = if what == "both" { 2 * COUNT } else { COUNT };
    let reached = (!everywhere).then(|| risk.reached(at, pairs)).flatten();
    let Some(reached) = reached else {
        let here = risk.linearise(at);
        let (found, notes) = search(&*here, risk, 0.0, what, method)?;
        return answer(&clock, found, notes, out);
    };
    let (sample, product) = {
        let here = risk.linearise(at);
        let sample = reached.sample(&here.slope().gradient);
        let product = here.hessian_times(&sample);
        (sample, product)
    };
    let here = reached.risk.linearise(&reached.at);
    let defect = reached.defect(&sample, &product, |v| here.hessian_times(v));
    drop((sample, product));
    let (mut found, mut notes) = search(&*here, &reached.risk, 4.0 * defect, what, method)?;
    found.vectors = reached.lifted(&found.vectors);
    found.products += 2;
    notes["parameters reached"] = json!(reached.at.dimension());
    notes["rank of the inputs"] = json!(reached.rank);
    notes["dead units"] = json!(reached.dead);
    answer(&clock, found, notes, out)
}

/// The search itself, with what is to be noted.
fn search(
    here: &dyn Curvature,
    risk: &Risk,
    noise: f64,
    what: &str,
    method: &str,
) -> Result<(EigenPairs<Directions>, Value), String> {
    let multiplying = Cell::new(0.0);
    let space = risk.space();
    let operator = CurvatureOperator {
        product: Box::new(|v| {
            let clock = Instant::now();
            let product = here.hessian_times(v);
            let t = clock.elapsed().as_secs_f64();
            multiplying.set(multiplying.get() + t);
            product
        }),
        device: space.device.clone(),
        dimension: space.dimension,
    };
    let ends = |largest, smallest, relative| Ends {
        relative,
        noise,
        confirm: !method.contains("unconfirmed"),
        ..Ends::new(largest, smallest).in_blocks_for(overhead(
            space.device.on_host,
            risk.examples(),
            space.dimension,
        ))
    };
    let asked = match what {
        "top" => ends(COUNT, 0, 1e-4),
        "both" => ends(COUNT, COUNT, 1e-3),
        "all" => ends(COUNT, 0, 1e-3),
        other => return Err(format!("landscape has no spectrum {other:?} here")),
    };
    let go_on = |_| ControlFlow::Continue(());
    let clock = Instant::now();
    let (found, mut notes) = if what == "all" {
        let found = survey(&operator, &asked, &Accuracy::default(), go_on);
        let (trace, density) = (found.density.trace(), &found.density);
        let notes = json!({
            "density steps": density.effort.steps, "density starts": density.effort.probes,
            "shared products": found.shared, "trace": trace.value, "error of the trace": trace.error,
            "distance of the density": density.distance(),
        });
        let mut ends = found.ends;
        ends.products = found.products;
        (ends, notes)
    } else {
        (extremes(&operator, &asked, go_on), json!({}))
    };
    notes["seconds in the search"] = json!(clock.elapsed().as_secs_f64());
    notes["seconds in products"] = json!(multiplying.get());
    notes["planned vectors"] = json!(asked.vectors(space.device.on_host));
    Ok((found, notes))
}

/// What is told of a search that began when the clock did.
fn answer(
    clock: &Instant,
    found: EigenPairs<Directions>,
    mut notes: Value,
    out: &Path,
) -> Result<Value, String> {
    let seconds = clock.elapsed().as_secs_f64();
    notes["converged"] = json!(found.converged());
    notes["orthogonality defect"] = json!(found.orthogonality_defect);
    write(&found.vectors, out)?;
    Ok(json!({
        "seconds": seconds, "products": found.products, "notes": notes,
        "values": found.pairs.iter().map(|pair| pair.value).collect::<Vec<_>>(),
        "bounds": found.pairs.iter().map(|pair| pair.bound).collect::<Vec<_>>(),
    }))
}

/// The vectors one after the other as f32, one at a time, so that this takes no memory worth counting.
fn write(vectors: &Directions, out: &Path) -> Result<(), String> {
    let fail = |error: std::io::Error| format!("{}: {error}", out.display());
    let mut file = std::fs::File::create(out).map_err(fail)?;
    let [count, width] = vectors.tensor().dims();
    for i in 0..count {
        let row = vectors.tensor().slice([i..i + 1, 0..width]);
        let bytes: Vec<u8> = download(&row)
            .into_iter()
            .flat_map(|x| (x as f32).to_le_bytes())
            .collect();
        file.write_all(&bytes).map_err(fail)?;
    }
    Ok(())
}
