//! Memory of the machine: how much there is, how much was used, and how people write it.

use std::path::{Path, PathBuf};

/// Bytes that this program can still take: what the machine has available, or what is left of the limit of its control
/// group, where the system tells.
pub fn available() -> Option<u64> {
    let machine = field(Path::new("/proc/meminfo"), "MemAvailable:").map(|kibibytes| 1024 * kibibytes);
    machine.into_iter().chain(groups()).min()
}

/// The most bytes of memory that this program has held at once, where the system tells.
pub fn peak() -> Option<u64> {
    field(Path::new("/proc/self/status"), "VmHWM:").map(|kibibytes| 1024 * kibibytes)
}

/// What is left of each limit of the control group that this program is in, and of those around it.
fn groups() -> Vec<u64> {
    let text = std::fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let mut left = Vec::new();
    for line in text.lines() {
        let mut parts = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(group)) = (parts.next(), parts.next()) else {
            continue;
        };
        let (root, limit, used, reclaimable) = match controllers {
            "" => ("/sys/fs/cgroup", "memory.max", "memory.current", "inactive_file"),
            "memory" => (
                "/sys/fs/cgroup/memory",
                "memory.limit_in_bytes",
                "memory.usage_in_bytes",
                "total_inactive_file",
            ),
            _ => continue,
        };
        let group = PathBuf::from(format!("{root}{group}"));
        for folder in group.ancestors().take_while(|folder| folder.starts_with(root)) {
            let read = |name: &str| {
                std::fs::read_to_string(folder.join(name))
                    .ok()?
                    .trim()
                    .parse()
                    .ok()
            };
            if let (Some(limit), Some(used)) = (read(limit), read(used)) {
                // Pages of files are given back when they are needed.
                let cache = field(&folder.join("memory.stat"), reclaimable).unwrap_or(0);
                left.push(u64::saturating_sub(limit, u64::saturating_sub(used, cache)));
            }
        }
    }
    left
}

/// The number after a name in a file of names and numbers.
fn field(path: &Path, name: &str) -> Option<u64> {
    let text = std::fs::read_to_string(path).ok()?;
    let mut lines = text.lines().map(str::split_whitespace);
    lines.find_map(|mut words| (words.next()? == name).then(|| words.next()?.parse().ok())?)
}

/// Bytes as people read them.
///
/// ```
/// use landscape::memory::words;
/// assert_eq!([words(300 << 20), words(5 << 29)], ["300 MiB", "2.5 GiB"]);
/// ```
pub fn words(bytes: u64) -> String {
    let mebibytes = bytes as f64 / f64::from(1 << 20);
    match mebibytes < 1024.0 {
        true => format!("{mebibytes:.0} MiB"),
        false => format!("{:.1} GiB", mebibytes / 1024.0),
    }
}

/// The bytes that somebody wrote, or what would be right.
///
/// ```
/// use landscape::memory::parse;
/// assert_eq!(parse("1.5GiB"), Ok(3 << 29));
/// assert_eq!(parse("200 MB"), Ok(200_000_000));
/// assert!(parse("much").is_err() && parse("4").is_err());
/// ```
pub fn parse(text: &str) -> Result<u64, String> {
    const UNITS: [(&str, f64); 6] = [
        ("MiB", 1048576.0),
        ("GiB", 1073741824.0),
        ("MB", 1e6),
        ("GB", 1e9),
        ("M", 1048576.0),
        ("G", 1073741824.0),
    ];
    let number = UNITS.iter().find_map(|(unit, size)| {
        let number: f64 = text.trim().strip_suffix(unit)?.trim().parse().ok()?;
        Some(number * size)
    });
    match number.filter(|bytes| *bytes >= 0.0 && bytes.is_finite()) {
        Some(bytes) => Ok(bytes as u64),
        None => Err("write a number with MiB or GiB, such as 4GiB".into()),
    }
}
