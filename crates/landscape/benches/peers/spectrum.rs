//! Ends, density and trace of a workload's Hessian, timed as a whole.

use models::{CurvatureOperator, Directions, Objective, Point, Risk, download};
use serde_json::{Value, json};
use spectra::{Accuracy, Ends, extremes, survey};
use std::cell::Cell;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

/// Eigenpairs wanted at each end.
const COUNT: usize = 10;

/// `top`: the ten largest to a relative residual of 1e-4. `both`: the ten largest and the ten smallest to 1e-3.
/// `all`: the ten largest to 1e-3, with the density and the trace. The method `unconfirmed` does not look for what
/// may have been missed; all else is as probes have it.
pub fn spectrum(risk: &Risk, at: &Point, what: &str, method: &str, out: &Path) -> Result<Value, String> {
    let clock = Instant::now();
    let here = risk.linearise(at);
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
        block: operator.at_once(),
        confirm: method != "unconfirmed",
        ..Ends::new(largest, smallest)
    };
    let asked = match what {
        "top" => ends(COUNT, 0, 1e-4),
        "both" => ends(COUNT, COUNT, 1e-3),
        "all" => ends(COUNT, 0, 1e-3),
        other => return Err(format!("landscape has no spectrum {other:?} here")),
    };
    let go_on = |_| ControlFlow::Continue(());
    let (found, products, mut notes) = if what == "all" {
        let found = survey(&operator, &asked, &Accuracy::default(), go_on);
        let (trace, density) = (found.density.trace(), &found.density);
        let notes = json!({
            "density steps": density.effort.steps, "density starts": density.effort.probes,
            "shared products": found.shared, "trace": trace.value, "error of the trace": trace.error,
            "distance of the density": density.distance(),
        });
        (found.ends, found.products, notes)
    } else {
        let found = extremes(&operator, &asked, go_on);
        let products = found.products;
        (found, products, json!({}))
    };
    let seconds = clock.elapsed().as_secs_f64();
    notes["share of products in the time"] = json!(multiplying.get() / seconds);
    notes["converged"] = json!(found.converged());
    notes["orthogonality defect"] = json!(found.orthogonality_defect);
    notes["planned vectors"] = json!(asked.vectors(space.device.on_host));
    write(&found.vectors, out)?;
    Ok(json!({
        "seconds": seconds, "products": products, "notes": notes,
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
