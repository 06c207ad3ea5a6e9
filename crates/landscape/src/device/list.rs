//! What `landscape devices` shows.

use models::{Device, Precision};

use super::{Adapter, DeviceError, DeviceName, Kind, SelfTest, adapters, open};

/// One line of the list of devices.
#[derive(Clone, Debug)]
pub struct Listed {
    /// As given on the command line.
    pub name: String,
    /// What kind of hardware computes; `None` where there is no device of that name.
    pub kind: Option<Kind>,
    /// The part and how it is driven; empty where there is no device of that name.
    pub hardware: String,
    /// Bytes, where the system tells.
    pub memory: Option<u64>,
    /// The precisions it computes in.
    pub precisions: Vec<Precision>,
    /// What the self-test measured, in all precisions, or why the device cannot be taken.
    pub verdict: Result<SelfTest, DeviceError>,
}

/// Everything that can be named, opened and tested: `cpu`, `ndarray`, the adapters, and an entry with the reason
/// for what this build or this machine does not have. `self_test` is as in [`open`].
///
/// Cost: as opening each device.
///
/// ```
/// use landscape::device::{SelfTest, list};
///
/// let devices = list(|_| Ok(SelfTest::default()));
/// assert_eq!(devices[0].name, "cpu");
/// assert!(devices[0].verdict.is_ok());
/// ```
pub fn list(self_test: impl Fn(&Device) -> Result<SelfTest, String>) -> Vec<Listed> {
    let both = vec![Precision::F32, Precision::F64];
    let mut devices = Vec::new();
    for (name, hardware) in [(DeviceName::Cpu, "flex"), (DeviceName::Ndarray, "ndarray")] {
        let verdict = test(name, &both, &self_test);
        devices.push(match verdict {
            Err(error @ DeviceError::NotBuilt { .. }) => absent(name, error),
            verdict => Listed {
                name: name.to_string(),
                kind: Some(Kind::Processor),
                hardware: hardware.into(),
                memory: host_memory(),
                precisions: both.clone(),
                verdict,
            },
        });
    }
    let found = adapters();
    devices.extend(found.iter().map(|adapter| tested(adapter, &self_test)));
    for first in [DeviceName::Wgpu(0), DeviceName::Cuda(0)] {
        // Asking for a device that is not there gives the reason.
        if let Err(error) = adapters::find(first) {
            devices.push(absent(first, error));
        }
    }
    devices
}

fn tested(adapter: &Adapter, self_test: &dyn Fn(&Device) -> Result<SelfTest, String>) -> Listed {
    Listed {
        name: adapter.name.to_string(),
        kind: Some(adapter.kind),
        hardware: adapter.hardware.clone(),
        memory: adapter.memory,
        precisions: vec![Precision::F32],
        verdict: test(adapter.name, &[Precision::F32], self_test),
    }
}

/// An entry for what is not there: the name is without a number, as in the reason.
fn absent(name: DeviceName, error: DeviceError) -> Listed {
    let name = name.to_string();
    Listed {
        name: name.trim_end_matches(":0").into(),
        kind: None,
        hardware: String::new(),
        memory: None,
        precisions: Vec::new(),
        verdict: Err(error),
    }
}

/// The checks of every precision, or the first failure.
fn test(
    name: DeviceName,
    precisions: &[Precision],
    self_test: &dyn Fn(&Device) -> Result<SelfTest, String>,
) -> Result<SelfTest, DeviceError> {
    let mut passed = SelfTest::default();
    for &precision in precisions {
        passed
            .checks
            .extend(open(name, precision, self_test)?.self_test.checks);
    }
    Ok(passed)
}

/// Bytes of the machine's memory, where the system tells it in `/proc/meminfo`.
pub(crate) fn host_memory() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(1024 * kibibytes)
}
