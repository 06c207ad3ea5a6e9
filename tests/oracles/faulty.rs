//! A layer with a wrong sign in one of its rules: the oracles must see it.

use super::verdict;
use crate::subjects::{CLASSES, risk};
use burn::tensor::Tensor;
use models::layers::{Activation, Layer, Linear, Linearised, Pulled};
use models::{Device, Link, Loss, Precision};

/// A tanh layer with one sign wrong in one of its rules.
#[derive(Clone, Copy, Debug)]
struct Faulty(&'static str);

impl Layer for Faulty {
    fn on(&self, _device: &Device) -> Box<dyn Layer> {
        Box::new(*self)
    }

    fn between(&self, _inputs: Option<&[usize]>, _outputs: Option<&[usize]>) -> Box<dyn Layer> {
        Box::new(*self)
    }

    fn forward(&self, weights: Tensor<1>, x: Tensor<2>) -> Tensor<2> {
        Activation::Tanh.forward(weights, x)
    }

    fn linearise(&self, weights: Tensor<1>, x: Tensor<2>) -> (Tensor<2>, Box<dyn Linearised>) {
        let (y, right) = Activation::Tanh.linearise(weights, x);
        (y, Box::new(FaultyAt { fault: self.0, right }))
    }
}

struct FaultyAt {
    fault: &'static str,
    right: Box<dyn Linearised>,
}

impl Linearised for FaultyAt {
    fn pullback(&mut self, cotangent: Tensor<2>, wants_input: bool, remember: bool) -> Pulled<2, 1> {
        let mut pulled = self.right.pullback(cotangent, wants_input, remember);
        if self.fault == "pullback" {
            pulled.input = pulled.input.map(Tensor::neg);
        }
        pulled
    }

    fn pushforward(&self, weights: Option<&[Tensor<2>]>, x: Option<&Tensor<3>>) -> Option<Tensor<3>> {
        let y = self.right.pushforward(weights, x);
        if self.fault == "pushforward" {
            y.map(Tensor::neg)
        } else {
            y
        }
    }

    fn pullback_tangent(
        &self,
        weights: Option<&[Tensor<2>]>,
        x: Option<&Tensor<3>>,
        cotangent: Option<Tensor<3>>,
        wants_input: bool,
    ) -> Pulled<3, 2> {
        // The part that comes from φ″ alone has the wrong sign.
        let flat = self
            .right
            .pullback_tangent(weights, None, cotangent.clone(), wants_input)
            .input;
        let mut pulled = self.right.pullback_tangent(weights, x, cotangent, wants_input);
        if self.fault == "pullback tangent" {
            pulled.input = pulled
                .input
                .zip(flat)
                .map(|(all, flat)| flat.mul_scalar(2.0) - all);
        }
        pulled
    }
}

#[test]
fn a_rule_with_one_wrong_sign_fails_the_oracles() {
    let device = Device::cpu(Precision::F64);
    let run = |fault: &'static str| {
        let linear = |outputs: usize| Link::Layer(Box::new(Linear { outputs, bias: true }));
        let links = vec![linear(6), Link::Layer(Box::new(Faulty(fault))), linear(CLASSES)];
        verdict(
            &risk(links, Loss::CrossEntropy, &device),
            Loss::CrossEntropy,
            [("", 0.0, 0.0), ("", 0.0, 0.0)],
        )
    };
    assert_eq!(run("none"), Ok(()));
    for fault in ["pullback", "pushforward", "pullback tangent"] {
        let error = run(fault).expect_err(fault);
        println!("{fault}: {error}");
    }
}
