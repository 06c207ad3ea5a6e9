//! A function for every kind of critical point.

use super::{Chain, ClosedForm, Polynomial};
use crate::{CriticalKind, CriticalPoint};

/// Functions of two and three variables, by name, whose 19 known critical points are of every kind.
///
/// ```
/// let all = models::analytic::taxonomy();
/// assert_eq!(all.iter().map(|(_, form)| form.known().critical.len()).sum::<usize>(), 19);
/// ```
pub fn taxonomy() -> Vec<(&'static str, Box<dyn ClosedForm>)> {
    use CriticalKind::*;
    let origin = |value: f64, spectrum: [f64; 2], kind| CriticalPoint {
        at: vec![0.0, 0.0],
        value,
        spectrum: spectrum.to_vec(),
        kind,
    };
    let one = |form: Polynomial, least: Option<f64>, spectrum, kind| -> Box<dyn ClosedForm> {
        Box::new(form.with(least, vec![origin(0.0, spectrum, kind)]))
    };
    let two = |terms: [(f64, [u16; 2]); 2]| Polynomial::new(terms);
    vec![
        (
            "x² + y²",
            one(
                two([(1.0, [2, 0]), (1.0, [0, 2])]),
                Some(0.0),
                [2.0, 2.0],
                StrictMinimum,
            ),
        ),
        (
            "−x² − y²",
            one(
                two([(-1.0, [2, 0]), (-1.0, [0, 2])]),
                None,
                [-2.0, -2.0],
                StrictMaximum,
            ),
        ),
        (
            "x² − y²",
            one(
                two([(1.0, [2, 0]), (-1.0, [0, 2])]),
                None,
                [-2.0, 2.0],
                StrictSaddle,
            ),
        ),
        (
            "x² + y³",
            one(
                two([(1.0, [2, 0]), (1.0, [0, 3])]),
                None,
                [0.0, 2.0],
                DegenerateSaddle,
            ),
        ),
        (
            "x³ − 3xy²",
            one(
                two([(1.0, [3, 0]), (-3.0, [1, 2])]),
                None,
                [0.0, 0.0],
                DegenerateSaddle,
            ),
        ),
        (
            "x⁴ + y⁴",
            one(
                two([(1.0, [4, 0]), (1.0, [0, 4])]),
                Some(0.0),
                [0.0, 0.0],
                DegenerateMinimum,
            ),
        ),
        (
            "x² + y⁴",
            one(
                two([(1.0, [2, 0]), (1.0, [0, 4])]),
                Some(0.0),
                [0.0, 2.0],
                DegenerateMinimum,
            ),
        ),
        (
            "−x⁴ − y⁴",
            one(
                two([(-1.0, [4, 0]), (-1.0, [0, 4])]),
                None,
                [0.0, 0.0],
                DegenerateMaximum,
            ),
        ),
        (
            "x²y²",
            one(
                Polynomial::new([(1.0, [2, 2])]),
                Some(0.0),
                [0.0, 0.0],
                DegenerateMinimum,
            ),
        ),
        ("(x² − 1)² + y²", Box::new(double_well())),
        ("(x² − 1)² + x/4 + y²", Box::new(tilted_well())),
        ("½(ab − 1)²", Box::new(Chain { depth: 2 })),
        ("½(abc − 1)²", Box::new(Chain { depth: 3 })),
    ]
}

const WELL: [(f64, [u16; 2]); 4] = [(1.0, [4, 0]), (-2.0, [2, 0]), (1.0, [0, 0]), (1.0, [0, 2])];

/// A strict saddle between two minima of equal depth.
fn double_well() -> Polynomial {
    let at = |x: f64, value, spectrum: [f64; 2], kind| CriticalPoint {
        at: vec![x, 0.0],
        value,
        spectrum: spectrum.to_vec(),
        kind,
    };
    Polynomial::new(WELL).with(
        Some(0.0),
        vec![
            at(-1.0, 0.0, [2.0, 8.0], CriticalKind::StrictMinimum),
            at(0.0, 1.0, [-4.0, 2.0], CriticalKind::StrictSaddle),
            at(1.0, 0.0, [2.0, 8.0], CriticalKind::StrictMinimum),
        ],
    )
}

/// A minimum, a strict saddle and a spurious minimum, at the roots of 4x³ − 4x + ¼.
fn tilted_well() -> Polynomial {
    let [a, b, c, d] = WELL;
    let form = Polynomial::new([a, b, c, d, (0.25, [1, 0])]);
    let known = [-1.03, 0.063, 0.967].map(|near: f64| {
        let step = |x: f64, _| x - (4.0 * x.powi(3) - 4.0 * x + 0.25) / (12.0 * x * x - 4.0);
        let x = (0..6).fold(near, step);
        let bend = 12.0 * x * x - 4.0;
        CriticalPoint {
            at: vec![x, 0.0],
            value: form.value(&[x, 0.0]),
            spectrum: vec![bend.min(2.0), bend.max(2.0)],
            kind: match bend > 0.0 {
                true => CriticalKind::StrictMinimum,
                false => CriticalKind::StrictSaddle,
            },
        }
    });
    let least = known[0].value;
    form.with(Some(least), known.to_vec())
}
