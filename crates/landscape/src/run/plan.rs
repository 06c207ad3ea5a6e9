//! How much memory a run will take, and how long, worked out before it begins.

#[cfg(test)]
mod tests;

use super::RunError;
use crate::data::Variant;
use crate::device::Memory;
use crate::experiment::{Checked, Experiment};
use crate::memory::words;
use models::{Objective, Point, Risk};
use probes::Measurement;
use std::time::{Duration, Instant};

/// The memory that a variant takes at its peak, part by part, in bytes.
///
/// The factors were measured on the CPU, where freed memory is kept and used again in part: the peak stays within 10 %
/// of the plan (`tests/cli/memory.rs`). For devices with memory of their own they are taken over, unmeasured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MemoryPlan {
    /// Whether the device has memory of its own.
    apart: bool,
    /// The program, its libraries, and what they have freed by the time a run begins.
    program: u64,
    /// Examples while they are drawn, before anything else is there.
    drawing: u64,
    /// Examples on the host.
    data: u64,
    /// Examples on the device.
    sent: u64,
    /// Points on their way between the host and a device with memory of its own.
    copies: u64,
    /// Points, gradients, what the optimiser keeps, and, in the host's memory, the checkpoint of all that.
    weights: u64,
    /// The basis of a probe of the spectrum.
    basis: u64,
    /// Activations and partial sums that are needed at once.
    activations: u64,
    /// Activations that a probe keeps between products. Where there is no room they are made again.
    kept: u64,
}

/// A linearisation counts four numbers for each output of a link, and takes 1.7: 40 against 17.
const COUNTED: u64 = 40;
const TAKEN: u64 = 17;

/// The bytes that are taken for so many that are counted.
fn kept(counted: u64) -> u64 {
    (counted * TAKEN).div_ceil(COUNTED)
}

/// The memory that there is for a run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    /// Bytes on the host: those that are allowed or, as far as the system tells, available.
    pub host: Option<u64>,
    /// Where the device's tensors lie.
    pub device: Memory,
}

impl Room {
    /// How much it is, in words.
    pub fn words(&self) -> String {
        let known = |bytes: Option<u64>| bytes.map_or("unknown memory".into(), words);
        match self.device {
            Memory::Host => known(self.host),
            Memory::Own(bytes) => format!(
                "{} on the host and {} on the device",
                known(self.host),
                known(bytes)
            ),
        }
    }
}

/// The numbers in so many examples.
fn numbers(checked: &Checked, examples: usize) -> u64 {
    let (inputs, outputs) = checked.widths;
    (examples * (inputs + outputs)) as u64
}

impl MemoryPlan {
    /// The plan of a variant, with at most so much kept between products that it fits where it can. The examples of the
    /// first variant stay on the host.
    pub(super) fn of(checked: &Checked, first: &Checked, threads: usize, room: Room) -> Self {
        let config = &checked.config;
        let number = config.precision.bytes() as u64;
        let (train, test) = checked.examples;
        let examples = [train, test].map(|examples| numbers(checked, examples));
        let all = examples[0] + examples[1];
        let held = 8 * numbers(first, first.examples.0 + first.examples.1);
        let shares = checked.drawn.is_some();
        let own = match shares && config.labels == Variant::True {
            true => 0,
            false => 8 * all,
        };
        let apart = matches!(room.device, Memory::Own(_));
        // Beyond this they wait on the host.
        let most = if apart { Risk::SAMPLE as u64 } else { u64::MAX };
        let sent: u64 = examples.iter().map(|numbers| (number * numbers).min(most)).sum();
        let vector = checked.sizes.parameters as u64 * number;
        let example = checked.sizes.widths as u64 * number;
        let keeps = config.training.optimiser.keeps().len() as u64;
        let block = Risk::block_size(checked.sizes.parameters).min(train);
        let blocks = train.div_ceil(block) as u64;
        let subject = checked.subject();
        let vectors = config.probes.iter().map(|probe| probe.vectors(&subject) as u64);
        let basis = vectors.max().filter(|vectors| *vectors > 0);
        // Each block leaves its part of a gradient, or of the products with four directions.
        let parts = match (blocks, basis) {
            (1, _) => 0,
            (_, None) => blocks * vector,
            (_, Some(_)) => 4 * blocks * vector,
        };
        let plan = MemoryPlan {
            apart,
            program: 46 << 20,
            drawing: if shares { 0 } else { held } + 3 * 8 * all + checked.stored_bytes,
            data: held + own + number * all - sent,
            sent,
            copies: if apart { 2 * (1 + keeps) * vector } else { 0 },
            weights: (12 + 7 * keeps) * vector / 2 + checked.sizes.fixed as u64 * number,
            basis: basis.unwrap_or(0) * vector,
            activations: parts + 6 * blocks.min(threads as u64) * block as u64 * example / 10,
            kept: 0,
        };
        let wanted = match basis {
            Some(_) => kept(4 * (train as u64 * example).min(Risk::MEMORY as u64 / 4)),
            None => 0,
        };
        let (budget, taken) = match room.device {
            Memory::Host => (room.host, plan.host()),
            Memory::Own(bytes) => (bytes, plan.device()),
        };
        let left = budget.map_or(u64::MAX, |budget| budget.saturating_sub(taken));
        MemoryPlan {
            kept: wanted.min(left),
            ..plan
        }
    }

    /// The bytes that a linearisation may count for what it keeps ([`Risk::with_memory`]).
    pub fn activations(&self) -> usize {
        (self.kept * COUNTED).div_ceil(TAKEN) as usize
    }

    /// The bytes by which it exceeds the room there is, on the host or on the device.
    pub(super) fn excess(&self, room: Room) -> u64 {
        let device = match room.device {
            Memory::Host => None,
            Memory::Own(bytes) => bytes,
        };
        let beyond = |needed: u64, there: Option<u64>| needed.saturating_sub(there.unwrap_or(u64::MAX));
        beyond(self.host(), room.host).max(beyond(self.device(), device))
    }

    /// The bytes that are left for the bases of probes once so many are missing.
    pub(super) fn left_for_bases(&self, missing: u64) -> u64 {
        (self.basis + self.kept).saturating_sub(missing)
    }

    /// What the host's memory holds at the peak.
    pub fn host(&self) -> u64 {
        let here = if self.apart { 0 } else { self.tensors() };
        self.program + self.drawing.max(self.data + self.copies + here)
    }

    /// What the device's own memory holds at the peak, if it has any.
    pub fn device(&self) -> u64 {
        if self.apart { self.tensors() } else { 0 }
    }

    fn tensors(&self) -> u64 {
        self.sent + self.weights + self.basis + self.activations + self.kept
    }
}

impl std::fmt::Display for MemoryPlan {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        let tensors = format!(
            "weights and optimiser {}, bases of probes {}, activations {}, of which {} are kept between products",
            words(self.weights),
            words(self.basis),
            words(self.activations + self.kept),
            words(self.kept),
        );
        let (program, drawing) = (words(self.program), words(self.drawing));
        let host = words(self.host());
        match self.apart {
            false => write!(
                f,
                "{host}: the program {program}, examples {} (while they are drawn {drawing}), {tensors}",
                words(self.data + self.sent)
            ),
            true => write!(
                f,
                "{host} on the host: the program {program}, examples {} (while they are drawn {drawing}), copies of \
                 points {}; and {} on the device: examples {}, {tensors}",
                words(self.data),
                words(self.copies),
                words(self.device()),
                words(self.sent)
            ),
        }
    }
}

/// The plans of all variants, or why one of them cannot fit.
pub(super) fn plans(checked: &[Checked], room: Room) -> Result<Vec<MemoryPlan>, RunError> {
    let threads = rayon::current_num_threads();
    let Some(first) = checked.first() else {
        return Ok(Vec::new());
    };
    let plan = |checked: &Checked| {
        let plan = MemoryPlan::of(checked, first, threads, room);
        let device = match room.device {
            Memory::Host => None,
            Memory::Own(bytes) => bytes,
        };
        let beyond = |needed: u64, there: Option<u64>| there.filter(|there| needed > *there);
        let (there, advice) = match (beyond(plan.host(), room.host), beyond(plan.device(), device)) {
            (Some(budget), _) => (
                format!("the {} there are", words(budget)),
                ", or allow more with --memory",
            ),
            (None, Some(bytes)) => (
                format!("the {} that the device has", words(bytes)),
                ", or run with --device cpu",
            ),
            (None, None) => return Ok(plan),
        };
        Err(RunError::TooLarge(format!(
            "the variant `{}` needs more memory than {there}. It takes {plan}. Choose smaller widths, fewer examples or \
             fewer eigenvalues{advice}",
            checked.name,
        )))
    };
    checked.iter().map(plan).collect()
}

/// How long all variants take at most, from a short calibration on the first: a gradient, and a product of the Hessian
/// where a probe needs them. Other variants are taken to cost as much per parameter and example.
pub(super) fn time(experiment: &Experiment, at: &Point, checked: &[Checked]) -> String {
    let clock = Instant::now();
    let slope = experiment.train.slope(at);
    let gradient = clock.elapsed().as_secs_f64();
    let products = |checked: &Checked| -> usize {
        let subject = checked.subject();
        let probes = checked.config.probes.iter();
        probes.map(|probe| probe.products(&subject)).sum()
    };
    let any = |checked: &Checked| products(checked) > 0;
    let product = match checked.iter().any(any) {
        false => 0.0,
        true => {
            let curvature = experiment.train.linearise(at);
            let clock = Instant::now();
            curvature.hessian_times(&slope.gradient);
            clock.elapsed().as_secs_f64()
        }
    };
    let size = |checked: &Checked| (checked.sizes.parameters * checked.examples.0) as f64;
    let first = checked.iter().find(|checked| checked.name == experiment.name);
    let unit = first.map_or(1.0, size);
    let mut seconds = 0.0;
    for checked in checked {
        let config = &checked.config;
        let limits = &config.training.limits;
        let batch = config
            .training
            .batch
            .map_or(1.0, |batch| batch as f64 / checked.examples.0 as f64);
        let passes: usize = config.probes.iter().map(Measurement::passes).sum();
        let looks = config.observe.looks(limits.steps);
        let each = gradient * (batch * limits.steps as f64 + 3.0 * looks.metrics)
            + (product * products(checked) as f64 + gradient / 3.0 * passes as f64) * looks.probes;
        let each = each * size(checked) / unit;
        seconds += limits.seconds.map_or(each, |limit| each.min(limit));
    }
    let duration = Duration::try_from_secs_f64(seconds.ceil()).unwrap_or(Duration::MAX);
    let digits = |seconds: f64| humantime::format_duration(Duration::from_micros((1e6 * seconds) as u64));
    format!(
        "time: at most about {} (a gradient takes {}{})",
        humantime::format_duration(Duration::from_secs(duration.as_secs())),
        digits(gradient),
        match product {
            0.0 => String::new(),
            product => format!(", a product of the Hessian {}", digits(product)),
        }
    )
}
