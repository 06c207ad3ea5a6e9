//! Data files that are not there, or may not be opened.

use super::Desk;
use super::data::{config, write};
use insta::assert_snapshot;
use std::path::Path;

#[test]
fn files_that_cannot_be_opened() {
    let desk = Desk::new();
    assert_snapshot!(desk.complaint(&["data", "check", "nowhere.npz"], 1).replace(&home(), "HOME"), @"× nowhere.npz: there is no such file in DIR (the config's or current folder), HOME/.cache/landscape (your cache), /usr/share/datasets (the system's data sets): put it into one of these folders, or name its folder in LANDSCAPE_DATA");
    assert_snapshot!(desk.complaint(&["data", "check", "a", "b", "c"], 1), @"× 3 files were given: give inputs and targets, and perhaps test inputs and test targets");
    assert_snapshot!(desk.complaint(&["data", "check", "notes.txt"], 1), @"× notes.txt: one file of data is an npz file (.npz) or a table (.csv, .csv.gz), and a config ends in .toml; IDX and npy files come in pairs, inputs and targets");
    assert_snapshot!(desk.complaint(&["data", "check", "."], 1), @"× DIR/.: this folder has neither data_batch_1.bin (CIFAR-10) nor train.bin (CIFAR-100) nor train-images-idx3-ubyte (MNIST), plain or with .gz: name the files");
    std::fs::create_dir(desk.path().join("folder.npz")).expect("a writable folder");
    assert_snapshot!(desk.complaint(&["data", "check", "folder.npz"], 1), @"× DIR/folder.npz: this folder has neither data_batch_1.bin (CIFAR-10) nor train.bin (CIFAR-100) nor train-images-idx3-ubyte (MNIST), plain or with .gz: name the files");
    desk.write(
        "x.toml",
        &config("source = { npz = { path = \"small.toml/a.npz\" } }"),
    );
    assert_snapshot!(desk.complaint(&["config", "check", "x.toml"], 1), @r#"
    × variant `true labels`: data.source.npz.path = "small.toml/a.npz": DIR/small.toml/a.npz: cannot be read: Not a directory (os error 20)
       ╭─[x.toml:7:27]
     6 │ [data]
     7 │ source = { npz = { path = "small.toml/a.npz" } }
       ·                           ─────────┬────────
       ·                                    ╰── here
     8 │ train = 600
       ╰────
    "#);
    desk.write(
        "x.toml",
        &config("source = { arrays = { inputs = \"fashion-mnist/a\", targets = \"b\" } }"),
    );
    assert_snapshot!(desk.complaint(&["config", "check", "x.toml"], 1).replace(&home(), "HOME"), @r#"
    × variant `true labels`: data.source.arrays.inputs = "fashion-mnist/a": there is no such file in DIR/ (the config's or current folder), HOME/.cache/landscape (your cache), /usr/share/datasets (the system's data sets): scripts/fetch-fashion-mnist puts it into your cache; or put it into one of these folders, or name its folder in LANDSCAPE_DATA
       ╭─[x.toml:7:32]
     6 │ [data]
     7 │ source = { arrays = { inputs = "fashion-mnist/a", targets = "b" } }
       ·                                ────────┬────────
       ·                                        ╰── here
     8 │ train = 600
       ╰────
    "#);
    desk.write("x.toml", &config("source = { arrays = { inputs = \"small.toml\", targets = \"small.toml\", test_inputs = \"small.toml\" } }"));
    assert_snapshot!(desk.complaint(&["config", "check", "x.toml"], 1), @r#"
    × variant `true labels`: data.source.arrays.test_inputs = "small.toml": there is no test_targets beside it: give both or neither
       ╭─[x.toml:7:84]
     6 │ [data]
     7 │ source = { arrays = { inputs = "small.toml", targets = "small.toml", test_inputs = "small.toml" } }
       ·                                                                                    ──────┬─────
       ·                                                                                          ╰── here
     8 │ train = 600
       ╰────
    "#);
}

fn home() -> String {
    std::env::var("HOME").expect("a home")
}

/// Root may read everything, so that the program is started as somebody else where the tests are root's.
#[cfg(unix)]
#[test]
fn files_that_may_not_be_read() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::os::unix::process::CommandExt;
    let desk = Desk::new();
    let allow = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("our own file");
    };
    allow(desk.path(), 0o755);
    std::fs::create_dir(desk.path().join("shut")).expect("a writable folder");
    write(&desk, "shut/a.npz", b"");
    write(&desk, "b.npz", b"");
    allow(&desk.path().join("b.npz"), 0);
    allow(&desk.path().join("shut"), 0);
    // A copy, since others need not see into the folder of the build.
    let program = desk.path().join("program");
    std::fs::copy(env!("CARGO_BIN_EXE_landscape"), &program).expect("a writable folder");
    allow(&program, 0o755);
    let complaint = |name: &str| {
        let mut command = std::process::Command::new(&program);
        command.args(["data", "check", name]).current_dir(desk.path());
        if std::fs::metadata("/proc/self").map_or(0, |about| about.uid()) == 0 {
            command.uid(65534).gid(65534);
        }
        let output = loop {
            match command.output() {
                // Another test's child may still hold the copy open for writing: it was started while we copied.
                Err(error) if error.kind() == std::io::ErrorKind::ExecutableFileBusy => continue,
                output => break output.expect("the program starts"),
            }
        };
        assert_eq!(output.status.code(), Some(1));
        let text = String::from_utf8(output.stderr).expect("UTF-8");
        text.replace(&desk.path().display().to_string(), "DIR")
            .trim()
            .to_string()
    };
    assert_snapshot!(complaint("b.npz"), @"× b.npz: DIR/b.npz: no permission to read it");
    assert_snapshot!(complaint("shut/a.npz"), @"× shut/a.npz: DIR/shut/a.npz: no permission to read it");
    allow(&desk.path().join("shut"), 0o755);
}
