//! How the time of a Hessian product grows with the number of examples n and with the number of parameters P.
//!
//! `cargo bench --bench scaling`. MLPs d-w-w-10 with ReLU, biases and mean cross-entropy at He's start, f32, Gaussian
//! inputs. n grows with P fixed, then P with n fixed: there d = w, so that all sizes share the same kinds of products.
//! In each round every size has its turn. Times are of one product with everything cached that depends on the weights
//! alone, and of a search for eigenvalues that is stopped after a fixed number of products, divided by that number.

use models::layers::Activation;
use models::{
    Architecture, CurvatureOperator, Device, Directions, Examples, Initialisation, Loss, Objective,
};
use models::{Parametrisation, Precision, Risk, Seed, Targets, overhead};
use rand_distr::{Distribution, StandardNormal};
use spectra::{Ends, extremes};
use std::hint::black_box;
use std::ops::ControlFlow;
use std::time::Instant;

/// Rounds of single products.
const ROUNDS: usize = 7;
/// Rounds of searches.
const SEARCHES: usize = 3;
/// Products after which a search is stopped; the check of its ten residuals comes on top.
const PRODUCTS: usize = 24;
const CLASSES: usize = 10;

/// Numbers of examples, each twice the last, of a network 784-1024-1024-10.
const EXAMPLES: [usize; 5] = [512, 1024, 2048, 4096, 8192];
/// Widths, each about √2 times the last, so that P doubles; 1,000 examples.
const WIDTHS: [usize; 6] = [512, 720, 1024, 1448, 2048, 2896];

fn main() {
    landscape::environment::prepare(landscape::environment::Work::Computing);
    landscape::threads::take_part();
    landscape::threads::bind();
    let (mut by_n, mut by_p): (Vec<Size>, Vec<Size>) = (
        EXAMPLES.iter().map(|&n| Size::new(n, 784, 1024)).collect(),
        WIDTHS.iter().map(|&w| Size::new(1000, w, w)).collect(),
    );
    measure(&mut by_n);
    table("n", &by_n, |size| size.risk.examples());
    measure(&mut by_p);
    table("P", &by_p, |size| size.risk.space().dimension);
}

/// One problem, and what it took.
struct Size {
    risk: Risk,
    /// Seconds of one product.
    products: Vec<f64>,
    /// Seconds of a search, by its products.
    searches: Vec<f64>,
}

impl Size {
    fn new(n: usize, d: usize, width: usize) -> Self {
        let mut stream = Seed(1).stream("scaling");
        let examples = Examples {
            inputs: StandardNormal.sample_iter(&mut stream).take(n * d).collect(),
            dimension: d,
            targets: Targets::Classes {
                labels: (0..n).map(|i| (i % CLASSES) as u32).collect(),
                classes: CLASSES,
            },
        };
        let model = Architecture::Perceptron {
            hidden: vec![width; 2],
            activation: Activation::Relu,
            bias: true,
            skips: false,
            parametrisation: Parametrisation::Standard,
        };
        let network = model.build(d, CLASSES, Seed(1), &Device::cpu(Precision::F32));
        Size {
            risk: Risk::new(
                network.into(),
                Initialisation::He { scale: 1.0 },
                Loss::CrossEntropy,
                &examples,
            ),
            products: Vec::new(),
            searches: Vec::new(),
        }
    }
}

/// Takes the times in turns. The first round warms up.
fn measure(sizes: &mut [Size]) {
    for round in 0..=ROUNDS {
        for size in &mut *sizes {
            let at = size.risk.start(Seed(1));
            let here = size.risk.linearise(&at);
            let mut stream = Seed(2).stream("scaling");
            let numbers = StandardNormal.sample_iter(&mut stream).take(at.dimension());
            let v = Directions::new(
                size.risk
                    .space()
                    .device
                    .upload(numbers.collect(), [1, at.dimension()]),
            );
            black_box(here.hessian_times(&v));
            let product = seconds(|| {
                black_box(here.hessian_times(&v));
            });
            if round > 0 {
                size.products.push(product);
            }
        }
    }
    for _ in 0..SEARCHES {
        for size in &mut *sizes {
            let at = size.risk.start(Seed(1));
            let here = size.risk.linearise(&at);
            let operator = CurvatureOperator {
                product: Box::new(|v| here.hessian_times(v)),
                device: size.risk.space().device.clone(),
                dimension: at.dimension(),
            };
            let asked = Ends {
                max_products: PRODUCTS,
                ..Ends::new(10, 0).in_blocks_for(overhead(true, size.risk.examples(), at.dimension()))
            };
            let mut products = 0;
            let took =
                seconds(|| products = extremes(&operator, &asked, |_| ControlFlow::Continue(())).products);
            size.searches.push(took / products as f64);
        }
    }
}

/// The times with their spread, and the slopes of log time against log size.
fn table(name: &str, sizes: &[Size], of: impl Fn(&Size) -> usize) {
    println!("| {name} | one product | search, per product |\n|---:|---:|---:|");
    let mut lines = [Vec::new(), Vec::new()];
    for size in sizes {
        let mut cells = format!("| {} |", of(size));
        for (line, times) in lines.iter_mut().zip([&size.products, &size.searches]) {
            let [least, median, most] = spread(times).map(|seconds| 1e3 * seconds);
            cells += &format!(" {median:.1} ms [{least:.1}–{most:.1}] |");
            line.push(((of(size) as f64).ln(), median.ln()));
        }
        println!("{cells}");
    }
    let [product, search] = lines.map(|line| {
        let (slope, error) = studies::slope(&line);
        format!("{slope:.3} ± {error:.3}")
    });
    println!("| slope | {product} | {search} |\n");
}

/// Least, median, largest.
fn spread(times: &[f64]) -> [f64; 3] {
    let mut times = times.to_vec();
    times.sort_by(f64::total_cmp);
    [times[0], times[times.len() / 2], times[times.len() - 1]]
}

fn seconds(work: impl FnOnce()) -> f64 {
    let clock = Instant::now();
    work();
    clock.elapsed().as_secs_f64()
}
