//! `config show` and `config check` of configs that are right.

use super::Desk;
use insta::assert_snapshot;

#[test]
fn checks_say_what_would_run() {
    let ran = Desk::new().run(&["config", "check", "small.toml"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert_snapshot!(ran.stdout, @"
    variant        model                                    parameters  data
    true labels    perceptron 64-8-10 with ReLU and biases  610         handwritten digits of 8×8 pixels (scikit-learn): 600 training and 50 test examples, 64 inputs, 10 classes (54 to 70 training examples each), each input standardised over the training examples
    random labels  perceptron 64-8-10 with ReLU and biases  610         handwritten digits of 8×8 pixels (scikit-learn): 600 training and 50 test examples, 64 inputs, 10 classes (54 to 70 training examples each), each input standardised over the training examples; random labels
    ");
}

#[test]
fn shown_configs_have_every_default_and_mean_the_same() {
    let desk = Desk::new();
    let shown = desk.run(&["config", "show", "small.toml", "--set", "training.batch=50"]);
    assert_eq!((shown.code, shown.stderr.as_str()), (0, ""));
    assert_snapshot!(shown.stdout, @r#"
    question = "Does it run?"
    name = "small"
    seed = 1
    device = "cpu"
    precision = "f32"
    loss = "cross-entropy"
    labels = "true"
    expect = []

    [data]
    source = "digits"
    train = 600
    test = 50
    pick = "random"
    view = "source"
    scale = 1.0

    [model]
    kind = "perceptron"
    hidden = [8]
    activation = "relu"
    bias = true
    skips = false
    parametrisation = "standard"

    [start]
    kind = "he"
    scale = 1.0

    [training]
    step_size = 0.2
    batch = 50

    [training.optimiser]
    kind = "descent"

    [training.schedule]
    kind = "constant"

    [training.noise]
    kind = "none"

    [training.goals]

    [training.limits]
    steps = 30

    [observe]
    per_decade = 20

    [checkpoints]
    every_seconds = 60.0

    [[probes]]
    kind = "ends"
    largest = 2
    smallest = 2
    tolerance = 0.001
    products = 400
    confidence = 0.999
    basis_on_host = false
    operator = "hessian"
    preconditioned = false

    [[probes]]
    kind = "movement"

    [[variants]]
    name = "true labels"

    [[variants]]
    labels = "random-labels"
    name = "random labels"
    "#);
    desk.write("again.toml", &shown.stdout);
    assert_eq!(desk.run(&["config", "show", "again.toml"]).stdout, shown.stdout);
}
