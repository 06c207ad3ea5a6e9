//! The names of devices.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use models::Precision;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// The name of a device, as on the command line and in configs.
///
/// `wgpu` and `cuda` without a number mean number 0, and are written with it.
///
/// ```
/// use landscape::device::DeviceName;
///
/// assert_eq!("wgpu".parse(), Ok(DeviceName::Wgpu(0)));
/// assert_eq!(DeviceName::Cuda(1).to_string(), "cuda:1");
/// let error = "wgpo:1".parse::<DeviceName>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "unknown device `wgpo:1`: did you mean `wgpu:1`? Devices are auto, cpu, ndarray, wgpu, wgpu:N, cuda, cuda:N"
/// );
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum DeviceName {
    /// The first real GPU that passes the self-test, else the CPU.
    #[default]
    Auto,
    /// The processor, through Burn's flex backend.
    Cpu,
    /// The processor, through Burn's ndarray backend.
    Ndarray,
    /// The n-th graphics adapter, real GPUs before software adapters.
    Wgpu(usize),
    /// The n-th NVIDIA GPU.
    Cuda(usize),
}

/// A text that names no device.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown device `{given}`: {hint}Devices are auto, cpu, ndarray, wgpu, wgpu:N, cuda, cuda:N")]
pub struct DeviceNameError {
    given: String,
    hint: String,
}

/// What people may type for a device that goes by another name here.
const OTHER_NAMES: [(&str, &str); 8] = [
    ("flex", "cpu"),
    ("gpu", "wgpu"),
    ("vulkan", "wgpu"),
    ("metal", "wgpu"),
    ("dx12", "wgpu"),
    ("webgpu", "wgpu"),
    ("rocm", "wgpu"),
    ("nvidia", "cuda"),
];

impl FromStr for DeviceName {
    type Err = DeviceNameError;

    fn from_str(given: &str) -> Result<Self, DeviceNameError> {
        let (base, number) = match given.split_once(':') {
            None => (given, None),
            Some((base, number)) => (base, Some(number)),
        };
        let error = |hint: String| DeviceNameError {
            given: given.into(),
            hint,
        };
        let device = match base {
            "auto" => DeviceName::Auto,
            "cpu" => DeviceName::Cpu,
            "ndarray" => DeviceName::Ndarray,
            "wgpu" => DeviceName::Wgpu(0),
            "cuda" => DeviceName::Cuda(0),
            _ => return Err(error(nearest(base, number))),
        };
        let Some(number) = number else { return Ok(device) };
        let index = number.parse();
        match (device, index) {
            (DeviceName::Wgpu(_), Ok(index)) => Ok(DeviceName::Wgpu(index)),
            (DeviceName::Cuda(_), Ok(index)) => Ok(DeviceName::Cuda(index)),
            (DeviceName::Wgpu(_) | DeviceName::Cuda(_), Err(_)) => Err(error(format!(
                "`{number}` is no whole number, `{base}:0` is the first. "
            ))),
            _ => Err(error(format!("`{base}` takes no number. "))),
        }
    }
}

/// A sentence with the device that was probably meant; empty where none is near.
fn nearest(base: &str, number: Option<&str>) -> String {
    let typed = base.to_lowercase();
    let names = ["auto", "cpu", "ndarray", "wgpu", "cuda"].map(|name| (name, name));
    // 0.7 lets one typing error pass in names of four letters, and no two of the names are that near.
    let best = names
        .into_iter()
        .chain(OTHER_NAMES)
        .map(|(text, name)| (strsim::jaro_winkler(&typed, text), name))
        .filter(|(likeness, _)| *likeness > 0.7)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    let Some((_, name)) = best else {
        return String::new();
    };
    match number {
        Some(number) if name == "wgpu" || name == "cuda" => format!("did you mean `{name}:{number}`? "),
        _ => format!("did you mean `{name}`? "),
    }
}

impl fmt::Display for DeviceName {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            DeviceName::Auto => f.write_str("auto"),
            DeviceName::Cpu => f.write_str("cpu"),
            DeviceName::Ndarray => f.write_str("ndarray"),
            DeviceName::Wgpu(index) => write!(f, "wgpu:{index}"),
            DeviceName::Cuda(index) => write!(f, "cuda:{index}"),
        }
    }
}

impl TryFrom<String> for DeviceName {
    type Error = DeviceNameError;

    fn try_from(text: String) -> Result<Self, DeviceNameError> {
        text.parse()
    }
}

impl From<DeviceName> for String {
    fn from(name: DeviceName) -> String {
        name.to_string()
    }
}

impl JsonSchema for DeviceName {
    fn schema_name() -> Cow<'static, str> {
        "DeviceName".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^(auto|cpu|ndarray|(wgpu|cuda)(:[0-9]+)?)$" })
    }
}

/// `f32` or `f64`.
pub(super) fn precision(precision: Precision) -> &'static str {
    match precision {
        Precision::F32 => "f32",
        Precision::F64 => "f64",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for text in ["auto", "cpu", "ndarray", "wgpu:0", "wgpu:12", "cuda:0", "cuda:3"] {
            let name: DeviceName = text.parse().expect("a device name");
            assert_eq!(name.to_string(), text);
            assert_eq!(serde_json::to_string(&name).expect("JSON"), format!("\"{text}\""));
            assert_eq!(
                serde_json::from_str::<DeviceName>(&format!("\"{text}\"")).expect("a name"),
                name
            );
        }
        assert_eq!("wgpu".parse(), Ok(DeviceName::Wgpu(0)));
        assert_eq!("cuda".parse(), Ok(DeviceName::Cuda(0)));
    }

    #[test]
    fn wrong_names_get_a_hint() {
        let known = "Devices are auto, cpu, ndarray, wgpu, wgpu:N, cuda, cuda:N";
        for (given, hint) in [
            ("cqu", "did you mean `cpu`? "),
            ("CPU", "did you mean `cpu`? "),
            ("gpu", "did you mean `wgpu`? "),
            ("gpu:2", "did you mean `wgpu:2`? "),
            ("wpgu", "did you mean `wgpu`? "),
            ("vulkan", "did you mean `wgpu`? "),
            ("flex", "did you mean `cpu`? "),
            ("numpy", ""),
            ("", ""),
            ("wgpu:x", "`x` is no whole number, `wgpu:0` is the first. "),
            ("cuda:-1", "`-1` is no whole number, `cuda:0` is the first. "),
            ("wgpu:", "`` is no whole number, `wgpu:0` is the first. "),
            ("cpu:1", "`cpu` takes no number. "),
            ("auto:0", "`auto` takes no number. "),
        ] {
            let error = given.parse::<DeviceName>().expect_err(given);
            assert_eq!(
                error.to_string(),
                format!("unknown device `{given}`: {hint}{known}")
            );
        }
    }
}
