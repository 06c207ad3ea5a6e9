//! Value, gradient and products of every chain, activation and loss.

use crate::subjects::{CHAINS, chain, host, random_directions, relative_error, risk, somewhere};
use models::layers::Activation;
use models::{Device, Loss, Objective, Precision, Risk};

/// Everything that is computed of one risk, by name.
fn quantities(
    kind: &str,
    activation: Activation,
    loss: Loss,
    device: &Device,
) -> [(&'static str, Vec<f64>); 5] {
    let risk = risk(chain(kind, activation, device), loss, device);
    let at = somewhere(&risk);
    let v = random_directions(2, &risk, "device");
    let here = risk.linearise(&at);
    let slope = here.slope();
    [
        ("loss", vec![slope.value]),
        ("gradient", host(&slope.gradient)),
        ("Hessian product", host(&here.hessian_times(&v))),
        (
            "Gauss–Newton product",
            host(&here.gauss_newton_times(&v).expect("a network")),
        ),
        ("Jacobian product", here.jacobian_times(&v).expect("a network")),
    ]
}

/// Every combination is within the allowed error of the processor in f64; the worst of each activation is printed.
pub fn agree(device: &Device, allowed: f64) {
    let reference = Device::cpu(Precision::F64);
    let mut failures = Vec::new();
    for activation in Activation::ALL {
        let mut worst = (0.0, String::new());
        for kind in CHAINS {
            for loss in Loss::ALL {
                let wanted = quantities(kind, activation, loss, &reference);
                let found = quantities(kind, activation, loss, device);
                for ((name, wanted), (_, found)) in wanted.iter().zip(&found) {
                    let error = relative_error(found, wanted);
                    let what = format!("{activation:?}, {kind}, {loss:?}, {name}: {error:.1e}");
                    // `relative_error` is never NaN: it panics instead.
                    if error > allowed {
                        failures.push(what.clone());
                    }
                    if error > worst.0 {
                        worst = (error, what);
                    }
                }
            }
        }
        println!("{}", worst.1);
    }
    assert!(
        failures.is_empty(),
        "above {:.0e}:\n{}",
        allowed,
        failures.join("\n")
    );
}

/// Cutting the sample into virtual blocks of two, or keeping no block in memory, changes results by rounding only.
pub fn blocks_agree(device: &Device) {
    let whole = risk(
        chain("skip", Activation::Tanh, device),
        Loss::CrossEntropy,
        device,
    );
    let at = somewhere(&whole);
    let v = random_directions(2, &whole, "blocks");
    let all = |risk: &Risk| {
        let here = risk.linearise(&at);
        [host(&here.slope().gradient), host(&here.hessian_times(&v))].concat()
    };
    let wanted = all(&whole);
    // A few sums of numbers of order one.
    let allowed = 30.0 * device.precision.round_off();
    for risk in [whole.in_blocks_of(2), whole.in_blocks_of(2).with_memory(0)] {
        let error = relative_error(&all(&risk), &wanted);
        assert!(error <= allowed, "blocks of two change results by {error:.1e}");
    }
}

/// Examples that are sent to the device whenever they are used give the same bits as those that stay there.
pub fn examples_on_the_host_give_the_same_bits(device: &Device) {
    let whole = risk(
        chain("skip", Activation::Tanh, device),
        Loss::CrossEntropy,
        device,
    )
    .in_blocks_of(2);
    let at = somewhere(&whole);
    let v = random_directions(2, &whole, "examples on the host");
    let last = whole.examples() - 1;
    let all = |risk: &Risk| {
        let (slope, here) = (risk.slope(&at), risk.linearise(&at));
        let gauss_newton = here.gauss_newton_times(&v).expect("a network");
        let batch = risk.batch_slope(&at, &risk.batch(&[last, 0, 3, 1]));
        let numbers = [
            vec![risk.value(&at), slope.value, batch.value],
            host(&slope.gradient),
            host(&here.hessian_times(&v)),
            host(&gauss_newton),
            here.jacobian_times(&v).expect("a network"),
            host(&batch.gradient),
            risk.outputs(&at),
        ];
        let bits = numbers.concat().into_iter().map(f64::to_bits);
        (bits.collect::<Vec<u64>>(), risk.activation_pattern(&at))
    };
    let wanted = all(&whole);
    // None on the device, some, all; and linearised again at every product.
    for bytes in [0, 200, 1 << 20] {
        let sent = whole.with_examples_within(bytes);
        assert!(all(&sent) == wanted, "{bytes} bytes on the device");
        assert!(
            all(&sent.with_memory(0)) == all(&whole.with_memory(0)),
            "{bytes} bytes on the device"
        );
    }
}
