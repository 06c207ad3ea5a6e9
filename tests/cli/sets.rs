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
    assert_snapshot!(set("training.step_size"), @"× --set training.step_size: write key=value, as in --set training.step_size=0.1");
    assert_snapshot!(set("=1"), @"× --set =1: `` has an empty part: write keys as in training.step_size");
    assert_snapshot!(set("training..step_size=1"), @"× --set training..step_size=1: `training..step_size` has an empty part: write keys as in training.step_size");
    assert_snapshot!(set("training.step_size.x=1"), @"× --set training.step_size.x=1: `training.step_size.x`: `step_size` is float and has no keys");
    assert_snapshot!(set("probes.7.largest=1"), @"× --set probes.7.largest=1: `probes.7.largest`: `probes` is a list of 2, `7` is no index of it");
}

#[test]
fn wrong_keys_and_values() {
    assert_snapshot!(set("model.hiden=[3]"), @"
    × --set model.hiden=[3]: at `model`: unknown field `hiden`, expected one of `hidden`, `activation`, `bias`, `skips`, `parametrisation`
      help: did you mean `hidden`?
    ");
    assert_snapshot!(set("model.hidden=3"), @"× --set model.hidden=3: at `model`: invalid type: integer `3`, expected a list, such as [1, 2]");
    assert_snapshot!(set("training.step_size=fast"), @r#"× --set training.step_size=fast: at `training.step_size`: invalid type: string "fast", expected a number"#);
    assert_snapshot!(set("probes.0.largest=many"), @r#"× --set probes.0.largest=many: at `probes[0]`: invalid type: string "many", expected a whole number of at least 0"#);
    assert_snapshot!(set("labels=randm-labels"), @"× --set labels=randm-labels: at `labels`: `randm-labels` is no variant; did you mean `random-labels`? There are `true`, `corrupted-P` with 0 ≤ P ≤ 1, `random-labels`, `shuffled-pixels`, `random-pixels`, `gaussian`");
    assert_snapshot!(set("precision=f16"), @"
    × --set precision=f16: at `precision`: unknown variant `f16`, expected `f32` or `f64`
      help: did you mean `f32`?
    ");
    assert_snapshot!(set("training.step_size=nan"), @"× small.toml: variant `true labels`: training.step_size is NaN: it must be a positive number");
}
