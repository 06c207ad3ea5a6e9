//! How much memory a run will take, worked out before it begins.

#[cfg(test)]
mod tests;

use super::RunError;
use crate::data::Variant;
use crate::device::{Memory, Opened};
use crate::experiment::Checked;
use crate::memory::words;
use models::Risk;
use probes::Measurement;
use training::Noise;

/// The memory that a variant takes at its peak, part by part, in bytes.
///
/// What is held at once was counted, and what lies idle between it was measured on the CPU, where freed memory is kept and
/// used again in part: peak and plan differ by at most a tenth of the plan (`tests/cli/memory.rs`). For devices with memory
/// of their own the same factors are taken, unmeasured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MemoryPlan {
    /// Whether the device has memory of its own.
    apart: bool,
    /// Examples while they are drawn, before anything else is there.
    drawing: u64,
    /// Figures and the page of the report, made when everything else is gone.
    report: u64,
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
    /// What is there while products are compared with f64, before there are bases and activations. On the host beside a device
    /// of its own memory.
    compared: u64,
    /// What reading weights took, or looking for the parameters that the examples reach, on the host. Bases do not use it
    /// again.
    before: u64,
    /// Activations and partial sums that are needed at once.
    activations: u64,
    /// Activations that a probe keeps between products. Where there is no room they are made again.
    kept: u64,
    /// Gram matrices of probes, in the host's memory, when neither bases nor kept activations are there; and bases that are
    /// kept on the host beside a device of its own memory.
    grams: u64,
    /// The numbers that are kept of [`COUNTED`].
    taken: u64,
}

/// The program, its libraries and their threads.
const PROGRAM: u64 = 25 << 20;
/// Figures with their fonts, and the page of the report.
const REPORT: u64 = 30 << 20;

/// A linearisation counts four numbers for each output of a link ([`Risk::with_memory`]), 80 for twenty; so many are taken
/// where activations are piecewise linear, and where they are smooth and their second derivatives are kept too.
const COUNTED: u64 = 80;
const PIECEWISE: u64 = 33;
const SMOOTH: u64 = 42;

/// The vectors `[P]` that training holds at once, with so many that the optimiser keeps, with noise or without: the point, the
/// gradient, a checkpoint of the point and two copies of the part that is being written; what is kept, and its part of the
/// checkpoint; and two that steps leave idle where they use more memory than a checkpoint, for what is kept or for noise.
fn held_vectors(keeps: u64, noisy: bool) -> u64 {
    5 + 2 * keeps + if keeps > 0 || noisy { 2 } else { 0 }
}

/// The memory that there is for a run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    /// Bytes on the host: those that are allowed or, as far as the system tells, available.
    pub host: Option<u64>,
    /// Where the device's tensors lie.
    pub device: Memory,
    /// Whether the device is the host's processor.
    pub on_host: bool,
}

impl Room {
    /// The room on an open device, with so many bytes on the host.
    pub fn of(host: Option<u64>, opened: &Opened) -> Self {
        Room {
            host,
            device: opened.memory,
            on_host: opened.device.on_host,
        }
    }

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
        let large = checked.sizes.parameters >= Risk::LARGE;
        let subject = checked.subject(room.on_host);
        let vectors = config.probes.iter().map(|probe| {
            let seen = probes::beside(&config.probes, probe, &subject);
            probe.vectors(&seen) as u64
        });
        let basis = vectors.max().filter(|vectors| *vectors > 0);
        let searches = config.probes.iter().any(|probe| probe.pairs() > 0);
        let compared = config
            .probes
            .iter()
            .map(|probe| probe.bytes_beside_double(&subject));
        let grams = config
            .probes
            .iter()
            .map(|probe| probe.host_bytes(&probes::beside(&config.probes, probe, &subject)));
        // Each block leaves its part of a gradient, or of the products with as many directions as are multiplied at once.
        let at_once = config.probes.iter().map(|probe| probe.at_once(&subject) as u64);
        let at_once = at_once.max().unwrap_or(1);
        let parts = match (blocks, basis) {
            (1, _) => 0,
            (_, None) => blocks * vector,
            (_, Some(_)) => at_once * blocks * vector,
        };
        // The outputs of all links in the blocks that are at work: threads share those of a small network.
        let together = if large { 1 } else { blocks.min(threads as u64) };
        let outputs = together * block as u64 * example;
        let plan = MemoryPlan {
            apart,
            // What is drawn stays; what is stored is copied, and the tests of what is drawn are.
            drawing: if shares { 0 } else { held } + 8 * all + (8 * examples[1]).max(checked.stored_bytes),
            report: REPORT,
            data: held + own + number * all - sent,
            sent,
            // The file, and the part of it that is on its way.
            copies: if apart { (2 + keeps) * vector } else { 0 },
            weights: held_vectors(keeps, config.training.noise != Noise::None) * vector
                + checked.sizes.fixed as u64 * number,
            basis: basis.unwrap_or(0) * vector,
            compared: 0,
            before: if searches { checked.reached.looking } else { 0 },
            // A gradient holds the outputs, and on its way back three quarters as much. Where blocks are kept, the one at
            // work is among them.
            activations: parts + if basis.is_some() { 0 } else { 7 * outputs / 4 },
            kept: 0,
            grams: grams.max().unwrap_or(0),
            taken: match config.model.bends() {
                true => SMOOTH,
                false => PIECEWISE,
            },
        };
        let counted = 4 * (train as u64 * example).min(Risk::MEMORY as u64 / 4);
        let wanted = match basis {
            Some(_) => (counted * plan.taken).div_ceil(COUNTED),
            None => 0,
        };
        let (budget, taken) = match room.device {
            Memory::Host => (room.host, PROGRAM + plan.data + plan.tensors()),
            Memory::Own(bytes) => (bytes, plan.device()),
        };
        let left = budget.map_or(u64::MAX, |budget| budget.saturating_sub(taken));
        // Blocks that are made again lie beside those that are kept.
        let again = (4 * outputs * plan.taken).div_ceil(COUNTED);
        let plan = MemoryPlan {
            compared: compared.max().unwrap_or(0),
            ..plan
        };
        match wanted <= left {
            true => MemoryPlan { kept: wanted, ..plan },
            false => MemoryPlan {
                activations: plan.activations + again,
                kept: wanted.min(left.saturating_sub(again)),
                ..plan
            },
        }
    }

    /// The same with so many bytes more for bases of probes.
    pub(super) fn with_bases(self, bytes: u64) -> Self {
        MemoryPlan {
            basis: self.basis + bytes,
            ..self
        }
    }

    /// The same where reading weights takes so many bytes on the host.
    pub(super) fn with_reading(self, bytes: u64) -> Self {
        MemoryPlan {
            before: self.before.max(bytes),
            ..self
        }
    }

    /// The same without a report at the end.
    pub(super) fn unreported(self) -> Self {
        MemoryPlan { report: 0, ..self }
    }

    /// The bytes that a linearisation may count for what it keeps ([`Risk::with_memory`]).
    pub fn activations(&self) -> usize {
        (self.kept * COUNTED).div_ceil(self.taken) as usize
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
        let (here, resting) = match self.apart {
            true => (self.before.max(self.compared), 0),
            false => (self.tensors(), self.sent + self.weights),
        };
        let works = here.max(resting + self.grams);
        PROGRAM + self.drawing.max(self.data + self.copies + works).max(self.report)
    }

    /// What the device's own memory holds at the peak, if it has any.
    pub fn device(&self) -> u64 {
        if self.apart { self.tensors() } else { 0 }
    }

    fn tensors(&self) -> u64 {
        let works = match self.apart {
            true => self.basis + self.activations + self.kept,
            false => self.compared.max(self.probing()),
        };
        self.sent + self.weights + works
    }

    /// What the host's memory holds where probes measure there. Activations use again what was there before, but not beside
    /// bases.
    fn probing(&self) -> u64 {
        let activations = self.activations + self.kept;
        match self.basis {
            0 => self.before.max(activations),
            basis => self.before + basis + activations,
        }
    }
}

impl std::fmt::Display for MemoryPlan {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        let before = match self.before {
            0 => String::new(),
            bytes => format!(", left from before probes {}", words(bytes)),
        };
        let compared = match self.compared {
            0 => String::new(),
            bytes if self.apart => format!(", comparison with f64 {}", words(bytes)),
            bytes if bytes > self.probing() => format!(", comparison with f64 {} before these", words(bytes)),
            _ => String::new(),
        };
        let tensors = format!(
            "weights and optimiser {}, bases of probes {}, activations {}, of which {} are kept between products",
            words(self.weights),
            words(self.basis),
            words(self.activations + self.kept),
            words(self.kept),
        );
        let grams = match self.grams {
            0 => String::new(),
            bytes if self.apart => format!(", Gram matrices and bases kept there {}", words(bytes)),
            bytes => format!(", Gram matrices {} after these", words(bytes)),
        };
        let drawing = words(self.drawing);
        let program = match self.report {
            0 => format!("the program {}", words(PROGRAM)),
            report => format!(
                "the program {} (with its report {})",
                words(PROGRAM),
                words(PROGRAM + report)
            ),
        };
        let host = words(self.host());
        match self.apart {
            false => write!(
                f,
                "{host}: {program}, examples {} (while they are drawn {drawing}){before}, {tensors}{compared}{grams}",
                words(self.data + self.sent)
            ),
            true => write!(
                f,
                "{host} on the host: {program}, examples {} (while they are drawn {drawing}){before}, copies of points {}{compared}{grams}; \
                 and {} on the device: examples {}, {tensors}",
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
                ", keep the bases of ends on the host (basis_on_host = true), or run with --device cpu",
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
