//! Each wrong value is refused with the field, the value, and what would be right.

use models::Seed;

use crate::data::{DataConfig, Variant, prepare};

/// The message of a config written in TOML.
fn refused(text: &str) -> String {
    let config: DataConfig = toml::from_str(text).unwrap();
    prepare(&config, Seed(0)).unwrap_err().to_string()
}

#[test]
fn sizes() {
    assert_eq!(
        refused("source = 'digits'\ntrain = 0"),
        "data.train = 0: training needs at least 1 example"
    );
    assert_eq!(
        refused("source = 'digits'\ntrain = 1500\ntest = 500"),
        "data.train = 1500: with test = 500 that is 2000 examples, but `digits` has 1797; ask for at most that many in all"
    );
    assert_eq!(
        refused("source = 'digits'\ntrain = 300\ntest = 58\nclasses = [3, 8]"),
        "data.train = 300: with test = 58 that is 358 examples, but `digits` has 357 of classes [3, 8]; \
         ask for at most that many in all"
    );
    assert_eq!(
        refused("source = { sphere = { dimension = 1000 } }\ntrain = 1000000"),
        "data.train = 1000000: with test = 0, 1000 numbers in an input and 1 in a target the examples need more than \
         4 GiB; ask for at most 536870 in all"
    );
}

#[test]
fn classes_and_views() {
    let digits = |rest: &str| refused(&format!("source = 'digits'\ntrain = 10\n{rest}"));
    assert_eq!(
        digits("classes = [3, 10]"),
        "data.classes = [3, 10]: there is no class 10; the classes are 0 to 9"
    );
    assert_eq!(
        digits("classes = [3]"),
        "data.classes = [3]: one class leaves nothing to tell apart; name at least 2"
    );
    assert_eq!(
        digits("classes = [3, 8, 3]"),
        "data.classes = [3, 8, 3]: class 3 is named twice; name each class once"
    );
    assert_eq!(
        digits("view = 'signs'"),
        "data.view = \"signs\": needs two classes, but there are 10; choose two, as in classes = [3, 8]"
    );
    let sphere = "source = { sphere = { dimension = 3 } }\ntrain = 10\n";
    assert_eq!(
        refused(&format!("{sphere}view = 'one-hot'")),
        "data.view = \"one-hot\": needs classes, but `sphere` gives values; use \"source\""
    );
    assert_eq!(
        refused(&format!("{sphere}classes = [0, 1]")),
        "data.classes = [0, 1]: `sphere` is drawn, so there are no classes to choose from; leave it out"
    );
}

#[test]
fn normalisation_and_scale() {
    for (scale, shown) in [("0.0", "0"), ("-1.0", "-1"), ("nan", "NaN"), ("inf", "inf")] {
        assert_eq!(
            refused(&format!("source = 'digits'\ntrain = 10\nscale = {scale}")),
            format!("data.scale = {shown}: the factor on inputs must be finite and above 0")
        );
    }
    assert_eq!(
        refused("source = 'digits'\ntrain = 10\nnormalise = 'none'\nscale = 1e308"),
        format!("data.scale = {}: inputs overflow; use a smaller factor", 1e308)
    );
    assert_eq!(
        refused("source = 'digits'\ntrain = 1"),
        "data.normalise = \"standardise\": every input is constant over the training examples; \
         use more examples, or \"none\""
    );
    assert_eq!(
        refused(
            "train = 10\nnormalise = 'unit-norm'\n\
             source = { low-rank = { dimension = 3, width = 2, singular_values = [1], whitened = true } }"
        ),
        "data.normalise = \"unit-norm\": would undo source.low-rank.whitened; leave one of them out"
    );
}

#[test]
fn generators() {
    for (source, message) in [
        (
            "sphere = { dimension = 0 }",
            "sphere.dimension = 0: must be at least 1",
        ),
        (
            "sphere = { dimension = 2, width = 0 }",
            "sphere.width = 0: must be at least 1",
        ),
        (
            "teacher-linear = { dimension = 2, noise = -0.5 }",
            "teacher-linear.noise = -0.5: a standard deviation is a finite number, at least 0",
        ),
        (
            "teacher-two-layer = { dimension = 2, hidden = 0 }",
            "teacher-two-layer.hidden = 0: must be at least 1",
        ),
        (
            "teacher-two-layer = { dimension = 2, hidden = 3, answer = 'classes' }",
            "teacher-two-layer.width = 1: a teacher of classes needs a width of at least 2",
        ),
        (
            "low-rank = { dimension = 3, width = 2, singular_values = [3, 2, 1] }",
            "low-rank.singular_values = [3, 2, 1]: a 3×2 matrix has rank 1 to 2: give as many values",
        ),
        (
            "low-rank = { dimension = 3, width = 2, singular_values = [1, 0.0] }",
            "low-rank.singular_values = [1, 0]: each singular value must be finite and above 0; the others are 0 already",
        ),
    ] {
        assert_eq!(
            refused(&format!("source = {{ {source} }}\ntrain = 10")),
            format!("data.source.{message}")
        );
    }
    assert_eq!(
        refused(
            "source = { low-rank = { dimension = 30, width = 2, singular_values = [1], whitened = true } }\ntrain = 10"
        ),
        "data.train = 10: whitened inputs in 30 dimensions need at least 30 examples"
    );
}

#[test]
fn a_teacher_too_large_for_memory() {
    assert_eq!(
        refused("source = { teacher-two-layer = { dimension = 9, hidden = 1000000000000 } }\ntrain = 1"),
        "data.source = \"teacher-two-layer\": its teacher would have 10000000000000 weights, more than 4 GiB; \
         make it smaller"
    );
}

#[test]
fn targets_too_large_for_a_number() {
    assert_eq!(
        refused("source = { teacher-linear = { dimension = 2, noise = 1e308 } }\ntrain = 100"),
        "data.source = \"teacher-linear\": targets overflow; give the source smaller numbers"
    );
}

#[test]
fn unknown_names() {
    let unread = |text: &str| {
        toml::from_str::<DataConfig>(text)
            .unwrap_err()
            .message()
            .to_string()
    };
    assert_eq!(
        unread("source = 'digit'\ntrain = 1"),
        "unknown variant `digit`, expected one of `digits`, `fashion`, `arrays`, `npz`, `csv`, `cifar-10`, `cifar-100`, `sphere`, `teacher-linear`, \
         `teacher-two-layer`, `low-rank`"
    );
    assert_eq!(
        unread("source = { sphere = { dimension = 1, widht = 2 } }\ntrain = 1"),
        "unexpected keys in table: widht, available keys: dimension, width"
    );
    assert!(
        unread("source = 'digits'\ntrain = 1\nscael = 2")
            .starts_with("unknown field `scael`, expected one of")
    );
    assert_eq!(unread("source = 'digits'"), "missing field `train`");
}

#[test]
fn variants() {
    let message = |name: &str| name.parse::<Variant>().unwrap_err().to_string();
    let all = "There are `true`, `corrupted-P` with 0 ≤ P ≤ 1, `random-labels`, `shuffled-pixels`, `random-pixels`, \
               `gaussian`";
    for (name, nearest) in [
        ("randm-labels", "random-labels"),
        ("random_pixels", "random-pixels"),
        ("True", "true"),
        ("shuffled", "shuffled-pixels"),
        ("gausian", "gaussian"),
        ("corupted-0.5", "corrupted-0.5"),
    ] {
        assert_eq!(
            message(name),
            format!("`{name}` is no variant; did you mean `{nearest}`? {all}")
        );
    }
    for name in [
        "corrupted",
        "corrupted-",
        "corrupted-1.5",
        "corrupted--0",
        "corrupted-half",
        "corrupted-nan",
    ] {
        assert_eq!(
            message(name),
            format!("`{name}` needs a probability between 0 and 1, as in `corrupted-0.5`")
        );
    }
    let error = serde_json::from_str::<Variant>("\"gaus\"")
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("`gaus` is no variant; did you mean `gaussian`?"),
        "{error}"
    );
}
