//! The workloads: our networks at the weights of the files.

use crate::gram::gram;
use crate::spectrum::spectrum;
use crate::{Inputs, Quantity, Workload};
use burn::tensor::Tensor;
use models::layers::{Activation, Fixed, Layer, Linear, Scale};
use models::{
    Curvature, Device, Directions, Examples, Initialisation, Link, Loss, Network, Objective, Point, Precision,
};
use models::{Risk, Targets, download};
use serde_json::Value;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

/// Makes a workload ready on the CPU.
pub fn prepare(inputs: Inputs) -> Result<Box<dyn Workload>, String> {
    let precision = match inputs.manifest.dtype.as_str() {
        "f32" => Precision::F32,
        "f64" => Precision::F64,
        other => return Err(format!("dtype {other:?}: expected f32 or f64")),
    };
    let device = Device::cpu(precision);
    match inputs.manifest.loss.as_str() {
        "mean cross-entropy" => Ok(Box::new(Classifier::new(inputs, &device)?)),
        "half squared sum" => Ok(Box::new(Kernel::new(&inputs, &device)?)),
        other => Err(format!("loss {other:?} is not known here")),
    }
}

/// A perceptron with mean cross-entropy: gradient and Hessian products.
struct Classifier {
    inputs: Inputs,
    /// Leaked, so that the linearisation can be kept beside it for as long as the process lives.
    risk: &'static Risk,
    at: Point,
    kept: Option<Box<dyn Curvature>>,
    one: Option<Directions>,
    eight: Option<Directions>,
}

impl Classifier {
    fn new(inputs: Inputs, device: &Device) -> Result<Self, String> {
        let m = &inputs.manifest;
        let activation = match m.activation.as_str() {
            "relu" => Activation::Relu,
            "tanh" => Activation::Tanh,
            other => return Err(format!("activation {other:?} is not known here")),
        };
        let (d, widths) = m.widths.split_first().ok_or("the manifest has no widths")?;
        let (classes, hidden) = widths.split_last().ok_or("the manifest has one width only")?;
        let mut links: Vec<Link> = Vec::new();
        for &outputs in hidden {
            links.push(layer(Linear { outputs, bias: true }));
            links.push(layer(activation));
        }
        links.push(layer(Linear {
            outputs: *classes,
            bias: true,
        }));
        let labels = inputs
            .array("labels")?
            .into_iter()
            .map(|label| label as u32)
            .collect();
        let examples = Examples {
            inputs: inputs.array("inputs")?,
            dimension: *d,
            targets: Targets::Classes {
                labels,
                classes: *classes,
            },
        };
        let network = Arc::new(Network::new(*d, links, device.clone()));
        let at = Point::from_host(inputs.array("weights")?, device);
        let risk = Box::leak(Box::new(Risk::new(
            network,
            Initialisation::Zero,
            Loss::CrossEntropy,
            &examples,
        )));
        Ok(Classifier {
            inputs,
            risk,
            at,
            kept: None,
            one: None,
            eight: None,
        })
    }

    fn directions(&self, name: &str) -> Result<Directions, String> {
        let values = self.inputs.array(name)?;
        let (columns, device) = (self.at.dimension(), &self.risk.space().device);
        let rows = values.len() / columns;
        Ok(Directions::new(device.upload(values, [rows, columns])))
    }

    fn compute(&mut self, quantity: Quantity) -> Result<Directions, String> {
        if quantity == Quantity::Gradient {
            return Ok(self.risk.slope(&self.at).gradient);
        }
        if matches!(quantity, Quantity::Hvp | Quantity::HvpFresh) && self.one.is_none() {
            self.one = Some(self.directions("direction")?);
        }
        if quantity == Quantity::Hvp8 && self.eight.is_none() {
            self.eight = Some(self.directions("directions")?);
        }
        if matches!(quantity, Quantity::Hvp | Quantity::Hvp8) && self.kept.is_none() {
            self.kept = Some(self.risk.linearise(&self.at));
        }
        let missing = || "made just above".to_string();
        match quantity {
            Quantity::Hvp | Quantity::Hvp8 => {
                let v = if quantity == Quantity::Hvp {
                    &self.one
                } else {
                    &self.eight
                };
                let kept = self.kept.as_ref().ok_or_else(missing)?;
                Ok(kept.hessian_times(v.as_ref().ok_or_else(missing)?))
            }
            Quantity::HvpFresh => {
                let v = self.one.as_ref().ok_or_else(missing)?;
                Ok(self.risk.linearise(&self.at).hessian_times(v))
            }
            other => Err(format!("a classifier has no {other:?}")),
        }
    }
}

impl Workload for Classifier {
    fn run(&mut self, quantity: Quantity) -> Result<(), String> {
        black_box(self.compute(quantity)?);
        Ok(())
    }

    fn value(&mut self, quantity: Quantity) -> Result<Vec<f64>, String> {
        Ok(download(&self.compute(quantity)?.tensor()))
    }

    fn spectrum(&self, what: &str, method: &str, out: &Path) -> Result<Value, String> {
        spectrum(self.risk, &self.at, what, method, out)
    }

    fn gram(&self, examples: usize, out: &Path) -> Result<Value, String> {
        gram(self.risk, &self.at, examples, out)
    }
}

/// The wide two-layer network in the NTK parametrisation: steps of gradient descent.
struct Kernel {
    risk: Risk,
    inputs: Tensor<2>,
    /// Stands for both factors of the second product: what matters is its shape.
    hidden: Tensor<2>,
    start: Point,
    at: Option<Point>,
    step_size: f64,
}

impl Kernel {
    fn new(inputs: &Inputs, device: &Device) -> Result<Self, String> {
        let &[d, m, 1] = inputs.manifest.widths.as_slice() else {
            return Err("the kernel workload has the widths d, m, 1".into());
        };
        let signs = device.upload(inputs.array("signs")?, [m, 1]);
        let links = vec![
            layer(Linear {
                outputs: m,
                bias: false,
            }),
            layer(Activation::Relu),
            layer(Fixed { matrix: signs }),
            layer(Scale(1.0 / (m as f64).sqrt())),
        ];
        let examples = Examples {
            inputs: inputs.array("inputs")?,
            dimension: d,
            targets: Targets::Values {
                values: inputs.array("targets")?,
                width: 1,
            },
        };
        let n = examples.len();
        let x: Tensor<2> = device.upload(examples.inputs.clone(), [n, d]);
        let start = Point::from_host(inputs.array("weights")?, device);
        let network = Arc::new(Network::new(d, links, device.clone()));
        let risk = Risk::new(network, Initialisation::Zero, Loss::HalfSquared, &examples);
        let hidden = x.clone().matmul(start.tensor().clone().reshape([d, m]));
        let step_size = inputs.manifest.step_size.ok_or("the manifest has no step_size")?;
        Ok(Kernel {
            risk,
            inputs: x,
            hidden,
            at: Some(start.clone()),
            start,
            step_size,
        })
    }

    fn step(&self, at: Point) -> Point {
        let slope = self.risk.slope(&at);
        at.moved(slope.gradient, -self.step_size)
    }

    fn weights(&self) -> Tensor<2> {
        let [_, d] = self.inputs.dims();
        self.start
            .tensor()
            .clone()
            .reshape([d, self.start.dimension() / d])
    }
}

impl Workload for Kernel {
    fn run(&mut self, quantity: Quantity) -> Result<(), String> {
        match quantity {
            Quantity::Step => {
                // The point is handed over, so that the step can write the new weights over the old ones.
                let at = self.at.take().unwrap_or_else(|| self.start.clone());
                self.at = Some(self.step(at));
            }
            Quantity::Gemms => {
                black_box(self.inputs.clone().matmul(self.weights()));
                black_box(self.inputs.clone().transpose().matmul(self.hidden.clone()));
            }
            other => return Err(format!("the kernel workload has no {other:?}")),
        }
        Ok(())
    }

    fn value(&mut self, quantity: Quantity) -> Result<Vec<f64>, String> {
        match quantity {
            Quantity::Step => {
                let next = self.step(self.start.clone());
                let moved = self.start.minus(&next);
                Ok(download(&moved.tensor())
                    .into_iter()
                    .map(|x| x / self.step_size)
                    .collect())
            }
            Quantity::Gemms => Ok(download(
                &self.inputs.clone().transpose().matmul(self.hidden.clone()),
            )),
            other => Err(format!("the kernel workload has no {other:?}")),
        }
    }

    fn spectrum(&self, what: &str, _: &str, _: &Path) -> Result<Value, String> {
        Err(format!("the kernel workload has no spectrum {what:?}"))
    }

    fn gram(&self, _: usize, _: &Path) -> Result<Value, String> {
        Err("the kernel workload has no Gram matrix here".into())
    }
}

fn layer(layer: impl Layer + 'static) -> Link {
    Link::Layer(Box::new(layer))
}
