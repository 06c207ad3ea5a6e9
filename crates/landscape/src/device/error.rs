//! What can go wrong with a device, each in a sentence that says what to do.

use super::DeviceName;

/// A device that cannot be had, or that stopped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeviceError {
    /// A cargo feature is missing.
    #[error(
        "this build has no `{device}` devices: build with `--features {feature}`, or run with `--device cpu`"
    )]
    NotBuilt {
        /// `ndarray`, `wgpu`, or `cuda`.
        device: &'static str,
        /// The cargo feature that adds it.
        feature: &'static str,
    },
    /// No graphics adapter at all, not even a software one.
    #[error(
        "no graphics adapter was found: install the GPU's Vulkan driver (Debian's mesa-vulkan-drivers has \
         those of Intel and AMD, and a software adapter), or run with `--device cpu`"
    )]
    NoAdapter,
    /// No NVIDIA GPU or no driver.
    #[error("no CUDA device was found: install the NVIDIA driver, or run with `--device cpu`")]
    NoCuda,
    /// A number beyond the last device.
    #[error("there is no `{name}`: this machine has {found}")]
    NoSuch {
        /// What was asked for.
        name: DeviceName,
        /// The names there are, with their hardware.
        found: String,
    },
    /// f64 on a GPU.
    #[error(
        "`{name}` computes in f32 only, because Burn's f64 kernels gave wrong results on graphics adapters: \
         run with `--device cpu` for f64, or set the precision to f32"
    )]
    NoF64 {
        /// What was asked for.
        name: DeviceName,
    },
    /// The driver or Burn could not make the device.
    #[error("`{name}` ({hardware}) does not start: {why}; run with `--device cpu`, or mend its driver")]
    NotStarted {
        /// Which device.
        name: DeviceName,
        /// Its hardware.
        hardware: String,
        /// The driver's message, in one line.
        why: String,
    },
    /// The self-test failed.
    #[error(
        "`{name}` ({hardware}) is refused, because it fails the self-test: {why}; {}", instead_of(*name)
    )]
    Refused {
        /// Which device.
        name: DeviceName,
        /// Its hardware.
        hardware: String,
        /// Which operation, and by how much.
        why: String,
    },
    /// The device died during the work.
    #[error(
        "`{name}` stopped answering: {why}; what was written so far is kept; run again, with a smaller \
         problem if memory ran out, or with `--device cpu`"
    )]
    Lost {
        /// Which device.
        name: DeviceName,
        /// The driver's message, in one line.
        why: String,
    },
}

/// What to do without a device that computes wrongly.
fn instead_of(name: DeviceName) -> &'static str {
    match name {
        DeviceName::Cpu => "no processor should fail it: please report this",
        _ => "run with `--device cpu`, or update the driver",
    }
}
