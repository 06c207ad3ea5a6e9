//! The probe `surface`.

use super::smoothness::product;
use super::{curve, descent, look, look_back, number};
use crate::subjects;
use crate::training::{at, bowl};
use models::layers::Activation;
use models::{Device, Loss, Objective, Point, Precision};
use probes::{Along, Finding, Measurement, Slice, Surface};
use spectra::{Matrix, eigenvalues};

const LARGEST: &str = "eigenvector of the largest eigenvalue";
const SMALLEST: &str = "eigenvector of the smallest eigenvalue";

fn slices(axes: &[(Along, f64)], points: usize) -> Surface {
    Surface {
        axes: axes
            .iter()
            .map(|(along, radius)| Slice {
                along: *along,
                radius: *radius,
            })
            .collect(),
        points,
        tolerance: 1e-6,
        ..Surface::default()
    }
}

/// (f(h) − 2f(0) + f(−h))/h² over all of an odd number of values, h their distance from the middle to the ends.
fn bend(values: &[f64], h: f64) -> f64 {
    let (first, last) = (values[0], values[values.len() - 1]);
    (first + last - 2.0 * values[values.len() / 2]) / (h * h)
}

#[test]
fn a_quadratic_is_its_model_and_bends_by_its_eigenvalues() {
    let objective = bowl(&[2.0, 1.0, 0.25]);
    let (start, here) = (at(&[0.5, 0.5, 0.5]), at(&[1.0, -2.0, 3.0]));
    let probe = slices(&[(Along::Largest, 0.5), (Along::Smallest, 2.0)], 9);
    let found = look(&objective, &start, &here, Some(descent(0.1)), &probe);
    let [loss, model] = [&found.grids[0], &found.grids[1]];
    assert_eq!(
        (loss.name.as_str(), model.name.as_str()),
        ("loss", "loss, quadratic model")
    );
    assert_eq!((loss.x.name.as_str(), loss.y.name.as_str()), (LARGEST, SMALLEST));
    assert_eq!(
        (loss.x.values[0], loss.y.values[8], loss.x.values[4]),
        (-0.5, 2.0, 0.0)
    );
    for (a, b) in loss.values.iter().zip(&model.values) {
        assert!((a - b).abs() < 1e-9, "{a} and {b}");
    }
    // Rows go along the first axis, columns along the second.
    for k in 0..9 {
        let row = &loss.values[9 * k..9 * k + 9];
        let column: Vec<f64> = (0..9).map(|j| loss.values[9 * j + k]).collect();
        assert!((bend(row, 0.5) - 4.0).abs() < 1e-9, "{}", bend(row, 0.5));
        assert!(
            (bend(&column, 2.0) - 0.0625).abs() < 1e-9,
            "{}",
            bend(&column, 2.0)
        );
    }
    assert_eq!(curve(&found, "loss", LARGEST).values, loss.values[36..45]);
    let column: Vec<f64> = (0..9).map(|j| loss.values[9 * j + 4]).collect();
    assert_eq!(curve(&found, "loss", SMALLEST).values, column);
    assert!((loss.values[40] - objective.value(&here)).abs() < 1e-15);
    assert!(number(&found, "cosine of the axes").0.abs() < 1e-6);
    let parted = |finding: &Finding| finding.scalars.iter().any(|scalar| scalar.name.contains("parts"));
    assert!(
        !parted(&found)
            && found
                .verdicts
                .iter()
                .all(|said| said.contains("less than a tenth"))
    );
    assert!(found.warnings.is_empty() && !found.incomplete && found.cost.products > 2);
}

#[test]
fn the_start_lies_at_minus_one_and_the_gradient_leads_up() {
    let device = Device::cpu(Precision::F64);
    let links = subjects::chain("biases", Activation::Tanh, &device);
    let risk = subjects::risk(links, Loss::CrossEntropy, &device);
    let (start, here) = (risk.start(models::Seed(4)), subjects::somewhere(&risk));
    let probe = slices(&[(Along::Start, 1.0), (Along::Gradient, 0.01)], 5);
    let found = look(&risk, &start, &here, None, &probe);
    let way = curve(&found, "loss", "way from the start");
    assert!((way.values[0] - risk.value(&start)).abs() < 1e-12);
    let accuracy = curve(&found, "accuracy", "way from the start");
    assert_eq!(Some(accuracy.values[0]), risk.accuracy(&start));
    assert_eq!(Some(accuracy.values[2]), risk.accuracy(&here));
    let up = curve(&found, "loss", "direction of the gradient");
    let slope = (up.values[3] - up.values[1]) / 0.01;
    let norm = risk.slope(&here).gradient.norms()[0];
    assert!((slope / norm - 1.0).abs() < 1e-3, "{slope} against {norm}");
    assert_eq!(found.grids.len(), 3);
}

#[test]
fn loss_and_model_part_where_they_differ_by_a_tenth() {
    let (a, b) = (1.5, 0.5);
    let probe = slices(&[(Along::Gradient, 2.0)], 101);
    let found = look(&product(), &at(&[a, b]), &at(&[a, b]), None, &probe);
    let residual = a * b - 1.0;
    let gradient = [residual * b, residual * a];
    let norm = gradient[0].hypot(gradient[1]);
    let u = gradient.map(|g| g / norm);
    let loss = |s: f64| 0.5 * ((a + s * u[0]) * (b + s * u[1]) - 1.0).powi(2);
    let mixed = 2.0 * a * b - 1.0;
    let bend = b * b * u[0] * u[0] + 2.0 * mixed * u[0] * u[1] + a * a * u[1] * u[1];
    let model = |s: f64| loss(0.0) + s * norm + s * s * bend / 2.0;
    let apart = |s: f64| {
        let change = (loss(s) - loss(0.0)).abs().max((model(s) - loss(0.0)).abs());
        (loss(s) - model(s)).abs() > 0.1 * change
    };
    let first = (1..200_000)
        .map(|k| f64::from(k) * 1e-5)
        .find(|s| apart(*s) || apart(-s));
    let first = first.expect("they part");
    let (value, half) = number(&found, &probe.numbers()[0]);
    // A grid sees a place where they are apart at the earliest at its next point.
    assert!(
        (half - 0.02).abs() < 1e-12 && (value - first).abs() <= half,
        "{value} ± {half}, truly {first}"
    );
    assert!(found.verdicts[0].contains("parts from its quadratic model between"));
}

/// Units multiplied by α, and what comes after them by 1/α: the same function, and the same slices.
#[test]
fn filter_normalised_slices_do_not_see_the_scale_of_layers() {
    let device = Device::cpu(Precision::F64);
    let links = subjects::chain("biases", Activation::Relu, &device);
    let risk = subjects::risk(links, Loss::MeanSquared, &device);
    let here = subjects::somewhere(&risk);
    let mut scaled = here.to_host();
    for parameter in &risk.space().parameters {
        let factor = match parameter.name.as_str() {
            "layer1.weight" | "layer1.bias" => 5.0,
            "layer2.weight" => 0.2,
            _ => 1.0,
        };
        scaled[parameter.range.clone()]
            .iter_mut()
            .for_each(|x| *x *= factor);
    }
    let there = Point::from_host(scaled, &device);
    let probe = slices(&[(Along::Random, 1.0)], 11);
    let [one, other] = [&here, &there].map(|at| look(&risk, at, at, None, &probe));
    let [a, b] = [&one, &other].map(|found| &curve(found, "loss", "random direction").values);
    for (a, b) in a.iter().zip(b) {
        assert!((a - b).abs() < 1e-11 * (1.0 + a.abs()), "{a} and {b}");
    }
}

#[test]
fn where_a_direction_is_missing_there_is_no_slice() {
    let objective = bowl(&[2.0, 1.0]);
    let zero = at(&[0.0, 0.0]);
    for (along, why) in [
        (Along::Start, "the point is the start itself"),
        (Along::Gradient, "the gradient is zero"),
        (Along::Random, "all parameters are zero"),
    ] {
        let found = look(&objective, &zero, &zero, None, &slices(&[(along, 1.0)], 3));
        assert!(
            found.curves.is_empty() && found.warnings[0].contains(why),
            "{:?}",
            found.warnings
        );
    }
}

const SHARES: [&str; 2] = [
    "share of the trajectory's variance along its first principal direction",
    "share of the trajectory's variance along its second principal direction",
];
const UNITS: [&str; 2] = [
    "length of one unit of its first principal direction",
    "length of one unit of its second principal direction",
];

fn distance(a: &[f64], b: &[f64]) -> f64 {
    let squares = a.iter().zip(b).map(|(a, b)| (a - b).powi(2));
    squares.sum::<f64>().sqrt()
}

/// A trajectory in a plane: its principal directions span it, explain everything, and keep distances.
#[test]
fn a_trajectory_in_a_plane_is_seen_whole() {
    let objective = bowl(&[2.0, 1.0, 0.25, 3.0]);
    let here = [1.0, -2.0, 3.0, 0.5];
    let (e, f) = ([0.5, 0.5, 0.5, 0.5], [0.5, -0.5, 0.5, -0.5]);
    let places: [(f64, f64); 5] = [(4.0, 1.0), (3.0, -1.0), (1.5, -0.5), (1.0, 0.75), (0.25, 0.5)];
    let way: Vec<Vec<f64>> = places
        .iter()
        .map(|(a, b)| (0..4).map(|i| here[i] + a * e[i] + b * f[i]).collect())
        .collect();
    let passed: Vec<Point> = way.iter().map(|point| at(point)).collect();
    let plane = slices(&[(Along::Trajectory, 1.0), (Along::Trajectory, 1.0)], 3);
    let found = look_back(&objective, (&passed[0], &passed), &at(&here), None, &plane);
    assert!(found.warnings.is_empty(), "{:?}", found.warnings);
    let shares = SHARES.map(|name| number(&found, name).0);
    assert!(
        (shares[0] + shares[1] - 1.0).abs() < 1e-12 && shares[0] > shares[1],
        "{shares:?}"
    );
    assert!(number(&found, "cosine of the axes").0.abs() < 1e-12);
    // Coordinates times units keep all distances, that to the point itself among them, which comes last.
    let units = UNITS.map(|name| number(&found, name).0);
    let path = &found.paths[0];
    let drawn: Vec<Vec<f64>> = (0..6)
        .map(|i| vec![path.x[i] * units[0], path.y[i] * units[1]])
        .collect();
    let all: Vec<&[f64]> = way.iter().map(Vec::as_slice).chain([&here[..]]).collect();
    for i in 0..6 {
        for j in 0..i {
            let (one, other) = (distance(&drawn[i], &drawn[j]), distance(all[i], all[j]));
            assert!((one - other).abs() < 1e-12, "{i} and {j}: {one} against {other}");
        }
    }
    assert_eq!((path.x[5], path.y[5]), (0.0, 0.0));
    let furthest = |values: &[f64]| values.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
    assert!(
        [&path.x, &path.y]
            .iter()
            .all(|values| (furthest(values) - 1.0).abs() < 1e-12)
    );
    assert!(
        path.x[0] < 0.0 && path.y[0] < 0.0,
        "the axes lead away from the start"
    );
    // On a quadratic nine values are all values: those at the places of the points are theirs.
    let [loss, model] = [&found.grids[0], &found.grids[1]];
    assert!(
        loss.values
            .iter()
            .zip(&model.values)
            .all(|(a, b)| (a - b).abs() < 1e-11)
    );
    let l = |i: usize, j: usize| loss.values[3 * j + i];
    let (a, b) = ((l(2, 1) - l(0, 1)) / 2.0, (l(1, 2) - l(1, 0)) / 2.0);
    let (c, d) = (l(2, 1) - l(1, 1) - a, l(1, 2) - l(1, 1) - b);
    let mixed = l(2, 2) - l(1, 1) - a - b - c - d;
    for (i, point) in passed.iter().enumerate() {
        let (x, y) = (path.x[i], path.y[i]);
        let value = l(1, 1) + a * x + b * y + c * x * x + d * y * y + mixed * x * y;
        let truth = objective.value(point);
        assert!((value - truth).abs() < 1e-11, "{value} against {truth}");
    }
}

/// In general the shares are those of the eigenvalues of the scatter matrix about the point.
#[test]
fn principal_directions_explain_what_the_scatter_matrix_says() {
    let objective = bowl(&[1.0; 5]);
    let wave = |i: usize, k: usize| (1.0 + (i * k) as f64).sin() * [3.0, 1.0, 0.5, 0.2, 0.1][k];
    let way: Vec<Vec<f64>> = (0..9).map(|i| (0..5).map(|k| wave(i, k)).collect()).collect();
    let passed: Vec<Point> = way.iter().map(|point| at(point)).collect();
    let here = [0.3; 5];
    let scatter = Matrix::from_fn(5, 5, |k, l| {
        way.iter().map(|p| (p[k] - here[k]) * (p[l] - here[l])).sum()
    });
    let truth = eigenvalues(&scatter);
    let whole: f64 = truth.iter().sum();
    // The second of a kind is the second direction, whatever stands on the other axis.
    let plane = slices(&[(Along::Trajectory, 1.0), (Along::Trajectory, 1.0)], 3);
    let found = look_back(&objective, (&passed[0], &passed), &at(&here), None, &plane);
    for (k, name) in SHARES.iter().enumerate() {
        let share = number(&found, name).0;
        assert!((share - truth[4 - k] / whole).abs() < 1e-12, "{name}: {share}");
    }
    let mixed = slices(&[(Along::Gradient, 1.0), (Along::Trajectory, 1.0)], 3);
    let found = look_back(&objective, (&passed[0], &passed), &at(&here), None, &mixed);
    assert!((number(&found, SHARES[0]).0 - truth[4] / whole).abs() < 1e-12);
    assert_eq!(found.paths[0].x.len(), 10);
    assert!(mixed.numbers().contains(&SHARES[0].to_string()));
}

#[test]
fn a_trajectory_with_too_few_directions_says_what_to_set() {
    let objective = bowl(&[2.0, 1.0, 0.5]);
    let here = at(&[1.0, 1.0, 1.0]);
    let line: Vec<Point> = [5.0, 3.0, 2.5]
        .iter()
        .map(|t| at(&[1.0 + t, 1.0 - t, 1.0]))
        .collect();
    let plane = slices(&[(Along::Trajectory, 1.0), (Along::Trajectory, 1.0)], 3);
    for (passed, why) in [
        (
            &line[..0],
            "the run kept 0 points before this point, and 2 directions of the trajectory need as many: keep more with checkpoints.keep_every or checkpoints.keep_per_decade",
        ),
        (
            &line[..1],
            "the run kept 1 point before this point, and 2 directions",
        ),
        (
            &line[..],
            "up to rounding, the 3 points kept before this one span a line with it",
        ),
        (&[here.clone(), here.clone()], "span the point itself with it"),
    ] {
        let found = look_back(&objective, (&here, passed), &here, None, &plane);
        assert!(
            found.grids.is_empty() && found.warnings[0].contains(why),
            "{:?}",
            found.warnings
        );
    }
}
