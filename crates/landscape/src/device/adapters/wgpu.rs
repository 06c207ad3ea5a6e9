//! Graphics adapters through wgpu.
//!
//! Burn's own enumeration is not used: it also asks OpenGL (which takes seconds to compile kernels on software
//! adapters and prints to stderr without a display), and it tells kinds apart only after opening a device.
//! Burn counts the adapters of one kind within one graphics API, in the order in which wgpu lists them, so a
//! listing by wgpu gives the selectors that Burn wants.

use std::sync::{Mutex, OnceLock, PoisonError};

use burn::tensor::wgpu::WgpuBackend;
use burn::tensor::wgpu::wgpu::{AdapterInfo, Backend, Backends, DeviceType, Instance, InstanceDescriptor};
use burn::tensor::{Device as Tensors, DeviceKind, read_sync};

use super::{Adapter, Kind, Way, nvidia};
use crate::device::{DeviceName, guard};

/// The graphics APIs asked, with Burn's names. Each exists on the systems that have it.
const APIS: [(Backend, WgpuBackend, &str); 3] = [
    (Backend::Vulkan, WgpuBackend::Vulkan, "Vulkan"),
    (Backend::Metal, WgpuBackend::Metal, "Metal"),
    (Backend::Dx12, WgpuBackend::Dx12, "Direct3D 12"),
];

/// Held while instances of a graphics API come and go: Vulkan's loader crashes when several threads do that at
/// once. Holds the devices started so far, since Burn starts each only once.
static STARTED: Mutex<Vec<(Selector, Tensors)>> = Mutex::new(Vec::new());

/// An adapter in Burn's terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Selector {
    api: WgpuBackend,
    kind: DeviceKind,
}

/// The adapters, real GPUs first; listed once per process.
pub(super) fn found() -> &'static [Adapter] {
    static FOUND: OnceLock<Vec<Adapter>> = OnceLock::new();
    FOUND.get_or_init(|| {
        let _alone = STARTED.lock().unwrap_or_else(PoisonError::into_inner);
        // A driver that panics while it lists its adapters has none that could be used.
        let listed = APIS.map(|(api, ..)| guard::catch(|| ask(api)).unwrap_or_default());
        order(listed.concat())
    })
}

/// What one graphics API lists.
fn ask(api: Backend) -> Vec<AdapterInfo> {
    let backends = Backends::from(api);
    if !Instance::enabled_backend_features().contains(backends) {
        return Vec::new();
    }
    let instance = Instance::new(InstanceDescriptor {
        backends,
        ..InstanceDescriptor::new_without_display_handle()
    });
    read_sync(instance.enumerate_adapters(backends))
        .iter()
        .map(|adapter| adapter.get_info())
        .collect()
}

/// Names and selectors for adapters as wgpu lists them.
fn order(listed: Vec<AdapterInfo>) -> Vec<Adapter> {
    let mut adapters: Vec<Adapter> = Vec::new();
    for (place, info) in listed.iter().enumerate() {
        let Some((_, api, api_name)) = APIS.into_iter().find(|(backend, ..)| *backend == info.backend) else {
            continue;
        };
        // Burn's index: how many of this kind the same API has listed before.
        let index = listed[..place]
            .iter()
            .filter(|before| before.backend == info.backend && before.device_type == info.device_type)
            .count();
        let (kind, selected) = match info.device_type {
            DeviceType::DiscreteGpu => (Kind::DiscreteGpu, DeviceKind::DiscreteGpu(index)),
            DeviceType::IntegratedGpu => (Kind::IntegratedGpu, DeviceKind::IntegratedGpu(index)),
            DeviceType::VirtualGpu => (Kind::VirtualGpu, DeviceKind::VirtualGpu(index)),
            // Burn selects only the first software adapter of an API.
            DeviceType::Cpu if index == 0 => (Kind::Software, DeviceKind::Cpu),
            // Burn cannot select what has no kind.
            DeviceType::Cpu | DeviceType::Other => continue,
        };
        adapters.push(Adapter {
            name: DeviceName::Wgpu(0),
            kind,
            hardware: format!("{}, {api_name}, {}", info.name, shaders(info.backend)),
            memory: memory(kind, &info.device_pci_bus_id),
            way: Way::Wgpu(Selector { api, kind: selected }),
        });
    }
    // The sort is stable: within a kind, wgpu's order stays.
    adapters.sort_by_key(|adapter| adapter.kind);
    for (index, adapter) in adapters.iter_mut().enumerate() {
        adapter.name = DeviceName::Wgpu(index);
    }
    adapters
}

/// The language in which Burn hands kernels over.
fn shaders(api: Backend) -> &'static str {
    if cfg!(feature = "vulkan") && api == Backend::Vulkan {
        "SPIR-V"
    } else {
        "WGSL"
    }
}

/// Bytes of memory. wgpu does not tell; Linux does, for the processor's and for AMD's, and NVIDIA's driver for its own.
fn memory(kind: Kind, pci_address: &str) -> Option<u64> {
    if kind == Kind::Software {
        return crate::device::list::host_memory();
    }
    if pci_address.is_empty() {
        return None;
    }
    let file = format!(
        "/sys/bus/pci/devices/{}/mem_info_vram_total",
        pci_address.to_lowercase()
    );
    let told = std::fs::read_to_string(file)
        .ok()
        .and_then(|text| text.trim().parse().ok());
    told.or_else(|| nvidia::of(&nvidia::memory(), pci_address))
}

impl Selector {
    /// Burn's device, started once per process.
    pub fn start(&self, kind: Kind) -> Result<Tensors, String> {
        if cfg!(feature = "vulkan") && kind == Kind::Software && self.api == WgpuBackend::Vulkan {
            // Measured: lavapipe dies of a segmentation fault, SwiftShader returns zeros.
            return Err(
                "software adapters do not survive SPIR-V kernels, and this build has the cargo feature \
                        `vulkan`: build without it"
                    .into(),
            );
        }
        let mut started = STARTED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, tensors)) = started.iter().find(|(selector, _)| selector == self) {
            return Ok(tensors.clone());
        }
        let options = Tensors::wgpu_options()
            .graphics_api(self.api)
            .device_kind(self.kind.clone());
        let tensors =
            guard::catch(|| options.init())?.map_err(|error| guard::one_line(&error.to_string()))?;
        started.push((self.clone(), tensors.clone()));
        Ok(tensors)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(name: &str, device_type: DeviceType, backend: Backend) -> AdapterInfo {
        AdapterInfo {
            name: name.into(),
            ..AdapterInfo::new(device_type, backend)
        }
    }

    #[test]
    fn real_gpus_come_first_and_keep_burns_numbers() {
        let adapters = order(vec![
            listed("software", DeviceType::Cpu, Backend::Vulkan),
            listed("laptop", DeviceType::IntegratedGpu, Backend::Vulkan),
            listed("first card", DeviceType::DiscreteGpu, Backend::Vulkan),
            listed("riddle", DeviceType::Other, Backend::Vulkan),
            listed("second card", DeviceType::DiscreteGpu, Backend::Vulkan),
            listed("second software", DeviceType::Cpu, Backend::Vulkan),
            listed("elsewhere", DeviceType::DiscreteGpu, Backend::Dx12),
        ]);
        let summary: Vec<(String, &str, Way)> = adapters
            .iter()
            .map(|a| {
                (
                    a.name.to_string(),
                    a.hardware.split(',').next().unwrap_or_default(),
                    a.way.clone(),
                )
            })
            .collect();
        let expected = [
            (
                "wgpu:0",
                "first card",
                WgpuBackend::Vulkan,
                DeviceKind::DiscreteGpu(0),
            ),
            (
                "wgpu:1",
                "second card",
                WgpuBackend::Vulkan,
                DeviceKind::DiscreteGpu(1),
            ),
            (
                "wgpu:2",
                "elsewhere",
                WgpuBackend::Dx12,
                DeviceKind::DiscreteGpu(0),
            ),
            (
                "wgpu:3",
                "laptop",
                WgpuBackend::Vulkan,
                DeviceKind::IntegratedGpu(0),
            ),
            ("wgpu:4", "software", WgpuBackend::Vulkan, DeviceKind::Cpu),
        ];
        assert_eq!(summary.len(), expected.len());
        for ((name, hardware, way), (name_, hardware_, api, kind)) in summary.into_iter().zip(expected) {
            assert_eq!((name.as_str(), hardware), (name_, hardware_));
            let expected = Selector { api, kind };
            assert!(
                matches!(&way, Way::Wgpu(selector) if *selector == expected),
                "{way:?}"
            );
        }
    }
}
