//! How much memory NVIDIA GPUs have, as their driver's program `nvidia-smi` tells.

use std::path::Path;
use std::process::Command;

/// The address on the PCI bus of each GPU, as `00000000:17:00.0`, and its bytes; none where there is no driver.
pub(super) fn memory() -> Vec<(String, u64)> {
    // The program is slow to say that there is nothing.
    if cfg!(target_os = "linux") && !Path::new("/dev/nvidiactl").exists() {
        return Vec::new();
    }
    let query = [
        "--query-gpu=pci.bus_id,memory.total",
        "--format=csv,noheader,nounits",
    ];
    let output = Command::new("nvidia-smi").args(query).output();
    let told = output.ok().filter(|output| output.status.success());
    told.map_or_else(Vec::new, |output| parse(&String::from_utf8_lossy(&output.stdout)))
}

/// The bytes of the GPU at an address such as `0000:17:00.0`: programs write the first number, the domain, with more or
/// fewer zeros.
#[cfg(feature = "wgpu")]
pub(super) fn of(told: &[(String, u64)], address: &str) -> Option<u64> {
    let plain = |address: &str| address.trim_start_matches('0').to_ascii_lowercase();
    let mut found = told.iter().filter(|(other, _)| plain(other) == plain(address));
    found.next().map(|(_, bytes)| *bytes)
}

/// Lines of an address, a comma and a number of MiB.
fn parse(text: &str) -> Vec<(String, u64)> {
    let line = |line: &str| {
        let (address, mebibytes) = line.split_once(',')?;
        let mebibytes: u64 = mebibytes.trim().parse().ok()?;
        Some((address.trim().to_string(), mebibytes << 20))
    };
    text.lines().filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(feature = "wgpu")]
    fn gpus_are_found_by_their_address() {
        let told = parse("00000000:17:00.0, 81559\n00000001:C1:00.0, 24576\n00000000:65:00.0, [N/A]\n");
        assert_eq!(told.len(), 2);
        assert_eq!(of(&told, "0000:17:00.0"), Some(81559 << 20));
        assert_eq!(of(&told, "0001:c1:00.0"), Some(24576 << 20));
        assert_eq!(of(&told, "0000:65:00.0"), None);
    }
}
