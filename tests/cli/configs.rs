//! `config show`, `config check`, and every way in which a config can be wrong.

use super::{Desk, SMALL};
use insta::assert_snapshot;

/// What the program says to the small config with a piece replaced.
fn wrong(piece: &str, with: &str) -> String {
    assert!(SMALL.contains(piece), "the small config has no `{piece}`");
    let desk = Desk::new();
    desk.write("x.toml", &SMALL.replacen(piece, with, 1));
    desk.complaint(&["config", "check", "x.toml"], 1)
}

/// The same, with lines added at the end.
fn wrong_end(lines: &str) -> String {
    let desk = Desk::new();
    desk.write("x.toml", &format!("{SMALL}{lines}"));
    desk.complaint(&["config", "check", "x.toml"], 1)
}

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
    operator = "hessian"

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

#[test]
fn unknown_keys() {
    assert_snapshot!(wrong("step_size", "step_siz"), @"
    × unknown field `step_siz`, expected one of `optimiser`, `step_size`, `schedule`, `noise`, `batch`, `goals`, `limits`
        ╭─[x.toml:19:1]
     18 │ [training]
     19 │ step_siz = 0.2
        · ────┬───
        ·     ╰── here
     20 │ limits = { steps = 30 }
        ╰────
      help: did you mean `step_size`?
    ");
    assert_snapshot!(wrong("hidden =", "hiden ="), @r#"
    × unknown field `hiden`, expected one of `hidden`, `activation`, `bias`, `skips`, `parametrisation`
        ╭─[x.toml:13:1]
     12 │ kind = "perceptron"
     13 │ hiden = [8]
        · ──┬──
        ·   ╰── here
     14 │ 
        ╰────
      help: did you mean `hidden`?
    "#);
    assert_snapshot!(wrong("loss =", "los ="), @r#"
    × unknown field `los`, expected one of `question`, `answer`, `name`, `seed`, `device`, `precision`, `loss`, `data`, `labels`, `model`, `start`, `training`, `observe`, `checkpoints`, `probes`, `expect`, `variants`
       ╭─[x.toml:4:1]
     3 │ device = "cpu"
     4 │ los = "cross-entropy"
       · ─┬─
       ·  ╰── here
     5 │ 
       ╰────
      help: did you mean `loss`?
    "#);
    assert_snapshot!(wrong("kind = \"ends\"", "kind = \"ends\"\nlargst = 3"), @r#"
    × unknown field `largst`, expected one of `largest`, `smallest`, `tolerance`, `products`, `operator`
        ╭─[x.toml:24:1]
     23 │ kind = "ends"
     24 │ largst = 3
        · ───┬──
        ·    ╰── here
     25 │ 
        ╰────
      help: did you mean `largest`?
    "#);
    assert_snapshot!(wrong_end("training.step = 3\n"), @"× x.toml: variant `random labels`, at `training.step`: unknown field `step`, expected one of `optimiser`, `step_size`, `schedule`, `noise`, `batch`, `goals`, `limits`");
}

#[test]
fn unknown_names() {
    assert_snapshot!(wrong("\"digits\"", "\"digit\""), @r#"
    × unknown variant `digit`, expected one of `digits`, `fashion`, `arrays`, `npz`, `csv`, `cifar-10`, `cifar-100`, `sphere`, `teacher-linear`, `teacher-two-layer`, `low-rank`
       ╭─[x.toml:7:10]
     6 │ [data]
     7 │ source = "digit"
       ·          ───┬───
       ·             ╰── here
     8 │ train = 600
       ╰────
      help: did you mean `digits`?
    "#);
    assert_snapshot!(wrong("\"he\"", "\"hee\""), @r#"
    × unknown variant `hee`, expected one of `normal`, `he`, `xavier`, `torch`, `balanced`, `identity`, `zero`
        ╭─[x.toml:16:8]
     15 │ [start]
     16 │ kind = "hee"
        ·        ──┬──
        ·          ╰── here
     17 │ 
        ╰────
      help: did you mean `he`?
    "#);
    assert_snapshot!(wrong("\"cpu\"", "\"gpu\""), @r#"
    × unknown device `gpu`: did you mean `wgpu`? Devices are auto, cpu, ndarray, wgpu, wgpu:N, cuda, cuda:N
       ╭─[x.toml:3:10]
     2 │ seed = 1
     3 │ device = "gpu"
       ·          ──┬──
       ·            ╰── here
     4 │ loss = "cross-entropy"
       ╰────
    "#);
    assert_snapshot!(wrong("seed = 1", "labels = \"corupted\""), @r#"
    × `corupted` is no variant; did you mean `corrupted-0.5`? There are `true`, `corrupted-P` with 0 ≤ P ≤ 1, `random-labels`, `shuffled-pixels`, `random-pixels`, `gaussian`
       ╭─[x.toml:2:10]
     1 │ question = "Does it run?"
     2 │ labels = "corupted"
       ·          ─────┬────
       ·               ╰── here
     3 │ device = "cpu"
       ╰────
    "#);
    assert_snapshot!(wrong_end("[[variants]]\nname = \"x\"\nlabels = \"random\"\n"), @"× x.toml: variant `x`, at `labels`: `random` is no variant; did you mean `random-pixels`? There are `true`, `corrupted-P` with 0 ≤ P ≤ 1, `random-labels`, `shuffled-pixels`, `random-pixels`, `gaussian`");
    assert_snapshot!(wrong_end("[[expect]]\nkind = \"train-accuracy\"\nat_least = 1\nvariants = [\"tru\"]\n"), @"× x.toml: expect names the variant `tru`, but the variants are: true labels, random labels");
}

#[test]
fn wrong_types() {
    assert_snapshot!(wrong("train = 600", "train = \"many\""), @r#"
    × invalid type: string "many", expected a whole number of at least 0
       ╭─[x.toml:8:9]
     7 │ source = "digits"
     8 │ train = "many"
       ·         ───┬──
       ·            ╰── here
     9 │ test = 50
       ╰────
    "#);
    assert_snapshot!(wrong("train = 600", "train = -5"), @r#"
    × invalid value: integer `-5`, expected a whole number of at least 0
       ╭─[x.toml:8:9]
     7 │ source = "digits"
     8 │ train = -5
       ·         ─┬
       ·          ╰── here
     9 │ test = 50
       ╰────
    "#);
    assert_snapshot!(wrong("hidden = [8]", "hidden = 8"), @r#"
    × invalid type: integer `8`, expected a list, such as [1, 2]
        ╭─[x.toml:13:10]
     12 │ kind = "perceptron"
     13 │ hidden = 8
        ·          ┬
        ·          ╰── here
     14 │ 
        ╰────
    "#);
    assert_snapshot!(wrong("step_size = 0.2", "step_size = \"0.2\""), @r#"
    × invalid type: string "0.2", expected a number
        ╭─[x.toml:19:13]
     18 │ [training]
     19 │ step_size = "0.2"
        ·             ──┬──
        ·               ╰── here
     20 │ limits = { steps = 30 }
        ╰────
    "#);
}

#[test]
fn missing_and_broken() {
    assert_snapshot!(wrong("question = \"Does it run?\"", ""), @r#"
    × missing field `question`
       ╭─[x.toml:1:1]
     1 │ 
       · ┬
       · ╰── here
     2 │ seed = 1
     3 │ device = "cpu"
       ╰────
    "#);
    assert_snapshot!(wrong("Does it run?", " "), @"× x.toml: question is empty: say in a sentence what the run answers");
    assert_snapshot!(wrong("[training]", "[training"), @"
    × unclosed table, expected `]`
        ╭─[x.toml:18:10]
     17 │ 
     18 │ [training
        ·          ┬
        ·          ╰── here
     19 │ step_size = 0.2
     20 │ limits = { steps = 30 }
        ╰────
    ");
    assert_snapshot!(wrong("0.2", "abc"), @"
    × string values must be quoted, expected literal string
        ╭─[x.toml:19:13]
     18 │ [training]
     19 │ step_size = abc
        ·             ─┬─
        ·              ╰── here
     20 │ limits = { steps = 30 }
        ╰────
    ");
    assert_snapshot!(wrong("name = \"true labels\"", "seed = 2"), @r#"× x.toml: variants[0] has no name: add name = "…""#);
    assert_snapshot!(wrong("name = \"random labels\"", "name = \"true labels\""), @"× x.toml: two variants are named `true labels`: give each its own name");
    assert_snapshot!(wrong_end("device = \"cpu\"\n"), @"× x.toml: variant `random labels` sets `device`, which is the same for the whole run: move it to the top");
    let desk = Desk::new();
    assert_snapshot!(desk.complaint(&["config", "check", "nowhere.toml"], 1), @"× nowhere.toml: no such file; configs are TOML files, such as configs/random-labels.toml");
    assert_snapshot!(desk.complaint(&["config", "check", "."], 1), @"× .: it is a folder; give the config file in it");
}

#[test]
fn sizes_that_cannot_be() {
    assert_snapshot!(wrong("[8]", "[8, 0]"), @"× x.toml: variant `true labels`: model.hidden[1] is 0: a layer needs at least 1 unit");
    assert_snapshot!(wrong("[8]", "[100000000000]"), @"× x.toml: variant `true labels`: model.hidden[0] is 100000000000: a layer has at most 16777216 units");
    assert_snapshot!(wrong("train = 600", "train = 5000"), @"× x.toml: variant `true labels`: data.train = 5000: with test = 50 that is 5050 examples, but `digits` has 1797; ask for at most that many in all");
    assert_snapshot!(wrong("step_size", "batch = 1000\nstep_size"), @"× x.toml: variant `true labels`: training.batch is 1000: it must lie between 1 and the 600 training examples");
    assert_snapshot!(wrong("step_size", "batch = 0\nstep_size"), @"× x.toml: variant `true labels`: training.batch is 0: it must lie between 1 and the 600 training examples");
    assert_snapshot!(wrong("kind = \"ends\"", "kind = \"ends\"\nlargest = 3000"), @"× x.toml: variant `true labels`: probes[0] (ends): largest + smallest is 3002, but there are only 610 eigenvalues: ask for fewer");
    let too_large = wrong("[8]", "[16777216, 16777216]");
    assert!(
        too_large.contains("the network has 281476") && too_large.contains("choose smaller widths"),
        "{too_large}"
    );
}

#[test]
fn numbers_that_cannot_be() {
    assert_snapshot!(wrong("0.2", "-0.2"), @"× x.toml: variant `true labels`: training.step_size is -0.2: it must be a positive number");
    assert_snapshot!(wrong("0.2", "nan"), @"× x.toml: variant `true labels`: training.step_size is NaN: it must be a positive number");
    assert_snapshot!(wrong("\"he\"", "\"he\"\nscale = -1"), @"× x.toml: variant `true labels`: start.scale is -1: it must be a number of at least 0");
    assert_snapshot!(wrong("step_size", "goals = { accuracy = 50 }\nstep_size"), @"× x.toml: variant `true labels`: training.goals.accuracy is 50: it is a share, between 0 and 1");
    assert_snapshot!(wrong("step_size", "goals = { loss = -1 }\nstep_size"), @"× x.toml: variant `true labels`: training.goals.loss is -1: it must be a number of at least 0");
    assert_snapshot!(wrong("steps = 30", "seconds = -1"), @"× x.toml: variant `true labels`: training.limits.seconds is -1: it must be a positive number; leave it out for no limit");
    assert_snapshot!(wrong("[training]", "[observe]\nper_decade = 0\n\n[training]"), @"× x.toml: variant `true labels`: observe.per_decade is 0: it must be at least 1");
    assert_snapshot!(wrong("[training]", "[training]\nnoise = { kind = \"ball\", radius = 0, gradient = 1, wait = 1 }"), @r#"× x.toml: variant `true labels`: training.noise.radius is 0: it must be a positive number (kind = "none" for no noise)"#);
    assert_snapshot!(wrong("[training]", "[training]\noptimiser = { kind = \"momentum\", momentum = 1 }"), @"× x.toml: variant `true labels`: training.optimiser.momentum is 1: it must lie in [0, 1)");
    assert_snapshot!(wrong("seed = 1", "name = \"../elsewhere\""), @"× x.toml: name is `../elsewhere`: it names a folder, so it must not begin with a dot or contain a slash");
}
