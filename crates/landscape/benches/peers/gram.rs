//! The Gram matrix of a workload's output gradients, timed as a whole.

use models::{Point, Risk};
use serde_json::{Value, json};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Instant;

/// K = JJᵀ of the first examples, from the weights to the whole matrix; then its rows go to a file as f32.
pub fn gram(risk: &Risk, at: &Point, examples: usize, out: &Path) -> Result<Value, String> {
    if examples > risk.examples() {
        return Err(format!("{examples} examples wanted of {}", risk.examples()));
    }
    let of_first = |count: usize| risk.on_examples(&(0..count).collect::<Vec<_>>()).gram(at);
    drop(of_first(2)); // what the first call loads is not counted
    let clock = Instant::now();
    let gram = of_first(examples);
    let seconds = clock.elapsed().as_secs_f64();
    let fail = |error: std::io::Error| format!("{}: {error}", out.display());
    let mut file = BufWriter::new(std::fs::File::create(out).map_err(fail)?);
    // Symmetric: columns are rows.
    for number in gram.col_iter().flat_map(|column| column.iter()) {
        file.write_all(&(*number as f32).to_le_bytes()).map_err(fail)?;
    }
    file.flush().map_err(fail)?;
    Ok(json!({ "seconds": seconds }))
}
