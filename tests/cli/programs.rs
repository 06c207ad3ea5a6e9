//! Wrong devices, wrong folders, colours, and readers that go away.

use super::{Desk, Ran};
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

/// No driver at all: the Vulkan loader looks for them where there are none.
#[cfg(all(feature = "wgpu", target_os = "linux"))]
#[test]
fn machines_without_a_gpu() {
    let without = |arguments: &[&str]| {
        let mut command = Desk::new().command(arguments);
        for variable in ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"] {
            command.env(variable, "/nonexistent/driver.json");
        }
        let desk = Desk::new();
        command.current_dir(desk.path());
        Ran::from(command.output().expect("the program starts"))
    };
    let ran = without(&["run", "small.toml", "--device", "wgpu"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
    assert_snapshot!(ran.stderr.trim(), @"× no graphics adapter was found: install the GPU's Vulkan driver (Debian's mesa-vulkan-drivers has those of Intel and AMD, and a software adapter), or run with `--device cpu`");
    let ran = without(&[
        "run",
        "small.toml",
        "--device",
        "auto",
        "--out",
        "o",
        "--set",
        "training.limits.steps=1",
    ]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(
        ran.stderr
            .starts_with("cpu (flex, f32) — because there is no GPU"),
        "{}",
        ran.stderr
    );
    let devices = without(&["devices"]);
    assert_eq!((devices.code, devices.stderr.as_str()), (0, ""));
    assert!(
        devices.stdout.contains("no graphics adapter was found"),
        "{}",
        devices.stdout
    );
}

/// Nothing of a driver or a desktop that is not there is said beside the table.
#[test]
fn devices_are_searched_in_silence() {
    let ran = Desk::new().run(&["devices"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    #[cfg(feature = "wgpu")]
    {
        let desk = Desk::new();
        let (_, ran) = desk.run_folder(&["run", "-q", "small.toml", "--device", "wgpu", "--out", "o"], 0);
        assert_eq!(ran.stderr, "");
    }
}

/// The program without the right to read what is forbidden, which an administrator has otherwise.
#[cfg(target_os = "linux")]
fn without_privileges(desk: &Desk, arguments: &[&str]) -> String {
    let mut command = Command::new("setpriv");
    command
        .args([
            "--bounding-set=-dac_override,-dac_read_search",
            env!("CARGO_BIN_EXE_landscape"),
        ])
        .args(arguments)
        .current_dir(desk.path());
    let mut output = command
        .output()
        .expect("`setpriv` runs: it belongs to util-linux");
    if !Ran::from(output.clone()).stderr.contains('×') {
        // Who is no administrator may not give up rights either, and has none to give up.
        output = desk.command(arguments).output().expect("the program starts");
    }
    let ran = Ran::from(output);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{}", ran.stderr);
    ran.stderr.trim().to_string()
}

#[cfg(target_os = "linux")]
#[test]
fn folders_and_files_that_must_not_be_read() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::new();
    std::fs::create_dir(desk.path().join("closed")).expect("a writable folder");
    let mode = |name: &str, mode: u32| {
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(desk.path().join(name), permissions).expect("our own file");
    };
    mode("closed", 0o000);
    let config = without_privileges(&desk, &["config", "check", "closed/small.toml"]);
    let report = without_privileges(&desk, &["report", "closed"]);
    let out = without_privileges(&desk, &["run", "-q", "small.toml", "--out", "closed"]);
    mode("small.toml", 0o000);
    let file = without_privileges(&desk, &["config", "check", "small.toml"]);
    mode("closed", 0o700);
    assert_snapshot!(config, @"× closed/small.toml: no permission to read it");
    assert_snapshot!(report, @"× cannot read closed/provenance.json: Permission denied (os error 13)");
    assert_snapshot!(out, @"× cannot make the folder closed/small: Permission denied (os error 13)");
    assert_snapshot!(file, @"× small.toml: no permission to read it");
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
        &["list", "--json"],
        &["config", "show", "small.toml"],
        &["config", "schema"],
        &["completions", "bash"],
        &["man"],
        &["--help"],
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

/// Talk goes to the same pipe, as in `landscape run … 2>&1 | head -1`.
#[test]
fn a_listener_that_goes_away_is_no_error() {
    let desk = Desk::new();
    let cases: [(&[&str], i32); 4] = [
        (&["run", "small.toml", "--out", "o", "-v"], 0),
        (
            &[
                "run",
                "small.toml",
                "--out",
                "o",
                "--set",
                "training.step_size=1e6",
            ],
            3,
        ),
        (&["config", "check", "nowhere.toml"], 1),
        (&["run"], 2),
    ];
    for (arguments, code) in cases {
        let mut command = desk.command(arguments);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        drop((child.stdout.take(), child.stderr.take()));
        assert_eq!(
            child.wait().expect("the program ends").code(),
            Some(code),
            "{arguments:?}"
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
