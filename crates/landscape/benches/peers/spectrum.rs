//! Ends, density and trace of a workload's Hessian, timed as a whole.

use models::{CurvatureOperator, Directions, Objective, Point, Risk, download};
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
/// `all`: those, with the density and the trace. `size` is the block; all else is as probes have it.
pub fn spectrum(risk: &Risk, at: &Point, what: &str, out: &Path) -> Result<Value, String> {
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
    let go_on = |_| ControlFlow::Continue(());
    let both = Ends {
        relative: 1e-3,
        ..Ends::new(COUNT, COUNT)
    };
    let block = std::env::var("B").map_or(4, |b| b.parse().unwrap());
    let top = Ends {
        relative: 1e-4, block,
        ..Ends::new(COUNT, 0)
    };
    let confirm = std::env::var("NC").is_err(); let basis = std::env::var("M").map_or(0, |b| b.parse().unwrap()); let both = Ends { block, confirm, max_basis: if basis > 0 { basis } else { both.max_basis }, ..both }; let top = Ends { confirm, max_basis: if basis > 0 { basis } else { top.max_basis }, ..top };
    let (found, products, notes) = match what {
        "top" => plain(extremes(&operator, &top, go_on)),
        "both" => plain(extremes(&operator, &both, go_on)),
        "all" => {
            let found = survey(&operator, &both, &Accuracy::default(), go_on);
            let (trace, density) = (found.density.trace(), &found.density);
            let notes = json!({
                "density steps": density.effort.steps, "density starts": density.effort.probes,
                "shared products": found.shared, "trace": trace.value, "error of the trace": trace.error,
                "distance of the density": density.distance(),
            });
            (found.ends, found.products, notes)
        }
        other => return Err(format!("landscape has no spectrum {other:?} here")),
    };
    let seconds = clock.elapsed().as_secs_f64();
    let mut notes = notes;
    notes["share of products in the time"] = json!(multiplying.get() / seconds);
    notes["converged"] = json!(found.converged());
    notes["orthogonality defect"] = json!(found.orthogonality_defect);
    notes["planned vectors"] = json!(if what == "top" { top.vectors() } else { both.vectors() });
    write(&found.vectors, out)?;
    Ok(json!({
        "seconds": seconds, "products": products, "notes": notes,
        "values": found.pairs.iter().map(|pair| pair.value).collect::<Vec<_>>(),
        "bounds": found.pairs.iter().map(|pair| pair.bound).collect::<Vec<_>>(),
    }))
}

fn plain(found: EigenPairs<Directions>) -> (EigenPairs<Directions>, usize, Value) {
    let products = found.products;
    (found, products, json!({}))
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
