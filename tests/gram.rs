//! Gram matrices of Jacobians, their limits, and the probes that look at them.

mod limits;
pub mod probing;
mod stopped;
mod structural;

use crate::subjects::{CHAINS, CLASSES, EXAMPLES, chain, host, relative_error, risk, somewhere};
use models::layers::Activation;
use models::{Device, Loss, Objective, Point, Precision, Risk};
use spectra::{Matrix, eigenvalues};

const ROWS: usize = EXAMPLES * CLASSES;

/// J `[nC, P]`, one row for each output, from pullbacks of unit cotangents.
fn jacobian(risk: &Risk, at: &Point) -> Matrix {
    let units: Vec<f64> = (0..ROWS * ROWS)
        .map(|k| f64::from(u8::from(k / ROWS == k % ROWS)))
        .collect();
    let rows = risk.linearise(at).jacobian_transpose_times(&units);
    let rows = host(&rows.expect("a network"));
    let p = at.dimension();
    Matrix::from_fn(ROWS, p, |i, j| rows[i * p + j])
}

fn numbers(matrix: &Matrix) -> Vec<f64> {
    let n = matrix.ncols();
    (0..matrix.nrows() * n).map(|k| matrix[(k / n, k % n)]).collect()
}

/// Gram matrix, structural matrices and norms of gradients of every chain, against the Jacobian on the CPU in f64.
pub fn agree(device: &Device, allowed: f64) {
    let mut failures = Vec::new();
    // The activations' own rules are tested on every device by themselves.
    let activations: &[Activation] = match device.precision {
        Precision::F64 => &Activation::ALL,
        Precision::F32 => &[Activation::Relu, Activation::Gelu],
    };
    for kind in CHAINS {
        for &activation in activations {
            let exact = Device::cpu(Precision::F64);
            let loss = Loss::CrossEntropy;
            let reference = risk(chain(kind, activation, &exact), loss, &exact);
            let here = risk(chain(kind, activation, device), loss, device);
            let j = jacobian(&reference, &somewhere(&reference));
            let wanted = &j * j.transpose();
            let at = somewhere(&here);
            let gram = here.gram(&at);
            // Blocks of one example each, since nothing fits.
            let blocks = here.with_memory(0).gram(&at);
            let slopes = reference.slopes(&somewhere(&reference));
            let example = |i: usize| wanted.submatrix(i * CLASSES, i * CLASSES, CLASSES, CLASSES);
            let structural: Vec<f64> = (0..EXAMPLES)
                .flat_map(|i| numbers(&example(i).to_owned()))
                .collect();
            let gradients: Vec<f64> = (0..EXAMPLES)
                .map(|i| {
                    let r = Matrix::from_fn(CLASSES, 1, |c, _| slopes[i * CLASSES + c]);
                    (r.transpose() * example(i) * &r)[(0, 0)]
                })
                .collect();
            let pairs = [
                ("Gram matrix", numbers(&gram), numbers(&wanted)),
                ("Gram matrix in blocks", numbers(&blocks), numbers(&wanted)),
                ("structural matrices", here.example_grams(&at), structural),
                ("slopes", here.slopes(&at), slopes),
                ("gradients", here.example_gradients(&at), gradients),
            ];
            for (name, found, wanted) in pairs {
                let error = relative_error(&found, &wanted);
                if error > allowed {
                    failures.push(format!("{kind}, {activation:?}, {name}: {error:.1e}"));
                }
            }
            let symmetric = (0..ROWS).all(|i| (0..i).all(|j| gram[(i, j)] == gram[(j, i)]));
            assert!(
                symmetric,
                "{kind}, {activation:?}: the Gram matrix is not symmetric"
            );
            let values = eigenvalues(&gram);
            let size = values[ROWS - 1];
            assert!(
                values[0] >= -allowed * size,
                "{kind}, {activation:?}: eigenvalue {:e}",
                values[0]
            );
        }
    }
    assert!(
        failures.is_empty(),
        "above {allowed:.0e}:\n{}",
        failures.join("\n")
    );
}

#[test]
fn threads_do_not_change_a_bit() {
    let device = Device::cpu(Precision::F32);
    let risk = probing::digits_like(90, 10, &device);
    let at = risk.start(models::Seed(3));
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let gram = pool.expect("a thread pool").install(|| risk.gram(&at));
        numbers(&gram).into_iter().map(f64::to_bits).collect::<Vec<u64>>()
    };
    let wanted = on(1);
    assert!(on(2) == wanted && on(3) == wanted);
}

/// The same network on another device and on some of the examples is the same function.
#[test]
fn a_risk_moves_to_another_precision_and_to_some_examples() {
    let device = Device::cpu(Precision::F32);
    let single = risk(
        chain("fixed second layer", Activation::Relu, &device),
        Loss::MeanSquared,
        &device,
    );
    let at = somewhere(&single);
    let exact = Device::cpu(Precision::F64);
    let double = single.on(&exact);
    let there = Point::from_host(at.to_host(), &exact);
    assert!(relative_error(&double.outputs(&there), &single.outputs(&at)) < 1e-6);
    let some = [5, 0, 3];
    let few = double.on_examples(&some);
    let all = double.outputs(&there);
    let wanted: Vec<f64> = [0, 3, 5]
        .iter()
        .flat_map(|i| all[i * CLASSES..(i + 1) * CLASSES].to_vec())
        .collect();
    assert_eq!(few.outputs(&there), wanted);
    assert_eq!(few.examples(), 3);
    assert_eq!(few.labels(), Some([0, 0, 2].as_slice()));
    let mean = few.example_losses(&there).iter().sum::<f64>() / 3.0;
    assert!((few.value(&there) - mean).abs() < 1e-14);
}
