//! The Gram matrix of some examples in f64, with the error of its numbers.

use crate::{Finding, Site, Subject};
use models::{Device, Point, Precision, Problem, Risk};
use spectra::Matrix;

/// The most rows: 3 GiB for a matrix.
const ROWS: usize = 20_000;
/// Examples on which rounding is measured.
const MEASURED: usize = 16;
/// The bytes that features and cotangents of blocks of examples may take beside a Gram matrix.
const BLOCKS: usize = 256 << 20;
/// By how much the rounding of all entries may exceed the largest of those that were measured.
const SAFETY: f64 = 16.0;

/// The first examples of a site's risk in f64 on the processor, whatever the device: eigenvalues of a Gram matrix, which
/// need (nC)³ operations, cost more than the matrix.
pub(crate) struct Examples {
    /// The risk on these examples.
    pub risk: Risk,
    /// The site's point, exactly.
    pub at: Point,
    /// How many examples the site's risk has.
    pub of: usize,
}

impl Examples {
    /// The first `count` examples, or all: the run's seed has drawn their order. `None` where the objective has none.
    pub fn first(site: &Site, count: usize) -> Option<Self> {
        let all = site.objective.as_risk()?;
        let first: Vec<usize> = (0..count.min(all.examples())).collect();
        let device = Device::cpu(Precision::F64);
        Some(Examples {
            risk: all.on_examples(&first).on(&device).with_memory(BLOCKS),
            at: Point::from_host(site.at.to_host(), &device),
            of: all.examples(),
        })
    }

    /// Which examples these are, in words.
    pub fn words(&self) -> String {
        self.words_of(self.risk.examples())
    }

    /// Which the first `count` of them are.
    pub fn words_of(&self, count: usize) -> String {
        match count {
            1 if self.of == 1 => "the one example".into(),
            n if n == self.of => format!("all {n} examples"),
            n => format!("the first {n} of {} examples", self.of),
        }
    }
}

/// A Gram matrix K = JJᵀ in f64.
pub(crate) struct TangentKernel {
    /// K `[nC, nC]`.
    pub matrix: Matrix,
    /// A bound of the spectral norm of its error, from rounding that was measured.
    pub error: f64,
}

impl TangentKernel {
    /// K at a point, unless the site stops it.
    ///
    /// Some examples' entries are computed in f32 too. The largest difference, relative to √(KᵢᵢKⱼⱼ), says by how much
    /// rounding is amplified on the way; in f64 it is smaller by the ratio of the round-offs, and 16 times that is taken
    /// for every entry. Where each entry is wrong by at most r√(KᵢᵢKⱼⱼ), the error's norm is at most r tr K.
    pub fn at(site: &Site, risk: &Risk, at: &Point) -> Option<Self> {
        let matrix = risk.gram_unless(at, site.interrupted)?;
        let (n, c) = (risk.examples(), risk.network().outputs());
        let count = n.min(MEASURED);
        let some: Vec<usize> = (0..count).map(|k| k * n / count).collect();
        let single = Device::cpu(Precision::F32);
        let rough = risk
            .on_examples(&some)
            .on(&single)
            .gram(&Point::from_host(at.to_host(), &single));
        let place = |row: usize| some[row / c] * c + row % c;
        let mut largest: f64 = 0.0;
        for j in 0..count * c {
            for i in j..count * c {
                let (row, column) = (place(i), place(j));
                let size = (matrix[(row, row)] * matrix[(column, column)]).sqrt();
                if size > 0.0 {
                    largest = largest.max((rough[(i, j)] - matrix[(row, column)]).abs() / size);
                }
            }
        }
        let (fine, coarse) = (Precision::F64.round_off(), Precision::F32.round_off());
        let each = SAFETY * (largest * fine / coarse).max(fine);
        let trace: f64 = (0..matrix.nrows()).map(|i| matrix[(i, i)]).sum();
        Some(TangentKernel {
            error: each * trace,
            matrix,
        })
    }
}

/// The bytes in the host's memory of so many Gram matrices of some examples, beside so many vectors `[P]` in f64. While one is
/// made, there are half of another and blocks of features and cotangents.
pub(crate) fn bytes(examples: usize, matrices: u64, vectors: u64, subject: &Subject) -> u64 {
    let number = size_of::<f64>() as u64;
    let (n, c) = (examples.min(subject.examples) as u64, subject.outputs as u64);
    let rows = n * c;
    let matrix = rows * rows * number;
    let blocks = (rows * subject.widths as u64 * number).min(BLOCKS as u64 / 2);
    (matrices * matrix).max(3 * matrix / 2 + blocks) + vectors * subject.parameters as u64 * number
}

/// What is said where a site stopped a probe.
pub(crate) fn interrupted(finding: &mut Finding) {
    let warning = "Interrupted before everything was computed from the Gram matrix.";
    finding.warnings.push(warning.into());
    finding.incomplete = true;
}

/// What is wrong with a number of examples, if anything.
pub(crate) fn too_many(examples: usize, subject: &Subject) -> Option<Problem> {
    if examples == 0 {
        return Some(Problem::new("examples", "is 0: at least one example is needed"));
    }
    let rows = examples.min(subject.examples).saturating_mul(subject.outputs);
    (rows > ROWS).then(|| {
        let complaint = format!(
            "is {examples}: with {} outputs the Gram matrix would have {rows} rows, and at most {ROWS} are possible; ask \
             for at most {}",
            subject.outputs,
            ROWS / subject.outputs
        );
        Problem::new("examples", complaint)
    })
}
