//! Devices: which there are, which one to take, and whether its numbers can be believed.
//!
//! | name     | what it is                                              | precision | cargo feature |
//! |----------|---------------------------------------------------------|-----------|---------------|
//! | `auto`   | the first real GPU that passes the self-test, else `cpu` | any       |               |
//! | `cpu`    | the processor, through Burn's flex backend              | f32, f64  |               |
//! | `ndarray`| the processor, through Burn's ndarray backend           | f32, f64  | `ndarray`     |
//! | `wgpu:N` | the N-th graphics adapter (Vulkan, Metal, Direct3D 12)  | f32       | `wgpu`        |
//! | `cuda:N` | the N-th NVIDIA GPU                                     | f32       | `cuda`        |
//!
//! `wgpu` and `cuda` alone mean number 0. Real GPUs are numbered before software adapters, and `auto` never
//! takes a software adapter. `vulkan` is no device but a cargo feature: in a build with it, `wgpu` devices on
//! Vulkan compile their kernels to SPIR-V instead of WGSL, which software adapters do not survive, so that
//! build refuses them.
//!
//! [`open`] runs a self-test before it hands a device out. While a device works, [`Opened::guard`] turns the
//! panics of a device that died into a [`DeviceError`]: one sentence that says what to do.

mod adapters;
mod error;
mod guard;
mod list;
mod name;
mod selftest;
#[cfg(test)]
mod tests;

pub use adapters::{Adapter, Kind, Memory, adapters};
pub use error::DeviceError;
pub(crate) use list::host_memory;
pub use list::{Listed, list};
pub use name::{DeviceName, DeviceNameError};
pub use selftest::{Check, SelfTest, plain_self_test};

use models::{Device, Precision};

/// A device that has passed its self-test.
#[derive(Clone, Debug)]
pub struct Opened {
    /// Where tensors are made.
    pub device: Device,
    /// Its name, never `auto`: giving it on the command line opens the same device again.
    pub name: DeviceName,
    /// The name with the hardware behind it and the precision, for people and for the provenance.
    pub label: String,
    /// Where its tensors lie.
    pub memory: Memory,
    /// Why this device, in words that follow "because".
    pub reason: String,
    /// What the self-test measured.
    pub self_test: SelfTest,
}

/// Opens a device and tests it.
///
/// `self_test` is run after [`plain_self_test`] and adds its checks to it: `Err` holds in words what is
/// wrong, and refuses the device. `auto` goes on to the next device where one is refused, and ends at the CPU.
///
/// Cost: `cpu` 4 ms. A software adapter (lavapipe, 2 cores) 0.1 s, and 0.4 s for the test; 3 s when its kernels
/// are compiled for the first time on a machine whose driver keeps them. `auto` adds the search for adapters,
/// 40 ms, where the kernel knows of a GPU.
///
/// ```
/// use landscape::device::{SelfTest, open};
/// use models::Precision;
///
/// let opened = open("cpu".parse()?, Precision::F64, |_| Ok(SelfTest::default()))?;
/// assert_eq!(opened.name.to_string(), "cpu");
/// assert_eq!(opened.reason, "it was asked for by name");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn open(
    name: DeviceName,
    precision: Precision,
    self_test: impl Fn(&Device) -> Result<SelfTest, String>,
) -> Result<Opened, DeviceError> {
    possible(name, precision)?;
    let by_name = || String::from("it was asked for by name");
    match name {
        DeviceName::Auto => {
            let found = if adapters::kernel_may_have_gpu() {
                adapters()
            } else {
                Vec::new()
            };
            auto(&found, precision, &self_test)
        }
        DeviceName::Cpu => open_cpu(precision, by_name(), &self_test),
        DeviceName::Ndarray => open_ndarray(precision, by_name(), &self_test),
        DeviceName::Wgpu(_) | DeviceName::Cuda(_) => {
            let adapter = adapters::find(name)?;
            open_adapter(&adapter, by_name(), &self_test)
        }
    }
}

/// Why no machine could give this device in this precision to this build, if so: nothing is searched or opened.
pub fn possible(name: DeviceName, precision: Precision) -> Result<(), DeviceError> {
    if matches!(name, DeviceName::Wgpu(_) | DeviceName::Cuda(_)) {
        refuse_f64(name, precision)?;
    }
    adapters::built(name)
}

/// A self-test as the functions of this module pass it on.
type Test<'a> = &'a dyn Fn(&Device) -> Result<SelfTest, String>;

/// The first real GPU among those found that passes, else the CPU.
fn auto(found: &[Adapter], precision: Precision, self_test: Test) -> Result<Opened, DeviceError> {
    if precision == Precision::F64 {
        return open_cpu(precision, "f64 is computed on the CPU only".into(), self_test);
    }
    let mut refused = Vec::new();
    for adapter in found.iter().filter(|adapter| adapter.kind.is_gpu()) {
        match open_adapter(
            adapter,
            "it is the first GPU that passes the self-test".into(),
            self_test,
        ) {
            Ok(mut opened) => {
                opened.reason += &refusals(&refused);
                return Ok(opened);
            }
            Err(error) => refused.push(error.to_string()),
        }
    }
    open_cpu(precision, no_gpu(found) + &refusals(&refused), self_test)
}

/// Why `auto` ends at the CPU.
fn no_gpu(found: &[Adapter]) -> String {
    if found.iter().any(|adapter| adapter.kind.is_gpu()) {
        return "no GPU can be used".into();
    }
    if cfg!(not(any(feature = "wgpu", feature = "cuda"))) {
        return "this build has no GPU support".into();
    }
    match found.first() {
        None => "there is no GPU with a driver".into(),
        Some(software) => format!(
            "there is no GPU with a driver, and `{}` ({}) is a software adapter, taken only by name",
            software.name, software.hardware
        ),
    }
}

/// What `auto` passed over, as the tail of its reason.
fn refusals(refused: &[String]) -> String {
    refused.iter().map(|sentence| format!("; {sentence}")).collect()
}

fn open_cpu(precision: Precision, reason: String, self_test: Test) -> Result<Opened, DeviceError> {
    let device = Device::cpu(precision);
    finish(device, DeviceName::Cpu, "flex", Memory::Host, reason, self_test)
}

#[cfg(feature = "ndarray")]
fn open_ndarray(precision: Precision, reason: String, self_test: Test) -> Result<Opened, DeviceError> {
    let device = Device {
        tensors: adapters::ndarray(),
        precision,
        on_host: true,
    };
    let name = DeviceName::Ndarray;
    finish(device, name, "ndarray", Memory::Host, reason, self_test)
}

#[cfg(not(feature = "ndarray"))]
fn open_ndarray(_: Precision, _: String, _: Test) -> Result<Opened, DeviceError> {
    Err(adapters::not_built("ndarray"))
}

fn open_adapter(adapter: &Adapter, reason: String, self_test: Test) -> Result<Opened, DeviceError> {
    let tensors = adapter.open()?;
    let device = Device {
        tensors,
        precision: Precision::F32,
        on_host: false,
    };
    let memory = adapter.memory();
    finish(device, adapter.name, &adapter.hardware, memory, reason, self_test)
}

/// Tests a device and names it.
fn finish(
    device: Device,
    name: DeviceName,
    hardware: &str,
    memory: Memory,
    reason: String,
    self_test: Test,
) -> Result<Opened, DeviceError> {
    let refused = |why: String| DeviceError::Refused {
        name,
        hardware: hardware.into(),
        why,
    };
    let test = || {
        let mut passed = plain_self_test(&device)?;
        passed.checks.extend(self_test(&device)?.checks);
        Ok(passed)
    };
    let outcome = guard::watched(&device, test).map_err(refused)?;
    let self_test = outcome.map_err(refused)?;
    let label = format!("{name} ({hardware}, {})", name::precision(device.precision));
    Ok(Opened {
        device,
        name,
        label,
        memory,
        reason,
        self_test,
    })
}

/// GPUs compute in f32.
fn refuse_f64(name: DeviceName, precision: Precision) -> Result<(), DeviceError> {
    match precision {
        Precision::F32 => Ok(()),
        Precision::F64 => Err(DeviceError::NoF64 { name }),
    }
}
