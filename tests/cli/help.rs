//! What the program says about itself.

use super::Desk;
use insta::assert_snapshot;

fn help(arguments: &[&str]) -> String {
    let ran = Desk::new().run(&[arguments, &["--help"]].concat());
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    ran.stdout
}

#[test]
fn the_program() {
    assert_snapshot!(help(&[]), @"
    Train a network, and know what kind of point you stopped at.

    Exit codes: 0 done, 1 error, 2 wrong usage, 3 diverged, 4 an expectation did not hold, 75 stopped by a signal.

    Usage: landscape <COMMAND>

    Commands:
      run          Train the variants of one or more configs, probe them, and write a report
      probe        Measure the landscape around checkpoints of a run, or around weights that were trained elsewhere
      report       Write a report of one or more run folders
      devices      List the devices: name, kind, memory, precision, and whether they pass the self-test
      list         List what configs can name: models, losses, starts, optimisers, noises, data, probes, expectations
      config       Show or check a config, or print the schema of configs
      data         Check or describe data: files, or what a config takes
      init         Write a commented example config, which runs as it is
      completions  Print completions for a shell, to be sourced by it
      man          Print the man page
      help         Print this message or the help of the given subcommand(s)

    Options:
      -h, --help
              Print help (see a summary with '-h')

      -V, --version
              Print version
    ");
}

#[test]
fn runs() {
    assert_snapshot!(help(&["run"]), @"
    Train the variants of one or more configs, probe them, and write a report

    Usage: landscape run [OPTIONS] [CONFIGS]...

    Arguments:
      [CONFIGS]...  Config files, such as configs/random-labels.toml

    Options:
          --resume <RUN>           Go on with the run in this folder, from its last checkpoint; --set may give it more steps or other probes
          --set <KEY=VALUE>        Change a value, as in --set training.step_size=0.1 or --set probes.0.largest=5
          --device <DEVICE>        auto, cpu, ndarray, wgpu[:N] or cuda[:N]; see `landscape devices`. Default: the config's
          --precision <PRECISION>  f32 or f64. Default: the config's
          --out <DIR>              The folder in which run folders are made [default: runs]
          --memory <SIZE>          The host's memory that a run may take, such as 4GiB. Default: what is available
      -q, --quiet                  Say nothing but errors
      -v, --verbose                Say also what the self-test measured, what each probe found and cost, and where the time went
      -h, --help                   Print help
    ");
}

#[test]
fn probes() {
    assert_snapshot!(help(&["probe"]), @"
    Measure the landscape around checkpoints of a run, or around weights that were trained elsewhere

    Usage: landscape probe [OPTIONS] <RUN|CHECKPOINT|NET.toml>

    Arguments:
      <RUN|CHECKPOINT|NET.toml>  A run folder, such as runs/random-labels/20260102T030405Z, a checkpoint in one, or the description of a network that was trained elsewhere, a TOML file; or the folder that --out made for one

    Options:
          --variant <VARIANT>      The variant to probe. Default: every variant
          --at <WHEN>              Which checkpoints: start, latest, end, all, or a step. Default: end
          --measure <PROBES>       What to measure, by kinds of probes such as ends,density,trace; those of one matrix share products. Default: ends, and movement in a run
          --set <KEY=VALUE>        Change a probe, as in --set density.accuracy=0.01 or --set ends.block=layer1.weight
          --largest <LARGEST>      How many of the largest eigenvalues [default: 5]
          --smallest <SMALLEST>    How many of the smallest eigenvalues [default: 5]
          --tolerance <TOLERANCE>  Relative residual at which an eigenpair counts as converged [default: 0.0001]
          --products <PRODUCTS>    The most products to spend on the ends [default: 4000]
          --confidence <P>         The probability with which what is found must hold: that no eigenvalue is missing, the bounds of a density, that there is no negative curvature. Default: 0.999 for ends, 0.99 for the others
          --gauss-newton           Probe the Gauss–Newton matrix instead of the Hessian
          --memory <SIZE>          The memory that probing may take, such as 2GiB; bases shrink to fit. Default: what the machine has available
          --refine                 Find the pairs of ends again in f64 on the CPU, starting from those that were found. Takes memory beyond the plan
          --again                  Measure again what was measured before with these settings
          --warm                   With --at all: keep the eigenvectors found at the checkpoint before until their residuals drift, then start the search of ends from them and a random vector. Takes fewer products where checkpoints lie near each other. Where one is missing, all are measured again
          --out <DIR>              For a network that was trained elsewhere: keep what is found, with a report, in a new folder below this one. Probing that folder goes on, and adds to it
          --device <DEVICE>        auto, cpu, ndarray, wgpu[:N] or cuda[:N]. Default: the run's, or the description's
      -q, --quiet                  Say nothing but errors
      -v, --verbose                Say also what the self-test measured, what each probe found and cost, and where the time went
          --json                   Print JSON instead of a table
      -h, --help                   Print help
    ");
}

#[test]
fn reports_devices_and_lists() {
    assert_snapshot!(help(&["report"]), @"
    Write a report of one or more run folders

    Usage: landscape report [OPTIONS] <RUNS>...

    Arguments:
      <RUNS>...  Run folders, such as runs/random-labels/20260102T030405Z

    Options:
          --out <FILE>  Where to write it; needed for several runs. Default: report.html in the run folder
          --json        Print JSON instead of a table
      -h, --help        Print help
    ");
    assert_snapshot!(help(&["devices"]), @"
    List the devices: name, kind, memory, precision, and whether they pass the self-test

    Usage: landscape devices [OPTIONS]

    Options:
          --json  Print JSON instead of a table
      -h, --help  Print help
    ");
    assert_snapshot!(help(&["list"]), @"
    List what configs can name: models, losses, starts, optimisers, noises, data, probes, expectations

    Usage: landscape list [OPTIONS]

    Options:
          --json  Print JSON instead of a table
      -h, --help  Print help
    ");
}

#[test]
fn configs() {
    assert_snapshot!(help(&["config"]), @"
    Show or check a config, or print the schema of configs

    Usage: landscape config <COMMAND>

    Commands:
      show    Print the config with every default filled in and `--set` applied
      check   Check that the config can run: names, shapes, sizes, combinations. Prints each variant's model and data
      schema  Print the JSON Schema of configs, by which editors complete and check them
      help    Print this message or the help of the given subcommand(s)

    Options:
      -h, --help  Print help
    ");
    assert_snapshot!(help(&["config", "show"]), @"
    Print the config with every default filled in and `--set` applied

    Usage: landscape config show [OPTIONS] <CONFIG>

    Arguments:
      <CONFIG>  A config file, such as configs/random-labels.toml

    Options:
          --set <KEY=VALUE>  Change a value, as in --set training.step_size=0.1
          --json             Print JSON instead of a table
      -h, --help             Print help
    ");
    assert_snapshot!(help(&["config", "check"]), @"
    Check that the config can run: names, shapes, sizes, combinations. Prints each variant's model and data

    Usage: landscape config check [OPTIONS] <CONFIG>

    Arguments:
      <CONFIG>  A config file, such as configs/random-labels.toml

    Options:
          --set <KEY=VALUE>  Change a value, as in --set training.step_size=0.1
          --json             Print JSON instead of a table
      -h, --help             Print help
    ");
}

#[test]
fn no_command_is_wrong_usage() {
    let ran = Desk::new().run(&[]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    assert!(
        ran.stderr.contains("Usage: landscape <COMMAND>"),
        "{}",
        ran.stderr
    );
}
