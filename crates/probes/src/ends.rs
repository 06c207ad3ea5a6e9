//! Both ends of a spectrum.

use crate::operator::Matrix;
use crate::refine::refine;
use crate::{
    Cost, Curve, Finding, Measurement, Operator, STABLE_SHARPNESS, Scalar, Site, Subject, classify, search,
};
use models::{Directions, Problem};
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use spectra::{Convergence, EigenPairs, Ending, Pair};
use std::time::Instant;

/// The k largest and k smallest eigenvalues with recomputed residuals, by block Lanczos.
///
/// An eigenvalue lies within each interval. Between which bounds all others lie is a matter of probability, as large as
/// `confidence`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Ends {
    /// How many of the largest.
    pub largest: usize,
    /// How many of the smallest.
    pub smallest: usize,
    /// Residual, relative to the eigenvalue, at which a pair counts as converged.
    pub tolerance: f64,
    /// The most products to spend.
    pub products: usize,
    /// The probability with which the search must have seen an eigenvalue that is missing.
    pub confidence: f64,
    /// The most vectors in the basis. Default: five for every two eigenvalues, and no fewer than 32 and twice those multiplied
    /// at once, or 16 beside two for each.
    pub basis: Option<usize>,
    /// Keep the basis in the host's memory, where the device has too little of its own: each vector is sent there and back.
    /// Default: false.
    pub basis_on_host: bool,
    /// Of which matrix.
    pub operator: Operator,
    /// Only this block of parameters, such as `layer1.weight`, or this layer, such as `layer1`. Default: all.
    pub block: Option<String>,
    /// As the optimiser feels it: P^{-1/2} M P^{-1/2} with P = √v̂ + ε. Default: false.
    pub preconditioned: bool,
}

impl Default for Ends {
    /// Two and two: enough to see the sharpest direction and whether there is negative curvature. A residual of
    /// 1e-3 is what figures need.
    fn default() -> Self {
        Ends {
            largest: 2,
            smallest: 2,
            tolerance: 1e-3,
            products: 400,
            confidence: 0.999,
            basis: None,
            basis_on_host: false,
            operator: Operator::Hessian,
            block: None,
            preconditioned: false,
        }
    }
}

const NOISE: &str = "noise of the products";
/// Found where the search started from them.
const BEFORE: &str = "eigenvectors taken from the site before";
const BELOW: &str = "bound of all other eigenvalues from below";
const ABOVE: &str = "bound of all other eigenvalues from above";
const DEFECT: &str = "orthogonality defect of the eigenvectors";
/// For the largest and the smallest eigenvalue, where the gap to all others is certified.
const BY_GAP: &str = "half-width by the gap";

impl Ends {
    /// Whether it looks at ∇²L itself, and not at a part of it or at another matrix.
    pub fn of_hessian(&self) -> bool {
        self.matrix().is_hessian()
    }

    pub(crate) fn matrix(&self) -> Matrix<'_> {
        Matrix {
            operator: self.operator,
            block: self.block.as_deref(),
            preconditioned: self.preconditioned,
        }
    }

    /// Whether the largest eigenvalue is the one that decides which step sizes are stable.
    fn meets_steps(&self) -> bool {
        self.largest > 0 && self.operator == Operator::Hessian && self.matrix().is_whole()
    }

    /// The name of the outermost eigenvalue at one end.
    fn outermost(&self, end: &str) -> String {
        format!("{end} eigenvalue of the {}", self.matrix().name())
    }

    /// The name of what the gap says of the outermost eigenvalue at one end.
    fn by_gap(&self, end: &str) -> String {
        format!("{}, {BY_GAP}", self.outermost(end))
    }

    /// What `spectra` is asked for.
    pub(crate) fn asked(&self) -> spectra::Ends {
        let usual = spectra::Ends::new(self.largest, self.smallest);
        spectra::Ends {
            relative: self.tolerance,
            max_products: self.products,
            max_basis: self.basis,
            confidence: self.confidence,
            ..usual
        }
    }

    /// How many vectors `[P]` there are at once, and whether they lie on the device.
    fn held_vectors(&self, subject: &Subject) -> (usize, bool) {
        let on_host = subject.on_host || self.basis_on_host;
        let vectors = search::held_vectors(&self.asked(), self.matrix(), subject, on_host);
        (vectors, subject.on_host || !self.basis_on_host)
    }

    /// What is asked at a site, which has a noise floor, and where so many vectors are best multiplied at once.
    pub(crate) fn asked_at(&self, site: &Site) -> spectra::Ends {
        let ends = spectra::Ends {
            noise: self.matrix().noise(site),
            ..self.asked()
        };
        ends.in_blocks_for(site.overhead())
    }

    /// The same with a basis so small that it holds at most so many vectors `[P]`, if that is possible.
    pub(crate) fn within(&self, vectors: usize, subject: &Subject) -> Option<Ends> {
        if self.vectors(subject) <= vectors {
            return Some(self.clone());
        }
        let with = |basis: usize| Ends {
            basis: Some(basis),
            ..self.clone()
        };
        // The number of vectors grows with the basis: the largest that fits is found by halves.
        let (mut fits, mut large) = (0, self.asked().most_vectors());
        if with(fits).vectors(subject) > vectors {
            return None;
        }
        while large - fits > 1 {
            let middle = (fits + large) / 2;
            match with(middle).vectors(subject) <= vectors {
                true => fits = middle,
                false => large = middle,
            }
        }
        Some(with(fits))
    }

    /// What was found, refined in double precision where the site wants that.
    pub(crate) fn refined(&self, site: &Site, found: EigenPairs<Directions>) -> EigenPairs<Directions> {
        let ends = spectra::Ends {
            seed: site.seed.stream("refined ends").random(),
            ..self.asked()
        };
        match site.double {
            Some(double) => refine(double, site, self.matrix(), found, &ends),
            None => found,
        }
    }

    /// What was found, in words and numbers.
    pub(crate) fn finding<B>(&self, site: &Site, found: &EigenPairs<B>, cost: Cost) -> Finding {
        let top: Vec<&Pair> = found.largest().collect();
        let bottom: Vec<&Pair> = found.smallest().collect();
        let bounded = |name: &str, pair: Option<&&Pair>| {
            pair.map(|pair| Scalar {
                name: self.outermost(name),
                value: pair.value,
                uncertainty: Some(pair.bound),
                unit: String::new(),
            })
        };
        let mut scalars: Vec<Scalar> = [
            bounded("largest", top.first()),
            bounded("smallest", bottom.first()),
        ]
        .into_iter()
        .flatten()
        .collect();
        scalars.extend([
            Scalar::exact(NOISE, found.noise),
            Scalar::exact(DEFECT, found.orthogonality_defect),
        ]);
        let motion = site.motion.filter(|_| self.meets_steps());
        let stable = motion.and_then(|motion| motion.stable_curvature());
        scalars.extend(stable.map(|limit| Scalar::exact(STABLE_SHARPNESS, limit)));
        let others = found.unseen.into_iter();
        let others = others.flat_map(|unseen| [(BELOW, unseen.below), (ABOVE, unseen.above)]);
        let finite = others.filter(|(_, bound)| bound.is_finite());
        scalars.extend(finite.map(|(name, bound)| Scalar::exact(name, bound)));
        let gaps = found.gaps();
        let ends = [
            (top.first(), "largest", gaps.first()),
            (bottom.first(), "smallest", gaps.last()),
        ];
        scalars.extend(ends.into_iter().filter_map(|(wanted, end, gap)| {
            let gap = gap.copied().flatten()?;
            wanted.map(|_| Scalar::exact(&self.by_gap(end), gap.bound))
        }));
        let curve = |name: &str, pairs: &[&Pair]| Curve {
            name: name.into(),
            along: None,
            values: pairs.iter().map(|pair| pair.value).collect(),
            uncertainties: pairs.iter().map(|pair| pair.bound).collect(),
        };
        let mut warnings: Vec<String> = found.advice().into_iter().collect();
        if self.of_hessian()
            && let (Some(top), Some(bottom)) = (top.first(), bottom.first())
        {
            let norm = site.slope.gradient.norms()[0];
            let kind = classify(norm, (bottom.value, bottom.bound), (top.value, top.bound));
            warnings.extend(kind.caveat().map(String::from));
        }
        let finding = Finding {
            probe: self.matrix().finding("ends"),
            scalars,
            curves: vec![
                curve("largest eigenvalues", &top),
                curve("smallest eigenvalues", &bottom),
            ],
            incomplete: !found.converged(),
            verdicts: passed(&found.pairs).into_iter().chain(alone(found)).collect(),
            warnings,
            cost,
            ..Finding::default()
        };
        match found.skewed() {
            Some(why) => finding.withheld(why),
            None => finding,
        }
    }
}

/// Which test the residuals have passed, and in how many pairs.
fn passed(pairs: &[Pair]) -> Option<String> {
    let count = |test: Convergence| pairs.iter().filter(|pair| pair.convergence == test).count();
    let tests = [
        (Convergence::Relative, "below the tolerance"),
        (Convergence::Absolute, "below the absolute tolerance"),
        (Convergence::Noise, "within the noise of the products"),
        (Convergence::Unconverged, "above both"),
    ];
    let told: Vec<String> = tests
        .into_iter()
        .map(|(test, name)| (count(test), name))
        .filter(|(count, _)| *count > 0)
        .map(|(count, name)| format!("{count} {name}"))
        .collect();
    (!told.is_empty()).then(|| format!("Residuals, recomputed: {}.", told.join(", ")))
}

/// How many eigenvalues a certified gap tells more exactly than the residual alone.
fn alone<B>(found: &EigenPairs<B>) -> Option<String> {
    let confidence = found.unseen?.confidence;
    let gaps = found.gaps();
    let sharper = gaps.iter().zip(&found.pairs);
    let bounds =
        sharper.filter_map(|(gap, pair)| gap.map(|gap| gap.bound).filter(|bound| *bound < pair.bound));
    let (count, widest) = bounds.fold((0, 0.0f64), |(count, widest), bound| {
        (count + 1, widest.max(bound))
    });
    let chance = match confidence < 1.0 {
        true => format!(", with probability {confidence}"),
        false => String::new(),
    };
    (count > 0).then(|| {
        format!(
            "By the gap to all others, {count} of {} eigenvalues {} known to {widest:.1e}{chance} (residual² over gap).",
            found.pairs.len(),
            if count == 1 { "is" } else { "are" },
        )
    })
}

impl Measurement for Ends {
    fn numbers(&self) -> Vec<String> {
        let largest = (self.largest > 0).then(|| self.outermost("largest"));
        let smallest = (self.smallest > 0).then(|| self.outermost("smallest"));
        let outermost = largest.into_iter().chain(smallest);
        let stable = self.meets_steps().then_some(STABLE_SHARPNESS);
        let others = [NOISE, DEFECT].into_iter().chain(stable).chain([BELOW, ABOVE]);
        let ends = [(self.largest, "largest"), (self.smallest, "smallest")].into_iter();
        let by_gap = ends
            .filter(|(count, _)| *count > 0)
            .map(|(_, end)| self.by_gap(end));
        outermost.chain(others.map(String::from)).chain(by_gap).collect()
    }

    fn problem(&self, subject: &Subject) -> Option<Problem> {
        let matrix = self.matrix();
        if let Some(problem) = matrix.problem(subject) {
            return Some(problem);
        }
        let dimension = matrix.dimension(subject);
        let wanted = self.largest.saturating_add(self.smallest);
        if wanted == 0 {
            let complaint = "and smallest are both 0: ask for at least one eigenvalue";
            return Some(Problem::new("largest", complaint));
        }
        if wanted > dimension {
            let complaint =
                format!("+ smallest is {wanted}, but there are only {dimension} eigenvalues: ask for fewer");
            return Some(Problem::new("largest", complaint));
        }
        let confidence = self.confidence;
        search::problem(self.tolerance, self.products).or_else(|| {
            let complaint = format!("is {confidence}: it must lie between 0 and 1, for instance 0.999");
            (!(confidence > 0.0 && confidence < 1.0)).then(|| Problem::new("confidence", complaint))
        })
    }

    fn vectors(&self, subject: &Subject) -> usize {
        match self.held_vectors(subject) {
            (vectors, true) => vectors,
            // A block and its product.
            (_, false) => {
                let block = self.asked().in_blocks_for(subject.overhead()).block;
                self.matrix().in_vectors(2 * block, subject)
            }
        }
    }

    fn host_bytes(&self, subject: &Subject) -> u64 {
        match self.held_vectors(subject) {
            (_, true) => 0,
            (vectors, false) => (vectors * subject.parameters * subject.number) as u64,
        }
    }

    fn products(&self, _subject: &Subject) -> usize {
        self.products
    }

    fn measure(&self, site: &Site) -> Finding {
        let clock = Instant::now();
        let matrix = self.matrix();
        if let Some(why) = matrix.absence(site) {
            return Finding::absent(matrix.finding("ends"), why);
        }
        let ends = spectra::Ends {
            seed: site.seed.stream("ends").random(),
            ..self.asked()
        };
        let warm = site.warm;
        let before = warm.and_then(|warm| warm.take(self));
        let mut found = search::search(site, matrix, &ends, before.as_ref(), self.basis_on_host);
        let among = found.among.take();
        let found = match warm.is_some() || site.double.is_some() {
            true => found.in_all_parameters(),
            false => found.pairs,
        };
        if let Some(warm) = warm.filter(|_| found.ending != Ending::NotFinite) {
            warm.keep(self, found.vectors.clone());
        }
        let found = self.refined(site, found);
        let cost = Cost {
            gradients: 1,
            products: found.products,
            seconds: clock.elapsed().as_secs_f64(),
        };
        let mut finding = self.finding(site, &found, cost);
        let count = before.map(|vectors| vectors.count() as f64);
        finding
            .scalars
            .extend(count.map(|count| Scalar::exact(BEFORE, count)));
        finding.verdicts.extend(among);
        finding
    }
}
