//! NVIDIA GPUs through CUDA.

use burn::tensor::{Device as Tensors, DeviceType};

use super::{Adapter, Kind, Way, nvidia};
use crate::device::{DeviceName, guard};

/// The GPUs that the NVIDIA driver reports. None where there is no driver, or where it does not answer.
pub(super) fn found() -> Vec<Adapter> {
    let count = guard::catch(|| Tensors::enumerate(DeviceType::Cuda).len()).unwrap_or(0);
    // CUDA numbers them in another order than the driver's program, and may see only some.
    let sizes = if count > 0 { nvidia::memory() } else { Vec::new() };
    let first = sizes.first().map(|(_, bytes)| *bytes);
    let memory = first.filter(|first| sizes.iter().all(|(_, bytes)| bytes == first));
    let adapter = |index| Adapter {
        name: DeviceName::Cuda(index),
        kind: Kind::DiscreteGpu,
        hardware: "NVIDIA GPU, CUDA".into(),
        memory,
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
