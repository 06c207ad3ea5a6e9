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
      run      Train the variants of one or more configs, probe them, and write a report
      probe    Measure the landscape around a checkpoint of a run, and add the finding to the run folder
      report   Write a report of one or more run folders
      devices  List the devices: name, kind, memory, precision, and whether they pass the self-test
      list     List what configs can name: models, losses, starts, optimisers, noises, data, variants, probes
      config   Show or check a config
      data     Check or describe data: files, or what a config takes
      help     Print this message or the help of the given subcommand(s)

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
          --memory <SIZE>          The memory that a run may take, such as 4GiB. Default: what the machine has available
      -q, --quiet                  Say nothing but errors
      -h, --help                   Print help
    ");
}

#[test]
fn probes() {
    assert_snapshot!(help(&["probe"]), @"
    Measure the landscape around a checkpoint of a run, and add the finding to the run folder

    Usage: landscape probe [OPTIONS] <RUN>

    Arguments:
      <RUN>  A run folder, such as runs/random-labels/20260102T030405Z

    Options:
          --variant <VARIANT>      The variant to probe. Default: every variant
          --at <AT>                Which checkpoint [default: end] [possible values: start, end]
          --largest <LARGEST>      How many of the largest eigenvalues [default: 5]
          --smallest <SMALLEST>    How many of the smallest eigenvalues [default: 5]
          --tolerance <TOLERANCE>  Relative residual at which an eigenpair counts as converged [default: 0.0001]
          --products <PRODUCTS>    The most products to spend [default: 4000]
          --gauss-newton           Probe the Gauss–Newton matrix instead of the Hessian
          --device <DEVICE>        auto, cpu, ndarray, wgpu[:N] or cuda[:N]. Default: the run's
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
      -h, --help        Print help
    ");
    assert_snapshot!(help(&["devices"]), @"
    List the devices: name, kind, memory, precision, and whether they pass the self-test

    Usage: landscape devices

    Options:
      -h, --help  Print help
    ");
    assert_snapshot!(help(&["list"]), @"
    List what configs can name: models, losses, starts, optimisers, noises, data, variants, probes

    Usage: landscape list

    Options:
      -h, --help  Print help
    ");
}

#[test]
fn configs() {
    assert_snapshot!(help(&["config"]), @"
    Show or check a config

    Usage: landscape config <COMMAND>

    Commands:
      show   Print the config with every default filled in and `--set` applied
      check  Check that the config can run: names, shapes, sizes, combinations. Prints each variant's model and data
      help   Print this message or the help of the given subcommand(s)

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
      -h, --help             Print help
    ");
    assert_snapshot!(help(&["config", "check"]), @"
    Check that the config can run: names, shapes, sizes, combinations. Prints each variant's model and data

    Usage: landscape config check [OPTIONS] <CONFIG>

    Arguments:
      <CONFIG>  A config file, such as configs/random-labels.toml

    Options:
          --set <KEY=VALUE>  Change a value, as in --set training.step_size=0.1
      -h, --help             Print help
    ");
}

#[test]
fn what_configs_can_name() {
    let ran = Desk::new().run(&["list"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert_snapshot!(ran.stdout, @"
    model.kind
      deep-linear  linear layers without biases: hidden = [widths]
      quadratic    two layers with quadratic activation: width, second_layer
      wide-relu    two wide ReLU layers in the NTK parametrisation: width, second_layer
      perceptron   any depth: hidden = [widths], activation, bias, skips, parametrisation
    model.activation
      identity
      square
      relu
      leaky-relu
      tanh
      sigmoid
      gelu
      softplus
    loss
      half-squared   ½ Σ ‖z − y‖² (sum over examples)
      mean-squared   (1/2n) Σ ‖z − y‖²
      cross-entropy  (1/n) Σ softmax cross-entropy, in nats
      logistic       (1/n) Σ log(1 + exp(−yz)), in nats
    start.kind
      normal    N(0, std²)
      he        N(0, 2/inputs) times scale
      xavier    uniform ±√(6/(inputs + outputs)) times scale
      torch     uniform ±1/√inputs, biases too
      balanced  balanced factors of a Gaussian matrix with entries N(0, std²)
      identity  1 on the diagonal
      zero      all zero
    training.optimiser.kind
      descent   θ ← θ − ηg
      momentum  heavy ball: momentum
      nesterov  Nesterov's momentum: momentum
      adam      Adam
      adam-w    AdamW: weight_decay
      rms-prop  RMSprop
      ada-grad  AdaGrad
      adan      Adan
      lion      Lion
    training.schedule.kind
      constant  1
      decay     factor after every so many steps
      cosine    half a cosine over steps, down to end
      linear    a line over steps, down to end
      warmup    a line over steps, up to 1
    training.noise.kind
      none      plain descent
      weights   the gradient is taken at θ + N(0, std²)
      gradient  N(0, std²) on the gradient at every step
      sphere    a vector of length radius on the gradient at every step (Ge et al. 2015)
      ball      a jump in a ball when the gradient is small: radius, gradient, wait (Jin et al. 2017)
    data.source
      digits             1,797 handwritten digits, 8 × 8 pixels, embedded
      fashion            the first 1,000 training images of Fashion-MNIST, 28 × 28 pixels, embedded
      arrays             IDX or npy files: inputs, targets, test_inputs, test_targets
      npz                an npz file such as Keras' mnist.npz: path
      csv                a table with a column of labels: path, label, answer, test_path
      cifar-10           CIFAR-10, binary version: folder
      cifar-100          CIFAR-100, binary version: folder, labels
      sphere             inputs uniform on the sphere, Gaussian targets: dimension, width
      teacher-linear     Gaussian inputs, a linear teacher: dimension, width, noise
      teacher-two-layer  Gaussian inputs, a two-layer ReLU teacher: dimension, hidden, width, answer
      low-rank           Gaussian inputs, a linear map of given singular values: dimension, width, singular_values, whitened
    labels
      true             as they are
      corrupted-P      each training label replaced by a uniform class with probability P
      random-labels    every training label uniform
      shuffled-pixels  one permutation of the pixels for all images
      random-pixels    a permutation of its own for each image
      gaussian         images replaced by Gaussian noise of the same mean and variance
    probes.kind
      ends      the largest and smallest eigenvalues of the Hessian or the Gauss–Newton matrix, with residuals
      movement  distance from the start, and the share of activation patterns that changed
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
