//! Every way in which a config can be written wrongly, and what is said about it.

use super::{Desk, SMALL};
use insta::assert_snapshot;

/// What the program says to the small config with a piece replaced.
pub fn wrong(piece: &str, with: &str) -> String {
    assert!(SMALL.contains(piece), "the small config has no `{piece}`");
    let desk = Desk::new();
    desk.write("x.toml", &SMALL.replacen(piece, with, 1));
    desk.complaint(&["config", "check", "x.toml"], 1)
}

/// The same, with lines added at the end.
pub fn wrong_end(lines: &str) -> String {
    let desk = Desk::new();
    desk.write("x.toml", &format!("{SMALL}{lines}"));
    desk.complaint(&["config", "check", "x.toml"], 1)
}

#[test]
fn unknown_keys() {
    assert_snapshot!(wrong("step_size", "step_siz"), @"
    × unknown key `step_siz` in `training`, expected one of `batch`, `goals`, `limits`, `noise`, `optimiser`, `schedule`, `step_size`
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
    × unknown key `hiden` in `model` of kind `perceptron`, expected one of `activation`, `bias`, `hidden`, `kind`, `parametrisation`, `skips`
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
    × unknown key `los`, expected one of `answer`, `checkpoints`, `data`, `device`, `expect`, `labels`, `loss`, `model`, `name`, `observe`, `precision`, `probes`, `question`, `seed`, `start`, `training`, `variants`
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
    × unknown key `largst` in `probes.0` of kind `ends`, expected one of `basis`, `basis_on_host`, `block`, `confidence`, `kind`, `largest`, `operator`, `preconditioned`, `products`, `smallest`, `tolerance`
        ╭─[x.toml:24:1]
     23 │ kind = "ends"
     24 │ largst = 3
        · ───┬──
        ·    ╰── here
     25 │ 
        ╰────
      help: did you mean `largest`?
    "#);
    assert_snapshot!(wrong_end("training.step = 3\n"), @r#"
    × unknown key `step` in `variants.1.training`, expected one of `batch`, `goals`, `limits`, `noise`, `optimiser`, `schedule`, `step_size`
        ╭─[x.toml:34:10]
     33 │ labels = "random-labels"
     34 │ training.step = 3
        ·          ──┬─
        ·            ╰── here
        ╰────
    "#);
}

#[test]
fn unknown_names() {
    assert_snapshot!(wrong("\"digits\"", "\"digit\""), @r#"
    × `data.source` is the text "digit", expected one of `digits`, `fashion`, `arrays`, `npz`, `csv`, `cifar-10`, `cifar-100`, `sphere`, `teacher-linear`, `teacher-two-layer`, `low-rank`
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
    × `start.kind` is the text "hee", expected one of `normal`, `he`, `xavier`, `torch`, `balanced`, `identity`, `zero`
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
    × `device`: unknown device `gpu`: did you mean `wgpu`? Devices are auto, cpu, ndarray, wgpu, wgpu:N, cuda, cuda:N
       ╭─[x.toml:3:10]
     2 │ seed = 1
     3 │ device = "gpu"
       ·          ──┬──
       ·            ╰── here
     4 │ loss = "cross-entropy"
       ╰────
    "#);
    assert_snapshot!(wrong("seed = 1", "labels = \"corupted\""), @r#"
    × `labels`: `corupted` is no variant; did you mean `corrupted-0.5`? There are `true`, `corrupted-P` with 0 ≤ P ≤ 1, `random-labels`, `shuffled-pixels`, `random-pixels`, `gaussian`
       ╭─[x.toml:2:10]
     1 │ question = "Does it run?"
     2 │ labels = "corupted"
       ·          ─────┬────
       ·               ╰── here
     3 │ device = "cpu"
       ╰────
    "#);
    assert_snapshot!(wrong_end("[[variants]]\nname = \"x\"\nlabels = \"random\"\n"), @r#"
    × variant `x`: `labels`: `random` is no variant; did you mean `random-pixels`? There are `true`, `corrupted-P` with 0 ≤ P ≤ 1, `random-labels`, `shuffled-pixels`, `random-pixels`, `gaussian`
        ╭─[x.toml:36:10]
     35 │ name = "x"
     36 │ labels = "random"
        ·          ────┬───
        ·              ╰── here
        ╰────
    "#);
    assert_snapshot!(wrong_end("[[expect]]\nkind = \"train-accuracy\"\nat_least = 1\nvariants = [\"tru\"]\n"), @r#"
    × expect.0.variants names the variant `tru`, but the variants are: true labels, random labels
        ╭─[x.toml:37:12]
     36 │ at_least = 1
     37 │ variants = ["tru"]
        ·            ───┬───
        ·               ╰── here
        ╰────
    "#);
}

#[test]
fn wrong_types() {
    assert_snapshot!(wrong("train = 600", "train = \"many\""), @r#"
    × `data.train` is the text "many", expected a whole number of at least 0
       ╭─[x.toml:8:9]
     7 │ source = "digits"
     8 │ train = "many"
       ·         ───┬──
       ·            ╰── here
     9 │ test = 50
       ╰────
    "#);
    assert_snapshot!(wrong("train = 600", "train = -5"), @r#"
    × `data.train` is -5, expected a whole number of at least 0
       ╭─[x.toml:8:9]
     7 │ source = "digits"
     8 │ train = -5
       ·         ─┬
       ·          ╰── here
     9 │ test = 50
       ╰────
    "#);
    assert_snapshot!(wrong("hidden = [8]", "hidden = 8"), @r#"
    × `model.hidden` is 8, expected a list, such as [1, 2]
        ╭─[x.toml:13:10]
     12 │ kind = "perceptron"
     13 │ hidden = 8
        ·          ┬
        ·          ╰── here
     14 │ 
        ╰────
    "#);
    assert_snapshot!(wrong("step_size = 0.2", "step_size = \"0.2\""), @r#"
    × `training.step_size` is the text "0.2", expected a number
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
    × `question` is missing
       ╭─[x.toml:1:1]
     1 │ 
       · ┬
       · ╰── add it here
     2 │ seed = 1
     3 │ device = "cpu"
       ╰────
      help: question: The question that the run answers, as a sentence.
    "#);
    assert_snapshot!(wrong("Does it run?", " "), @r#"
    × question is empty: say in a sentence what the run answers
       ╭─[x.toml:1:12]
     1 │ question = " "
       ·            ─┬─
       ·             ╰── here
     2 │ seed = 1
       ╰────
    "#);
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
    assert_snapshot!(wrong("name = \"true labels\"", "seed = 2"), @"
    × `variants.0.name` is missing
        ╭─[x.toml:28:1]
     27 │ 
     28 │ [[variants]]
        · ──────┬─────
        ·       ╰── add it here
     29 │ seed = 2
        ╰────
      help: name: The variant's name, in figures, tables and file names.
    ");
    assert_snapshot!(wrong("name = \"random labels\"", "name = \"true labels\""), @r#"
    × variants.1.name is `true labels`, as is that of another variant: give each its own name
        ╭─[x.toml:32:8]
     31 │ [[variants]]
     32 │ name = "true labels"
        ·        ──────┬──────
        ·              ╰── here
     33 │ labels = "random-labels"
        ╰────
    "#);
    assert_snapshot!(wrong_end("device = \"cpu\"\n"), @r#"
    × `device` is the same for all variants: move it to the top of the config
        ╭─[x.toml:34:1]
     33 │ labels = "random-labels"
     34 │ device = "cpu"
        · ───┬──
        ·    ╰── here
        ╰────
    "#);
    assert_snapshot!(wrong("seed = 1", "seed = 1\nseed = 2"), @r#"
    × `seed` is set twice: leave one of them out
       ╭─[x.toml:3:1]
     2 │ seed = 1
     3 │ seed = 2
       · ──┬─
       ·   ╰── here
     4 │ device = "cpu"
       ╰────
    "#);
    assert_snapshot!(wrong("[start]", "[model]"), @r#"
    × `model` is set twice: leave one of them out
        ╭─[x.toml:15:2]
     14 │ 
     15 │ [model]
        ·  ──┬──
        ·    ╰── here
     16 │ kind = "he"
        ╰────
    "#);
    assert_snapshot!(wrong("kind = \"he\"", ""), @"
    × `start.kind` is missing, expected one of `normal`, `he`, `xavier`, `torch`, `balanced`, `identity`, `zero`
        ╭─[x.toml:15:1]
     14 │ 
     15 │ [start]
        · ───┬───
        ·    ╰── add it here
     16 │ 
        ╰────
    ");
    assert_snapshot!(wrong("step_size = 0.2\n", ""), @"
    × `training.step_size` is missing
        ╭─[x.toml:18:1]
     17 │ 
     18 │ [training]
        · ─────┬────
        ·      ╰── add it here
     19 │ limits = { steps = 30 }
        ╰────
      help: step_size: η. No default: it depends on everything else.
    ");
    assert_snapshot!(wrong("\"he\"", "\"normal\""), @r#"
    × `start.std` is missing
        ╭─[x.toml:15:1]
     14 │ 
     15 │ [start]
        · ───┬───
        ·    ╰── add it here
     16 │ kind = "normal"
        ╰────
      help: std: The standard deviation κ.
    "#);
    let desk = Desk::new();
    assert_snapshot!(desk.complaint(&["config", "check", "nowhere.toml"], 1), @"× nowhere.toml: no such file; configs are TOML files, such as configs/random-labels.toml, and `landscape init` writes one");
    assert_snapshot!(desk.complaint(&["config", "check", "."], 1), @"× .: it is a folder; give the config file in it");
}

#[test]
fn seeds_out_of_range() {
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
    assert_snapshot!(wrong("seed = 1", "seed = 99999999999999999999"), @r#"
    × 99999999999999999999 is too large: whole numbers go up to 9223372036854775807
       ╭─[x.toml:2:8]
     1 │ question = "Does it run?"
     2 │ seed = 99999999999999999999
       ·        ──────────┬─────────
       ·                  ╰── here
     3 │ device = "cpu"
       ╰────
    "#);
}
