//! The GPUs and software adapters of this machine, found without opening them.

use std::fmt;

use burn::tensor::Device as Tensors;

use super::{DeviceError, DeviceName};

#[cfg(feature = "cuda")]
mod cuda;
#[cfg(any(feature = "wgpu", feature = "cuda"))]
mod nvidia;
#[cfg(feature = "wgpu")]
mod wgpu;

/// What kind of hardware computes. The order is the order of preference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The machine's own processor, without a graphics driver between.
    Processor,
    /// A GPU with memory of its own.
    DiscreteGpu,
    /// A GPU that shares the processor's memory.
    IntegratedGpu,
    /// A part of a GPU, lent to a virtual machine.
    VirtualGpu,
    /// A program that computes on the processor what a GPU would (lavapipe, SwiftShader, WARP).
    Software,
}

impl Kind {
    /// Whether `auto` may take it.
    pub fn is_gpu(self) -> bool {
        matches!(self, Kind::DiscreteGpu | Kind::IntegratedGpu | Kind::VirtualGpu)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Kind::Processor => "processor",
            Kind::DiscreteGpu => "discrete GPU",
            Kind::IntegratedGpu => "integrated GPU",
            Kind::VirtualGpu => "virtual GPU",
            Kind::Software => "software adapter",
        })
    }
}

/// Whose memory the tensors of a device take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Memory {
    /// The host's.
    Host,
    /// The device's own: so many bytes, where the system tells.
    Own(Option<u64>),
}

/// An adapter that has been found and not opened.
#[derive(Clone, Debug)]
pub struct Adapter {
    /// `wgpu:N` or `cuda:N`.
    pub name: DeviceName,
    /// What kind of hardware computes.
    pub kind: Kind,
    /// The part and how it is driven, such as `NVIDIA H100 PCIe, Vulkan, WGSL`.
    pub hardware: String,
    /// Bytes, where the system tells.
    pub memory: Option<u64>,
    way: Way,
}

/// How Burn selects it.
#[derive(Clone, Debug)]
enum Way {
    #[cfg(feature = "wgpu")]
    Wgpu(wgpu::Selector),
    #[cfg(feature = "cuda")]
    Cuda(usize),
}

impl Adapter {
    /// Whose memory its tensors take.
    pub fn memory(&self) -> Memory {
        match self.kind {
            Kind::Processor | Kind::IntegratedGpu | Kind::Software => Memory::Host,
            Kind::DiscreteGpu | Kind::VirtualGpu => Memory::Own(self.memory),
        }
    }

    /// Burn's device for it, started.
    #[cfg(not(any(feature = "wgpu", feature = "cuda")))]
    pub(super) fn open(&self) -> Result<Tensors, DeviceError> {
        // Without features there is no way, and so no adapter.
        match self.way {}
    }

    /// Burn's device for it, started.
    #[cfg(any(feature = "wgpu", feature = "cuda"))]
    pub(super) fn open(&self) -> Result<Tensors, DeviceError> {
        let started: Result<Tensors, String> = match &self.way {
            #[cfg(feature = "wgpu")]
            Way::Wgpu(selector) => selector.start(self.kind),
            #[cfg(feature = "cuda")]
            Way::Cuda(index) => cuda::start(*index),
        };
        started.map_err(|why| DeviceError::NotStarted {
            name: self.name,
            hardware: self.hardware.clone(),
            why,
        })
    }
}

/// Every adapter that can be opened, in the order in which `auto` tries them: CUDA, then GPUs through wgpu,
/// then software adapters. Nothing is opened. Cost: some tens of milliseconds, once per process.
pub fn adapters() -> Vec<Adapter> {
    let mut found = cuda_adapters();
    found.extend(wgpu_adapters());
    found
}

/// False where there cannot be a GPU: Linux shows each of them as a file.
///
/// `auto` asks this first, since the search loads every graphics driver, and one of them (Mesa's layer for device
/// selection) prints an error line on machines without a desktop. A device asked for by name is always searched.
pub(super) fn kernel_may_have_gpu() -> bool {
    // In turn: all drivers of the kernel, NVIDIA's, AMD's for computing, Windows' for Linux, two of phones.
    const FILES: [&str; 6] = [
        "/dev/dri",
        "/dev/nvidiactl",
        "/dev/kfd",
        "/dev/dxg",
        "/dev/kgsl-3d0",
        "/dev/mali0",
    ];
    !cfg!(target_os = "linux") || FILES.iter().any(|file| std::path::Path::new(file).exists())
}

/// Whether this build has devices of that name.
pub(super) fn built(name: DeviceName) -> Result<(), DeviceError> {
    match name {
        DeviceName::Ndarray if cfg!(not(feature = "ndarray")) => Err(not_built("ndarray")),
        DeviceName::Wgpu(_) if cfg!(not(feature = "wgpu")) => Err(not_built("wgpu")),
        DeviceName::Cuda(_) if cfg!(not(feature = "cuda")) => Err(not_built("cuda")),
        _ => Ok(()),
    }
}

/// The error of a device whose cargo feature, of the same name, is missing.
pub(super) fn not_built(device: &'static str) -> DeviceError {
    DeviceError::NotBuilt {
        device,
        feature: device,
    }
}

/// The adapter with that name, which is `wgpu:N` or `cuda:N`.
pub(super) fn find(name: DeviceName) -> Result<Adapter, DeviceError> {
    built(name)?;
    let (found, index, none) = match name {
        DeviceName::Wgpu(index) => (wgpu_adapters(), index, DeviceError::NoAdapter),
        DeviceName::Cuda(index) => (cuda_adapters(), index, DeviceError::NoCuda),
        DeviceName::Auto | DeviceName::Cpu | DeviceName::Ndarray => {
            unreachable!("{name} is no adapter")
        }
    };
    if found.is_empty() {
        return Err(none);
    }
    let absent = || DeviceError::NoSuch {
        name,
        found: names(&found),
    };
    found.get(index).cloned().ok_or_else(absent)
}

/// Names and hardware in one line.
fn names(found: &[Adapter]) -> String {
    let each: Vec<String> = found
        .iter()
        .map(|adapter| format!("`{}` ({})", adapter.name, adapter.hardware))
        .collect();
    each.join(", ")
}

#[cfg(feature = "wgpu")]
pub(super) fn wgpu_adapters() -> Vec<Adapter> {
    wgpu::found().to_vec()
}

#[cfg(not(feature = "wgpu"))]
pub(super) fn wgpu_adapters() -> Vec<Adapter> {
    Vec::new()
}

#[cfg(feature = "cuda")]
pub(super) fn cuda_adapters() -> Vec<Adapter> {
    cuda::found()
}

#[cfg(not(feature = "cuda"))]
pub(super) fn cuda_adapters() -> Vec<Adapter> {
    Vec::new()
}

/// Burn's ndarray device. Burn has deprecated the backend; this program keeps it for comparison.
#[cfg(feature = "ndarray")]
pub(super) fn ndarray() -> Tensors {
    let found = Tensors::enumerate(burn::tensor::DeviceType::NdArray).into_vec();
    found
        .into_iter()
        .next()
        .expect("Burn's ndarray backend has one device")
}
