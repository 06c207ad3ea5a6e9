//! Memory of the machine: how much there is, how much was used, and how people write it.

use std::path::Path;

/// Bytes that this program can still take: what the machine has available, or what is left of the limit of its control
/// group, where the system tells.
pub fn available() -> Option<u64> {
    let machine = field(Path::new("/proc/meminfo"), "MemAvailable:").map(|kibibytes| 1024 * kibibytes);
    let groups = std::fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    machine
        .into_iter()
        .chain(left(&groups, Path::new("/sys/fs/cgroup")))
        .min()
}

/// The most bytes of memory that this program has held at once, where the system tells.
pub fn peak() -> Option<u64> {
    field(Path::new("/proc/self/status"), "VmHWM:").map(|kibibytes| 1024 * kibibytes)
}

/// What is left of each limit of the control groups that this program is in, and of those around them, where their files
/// lie below a folder.
fn left(groups: &str, files: &Path) -> Vec<u64> {
    let mut left = Vec::new();
    for line in groups.lines() {
        let mut parts = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(group)) = (parts.next(), parts.next()) else {
            continue;
        };
        let root = files.join(controllers);
        let (limit, used, reclaimable) = match controllers.split(',').any(|one| one == "memory") {
            _ if controllers.is_empty() => ("memory.max", "memory.current", "inactive_file"),
            true => (
                "memory.limit_in_bytes",
                "memory.usage_in_bytes",
                "total_inactive_file",
            ),
            false => continue,
        };
        let group = root.join(group.trim_start_matches('/'));
        for folder in group.ancestors().take_while(|folder| folder.starts_with(&root)) {
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

#[cfg(test)]
mod tests {
    use super::left;
    use std::path::Path;

    fn write(root: &Path, group: &str, files: &[(&str, &str)]) {
        let folder = root.join(group);
        std::fs::create_dir_all(&folder).expect("a writable folder");
        for (name, text) in files {
            std::fs::write(folder.join(name), text).expect("a writable folder");
        }
    }

    #[test]
    fn limits_of_control_groups_of_both_versions() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let root = root.path();
        // Version 2: a job of 1,000 bytes within a user's 5,000, of which files could give 200 back; none above.
        let stat = ("memory.stat", "anon 100\ninactive_file 200\n");
        write(
            root,
            "user/job",
            &[("memory.max", "1000\n"), ("memory.current", "700\n"), stat],
        );
        write(
            root,
            "user",
            &[("memory.max", "5000\n"), ("memory.current", "4900\n"), stat],
        );
        write(root, "", &[("memory.max", "max\n"), ("memory.current", "9000\n")]);
        assert_eq!(left("0::/user/job\n", root), [500, 300]);
        // A group that was entered after the limit was lowered has nothing left.
        write(
            root,
            "user/full",
            &[("memory.max", "10"), ("memory.current", "11")],
        );
        assert_eq!(left("0::/user/full\n", root), [0, 300]);
        // Version 1, as Slurm sets it, alone or beside another controller; in a container only the outermost is seen.
        let job = [
            ("memory.limit_in_bytes", "800\n"),
            ("memory.usage_in_bytes", "600\n"),
            ("memory.stat", "total_inactive_file 50\n"),
        ];
        write(root, "memory/slurm/job_7", &job);
        write(root, "cpu,memory", &job);
        let lines = "5:cpuset:/slurm\n4:memory:/slurm/job_7\n";
        assert_eq!(left(lines, root), [250]);
        assert_eq!(left("3:cpu,memory:/docker/abc\n", root), [250]);
        assert!(left("no such lines", root).is_empty());
    }
}
