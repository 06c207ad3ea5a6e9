//! Activations on the host: value, slope and bend in one pass over the numbers where they lie.
//!
//! Burn's CPU backend calls the system's `tanh` number by number and makes a pass for every operation. Small
//! networks spend most of their time there, so common activations are written as loops that the compiler turns
//! into vector code for the processor at hand. Every other device takes the tensor operations in `activation.rs`.

use super::Activation;
use burn::tensor::{DType, Element, Tensor, TensorData};
use rayon::prelude::*;

/// φ(x), φ′(x) and φ″(x).
pub(super) type Jet = (Tensor<2>, Tensor<2>, Option<Tensor<2>>);

/// Numbers that one task works on.
const SPAN: usize = 1 << 15;

/// Whether there are loops for this activation.
pub(super) fn covers(activation: Activation) -> bool {
    matches!(
        activation,
        Activation::Relu | Activation::LeakyRelu | Activation::Tanh | Activation::Sigmoid
    )
}

/// φ(x) on the host, for an activation that is covered.
pub(super) fn value(activation: Activation, x: Tensor<2>) -> Tensor<2> {
    match x.dtype() {
        DType::F64 => value_of::<f64>(activation, x),
        _ => value_of::<f32>(activation, x),
    }
}

/// φ, φ′ and φ″ on the host, for an activation that is covered.
pub(super) fn jet(activation: Activation, x: Tensor<2>) -> Jet {
    match x.dtype() {
        DType::F64 => jet_of::<f64>(activation, x),
        _ => jet_of::<f32>(activation, x),
    }
}

fn tensor<T: Float>(data: TensorData, device: &burn::tensor::Device) -> Tensor<2> {
    Tensor::from_data(data, (device, T::dtype()))
}

fn value_of<T: Float>(activation: Activation, x: Tensor<2>) -> Tensor<2> {
    let device = x.device();
    let mut data = x.into_data();
    let values = data
        .as_mut_slice::<T>()
        .expect("a tensor holds numbers of its own type");
    values.par_chunks_mut(SPAN).for_each(|x| {
        pulp::Arch::new().dispatch(|| match activation {
            Activation::Relu => x.iter_mut().for_each(|x| *x = relu(*x)),
            Activation::LeakyRelu => x.iter_mut().for_each(|x| *x = *x * leak(*x)),
            Activation::Tanh => x.iter_mut().for_each(|x| *x = x.tanh_fast()),
            _ => x.iter_mut().for_each(|x| *x = sigmoid(*x).0),
        });
    });
    tensor::<T>(data, &device)
}

fn jet_of<T: Float>(activation: Activation, x: Tensor<2>) -> Jet {
    let device = x.device();
    let shape = x.dims();
    let mut data = x.into_data();
    let values = data
        .as_mut_slice::<T>()
        .expect("a tensor holds numbers of its own type");
    let mut slopes = vec![T::of(0.0); values.len()];
    let bent = !activation.is_piecewise_linear();
    let mut bends = vec![T::of(0.0); if bent { values.len() } else { 0 }];
    // Without bends there is still one empty part for each task.
    let parts: Vec<&mut [T]> = if bent {
        bends.chunks_mut(SPAN).collect()
    } else {
        (0..values.len().div_ceil(SPAN))
            .map(|_| &mut [] as &mut [T])
            .collect()
    };
    values
        .par_chunks_mut(SPAN)
        .zip(slopes.par_chunks_mut(SPAN))
        .zip(parts)
        .for_each(|((y, slope), bend)| {
            pulp::Arch::new().dispatch(|| jet_part(activation, y, slope, bend));
        });
    let made = |values: Vec<T>| tensor::<T>(TensorData::new(values, shape), &device);
    (
        tensor::<T>(data, &device),
        made(slopes),
        bent.then(|| made(bends)),
    )
}

/// Turns x into φ(x), and fills in φ′ and φ″.
#[inline(always)]
fn jet_part<T: Float>(activation: Activation, y: &mut [T], slope: &mut [T], bend: &mut [T]) {
    let (zero, one, two) = (T::of(0.0), T::of(1.0), T::of(2.0));
    match activation {
        Activation::Relu => y.iter_mut().zip(slope).for_each(|(y, slope)| {
            *slope = if *y > zero { one } else { zero };
            *y = relu(*y);
        }),
        Activation::LeakyRelu => y.iter_mut().zip(slope).for_each(|(y, slope)| {
            *slope = leak(*y);
            *y = *y * *slope;
        }),
        Activation::Tanh => y.iter_mut().zip(slope).zip(bend).for_each(|((y, slope), bend)| {
            *y = y.tanh_fast();
            *slope = one - *y * *y;
            *bend = T::of(-2.0) * *y * *slope;
        }),
        _ => y.iter_mut().zip(slope).zip(bend).for_each(|((y, slope), bend)| {
            (*y, *slope) = sigmoid(*y);
            *bend = *slope * (one - two * *y);
        }),
    }
}

/// max(x, 0). A NaN is not negative, and must not be hidden.
#[inline(always)]
fn relu<T: Float>(x: T) -> T {
    if x <= T::of(0.0) { T::of(0.0) } else { x }
}

/// The slope of the leaky ReLU.
#[inline(always)]
fn leak<T: Float>(x: T) -> T {
    if x > T::of(0.0) {
        T::of(1.0)
    } else {
        T::of(super::activation::LEAK)
    }
}

/// 1/(1 + e⁻ˣ), and its slope e^{−|x|}/(1 + e^{−|x|})²: neither cancels for inputs far from zero.
#[inline(always)]
fn sigmoid<T: Float>(x: T) -> (T, T) {
    let one = T::of(1.0);
    let e = x.exp_of_minus_size();
    let large = one / (one + e);
    let small = e * large;
    (if x > T::of(0.0) { large } else { small }, small * large)
}

/// A floating-point number with a tanh that vectorises.
trait Float:
    Element
    + Copy
    + Send
    + Sync
    + PartialOrd
    + std::ops::Add<Output = Self>
    + std::ops::Sub<Output = Self>
    + std::ops::Mul<Output = Self>
    + std::ops::Div<Output = Self>
{
    fn of(x: f64) -> Self;

    /// tanh x to a few units in the last place, without branches:
    /// tanh|x| = −t/(2 + t) with t = e^{−2|x|} − 1 and e^r − 1 by its Taylor series on |r| ≤ ½ ln 2.
    fn tanh_fast(self) -> Self;

    /// e^{−|x|} to a few units in the last place, down to the smallest normal number.
    fn exp_of_minus_size(self) -> Self;
}

/// 2ⁿ and e^r − 1 with 2ⁿ·e^r = e^z, for z ≤ 0. Below the floor e^z counts as e^floor; a NaN passes.
macro_rules! exponential {
    ($t:ty, $mantissa:literal, $magic:expr, $high:expr, $low:expr, $floor:expr, [$($coefficient:expr),*], $z:expr) => {{
        let z: $t = $z;
        let z = if z < $floor { $floor } else { z };
        // Adding and subtracting 1.5·2^mantissa rounds to an integer, which the low bits of the sum hold.
        let shifted = z * std::f64::consts::LOG2_E as $t + $magic;
        let n = shifted - $magic;
        let r = z - n * $high - n * $low;
        let mut p: $t = 0.0;
        $( p = (p + $coefficient) * r; )*
        let power = <$t>::from_bits((shifted.to_bits() << $mantissa).wrapping_add((1.0 as $t).to_bits()));
        (power, p)
    }};
}

macro_rules! float {
    ($t:ty, $bits:ty, mantissa $mantissa:literal, magic $magic:expr, ln2 ($high:expr, $low:expr), floor $floor:expr,
     series [$($coefficient:expr),*]) => {
        impl Float for $t {
            #[inline(always)]
            fn of(x: f64) -> Self {
                x as $t
            }

            #[inline(always)]
            fn tanh_fast(self) -> Self {
                let (power, p) = exponential!($t, $mantissa, $magic, $high, $low, $floor, [$($coefficient),*], -2.0 * self.abs());
                let t = power * p + (power - 1.0);
                (-t / (2.0 + t)).copysign(self)
            }

            #[inline(always)]
            fn exp_of_minus_size(self) -> Self {
                let (power, p) = exponential!($t, $mantissa, $magic, $high, $low, $floor, [$($coefficient),*], -self.abs());
                power * p + power
            }
        }
    };
}

float!(f64, u64, mantissa 52, magic 6_755_399_441_055_744.0, ln2 (6.931_471_803_691_238e-1, 1.908_214_929_270_587_7e-10),
    floor -700.0,
    series [1.0 / 6_227_020_800.0, 1.0 / 479_001_600.0, 1.0 / 39_916_800.0, 1.0 / 3_628_800.0, 1.0 / 362_880.0,
        1.0 / 40_320.0, 1.0 / 5_040.0, 1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0]);
float!(f32, u32, mantissa 23, magic 12_582_912.0, ln2 (0.693_359_4, -2.121_944_4e-4),
    floor -87.0,
    series [1.0 / 5_040.0, 1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0]);

#[cfg(test)]
mod tests {
    use super::*;

    /// Largest error of tanh over a sweep of both signs and all sizes, relative to the truth in f64.
    fn worst<T: Float>(widen: impl Fn(T) -> f64) -> f64 {
        let sweep = (-2000..2000).map(|k| (f64::from(k) * 0.011).sinh() * 1e-4);
        let error = |x: f64| {
            let x = T::of(x);
            let wanted = widen(x).tanh();
            if wanted == 0.0 {
                0.0
            } else {
                ((widen(x.tanh_fast()) - wanted) / wanted).abs()
            }
        };
        sweep.map(error).fold(0.0, f64::max)
    }

    #[test]
    fn tanh_is_accurate_to_a_few_units_in_the_last_place() {
        let (double, single) = (worst::<f64>(|x| x), worst::<f32>(f64::from));
        assert!(double < 4.0 * f64::EPSILON, "f64: {double:e}");
        assert!(single < 4.0 * f64::from(f32::EPSILON), "f32: {single:e}");
    }

    #[test]
    fn sigmoid_does_not_cancel_far_from_zero() {
        for x in [-80.0f32, -30.0, -18.0, -1.0, 0.0, 1.0, 18.0, 30.0, 80.0] {
            let wide = f64::from(x);
            let (value, slope) = (
                1.0 / (1.0 + (-wide).exp()),
                (-wide.abs()).exp() / (1.0 + (-wide.abs()).exp()).powi(2),
            );
            let (y, dy) = sigmoid(x);
            let error = |found: f32, wanted: f64| (f64::from(found) - wanted).abs() / wanted;
            assert!(
                error(y, value) < 1e-6 && error(dy, slope) < 1e-6,
                "at {x}: {y:e} {dy:e}"
            );
        }
    }

    #[test]
    fn tanh_at_the_edges() {
        assert_eq!(0.0f64.tanh_fast().to_bits(), 0.0f64.to_bits());
        assert_eq!((-0.0f64).tanh_fast().to_bits(), (-0.0f64).to_bits());
        assert_eq!(
            (f64::INFINITY.tanh_fast(), f64::NEG_INFINITY.tanh_fast()),
            (1.0, -1.0)
        );
        assert_eq!((1e30f32.tanh_fast(), (-1e30f32).tanh_fast()), (1.0, -1.0));
        assert!(f64::NAN.tanh_fast().is_nan() && f32::NAN.tanh_fast().is_nan());
    }
}
