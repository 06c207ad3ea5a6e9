//! Searches of the ends of a spectrum.

use crate::noise::CAUTION;
use crate::operator::Matrix;
use crate::{Site, Subject};
use models::{CurvatureOperator, Directions, Objective, Problem, Reached};
use rand::RngExt;
use spectra::{EigenPairs, Ends};

/// What a search found.
pub(crate) struct Found {
    /// The pairs; their vectors lie where the search held them, and in the parameters among which it looked.
    pub pairs: EigenPairs<Directions>,
    /// The parameters among which it looked, where these were not all.
    pub among: Option<String>,
    reached: Option<Reached>,
}

impl Found {
    /// The pairs with vectors `[P]` in all parameters, which take memory of their own.
    pub fn in_all_parameters(mut self) -> EigenPairs<Directions> {
        if let Some(reached) = self.reached {
            self.pairs.vectors = reached.lifted(&self.pairs.vectors);
        }
        self.pairs
    }
}

/// Searches a matrix at a site, from vectors `[P]` that may be near. Noise and block of the settings come from the site. The
/// basis is held `on_host`, or where the operator is.
///
/// Where the network's examples reach fewer parameters than there are, it searches among these: with all others the matrix
/// has nothing but zeros ([`Reached`]). How far products differ by that is measured on one vector, and counts as noise.
pub(crate) fn search(
    site: &Site,
    matrix: Matrix,
    ends: &Ends,
    near: Option<&Directions>,
    on_host: bool,
) -> Found {
    let ends = Ends {
        noise: matrix.noise(site),
        ..*ends
    };
    let risk = site.objective.as_risk().filter(|_| matrix.is_whole());
    let Some(reached) = risk.and_then(|risk| risk.reached(site.at, ends.wanted())) else {
        let here = site.objective.linearise(site.at);
        return Found {
            pairs: run(site, held(matrix.at(site, &*here), on_host), &ends, near),
            among: None,
            reached: None,
        };
    };
    let sample = reached.sample(&site.slope.gradient);
    let product = {
        let here = site.objective.linearise(site.at);
        (matrix.at(site, &*here).product)(&sample)
    };
    let here = reached.risk.linearise(&reached.at);
    let operator = matrix.over(reached.risk.space(), None, &*here);
    let defect = reached.defect(&sample, &product, &operator.product);
    drop((sample, product));
    let ends = Ends {
        noise: ends.noise.max(CAUTION * defect),
        ..ends
    };
    let near = near.map(|near| reached.projected(near));
    let mut pairs = run(site, held(operator, on_host), &ends, near.as_ref());
    drop(here);
    pairs.products += 2;
    Found {
        pairs,
        among: Some(among(site, &reached)),
        reached: Some(reached),
    }
}

fn run(
    site: &Site,
    operator: CurvatureOperator,
    ends: &Ends,
    near: Option<&Directions>,
) -> EigenPairs<Directions> {
    let ends = ends.in_blocks_for(site.overhead());
    match near {
        Some(near) => spectra::extremes_near(&operator, &ends, near, |_| site.flow()),
        None => spectra::extremes(&operator, &ends, |_| site.flow()),
    }
}

/// An operator with its blocks on the host, where that is wanted.
pub(crate) fn held(operator: CurvatureOperator, on_host: bool) -> CurvatureOperator {
    match on_host && !operator.device.on_host {
        true => operator.from_host(),
        false => operator,
    }
}

fn among(site: &Site, reached: &Reached) -> String {
    let (all, left) = (site.at.dimension(), reached.at.dimension());
    let rank = reached.rank.map(|rank| format!("the inputs have rank {rank}"));
    let dead = match reached.dead {
        0 => None,
        1 => Some("a unit is off for every example".to_string()),
        dead => Some(format!("{dead} units are off for every example")),
    };
    let why: Vec<String> = rank.into_iter().chain(dead).collect();
    format!(
        "Searched among {left} of {all} parameters: {}, and with the others the matrix has nothing but zeros.",
        why.join(", ")
    )
}

/// Searches the Hessian at a site, with random vectors from the stream of the probe `name`.
pub(crate) fn hessian_ends(site: &Site, ends: &Ends, name: &str) -> Found {
    let ends = Ends {
        seed: site.seed.stream(name).random(),
        ..*ends
    };
    search(site, Matrix::default(), &ends, None, false)
}

/// How many vectors `[P]` such a search of the Hessian holds at once.
pub(crate) fn vectors(ends: &Ends, subject: &Subject) -> usize {
    held_vectors(ends, Matrix::default(), subject, subject.on_host)
}

/// How many vectors `[P]` the pairs of such a search are in all parameters, beside those among which it looked.
pub(crate) fn lifted_vectors(ends: &Ends, subject: &Subject) -> usize {
    counted(ends.wanted(), subject.reached.parameters, subject.parameters) + ends.wanted()
}

/// How many vectors `[P]` a search holds at once where its basis lies, on the host or not.
pub(crate) fn held_vectors(ends: &Ends, matrix: Matrix, subject: &Subject, on_host: bool) -> usize {
    let rows = matrix.dimension(subject);
    let vectors = ends.in_blocks_for(subject.overhead()).vectors(on_host);
    let all = subject.parameters;
    let reach = subject.reached;
    if !matrix.is_whole() || reach.parameters == all || ends.wanted() > reach.pairs {
        return counted(vectors, rows, all);
    }
    counted(vectors, reach.parameters, all)
}

/// Vectors of so many rows, counted as vectors `[P]`.
fn counted(vectors: usize, rows: usize, all: usize) -> usize {
    usize::try_from((vectors as u128 * rows as u128).div_ceil(all.max(1) as u128)).unwrap_or(usize::MAX)
}

/// What is wrong with the tolerance and the products of a search, if anything.
pub(crate) fn problem(tolerance: f64, products: usize) -> Option<Problem> {
    if !(tolerance > 0.0 && tolerance < 1.0) {
        let complaint = format!("is {tolerance}: it must lie between 0 and 1, for instance 1e-3");
        return Some(Problem::new("tolerance", complaint));
    }
    (products == 0).then(|| Problem::new("products", "is 0: at least one product is needed"))
}
