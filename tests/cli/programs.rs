//! Wrong devices, wrong folders, colours, and readers that go away.

use super::Desk;
use insta::assert_snapshot;
use std::process::{Command, Stdio};

#[test]
fn unknown_devices() {
    let desk = Desk::new();
    assert_snapshot!(desk.complaint(&["run", "small.toml", "--device", "gpuu"], 2), @"
    error: invalid value 'gpuu' for '--device <DEVICE>': unknown device `gpuu`: did you mean `wgpu`? Devices are auto, cpu, ndarray, wgpu, wgpu:N, cuda, cuda:N

    For more information, try '--help'.
    ");
    assert_snapshot!(desk.complaint(&["run", "small.toml", "--device", "cpu:1"], 2), @"
    error: invalid value 'cpu:1' for '--device <DEVICE>': unknown device `cpu:1`: `cpu` takes no number. Devices are auto, cpu, ndarray, wgpu, wgpu:N, cuda, cuda:N

    For more information, try '--help'.
    ");
    assert_snapshot!(desk.complaint(&["run", "small.toml", "--precision", "f16"], 2), @"
    error: invalid value 'f16' for '--precision <PRECISION>': write f32 or f64

    For more information, try '--help'.
    ");
}

#[cfg(not(feature = "cuda"))]
#[test]
fn devices_that_are_not_built() {
    assert_snapshot!(Desk::new().complaint(&["run", "small.toml", "--device", "cuda"], 1), @"× this build has no `cuda` devices: build with `--features cuda`, or run with `--device cpu`");
}

#[cfg(feature = "wgpu")]
#[test]
fn f64_on_a_graphics_adapter() {
    let arguments = ["run", "small.toml", "--device", "wgpu", "--precision", "f64"];
    assert_snapshot!(Desk::new().complaint(&arguments, 1), @"× `wgpu:0` computes in f32 only, because Burn's f64 kernels gave wrong results on graphics adapters: run with `--device cpu` for f64, or set the precision to f32");
}

#[test]
fn folders_that_are_no_runs() {
    let desk = Desk::new();
    assert_snapshot!(desk.complaint(&["report", "nowhere"], 1), @"× there is no folder nowhere; give the folder of a run, such as runs/NAME/ID");
    assert_snapshot!(desk.complaint(&["report", "."], 1), @"× . is not a run folder: it has no provenance.json; a run folder is what `landscape run` makes, such as runs/NAME/ID");
    assert_snapshot!(desk.complaint(&["probe", "nowhere"], 1), @"× nowhere is not a run folder: it has no config.toml; give the folder that `landscape run` made");
    assert_snapshot!(desk.complaint(&["probe", "."], 1), @"× . is not a run folder: it has no config.toml; give the folder that `landscape run` made");
}

#[test]
fn devices_are_listed() {
    let ran = Desk::new().run(&["devices"]);
    assert_eq!(ran.code, 0);
    let line = |name: &str| {
        ran.stdout
            .lines()
            .find(|line| line.starts_with(name))
            .unwrap_or_default()
            .to_string()
    };
    assert!(line("name").ends_with("verdict"), "{}", ran.stdout);
    assert!(line("cpu ").ends_with("passes the self-test"), "{}", ran.stdout);
    assert!(line("cpu ").contains("f32 f64"), "{}", ran.stdout);
    #[cfg(feature = "wgpu")]
    assert!(line("wgpu").ends_with("passes the self-test"), "{}", ran.stdout);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let desk = Desk::new();
    for arguments in [
        &["list"][..],
        &["config", "show", "small.toml"],
        &["run", "small.toml", "--out", "o"],
    ] {
        let mut child = desk
            .command(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("the program ends");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {stderr}");
        assert!(
            !stderr.contains("panicked") && !stderr.contains("stdout"),
            "{arguments:?}: {stderr}"
        );
    }
}

/// What a command writes to a terminal, by util-linux's `script`.
#[cfg(target_os = "linux")]
fn on_a_terminal(desk: &Desk, no_color: bool) -> String {
    let mut script = Command::new("script");
    let program = format!(
        "{} run small.toml --set training.step_size=-1",
        env!("CARGO_BIN_EXE_landscape")
    );
    script
        .args(["-qec", &program, "/dev/null"])
        .current_dir(desk.path())
        .stdin(Stdio::null());
    script.env("TERM", "xterm-256color").env_remove("NO_COLOR");
    if no_color {
        script.env("NO_COLOR", "1");
    }
    let output = script
        .output()
        .expect("`script` runs: it belongs to util-linux (Debian: bsdutils)");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[cfg(target_os = "linux")]
#[test]
fn terminals_get_colours_unless_they_are_not_wanted() {
    let desk = Desk::new();
    let [coloured, plain] = [false, true].map(|no_color| on_a_terminal(&desk, no_color));
    for text in [&coloured, &plain] {
        assert!(text.contains("must be a positive number"), "{text}");
    }
    assert!(coloured.contains('\u{1b}'), "no colour: {coloured:?}");
    assert!(!plain.contains('\u{1b}'), "coloured: {plain:?}");
}
