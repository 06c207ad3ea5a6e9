//! The same suite on every device: against the processor in f64, or against plain sums on the host.

mod around;
mod blocks;
mod layers;
mod matrices;
mod operators;
mod spectrum;
pub mod training;

use landscape::device::DeviceName;
use landscape::run::open_device;
use models::{Device, Precision};

/// A device by name, past its self-test. Without a graphics adapter the suite fails, and says what to install.
fn device(name: &str, precision: Precision) -> Device {
    let name: DeviceName = name.parse().expect("a device name");
    match open_device(name, precision) {
        Ok(opened) => opened.device,
        Err(error) => panic!(
            "{error}\nThis suite needs a graphics adapter, a software one will do: run scripts/test, which installs \
             mesa-vulkan-drivers and libvulkan1 on Debian and Ubuntu, or install your system's Vulkan driver"
        ),
    }
}

/// What a relative error may be: the promise of this program for f32, and rounding for f64.
fn allowed(device: &Device) -> f64 {
    match device.precision {
        Precision::F32 => 1e-5,
        Precision::F64 => 1e-12,
    }
}

macro_rules! suite {
    ($suite:ident, $name:literal, $precision:ident) => {
        mod $suite {
            use super::*;

            #[test]
            fn layers_activations_and_losses() {
                let device = device($name, Precision::$precision);
                layers::agree(&device, allowed(&device));
            }

            #[test]
            fn virtual_blocks() {
                layers::blocks_agree(&device($name, Precision::$precision));
            }

            #[test]
            fn examples_on_the_host() {
                layers::examples_on_the_host_give_the_same_bits(&device($name, Precision::$precision));
            }

            #[test]
            fn block_operations() {
                blocks::agree(&device($name, Precision::$precision));
            }

            #[test]
            fn parameters_that_inputs_reach() {
                spectrum::reached_parameters_agree(&device($name, Precision::$precision));
            }

            #[test]
            fn ends_of_a_spectrum() {
                spectrum::agrees(&device($name, Precision::$precision));
            }

            #[test]
            fn probes_around_a_point() {
                around::agrees(&device($name, Precision::$precision));
            }

            #[test]
            fn operators_densities_and_traces() {
                operators::agree(&device($name, Precision::$precision));
            }

            #[test]
            fn gram_matrices() {
                let device = device($name, Precision::$precision);
                crate::gram::agree(&device, allowed(&device));
                crate::gram::probing::agrees(&device);
            }

            #[test]
            fn negative_curvature_and_stationarity() {
                spectrum::curvature_agrees(&device($name, Precision::$precision));
            }

            #[test]
            fn matrix_problems() {
                matrices::agree(&device($name, Precision::$precision));
            }

            #[test]
            fn large_matrix_problems() {
                matrices::large_ones_agree(&device($name, Precision::$precision));
            }

            #[test]
            fn saddles_are_left() {
                matrices::saddles_are_left(&device($name, Precision::$precision));
            }

            #[test]
            fn optimisers() {
                training::optimisers_agree(&device($name, Precision::$precision));
            }

            #[test]
            fn noises() {
                training::noises_agree(&device($name, Precision::$precision));
            }

            #[test]
            fn batches_accuracy_and_patterns() {
                training::batches_accuracy_and_patterns_agree(&device($name, Precision::$precision));
            }
        }
    };
}

suite!(cpu_f32, "cpu", F32);
suite!(cpu_f64, "cpu", F64);
#[cfg(feature = "ndarray")]
suite!(ndarray_f32, "ndarray", F32);
#[cfg(feature = "ndarray")]
suite!(ndarray_f64, "ndarray", F64);
#[cfg(feature = "wgpu")]
suite!(wgpu, "wgpu", F32);
#[cfg(feature = "cuda")]
suite!(cuda, "cuda", F32);

#[test]
#[should_panic(expected = "Identity, plain, HalfSquared, gradient")]
fn a_device_that_is_less_exact_than_promised_fails() {
    layers::agree(
        &device("cpu", Precision::F32),
        allowed(&device("cpu", Precision::F64)),
    );
}
