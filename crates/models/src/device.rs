//! Where tensors live, and in which precision.

use burn::tensor::{self, DType, Int, Tensor, TensorData};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The floating-point format of tensors. Scalars, small matrices and bounds are f64 on the host whatever it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// 32 bits.
    #[default]
    F32,
    /// 64 bits: CPU only.
    F64,
}

impl Precision {
    /// The tensor type.
    pub fn dtype(self) -> DType {
        match self {
            Precision::F32 => DType::F32,
            Precision::F64 => DType::F64,
        }
    }

    /// The unit round-off u: 2⁻²⁴ or 2⁻⁵³.
    pub fn round_off(self) -> f64 {
        match self {
            Precision::F32 => f64::from(f32::EPSILON) / 2.0,
            Precision::F64 => f64::EPSILON / 2.0,
        }
    }

    /// Bytes in one number.
    pub fn bytes(self) -> usize {
        match self {
            Precision::F32 => 4,
            Precision::F64 => 8,
        }
    }
}

/// A device and the precision in which it computes.
#[derive(Clone, Debug)]
pub struct Device {
    /// Burn's device. Never an autodiff device: derivatives come from the layers' own rules.
    pub tensors: burn::tensor::Device,
    /// The precision of every tensor made here.
    pub precision: Precision,
    /// True where tensors lie in the host's memory, so that reading one costs nothing.
    pub on_host: bool,
}

impl Device {
    /// The CPU through Burn's flex backend.
    pub fn cpu(precision: Precision) -> Self {
        Device {
            tensors: burn::tensor::Device::flex(),
            precision,
            on_host: true,
        }
    }

    /// Puts host values on the device, rounded to its precision. `values.len()` is the product of `shape`.
    pub fn upload<const D: usize>(&self, values: Vec<f64>, shape: [usize; D]) -> Tensor<D> {
        self.send(self.data(&values, shape))
    }

    /// Host values rounded to the device's precision, still on the host.
    pub(crate) fn data<const D: usize>(&self, values: &[f64], shape: [usize; D]) -> TensorData {
        assert_eq!(
            values.len(),
            shape.iter().product::<usize>(),
            "values do not fill the shape {shape:?}"
        );
        match self.precision {
            Precision::F64 => TensorData::new(values.to_vec(), shape),
            Precision::F32 => TensorData::new(values.iter().map(|x| *x as f32).collect::<Vec<f32>>(), shape),
        }
    }

    /// What [`Device::data`] made, on the device.
    pub(crate) fn send<const D: usize>(&self, data: TensorData) -> Tensor<D> {
        Tensor::from_data(data, (&self.tensors, self.precision.dtype()))
    }

    /// Zeros.
    pub fn zeros<const D: usize>(&self, shape: [usize; D]) -> Tensor<D> {
        Tensor::zeros(shape, (&self.tensors, self.precision.dtype()))
    }
}

/// The values of a tensor on the host, in row-major order.
pub fn download<const D: usize>(tensor: &Tensor<D>) -> Vec<f64> {
    tensor.to_data().iter::<f64>().collect()
}

/// Numbers of rows or columns, on a device.
pub(crate) fn places(numbers: &[usize], device: &tensor::Device) -> Tensor<1, Int> {
    let count = numbers.len();
    let numbers: Vec<i32> = numbers.iter().map(|&i| i as i32).collect();
    Tensor::from_data(TensorData::new(numbers, [count]), device)
}
