//! Numerics over numbers in the host's memory, where Burn's CPU backend would make a pass for every operation.
//!
//! What is here computes the same as the tensor operations that every other device takes, up to rounding. Results
//! do not depend on the number of threads: work is cut into pieces of a fixed size, and pieces are added in order.

mod activations;
mod awake;
mod condense;
mod elementwise;
mod outer;
mod products;
mod real;
mod softmax;
mod sums;

pub(crate) use activations::{covers, jet, value};
pub(crate) use awake::stay_awake;
pub(crate) use condense::condense;
pub(crate) use elementwise::{add_scaled, join, rows, times, times_plus};
pub(crate) use outer::add_outer_products;
pub(crate) use products::sum_of_products;
pub(crate) use softmax::{CrossEntropy, cross_entropy};
pub(crate) use sums::{column_sums, combine, grams, row_products};

use burn::backend::{BackendTypes, Flex};
use burn::tensor::{Device, Tensor, TensorData};
use rayon::prelude::*;
use real::Real;

/// Numbers that one task works on: fewer are not worth a second thread.
const SPAN: usize = 1 << 15;

/// Calls a function for f32 or f64, as a tensor's type is.
macro_rules! by_type {
    ($tensor:expr, $function:ident($($argument:expr),*)) => {
        match $tensor.dtype() {
            burn::tensor::DType::F64 => $function::<f64>($($argument),*),
            _ => $function::<f32>($($argument),*),
        }
    };
}
use by_type;

/// Runs a loop as vector code for the processor at hand. The closure must be `#[inline(always)]`.
pub(crate) fn vectorised(work: impl FnMut()) {
    struct Loop<F>(F);
    impl<F: FnMut()> pulp::WithSimd for Loop<F> {
        type Output = ();

        // A closure that is called by reference is compiled in place; called by value it would be a function of its
        // own, without vector instructions.
        #[inline(always)]
        fn with_simd<S: pulp::Simd>(mut self, _: S) {
            (self.0)();
        }
    }
    pulp::Arch::new().dispatch(Loop(work));
}

/// Whether tensors of a device lie in the host's memory and nobody records what is done with them.
pub(crate) fn is_host(device: &Device) -> bool {
    !device.is_autodiff() && *device == Device::flex()
}

type HostTensor = <Flex as BackendTypes>::FloatTensorPrimitive;

/// A tensor whose numbers can be read where they lie.
struct Held(HostTensor);

impl Held {
    fn of<const D: usize>(tensor: &Tensor<D>) -> Self {
        let held = tensor.clone().try_into_primitive::<Flex>();
        Held(held.expect("the caller has seen that the tensor lies on the host"))
    }

    /// Whether somebody else holds the same numbers, so that they must not be changed.
    fn is_shared<const D: usize>(tensor: &Tensor<D>) -> bool {
        // Three holders are ours: the tensor, its clone that is looked at, and the count itself.
        std::sync::Arc::strong_count(&Held::of(tensor).0.data_arc()) > 3
    }

    /// With its numbers one after the other in row-major order: they are copied where they are not.
    fn in_order<const D: usize>(tensor: &Tensor<D>) -> Self {
        let Held(held) = Held::of(tensor);
        Held(if held.is_contiguous() {
            held
        } else {
            held.to_contiguous()
        })
    }

    /// The numbers in row-major order, of a tensor held in order.
    fn numbers<T: Real>(&self) -> &[T] {
        let layout = self.0.layout();
        let (start, end) = layout.contiguous_offsets().expect("held in order");
        &T::storage(&self.0)[start..end]
    }
}

/// So many zeros, written by all threads where they are many.
fn zeros<T: Real>(count: usize) -> Vec<T> {
    let zero = T::round(0.0);
    if count < SPAN {
        return vec![zero; count];
    }
    let zeros = rayon::iter::repeat_n(zero, count);
    zeros.with_min_len(SPAN).collect()
}

fn tensor<T: Real, const D: usize>(numbers: Vec<T>, shape: [usize; D], device: &Device) -> Tensor<D> {
    from_data::<T, D>(TensorData::new(numbers, shape), device)
}

fn from_data<T: Real, const D: usize>(data: TensorData, device: &Device) -> Tensor<D> {
    Tensor::from_data(data, (device, T::dtype()))
}

fn numbers_mut<T: Real>(data: &mut TensorData) -> &mut [T] {
    let numbers = data.as_mut_slice();
    numbers.expect("a tensor holds numbers of its own type")
}
