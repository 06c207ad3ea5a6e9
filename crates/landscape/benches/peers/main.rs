//! Our side of `scripts/compare-peers`: a worker that answers one JSON request a line on stdin with one line on stdout.
//!
//! The protocol is described in `scripts/peers/worker.py`. The peers' workers speak the same one, get the same
//! weights and data from the same files, and are asked in turns.

#![recursion_limit = "256"]

mod gram;
mod spectrum;
mod workload;

use burn::tensor::{DType, Device, Tensor, TensorData};
use landscape::data::files::{Input, Limits, npy};
use serde::Deserialize;
use serde_json::{Value, json};
use std::hint::black_box;
use std::io::{BufRead, BufReader, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;
use zip::ZipArchive;

fn main() -> std::io::Result<()> {
    landscape::environment::prepare(landscape::environment::Work::Computing);
    landscape::threads::take_part();
    landscape::threads::bind();
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        eprintln!("this worker is started by scripts/compare-peers");
        return Ok(());
    }
    let mut answers = std::io::stdout().lock();
    writeln!(
        answers,
        "{}",
        json!({ "ready": concat!("landscape ", env!("CARGO_PKG_VERSION")) })
    )?;
    answers.flush()?;
    let mut workload = None;
    for line in stdin.lock().lines() {
        let answer = match serde_json::from_str(&line?) {
            Ok(Request::Quit) => break,
            Ok(request) => answer(request, &mut workload),
            Err(error) => Err(format!("not a request: {error}")),
        };
        writeln!(
            answers,
            "{}",
            answer.unwrap_or_else(|error| json!({ "error": error }))
        )?;
        answers.flush()?;
    }
    Ok(())
}

/// A workload at its fixed weights.
///
/// What a quantity needs beside the weights (a linearisation, the directions) is made at its first use, so that a
/// process which only computes gradients holds nothing else.
trait Workload {
    /// Computes the quantity once and returns when the result is there: what is timed.
    fn run(&mut self, quantity: Quantity) -> Result<(), String>;

    /// The quantity on the host, as one flat vector in the layout of the files: what is compared with the peers.
    ///
    /// For a step it is (W before − W after) / step size of the first step, whatever ran before.
    fn value(&mut self, quantity: Quantity) -> Result<Vec<f64>, String>;

    /// Ends, density or trace of the Hessian: how long it took, and what came out. Vectors go to a file.
    fn spectrum(&self, what: &str, method: &str, out: &Path) -> Result<Value, String>;

    /// The Gram matrix of the first examples' output gradients: how long it took. The matrix goes to a file.
    fn gram(&self, examples: usize, out: &Path) -> Result<Value, String>;
}

/// What a workload computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quantity {
    /// ∇L at the weights.
    Gradient,
    /// H·v for the first direction; what depends on the weights alone is kept from call to call.
    Hvp,
    /// The same, linearised anew in each call.
    HvpFresh,
    /// H·V for all eight directions as one block: eight rows.
    Hvp8,
    /// One step of gradient descent.
    Step,
    /// The two matrix products of that step alone, x·W and xᵀ·(x·W); the value is the second.
    Gemms,
}

impl Quantity {
    fn parse(what: &str, method: &str) -> Result<Self, String> {
        match (what, method) {
            ("gradient", "") => Ok(Quantity::Gradient),
            ("hvp", "cached") => Ok(Quantity::Hvp),
            ("hvp", "fresh") => Ok(Quantity::HvpFresh),
            ("hvp8", "one block") => Ok(Quantity::Hvp8),
            ("step", "") => Ok(Quantity::Step),
            ("gemms", "") => Ok(Quantity::Gemms),
            _ => Err(format!("landscape has no {what:?} by {method:?} here")),
        }
    }
}

#[derive(Deserialize)]
#[serde(tag = "op", rename_all = "lowercase")]
enum Request {
    Prepare {
        workload: String,
        dir: PathBuf,
        dtype: String,
        threads: usize,
    },
    Time {
        #[serde(flatten)]
        task: Task,
        reps: usize,
    },
    Value {
        #[serde(flatten)]
        task: Task,
    },
    Spectrum {
        what: String,
        #[serde(default)]
        method: String,
        out: PathBuf,
    },
    Gram {
        examples: usize,
        out: PathBuf,
    },
    Peak,
    Quit,
}

#[derive(Deserialize)]
struct Task {
    what: String,
    #[serde(default)]
    method: String,
    size: Option<usize>,
    dtype: Option<String>,
}

fn answer(request: Request, workload: &mut Option<Box<dyn Workload>>) -> Result<Value, String> {
    match request {
        Request::Prepare {
            workload: name,
            dir,
            dtype,
            threads,
        } => {
            let available = rayon::current_num_threads();
            if threads != available {
                return Err(format!(
                    "{threads} threads wanted, but this process has {available} processors"
                ));
            }
            let inputs = Inputs::open(&dir)?;
            let found = (inputs.manifest.workload.as_str(), inputs.manifest.dtype.as_str());
            if found != (name.as_str(), dtype.as_str()) {
                return Err(format!(
                    "{} holds {found:?}, not {:?}",
                    dir.display(),
                    (name, dtype)
                ));
            }
            *workload = Some(workload::prepare(inputs)?);
            Ok(json!({ "ok": true }))
        }
        Request::Value { task } => {
            let start = Instant::now();
            let value = match task.matrix()? {
                Some(a) => a.clone().matmul(a).to_data().iter::<f64>().collect(),
                None => ready(workload)?.value(Quantity::parse(&task.what, &task.method)?)?,
            };
            let setup = start.elapsed().as_secs_f64();
            let mut answer = digest(&value);
            answer["setup_seconds"] = json!(setup);
            Ok(answer)
        }
        Request::Time { task, reps } => {
            let seconds = match task.matrix()? {
                Some(a) => time(reps, || {
                    black_box(a.clone().matmul(a.clone()));
                    Ok(())
                })?,
                None => {
                    let quantity = Quantity::parse(&task.what, &task.method)?;
                    let workload = ready(workload)?;
                    time(reps, || workload.run(quantity))?
                }
            };
            Ok(json!({ "seconds": seconds }))
        }
        Request::Spectrum { what, method, out } => ready(workload)?.spectrum(&what, &method, &out),
        Request::Gram { examples, out } => ready(workload)?.gram(examples, &out),
        Request::Peak => Ok(json!({ "rss_kib": peak_kib()? })),
        Request::Quit => Ok(Value::Null),
    }
}

fn ready(workload: &mut Option<Box<dyn Workload>>) -> Result<&mut Box<dyn Workload>, String> {
    workload.as_mut().ok_or_else(|| "nothing is prepared".to_owned())
}

fn time(reps: usize, mut call: impl FnMut() -> Result<(), String>) -> Result<Vec<f64>, String> {
    (0..reps)
        .map(|_| {
            let start = Instant::now();
            call()?;
            Ok(start.elapsed().as_secs_f64())
        })
        .collect()
}

impl Task {
    /// The matrix with entries ((31 i + 17 j) mod 101) / 101 − 1/2, where the task is to square it: the same in every
    /// tool, cheap to make. `None` where the task belongs to a workload.
    fn matrix(&self) -> Result<Option<Tensor<2>>, String> {
        if self.what != "matmul" {
            return Ok(None);
        }
        let n = self
            .size
            .filter(|n| (1..=16384).contains(n))
            .ok_or("matmul needs a size from 1 to 16384")?;
        let entry = |k: usize| ((31 * (k / n) + 17 * (k % n)) % 101) as f64 / 101.0 - 0.5;
        let device = Device::flex();
        match self.dtype.as_deref() {
            Some("f64") => {
                let data = TensorData::new((0..n * n).map(entry).collect::<Vec<f64>>(), [n, n]);
                Ok(Some(Tensor::from_data(data, (&device, DType::F64))))
            }
            Some("f32") => {
                let data = TensorData::new((0..n * n).map(|k| entry(k) as f32).collect::<Vec<f32>>(), [n, n]);
                Ok(Some(Tensor::from_data(data, (&device, DType::F32))))
            }
            other => Err(format!("dtype {other:?}: expected f32 or f64")),
        }
    }
}

/// Length, norm and seven evenly spaced entries.
fn digest(value: &[f64]) -> Value {
    const ENTRIES: usize = 7;
    let norm = value.iter().map(|x| x * x).sum::<f64>().sqrt();
    let last = value.len().saturating_sub(1);
    let entries: Vec<f64> = (0..ENTRIES)
        .filter_map(|k| value.get(k * last / (ENTRIES - 1)))
        .copied()
        .collect();
    json!({ "norm": norm, "digest": entries, "size": value.len() })
}

/// The largest resident set of this process so far, in KiB.
fn peak_kib() -> Result<u64, String> {
    let status = std::fs::read_to_string("/proc/self/status")
        .map_err(|error| format!("/proc/self/status (peak memory is only read on Linux): {error}"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .ok_or_else(|| "no VmHWM in /proc/self/status".to_owned())
}

/// What `manifest.json` says about a workload. Parameters are one flat vector: per layer the weight `[in, out]`
/// row-major, then the bias `[out]`.
#[derive(Deserialize)]
struct Manifest {
    workload: String,
    dtype: String,
    widths: Vec<usize>,
    activation: String,
    loss: String,
    step_size: Option<f64>,
}

/// A workload folder. Arrays are read when asked for: what is not needed takes no memory.
struct Inputs {
    folder: PathBuf,
    manifest: Manifest,
}

impl Inputs {
    /// Opens a folder and checks that its weights are there and finite.
    fn open(folder: &Path) -> Result<Self, String> {
        let path = folder.join("manifest.json");
        let text = std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let manifest =
            serde_json::from_slice(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        let inputs = Inputs {
            folder: folder.to_owned(),
            manifest,
        };
        if !inputs.array("weights")?.iter().all(|x| x.is_finite()) {
            return Err(format!("{}: a weight is not finite", folder.display()));
        }
        Ok(inputs)
    }

    /// One array of `arrays.npz`, row-major, as f64.
    fn array(&self, name: &str) -> Result<Vec<f64>, String> {
        let path = self.folder.join("arrays.npz");
        let read = || {
            let file = std::fs::File::open(&path).map_err(|error| error.to_string())?;
            let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|error| error.to_string())?;
            let member = archive
                .by_name(&format!("{name}.npy"))
                .map_err(|error| format!("{name}: {error}"))?;
            let length = member.compressed_size();
            npy::read(&mut Input::inside(member, length, Limits::here()))
        };
        let array = read().map_err(|error: String| format!("{}: {error}", path.display()))?;
        Ok((0..array.numbers.len()).map(|i| array.numbers.at(i)).collect())
    }
}
