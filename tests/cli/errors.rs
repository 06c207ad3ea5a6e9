//! Disks that are full, folders that are read-only, gone or in use, other layouts, damaged checkpoints: a sentence each,
//! and nothing lost.

use super::runs::{results, status};
use super::{Desk, records};
use insta::assert_snapshot;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// The folder of a short run, its path as arguments have it, and what it came to.
fn short_run(desk: &Desk) -> (PathBuf, String) {
    let (folder, _) = desk.run_folder(&["run", "-q", "small.toml", "--out", "o"], 0);
    let path = folder.display().to_string();
    (folder, path)
}

/// What a command complains about, without the paths of this test.
fn complaint(desk: &Desk, path: &str, arguments: &[&str]) -> String {
    let ran = desk.run(arguments);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{}", ran.stderr);
    let text = ran.stderr.replace(path, "RUN");
    let told = text.lines().find(|line| line.contains('×'));
    told.unwrap_or(&text).trim().into()
}

#[test]
fn other_layouts_are_refused_by_name() {
    let desk = Desk::new();
    let (folder, path) = short_run(&desk);
    let status = folder.join("status.json");
    let text = std::fs::read_to_string(&status).expect("a status");
    let with = |number: &str| {
        let other = text.replacen("\"schema\": 2", &format!("\"schema\": {number}"), 1);
        assert_ne!(text, other);
        std::fs::write(&status, other).expect("a writable folder");
    };
    with("1");
    assert_snapshot!(complaint(&desk, &path, &["report", &path]), @"× cannot use RUN/status.json: the run folder has the layout 1, this version reads the layout 2; use the version that wrote it, or run its config.toml again");
    assert_snapshot!(complaint(&desk, &path, &["probe", &path]), @"× cannot use RUN/status.json: the run folder has the layout 1, this version reads the layout 2; use the version that wrote it, or run its config.toml again");
    assert_snapshot!(complaint(&desk, &path, &["run", "--resume", &path]), @"× cannot use RUN/status.json: the run folder has the layout 1, this version reads the layout 2; use the version that wrote it, or run its config.toml again");
    with("3");
    assert_snapshot!(complaint(&desk, &path, &["report", &path]), @"× cannot use RUN/status.json: the run folder has the layout 3, this version reads the layout 2; a newer version wrote it: use that one");
    assert_snapshot!(complaint(&desk, &path, &["probe", &path]), @"× cannot use RUN/status.json: the run folder has the layout 3, this version reads the layout 2; a newer version wrote it: use that one");
    assert_snapshot!(complaint(&desk, &path, &["run", "--resume", &path]), @"× cannot use RUN/status.json: the run folder has the layout 3, this version reads the layout 2; a newer version wrote it: use that one");
    with("\"two\"");
    assert_snapshot!(complaint(&desk, &path, &["report", &path]), @"× cannot use RUN/status.json: it says no layout: invalid type: string \"two\", expected u32 at line 2 column 17");
    std::fs::write(&status, text).expect("a writable folder");
    let checkpoint = folder.join("checkpoints/true-labels-end.safetensors");
    let bytes = std::fs::read(&checkpoint).expect("a checkpoint");
    for number in [b'1', b'3'] {
        let entry = br#"\"schema\":2"#;
        let at = bytes.windows(entry.len()).position(|window| window == entry);
        let mut other = bytes.clone();
        other[at.expect("a number") + entry.len() - 1] = number;
        std::fs::write(&checkpoint, other).expect("a writable folder");
        match number {
            b'1' => {
                assert_snapshot!(complaint(&desk, &path, &["probe", &path]), @"× RUN/checkpoints/true-labels-end.safetensors is no checkpoint of this network: it has the layout 1, this version reads the layout 2; use the version that wrote it, or run its config.toml again")
            }
            _ => {
                assert_snapshot!(complaint(&desk, &path, &["probe", &path]), @"× RUN/checkpoints/true-labels-end.safetensors is no checkpoint of this network: it has the layout 3, this version reads the layout 2; a newer version wrote it: use that one")
            }
        }
    }
}

#[test]
fn damaged_checkpoints_are_refused_whatever_is_damaged() {
    let desk = Desk::new();
    let (folder, path) = short_run(&desk);
    let checkpoint = folder.join("checkpoints/true-labels-end.safetensors");
    let bytes = std::fs::read(&checkpoint).expect("a checkpoint");
    let header_of =
        |bytes: &[u8]| 8 + u64::from_le_bytes(bytes[..8].try_into().expect("eight bytes")) as usize;
    let header = header_of(&bytes);
    let said = |damage: &dyn Fn(&mut Vec<u8>)| {
        let mut other = bytes.clone();
        damage(&mut other);
        assert_ne!(other, bytes);
        std::fs::write(&checkpoint, other).expect("a writable folder");
        complaint(&desk, &path, &["probe", &path])
    };
    let flip = |at: usize| move |bytes: &mut Vec<u8>| bytes[at] ^= 1;
    let step = br#"\"step\":30"#;
    let step = bytes
        .windows(step.len())
        .position(|window| window == step)
        .expect("a step");
    assert_snapshot!(said(&flip(0)).replace(&(header - 8).to_string(), "N"), @"× RUN/checkpoints/true-labels-end.safetensors is no checkpoint of this network: invalid UTF-8 in header: incomplete utf-8 byte sequence from index N: the file is damaged; without it, `landscape run --resume` goes on from the checkpoint before");
    assert_snapshot!(said(&flip(7)), @"× RUN/checkpoints/true-labels-end.safetensors is no checkpoint of this network: header too large: the file is damaged; without it, `landscape run --resume` goes on from the checkpoint before");
    assert_snapshot!(said(&flip(8)), @"× RUN/checkpoints/true-labels-end.safetensors is no checkpoint of this network: invalid JSON in header: expected value at line 1 column 1: the file is damaged; without it, `landscape run --resume` goes on from the checkpoint before");
    assert_snapshot!(said(&flip(step + 9)), @"× RUN/checkpoints/true-labels-end.safetensors is no checkpoint of this network: its checksum does not fit: the file is damaged; without it, `landscape run --resume` goes on from the checkpoint before");
    assert_snapshot!(said(&flip(header)), @"× RUN/checkpoints/true-labels-end.safetensors is no checkpoint of this network: its checksum does not fit: the file is damaged; without it, `landscape run --resume` goes on from the checkpoint before");
    assert_snapshot!(said(&flip(bytes.len() - 1)), @"× RUN/checkpoints/true-labels-end.safetensors is no checkpoint of this network: its checksum does not fit: the file is damaged; without it, `landscape run --resume` goes on from the checkpoint before");
    assert_snapshot!(said(&|bytes| bytes.push(0)), @"× RUN/checkpoints/true-labels-end.safetensors is no checkpoint of this network: incomplete metadata, file not fully covered: the file is damaged; without it, `landscape run --resume` goes on from the checkpoint before");
    assert_snapshot!(said(&|bytes| bytes.truncate(header + 100)), @"× RUN/checkpoints/true-labels-end.safetensors is no checkpoint of this network: incomplete metadata, file not fully covered: the file is damaged; without it, `landscape run --resume` goes on from the checkpoint before");
    assert_snapshot!(said(&|bytes| bytes.truncate(4)), @"× RUN/checkpoints/true-labels-end.safetensors is no checkpoint of this network: header too small: the file is damaged; without it, `landscape run --resume` goes on from the checkpoint before");
    assert_snapshot!(said(&Vec::clear), @"× RUN/checkpoints/true-labels-end.safetensors is no checkpoint of this network: header too small: the file is damaged; without it, `landscape run --resume` goes on from the checkpoint before");
    // Without it the run makes it again, with the same weights; the seconds in its header differ.
    std::fs::remove_file(&checkpoint).expect("a writable folder");
    assert_eq!(desk.run(&["run", "-q", "--resume", &path]).code, 0);
    let again = std::fs::read(&checkpoint).expect("a checkpoint");
    assert!(again[header_of(&again)..] == bytes[header..]);
}

#[test]
fn a_run_folder_in_use_is_left_alone() {
    let desk = Desk::new();
    let (folder, path) = short_run(&desk);
    let before = results(&folder);
    let lock = std::fs::File::options()
        .write(true)
        .open(folder.join("lock"))
        .expect("a lock");
    lock.lock().expect("nobody holds it");
    std::fs::write(folder.join("lock"), "the process 123").expect("a writable folder");
    assert_snapshot!(complaint(&desk, &path, &["probe", &path]), @"× cannot use the run folder RUN: the process 123 is writing it: wait until it has ended, or stop it");
    assert_snapshot!(complaint(&desk, &path, &["run", "--resume", &path]), @"× cannot use the run folder RUN: the process 123 is writing it: wait until it has ended, or stop it");
    assert_eq!(desk.run(&["report", &path]).code, 0, "reading needs no lock");
    drop(lock);
    assert!(results(&folder) == before);
    assert_eq!(desk.run(&["probe", &path]).code, 0);
}

/// A file system of its own, in memory, of so many bytes.
struct Disk(PathBuf);

impl Disk {
    /// Needs root: tests must not be left out in silence, so it fails without.
    fn new(path: &Path, bytes: usize) -> Self {
        std::fs::create_dir(path).expect("a writable folder");
        let size = format!("size={bytes}");
        let disk = Disk(path.to_path_buf());
        disk.mount(&["-t", "tmpfs", "-o", &size, "tmpfs"]);
        disk
    }

    fn mount(&self, arguments: &[&str]) {
        let mounted = Command::new("mount").args(arguments).arg(&self.0).status();
        assert!(
            mounted.is_ok_and(|status| status.success()),
            "this test mounts a small disk: run it as root on Linux"
        );
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _kept = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// The only run folder below a folder.
fn folder_below(out: &Path) -> PathBuf {
    let name = std::fs::read_dir(out)
        .expect("a folder")
        .flatten()
        .next()
        .expect("a name")
        .path();
    std::fs::read_dir(name)
        .expect("a folder")
        .flatten()
        .next()
        .expect("a run")
        .path()
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said_and_a_larger_one_goes_on() {
    let desk = Desk::new();
    let many = [
        "--set",
        "training.limits.steps=1500",
        "--set",
        "observe.per_decade=100000",
    ];
    let (whole, _) = desk.run_folder(
        &[&["run", "-q", "small.toml", "--out", "a"], &many[..]].concat(),
        0,
    );
    let disk = Disk::new(&desk.path().join("disk"), 200 << 10);
    let ran = desk.run(&[&["run", "-q", "small.toml", "--out", "disk"], &many[..]].concat());
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let folder = folder_below(&disk.0);
    let path = folder.display().to_string();
    let relative = path.replace(&format!("{}/", desk.path().display()), "");
    assert_snapshot!(ran.stderr.replace(&relative, "RUN").trim(), @"× cannot write RUN/metrics.jsonl: No space left on device (os error 28); what was written before is kept");
    assert_eq!(status(&folder)["state"], "failed");
    assert_snapshot!(status(&folder)["verdict"].as_str().expect("text").replace(&relative, "RUN"), @"The run failed: cannot write RUN/metrics.jsonl: No space left on device (os error 28); what was written before is kept");
    let written = records(&folder, "metrics.jsonl");
    let wanted = results(&whole);
    assert!(written.len() > 100 && written[..] == wanted.0[..written.len()]);
    let report = desk.run(&["report", &path, "--out", "full.html"]);
    assert_eq!(report.code, 0, "{}", report.stderr);
    disk.mount(&["-o", "remount,size=64m"]);
    let ran = desk.run(&["run", "-q", "--resume", &path]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(results(&folder) == wanted);
}

#[cfg(target_os = "linux")]
#[test]
fn a_checkpoint_that_the_disk_cannot_take_is_said() {
    let desk = Desk::new();
    let disk = Disk::new(&desk.path().join("disk"), 300 << 10);
    let ran = desk.run(&[
        "run",
        "-q",
        "small.toml",
        "--out",
        "disk",
        "--set",
        "model.hidden=[2000]",
    ]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let folder = folder_below(&disk.0);
    let relative = folder
        .display()
        .to_string()
        .replace(&format!("{}/", desk.path().display()), "");
    assert_snapshot!(ran.stderr.replace(&relative, "RUN").trim(), @"× cannot write RUN/checkpoints/true-labels-start.safetensors: No space left on device (os error 28); what was written before is kept");
    assert_eq!(status(&folder)["state"], "failed");
    let left = std::fs::read_dir(folder.join("checkpoints"))
        .expect("a folder")
        .count();
    assert_eq!(left, 0, "a part of a checkpoint is left");
}

#[cfg(target_os = "linux")]
#[test]
fn a_read_only_folder_is_said() {
    let desk = Desk::new();
    let disk = Disk::new(&desk.path().join("disk"), 8 << 20);
    let (folder, _) = desk.run_folder(&["run", "-q", "small.toml", "--out", "disk"], 0);
    let path = folder.display().to_string();
    disk.mount(&["-o", "remount,ro"]);
    assert_snapshot!(complaint(&desk, &path, &["probe", &path]), @"× cannot write RUN/lock: Read-only file system (os error 30); what was written before is kept");
    assert_snapshot!(complaint(&desk, &path, &["run", "--resume", &path]), @"× cannot write RUN/lock: Read-only file system (os error 30); what was written before is kept");
    assert_snapshot!(complaint(&desk, &path, &["report", &path]), @"× cannot write the figure RUN/figures/loss.svg: Read-only file system (os error 30)");
    let elsewhere = complaint(&desk, &path, &["run", "-q", "small.toml", "--out", "disk/new"]);
    assert_snapshot!(elsewhere, @"× cannot make the folder disk/new/small: Read-only file system (os error 30)");
    assert_eq!(desk.run(&["report", &path, "--out", "r.html"]).code, 0);
}

#[test]
fn a_folder_that_vanishes_ends_the_run() {
    let desk = Desk::new();
    let arguments = [
        "run",
        "-q",
        "small.toml",
        "--out",
        "o",
        "--set",
        "training.limits.steps=100000000",
    ];
    let mut command = desk.command(&arguments);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().expect("the program starts");
    let out = desk.path().join("o");
    let moving = || {
        let names = std::fs::read_dir(out.join("small"))
            .into_iter()
            .flatten()
            .flatten();
        let mut files = names.map(|entry| entry.path().join("checkpoints/true-labels-start.safetensors"));
        files.any(|file| file.is_file())
    };
    while !moving() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let folder = folder_below(&out);
    // Once more where the program has made a file meanwhile.
    while std::fs::remove_dir_all(&folder).is_err() {}
    let ran = super::Ran::from(child.wait_with_output().expect("the program ends"));
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("No such file or directory") || ran.stderr.contains("is gone"),
        "{}",
        ran.stderr
    );
    assert!(!folder.exists(), "the folder came back");
}
