//! The two floating-point types of tensors, with elementary functions that the compiler turns into vector code.
//!
//! The system's functions take one number at a time, and small networks would spend most of their time in them.

use super::HostTensor;
use burn::tensor::Element;
use std::ops::{Add, Div, Mul, Sub};

/// A floating-point number of a tensor.
pub(crate) trait Real:
    Element
    + faer::traits::RealField
    + PartialOrd
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
{
    /// As f64, exactly.
    fn widen(self) -> f64;

    /// The nearest number to x.
    fn round(x: f64) -> Self;

    /// All numbers behind a tensor of this type, of which it may show a part.
    fn storage(tensor: &HostTensor) -> &[Self];

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

macro_rules! real {
    ($t:ty, mantissa $mantissa:literal, magic $magic:expr, ln2 ($high:expr, $low:expr), floor $floor:expr,
     series [$($coefficient:expr),*]) => {
        impl Real for $t {
            #[inline(always)]
            fn widen(self) -> f64 {
                self.into()
            }

            #[inline(always)]
            fn round(x: f64) -> Self {
                x as $t
            }

            fn storage(tensor: &HostTensor) -> &[Self] {
                tensor.storage::<$t>()
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

real!(f64, mantissa 52, magic 6_755_399_441_055_744.0, ln2 (6.931_471_803_691_238e-1, 1.908_214_929_270_587_7e-10),
    floor -700.0,
    series [1.0 / 6_227_020_800.0, 1.0 / 479_001_600.0, 1.0 / 39_916_800.0, 1.0 / 3_628_800.0, 1.0 / 362_880.0,
        1.0 / 40_320.0, 1.0 / 5_040.0, 1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0]);
real!(f32, mantissa 23, magic 12_582_912.0, ln2 (0.693_359_4, -2.121_944_4e-4),
    floor -87.0,
    series [1.0 / 5_040.0, 1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0]);

#[cfg(test)]
mod tests {
    use super::*;

    /// Largest error of tanh over a sweep of both signs and all sizes, relative to the truth in f64.
    fn worst<T: Real>() -> f64 {
        let sweep = (-2000..2000).map(|k| (f64::from(k) * 0.011).sinh() * 1e-4);
        let error = |x: f64| {
            let x = T::round(x);
            let wanted = x.widen().tanh();
            if wanted == 0.0 {
                0.0
            } else {
                ((x.tanh_fast().widen() - wanted) / wanted).abs()
            }
        };
        sweep.map(error).fold(0.0, f64::max)
    }

    #[test]
    fn tanh_is_accurate_to_a_few_units_in_the_last_place() {
        let (double, single) = (worst::<f64>(), worst::<f32>());
        assert!(double < 4.0 * f64::EPSILON, "f64: {double:e}");
        assert!(single < 4.0 * f64::from(f32::EPSILON), "f32: {single:e}");
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
