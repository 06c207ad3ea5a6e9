//! How curved a function is along runs, beside the bound of its curvature everywhere.

use crate::larger;
use crate::second_order::largest_curvature;
use models::Objective;
use training::escape::Look;

/// Variables of which a whole Hessian is looked at.
const FEW: usize = 500;
/// Looks at the Hessian for each power of ten of steps.
const PER_DECADE: f64 = 5.0;

/// What is seen of the smoothness of an objective on the way.
pub(super) struct Seen {
    /// The last point and gradient of each run.
    last: Vec<Option<(Vec<f64>, Vec<f64>)>>,
    /// The largest ‖∇f(xₖ₊₁) − ∇f(xₖ)‖/‖xₖ₊₁ − xₖ‖: a lower bound of β.
    pub secant: f64,
    /// The largest magnitude of an eigenvalue of ∇²f(xₖ), at the steps where it was looked at.
    pub curvature: Option<f64>,
    next: f64,
}

impl Seen {
    pub fn new(runs: usize) -> Self {
        Seen {
            last: vec![None; runs],
            secant: 0.0,
            curvature: None,
            next: 0.0,
        }
    }

    /// Sees a step of all runs.
    pub fn note(&mut self, look: &Look, objective: &dyn Objective) {
        let dimension = look.points.dimension();
        let (points, gradients) = (look.points.to_host(), look.gradients.to_host());
        let rows = points.chunks(dimension).zip(gradients.chunks(dimension));
        for ((at, gradient), run) in rows.zip(look.runs) {
            if let Some((before, slope)) = &self.last[*run] {
                let way = distance(at, before);
                if way > 0.0 {
                    self.secant = larger(self.secant, distance(gradient, slope) / way);
                }
            }
            self.last[*run] = Some((at.to_vec(), gradient.to_vec()));
        }
        let step = look.step as f64;
        if step >= self.next && dimension <= FEW {
            self.next = (step * 10f64.powf(1.0 / PER_DECADE)).max(step + 1.0);
            let points: Vec<_> = (0..look.runs.len()).map(|row| look.points.row(row)).collect();
            let most = largest_curvature(objective, &points);
            self.curvature = Some(larger(self.curvature.unwrap_or(0.0), most));
        }
    }
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    let squares = a.iter().zip(b).map(|(a, b)| (a - b).powi(2));
    squares.sum::<f64>().sqrt()
}
