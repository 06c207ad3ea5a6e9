//! `--set`: what it changes, and how it can be wrong.

use super::Desk;
use insta::assert_snapshot;

fn set(value: &str) -> String {
    Desk::new().complaint(
        &["config", "check", "small.toml", "--set", "seed=2", "--set", value],
        1,
    )
}

#[test]
fn values_are_set() {
    let sets = [
        "training.step_size=0.5",
        "probes.0.largest=7",
        "labels=corrupted-0.5",
        "training.noise={kind=\"sphere\",radius=2}",
        "model.hidden=[3,4]",
        "variants.1.name=shuffled",
    ];
    let mut arguments = vec!["config", "show", "small.toml"];
    sets.iter().for_each(|set| arguments.extend(["--set", set]));
    let ran = Desk::new().run(&arguments);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let shown: toml::Table = toml::from_str(&ran.stdout).expect("TOML");
    assert_eq!(shown["training"]["step_size"].as_float(), Some(0.5));
    assert_eq!(shown["probes"][0]["largest"].as_integer(), Some(7));
    assert_eq!(shown["labels"].as_str(), Some("corrupted-0.5"));
    assert_eq!(shown["training"]["noise"]["radius"].as_float(), Some(2.0));
    assert_eq!(shown["model"]["hidden"].as_array().map(Vec::len), Some(2));
    assert_eq!(shown["variants"][1]["name"].as_str(), Some("shuffled"));
}

#[test]
fn wrong_forms() {
    assert_snapshot!(set("training.step_size"), @"
    × --set has no `=`: write key=value, as in --set training.step_size=0.1
       ╭─[--set:1:1]
     1 │ training.step_size
       · ─────────┬────────
       ·          ╰── here
       ╰────
    ");
    assert_snapshot!(set("=1"), @"
    × the key has an empty part: write keys as in training.step_size
       ╭─[--set:1:1]
     1 │ =1
       · ┬
       · ╰── here
       ╰────
    ");
    assert_snapshot!(set("training..step_size=1"), @"
    × the key has an empty part: write keys as in training.step_size
       ╭─[--set:1:10]
     1 │ training..step_size=1
       ·          ┬
       ·          ╰── here
       ╰────
    ");
    assert_snapshot!(set("training.step_size.x=1"), @"
    × `step_size` is 0.2, which has no keys
       ╭─[--set:1:10]
     1 │ training.step_size.x=1
       ·          ────┬────
       ·              ╰── here
       ╰────
    ");
    assert_snapshot!(set("probes.7.largest=1"), @"
    × `probes` is a list of 2, `7` is no index of it: write 0 to 1
       ╭─[--set:1:8]
     1 │ probes.7.largest=1
       ·        ┬
       ·        ╰── here
       ╰────
    ");
}

#[test]
fn wrong_keys_and_values() {
    assert_snapshot!(set("model.hiden=[3]"), @"
    × unknown key `hiden` in `model` of kind `perceptron`, expected one of `activation`, `bias`, `hidden`, `kind`, `parametrisation`, `skips`
       ╭─[--set:1:7]
     1 │ model.hiden=[3]
       ·       ──┬──
       ·         ╰── here
       ╰────
      help: did you mean `hidden`?
    ");
    assert_snapshot!(set("model.hidden=3"), @"
    × `model.hidden` is 3, expected a list, such as [1, 2]
       ╭─[--set:1:14]
     1 │ model.hidden=3
       ·              ┬
       ·              ╰── here
       ╰────
    ");
    assert_snapshot!(set("training.step_size=fast"), @r#"
    × `training.step_size` is the text "fast", expected a number
       ╭─[--set:1:20]
     1 │ training.step_size=fast
       ·                    ──┬─
       ·                      ╰── here
       ╰────
    "#);
    assert_snapshot!(set("probes.0.largest=many"), @r#"
    × `probes.0.largest` is the text "many", expected a whole number of at least 0
       ╭─[--set:1:18]
     1 │ probes.0.largest=many
       ·                  ──┬─
       ·                    ╰── here
       ╰────
    "#);
    assert_snapshot!(set("labels=randm-labels"), @"
    × `labels`: `randm-labels` is no variant; did you mean `random-labels`? There are `true`, `corrupted-P` with 0 ≤ P ≤ 1, `random-labels`, `shuffled-pixels`, `random-pixels`, `gaussian`
       ╭─[--set:1:8]
     1 │ labels=randm-labels
       ·        ──────┬─────
       ·              ╰── here
       ╰────
    ");
    assert_snapshot!(set("precision=f16"), @r#"
    × `precision` is the text "f16", expected one of `f32`, `f64`
       ╭─[--set:1:11]
     1 │ precision=f16
       ·           ─┬─
       ·            ╰── here
       ╰────
      help: did you mean `f32`?
    "#);
    assert_snapshot!(set("training.step_size=nan"), @"
    × variant `true labels`: training.step_size is NaN: it must be a positive number
       ╭─[--set:1:20]
     1 │ training.step_size=nan
       ·                    ─┬─
       ·                     ╰── here
       ╰────
    ");
}
