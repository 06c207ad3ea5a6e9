//! NVIDIA GPUs through CUDA.

use burn::tensor::{Device as Tensors, DeviceType};

use super::{Adapter, Kind, Way};
use crate::device::{DeviceName, guard};

/// The GPUs that the NVIDIA driver reports. None where there is no driver, or where it does not answer.
pub(super) fn found() -> Vec<Adapter> {
    let count = guard::catch(|| Tensors::enumerate(DeviceType::Cuda).len()).unwrap_or(0);
    let adapter = |index| Adapter {
        name: DeviceName::Cuda(index),
        kind: Kind::DiscreteGpu,
        hardware: "NVIDIA GPU, CUDA".into(),
        memory: None,
        way: Way::Cuda(index),
    };
    (0..count).map(adapter).collect()
}

/// Burn's device, started: asking who it is opens it.
pub(super) fn start(index: usize) -> Result<Tensors, String> {
    let tensors = Tensors::cuda(index);
    guard::catch(|| tensors.identity())?;
    Ok(tensors)
}
