//! Configs that are well written and cannot run.

use super::mistakes::{wrong, wrong_end};
use insta::assert_snapshot;

#[test]
fn sizes_that_cannot_be() {
    assert_snapshot!(wrong("[8]", "[8, 0]"), @r#"
    × variant `true labels`: model.hidden.1 is 0: a layer needs at least 1 unit
        ╭─[x.toml:13:14]
     12 │ kind = "perceptron"
     13 │ hidden = [8, 0]
        ·              ┬
        ·              ╰── here
     14 │ 
        ╰────
    "#);
    assert_snapshot!(wrong("[8]", "[100000000000]"), @r#"
    × variant `true labels`: model.hidden.0 is 100000000000: a layer has at most 16777216 units
        ╭─[x.toml:13:11]
     12 │ kind = "perceptron"
     13 │ hidden = [100000000000]
        ·           ──────┬─────
        ·                 ╰── here
     14 │ 
        ╰────
    "#);
    assert_snapshot!(wrong("train = 600", "train = 5000"), @r#"
    × variant `true labels`: data.train = 5000: with test = 50 that is 5050 examples, but `digits` has 1797; ask for at most that many in all
       ╭─[x.toml:8:9]
     7 │ source = "digits"
     8 │ train = 5000
       ·         ──┬─
       ·           ╰── here
     9 │ test = 50
       ╰────
    "#);
    assert_snapshot!(wrong("step_size", "batch = 1000\nstep_size"), @"
    × variant `true labels`: training.batch is 1000: it must lie between 1 and the 600 training examples
        ╭─[x.toml:19:9]
     18 │ [training]
     19 │ batch = 1000
        ·         ──┬─
        ·           ╰── here
     20 │ step_size = 0.2
        ╰────
    ");
    assert_snapshot!(wrong("step_size", "batch = 0\nstep_size"), @"
    × variant `true labels`: training.batch is 0: it must lie between 1 and the 600 training examples
        ╭─[x.toml:19:9]
     18 │ [training]
     19 │ batch = 0
        ·         ┬
        ·         ╰── here
     20 │ step_size = 0.2
        ╰────
    ");
    assert_snapshot!(wrong("kind = \"ends\"", "kind = \"ends\"\nlargest = 3000"), @r#"
    × variant `true labels`: probes.0.largest + smallest is 3002, but there are only 610 eigenvalues: ask for fewer
        ╭─[x.toml:24:11]
     23 │ kind = "ends"
     24 │ largest = 3000
        ·           ──┬─
        ·             ╰── here
     25 │ 
        ╰────
    "#);
    let probe = |kind: &str, field: &str| wrong("kind = \"ends\"", &format!("kind = \"{kind}\"\n{field}"));
    assert_snapshot!(probe("negative-curvature", "epsilon = 0.0"), @r#"
    × variant `true labels`: probes.0.epsilon is 0: it must be a positive number, or left out
        ╭─[x.toml:24:11]
     23 │ kind = "negative-curvature"
     24 │ epsilon = 0.0
        ·           ─┬─
        ·            ╰── here
     25 │ 
        ╰────
    "#);
    assert_snapshot!(probe("negative-curvature", "delta = 1.5"), @r#"
    × variant `true labels`: probes.0.delta is 1.5: the probability of a wrong answer must lie between 0 and 1, for instance 0.01
        ╭─[x.toml:24:9]
     23 │ kind = "negative-curvature"
     24 │ delta = 1.5
        ·         ─┬─
        ·          ╰── here
     25 │ 
        ╰────
    "#);
    assert_snapshot!(probe("negative-curvature", "products = 0"), @r#"
    × variant `true labels`: probes.0.products is 0: at least one product is needed
        ╭─[x.toml:24:12]
     23 │ kind = "negative-curvature"
     24 │ products = 0
        ·            ┬
        ·            ╰── here
     25 │ 
        ╰────
    "#);
    assert_snapshot!(probe("stationarity", "epsilon = -1.0"), @r#"
    × variant `true labels`: probes.0.epsilon is -1: it must be a positive number, or left out
        ╭─[x.toml:24:11]
     23 │ kind = "stationarity"
     24 │ epsilon = -1.0
        ·           ──┬─
        ·             ╰── here
     25 │ 
        ╰────
    "#);
    assert_snapshot!(probe("stationarity", "lipschitz = nan"), @r#"
    × variant `true labels`: probes.0.lipschitz is NaN: it must be a positive number, or left out
        ╭─[x.toml:24:13]
     23 │ kind = "stationarity"
     24 │ lipschitz = nan
        ·             ─┬─
        ·              ╰── here
     25 │ 
        ╰────
    "#);
    let too_large = wrong("[8]", "[16777216, 16777216]");
    assert!(
        too_large.contains("model has 281476") && too_large.contains("choose smaller widths"),
        "{too_large}"
    );
}

#[test]
fn numbers_that_cannot_be() {
    assert_snapshot!(wrong("0.2", "-0.2"), @"
    × variant `true labels`: training.step_size is -0.2: it must be a positive number
        ╭─[x.toml:19:13]
     18 │ [training]
     19 │ step_size = -0.2
        ·             ──┬─
        ·               ╰── here
     20 │ limits = { steps = 30 }
        ╰────
    ");
    assert_snapshot!(wrong("0.2", "nan"), @"
    × variant `true labels`: training.step_size is NaN: it must be a positive number
        ╭─[x.toml:19:13]
     18 │ [training]
     19 │ step_size = nan
        ·             ─┬─
        ·              ╰── here
     20 │ limits = { steps = 30 }
        ╰────
    ");
    assert_snapshot!(wrong("0.2", "inf"), @"
    × variant `true labels`: training.step_size is inf: it must be a positive number
        ╭─[x.toml:19:13]
     18 │ [training]
     19 │ step_size = inf
        ·             ─┬─
        ·              ╰── here
     20 │ limits = { steps = 30 }
        ╰────
    ");
    assert_snapshot!(wrong("seed = 1", "seed = -1"), @r#"
    × `seed` is -1, expected a whole number of at least 0
       ╭─[x.toml:2:8]
     1 │ question = "Does it run?"
     2 │ seed = -1
       ·        ─┬
       ·         ╰── here
     3 │ device = "cpu"
       ╰────
    "#);
    assert_snapshot!(wrong("seed = 1", "seed = 9223372036854775808"), @r#"
    × 9223372036854775808 is too large: whole numbers go up to 9223372036854775807
       ╭─[x.toml:2:8]
     1 │ question = "Does it run?"
     2 │ seed = 9223372036854775808
       ·        ─────────┬─────────
       ·                 ╰── here
     3 │ device = "cpu"
       ╰────
    "#);
    assert_snapshot!(wrong("seed = 1", "seed = 1.5"), @r#"
    × `seed` is 1.5, expected a whole number of at least 0
       ╭─[x.toml:2:8]
     1 │ question = "Does it run?"
     2 │ seed = 1.5
       ·        ─┬─
       ·         ╰── here
     3 │ device = "cpu"
       ╰────
    "#);
    assert_snapshot!(wrong_end("seed = -2\n"), @r#"
    × `variants.1.seed` is -2, expected a whole number of at least 0
        ╭─[x.toml:34:8]
     33 │ labels = "random-labels"
     34 │ seed = -2
        ·        ─┬
        ·         ╰── here
        ╰────
    "#);
    assert_snapshot!(wrong_end("training.step_size = nan\n"), @r#"
    × variant `random labels`: training.step_size is NaN: it must be a positive number
        ╭─[x.toml:34:22]
     33 │ labels = "random-labels"
     34 │ training.step_size = nan
        ·                      ─┬─
        ·                       ╰── here
        ╰────
    "#);
    assert_snapshot!(wrong("\"he\"", "\"he\"\nscale = -1"), @r#"
    × variant `true labels`: start.scale is -1: it must be a number of at least 0
        ╭─[x.toml:17:9]
     16 │ kind = "he"
     17 │ scale = -1
        ·         ─┬
        ·          ╰── here
     18 │ 
        ╰────
    "#);
    assert_snapshot!(wrong("step_size", "goals = { accuracy = 50 }\nstep_size"), @"
    × variant `true labels`: training.goals.accuracy is 50: it is a share, between 0 and 1
        ╭─[x.toml:19:22]
     18 │ [training]
     19 │ goals = { accuracy = 50 }
        ·                      ─┬
        ·                       ╰── here
     20 │ step_size = 0.2
        ╰────
    ");
    assert_snapshot!(wrong("step_size", "goals = { loss = -1 }\nstep_size"), @"
    × variant `true labels`: training.goals.loss is -1: it must be a number of at least 0
        ╭─[x.toml:19:18]
     18 │ [training]
     19 │ goals = { loss = -1 }
        ·                  ─┬
        ·                   ╰── here
     20 │ step_size = 0.2
        ╰────
    ");
    assert_snapshot!(wrong("steps = 30", "seconds = -1"), @"
    × variant `true labels`: training.limits.seconds is -1: it must be a positive number; leave it out for no limit
        ╭─[x.toml:20:22]
     19 │ step_size = 0.2
     20 │ limits = { seconds = -1 }
        ·                      ─┬
        ·                       ╰── here
     21 │ 
        ╰────
    ");
    assert_snapshot!(wrong("[training]", "[observe]\nper_decade = 0\n\n[training]"), @"
    × variant `true labels`: observe.per_decade is 0: it must be at least 1
        ╭─[x.toml:19:14]
     18 │ [observe]
     19 │ per_decade = 0
        ·              ┬
        ·              ╰── here
     20 │ 
        ╰────
    ");
    assert_snapshot!(wrong("[training]", "[training]\nnoise = { kind = \"ball\", radius = 0, gradient = 1, wait = 1 }"), @r#"
    × variant `true labels`: training.noise.radius is 0: it must be a positive number (kind = "none" for no noise)
        ╭─[x.toml:19:35]
     18 │ [training]
     19 │ noise = { kind = "ball", radius = 0, gradient = 1, wait = 1 }
        ·                                   ┬
        ·                                   ╰── here
     20 │ step_size = 0.2
        ╰────
    "#);
    assert_snapshot!(wrong("[training]", "[training]\noptimiser = { kind = \"momentum\", momentum = 1 }"), @r#"
    × variant `true labels`: training.optimiser.momentum is 1: it must lie in [0, 1)
        ╭─[x.toml:19:45]
     18 │ [training]
     19 │ optimiser = { kind = "momentum", momentum = 1 }
        ·                                             ┬
        ·                                             ╰── here
     20 │ step_size = 0.2
        ╰────
    "#);
    assert_snapshot!(wrong("seed = 1", "name = \"../elsewhere\""), @r#"
    × name is `../elsewhere`: it names a folder, so it must not begin with a dot or contain a slash
       ╭─[x.toml:2:8]
     1 │ question = "Does it run?"
     2 │ name = "../elsewhere"
       ·        ───────┬──────
       ·               ╰── here
     3 │ device = "cpu"
       ╰────
    "#);
}

#[test]
fn combinations_that_cannot_be() {
    let values = "source = { sphere = { dimension = 5 } }";
    assert_snapshot!(wrong("source = \"digits\"", values), @r#"
    × variant `true labels`: loss is cross-entropy, but the targets are values: use half-squared or mean-squared, or a data source with classes
       ╭─[x.toml:4:8]
     3 │ device = "cpu"
     4 │ loss = "cross-entropy"
       ·        ───────┬───────
       ·               ╰── here
     5 │ 
       ╰────
    "#);
    assert_snapshot!(wrong("source = \"digits\"", "source = \"digits\"\nview = \"signs\""), @r#"
    × variant `true labels`: data.view = "signs": needs two classes, but there are 10; choose two, as in classes = [3, 8]
       ╭─[x.toml:8:8]
     7 │ source = "digits"
     8 │ view = "signs"
       ·        ───┬───
       ·           ╰── here
     9 │ train = 600
       ╰────
    "#);
    assert_snapshot!(wrong("kind = \"he\"", "kind = \"balanced\"\nstd = 1"), @r#"
    × variant `true labels`: start.kind is balanced, which is defined for deep-linear models: use he, xavier or torch
        ╭─[x.toml:16:8]
     15 │ [start]
     16 │ kind = "balanced"
        ·        ─────┬────
        ·             ╰── here
     17 │ std = 1
        ╰────
    "#);
    assert_snapshot!(wrong("device = \"cpu\"", "device = \"wgpu\"\nprecision = \"f64\""), @r#"
    × device cannot be used: `wgpu:0` computes in f32 only, because Burn's f64 kernels gave wrong results on graphics adapters: run with `--device cpu` for f64, or set the precision to f32
       ╭─[x.toml:3:10]
     2 │ seed = 1
     3 │ device = "wgpu"
       ·          ───┬──
       ·             ╰── here
     4 │ precision = "f64"
       ╰────
    "#);
    assert_snapshot!(wrong("seed = 1", "answer = \"yes\""), @r#"
    × answer is set, but nothing is expected that could prove it wrong: add [[expect]] tables, or leave it out
       ╭─[x.toml:2:10]
     1 │ question = "Does it run?"
     2 │ answer = "yes"
       ·          ──┬──
       ·            ╰── here
     3 │ device = "cpu"
       ╰────
    "#);
    // A variant's table that does not fit the config below it.
    assert_snapshot!(wrong_end("model.kind = \"quadratic\"\n"), @r#"
    × `variants.1.model.width` is missing
        ╭─[x.toml:34:1]
     33 │ labels = "random-labels"
     34 │ model.kind = "quadratic"
        · ──┬──
        ·   ╰── add it here
        ╰────
      help: width: Hidden units k.
    "#);
    assert_snapshot!(wrong_end("model.width = 5\n"), @r#"
    × variant `random labels`: unknown key `width` in `model` of kind `perceptron`, expected one of `activation`, `bias`, `hidden`, `kind`, `parametrisation`, `skips`
        ╭─[x.toml:34:7]
     33 │ labels = "random-labels"
     34 │ model.width = 5
        ·       ──┬──
        ·         ╰── here
        ╰────
    "#);
}

#[cfg(not(feature = "cuda"))]
#[test]
fn devices_that_this_build_has_not() {
    assert_snapshot!(wrong("device = \"cpu\"", "device = \"cuda\""), @r#"
    × device cannot be used: this build has no `cuda` devices: build with `--features cuda`, or run with `--device cpu`
       ╭─[x.toml:3:10]
     2 │ seed = 1
     3 │ device = "cuda"
       ·          ───┬──
       ·             ╰── here
     4 │ loss = "cross-entropy"
       ╰────
    "#);
}

#[test]
fn noise_on_labels_needs_a_squared_loss() {
    let noise = "step_size = 0.2\nnoise = { kind = \"labels\", std = 0.1 }";
    assert_snapshot!(wrong("step_size = 0.2", noise), @r#"
    × variant `true labels`: training.noise.kind is labels, but the loss is not squared: noise is added to targets that are numbers; use the loss half-squared or mean-squared, or another noise
        ╭─[x.toml:20:18]
     19 │ step_size = 0.2
     20 │ noise = { kind = "labels", std = 0.1 }
        ·                  ────┬───
        ·                      ╰── here
     21 │ limits = { steps = 30 }
        ╰────
    "#);
}
