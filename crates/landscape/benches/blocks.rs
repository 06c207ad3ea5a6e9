//! How many vectors a search for eigenpairs multiplies best at once.
//!
//! `cargo bench --bench blocks`. Networks with 889 to 301,066 parameters on 3 to 1,000 examples, after 100 steps of gradient
//! descent, f32; searches of their Hessians for few and many pairs at one end and both, to a relative residual of 1e-4,
//! confirmed, with 1 to 8 vectors at once. In each round every number has its turn; of its times the median counts. What is
//! printed is each time relative to the least, and its mean over all searches: of the number that
//! [`spectra::Ends::in_blocks_for`] chooses, and of each number taken always. A search that has not ended after
//! [`PRODUCTS`] products counts with what it took until then.

use landscape::{config, experiment};
use models::{CurvatureOperator, Device, Objective, Point, Precision, Risk, overhead};
use spectra::{Ends, extremes};
use std::ops::ControlFlow;
use std::time::Instant;

/// How often each search runs.
const ROUNDS: usize = 3;
/// Products after which a search is stopped.
const PRODUCTS: usize = 1500;
/// Vectors at once.
const AT_ONCE: [usize; 6] = [1, 2, 3, 4, 6, 8];
/// How many of the largest and of the smallest eigenvalues.
const WANTED: [(usize, usize); 5] = [(1, 0), (2, 1), (5, 5), (10, 10), (20, 0)];

/// On digits: examples, hidden widths, activation.
const DIGITS: [(usize, &str, &str); 14] = [
    (100, "[16]", "tanh"),
    (1000, "[32]", "relu"),
    (300, "[32, 32]", "tanh"),
    (1000, "[64, 64]", "relu"),
    (1000, "[128]", "relu"),
    (1000, "[128, 128]", "tanh"),
    (1000, "[512]", "relu"),
    (3, "[180, 180]", "tanh"),
    (10, "[180, 180]", "tanh"),
    (50, "[180, 180]", "tanh"),
    (500, "[200, 180]", "relu"),
    (10, "[512, 512]", "tanh"),
    (50, "[512, 512]", "tanh"),
    (200, "[512, 512]", "tanh"),
];
/// With Gaussian targets on a sphere in 100 dimensions: hidden widths, tanh; 500 examples.
const SPHERE: [&str; 4] = ["[8, 8]", "[35, 35]", "[70, 70]", "[128, 128]"];

fn main() {
    landscape::environment::prepare(landscape::environment::Work::Computing);
    landscape::threads::take_part();
    landscape::threads::bind();
    let columns = AT_ONCE.map(|b| format!(" {b} |")).concat();
    println!(
        "| parameters | examples | pairs | chosen |{columns}\n|{}",
        "---:|".repeat(4 + AT_ONCE.len())
    );
    let (mut chosen, mut always) = (Vec::new(), AT_ONCE.map(|_| Vec::new()));
    for (risk, at) in problems() {
        let here = risk.linearise(&at);
        let operator = CurvatureOperator {
            product: Box::new(|v| here.hessian_times(v)),
            device: risk.space().device.clone(),
            dimension: at.dimension(),
        };
        for (largest, smallest) in WANTED {
            let asked = Ends {
                relative: 1e-4,
                max_products: PRODUCTS,
                ..Ends::new(largest, smallest)
            };
            let best = asked.in_blocks_for(overhead(true, risk.examples(), at.dimension()));
            let searches = times(&operator, &asked);
            let least = searches.iter().map(|[_, t, _]| *t).fold(f64::INFINITY, f64::min);
            let mut row = format!(
                "| {} | {} | {largest} + {smallest} | {} |",
                at.dimension(),
                risk.examples(),
                best.block
            );
            for ((block, [low, median, high]), all) in AT_ONCE.into_iter().zip(searches).zip(&mut always) {
                row += &format!(
                    " {:.2} [{:.2}–{:.2}] |",
                    median / least,
                    low / least,
                    high / least
                );
                all.push(median / least);
                if block == best.block {
                    chosen.push(median / least);
                }
            }
            println!("{row}");
        }
    }
    println!("\nchosen: {}", mean(&chosen));
    for (block, all) in AT_ONCE.iter().zip(&always) {
        println!("always {block}: {}", mean(all));
    }
}

/// Each network, and a point on its way.
fn problems() -> impl Iterator<Item = (Risk, Point)> {
    let digits = DIGITS.iter().map(|(n, hidden, activation)| {
        let data = format!("{{ source = 'digits', train = {n} }}");
        problem("cross-entropy", &data, hidden, activation, 0.05)
    });
    let sphere = SPHERE.iter().map(|hidden| {
        let data = "{ source = { sphere = { dimension = 100 } }, train = 500 }";
        problem("mean-squared", data, hidden, "tanh", 0.01)
    });
    digits.chain(sphere)
}

fn problem(loss: &str, data: &str, hidden: &str, activation: &str, step: f64) -> (Risk, Point) {
    let text = format!(
        "question = ''\nloss = '{loss}'\ndata = {data}\nstart = {{ kind = 'he' }}\ntraining = {{ step_size = {step} }}\n\
         model = {{ kind = 'perceptron', hidden = {hidden}, activation = '{activation}' }}"
    );
    let config = config::parse("blocks", &text, &[]).expect("the config is right");
    let variant = config.variants().expect("there is one variant").swap_remove(0);
    let device = Device::cpu(Precision::F32);
    let experiment = experiment::Experiment::build(variant, None, &device).expect("the config is right");
    let risk = experiment.train.clone();
    let mut at = experiment.start().to_host();
    for _ in 0..100 {
        let slope = risk.slope(&Point::from_host(at.clone(), &device));
        for (x, g) in at.iter_mut().zip(slope.gradient.to_host()) {
            *x -= step * g;
        }
    }
    (risk, Point::from_host(at, &device))
}

/// Seconds of a search with each number of vectors at once: least, median and largest.
fn times(operator: &CurvatureOperator, asked: &Ends) -> [[f64; 3]; AT_ONCE.len()] {
    let mut all = AT_ONCE.map(|_| Vec::new());
    for _ in 0..ROUNDS {
        for (block, times) in AT_ONCE.into_iter().zip(&mut all) {
            let clock = Instant::now();
            extremes(operator, &Ends { block, ..*asked }, |_| ControlFlow::Continue(()));
            times.push(clock.elapsed().as_secs_f64());
        }
    }
    all.map(|mut times| {
        times.sort_by(f64::total_cmp);
        [times[0], times[ROUNDS / 2], times[ROUNDS - 1]]
    })
}

/// The geometric mean of ratios, and the largest.
fn mean(ratios: &[f64]) -> String {
    let logarithms: f64 = ratios.iter().map(|ratio| ratio.ln()).sum();
    let most = ratios.iter().copied().fold(1.0, f64::max);
    format!(
        "{:.3} times the least time on average, {most:.2} at most",
        (logarithms / ratios.len() as f64).exp()
    )
}
