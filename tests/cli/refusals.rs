//! Weights, losses and data that do not fit: what `landscape probe` says of a network that was trained elsewhere.

use super::networks::{description, desk};
use crate::data::writing::{npy, npz};
use insta::assert_snapshot;

#[test]
fn weights_that_do_not_fit_are_refused() {
    let desk = desk("file = \"classifier.pt\"");
    for (whole, cut, bytes) in [
        ("classifier.pt", "cut.pt", 1692),
        ("classifier.safetensors", "cut.safetensors", 912),
    ] {
        let whole = std::fs::read(desk.path().join(whole)).expect("the sample");
        std::fs::write(desk.path().join(cut), &whole[..bytes]).expect("a file");
    }
    let of = |weights: &str| {
        desk.write("net.toml", &description(weights));
        desk.complaint(&["probe", "net.toml"], 1)
    };
    assert_snapshot!(of(r#"file = "classifier.pt", tensors = ["0.weight", "0.bia", "2.weight", "2.bias", "4.weight", "4.bias"]"#), @r#"
    × weights.tensors.1 is `0.bia`, and the file has no such tensor; did you mean `0.bias`?
       ╭─[net.toml:5:60]
     4 │ data.source.npz.path = "classes.npz"
     5 │ weights = { file = "classifier.pt", tensors = ["0.weight", "0.bia", "2.weight", "2.bias", "4.weight", "4.bias"] }
       ·                                                            ───┬───
       ·                                                               ╰── here
     6 │ [model]
       ╰────
    "#);
    assert_snapshot!(of(r#"file = "classifier.pt", tensors = ["0.weight"]"#), @r#"
    × weights.tensors has 1 names, and the network has 6 parameters: layer1.weight, layer1.bias, layer2.weight, layer2.bias, layer3.weight, layer3.bias
       ╭─[net.toml:5:47]
     4 │ data.source.npz.path = "classes.npz"
     5 │ weights = { file = "classifier.pt", tensors = ["0.weight"] }
       ·                                               ──────┬─────
       ·                                                     ╰── here
     6 │ [model]
       ╰────
    "#);
    assert_snapshot!(of(r#"file = "classifier.pt", tensors = ["0.weight", "0.bias", "4.weight", "2.bias", "2.weight", "4.bias"]"#), @r#"
    × weights.file = "classifier.pt": its tensor `4.weight` has the shape [3, 5], and layer2.weight needs [5, 8], outputs first: change the model, or name the tensors in the network's order in weights.tensors
       ╭─[net.toml:5:20]
     4 │ data.source.npz.path = "classes.npz"
     5 │ weights = { file = "classifier.pt", tensors = ["0.weight", "0.bias", "4.weight", "2.bias", "2.weight", "4.bias"] }
       ·                    ───────┬───────
       ·                           ╰── here
     6 │ [model]
       ╰────
    "#);
    assert_snapshot!(of(r#"file = "classifier.pt", layout = "inputs-first""#), @r#"
    × weights.file = "classifier.pt": its tensor `0.weight` has the shape [8, 6], and layer1.weight needs [6, 8], inputs first: if the file has outputs first, say so in weights.layout
       ╭─[net.toml:5:20]
     4 │ data.source.npz.path = "classes.npz"
     5 │ weights = { file = "classifier.pt", layout = "inputs-first" }
       ·                    ───────┬───────
       ·                           ╰── here
     6 │ [model]
       ╰────
    "#);
    assert_snapshot!(of(r#"file = "checkpoint.pt", table = "model""#), @r#"
    × weights.file = "checkpoint.pt": it holds 2 tensors, `out.weight`, `hidden.weight`, and the network has 6: layer1.weight [8, 6], layer1.bias [8], layer2.weight [5, 8], layer2.bias [5], layer3.weight [3, 5], layer3.bias [3]; change the model, as with bias = false, or name the network's tensors in weights.tensors
       ╭─[net.toml:5:20]
     4 │ data.source.npz.path = "classes.npz"
     5 │ weights = { file = "checkpoint.pt", table = "model" }
       ·                    ───────┬───────
       ·                           ╰── here
     6 │ [model]
       ╰────
    "#);
    assert_snapshot!(of(r#"file = "checkpoint.pt""#), @r#"
    × weights.file = "checkpoint.pt": is no state dict, but holds the tables `model`, `optimizer`: say in weights.table which of them it is
       ╭─[net.toml:5:20]
     4 │ data.source.npz.path = "classes.npz"
     5 │ weights = { file = "checkpoint.pt" }
       ·                    ───────┬───────
       ·                           ╰── here
     6 │ [model]
       ╰────
    "#);
    assert_snapshot!(of(r#"file = "checkpoint.pt", table = "modle""#), @r#"
    × weights.file = "checkpoint.pt": has no table `modle`; did you mean `model`?
       ╭─[net.toml:5:20]
     4 │ data.source.npz.path = "classes.npz"
     5 │ weights = { file = "checkpoint.pt", table = "modle" }
       ·                    ───────┬───────
       ·                           ╰── here
     6 │ [model]
       ╰────
    "#);
    assert_snapshot!(of(r#"file = "checkpoint.pt", table = "epoch""#), @r#"
    × weights.file = "checkpoint.pt": has a whole number under the name `epoch`, and a state dict is needed
       ╭─[net.toml:5:20]
     4 │ data.source.npz.path = "classes.npz"
     5 │ weights = { file = "checkpoint.pt", table = "epoch" }
       ·                    ───────┬───────
       ·                           ╰── here
     6 │ [model]
       ╰────
    "#);
    assert_snapshot!(of(r#"file = "classifier.npz", table = "model""#), @r#"
    × weights.file = "classifier.npz": has no tables, so that there is no `model`: leave it out
       ╭─[net.toml:5:20]
     4 │ data.source.npz.path = "classes.npz"
     5 │ weights = { file = "classifier.npz", table = "model" }
       ·                    ────────┬───────
       ·                            ╰── here
     6 │ [model]
       ╰────
    "#);
    assert_snapshot!(of(r#"file = "list.pt""#), @r#"
    × weights.file = "list.pt": is no state dict: it holds a list; save model.state_dict()
       ╭─[net.toml:5:20]
     4 │ data.source.npz.path = "classes.npz"
     5 │ weights = { file = "list.pt" }
       ·                    ────┬────
       ·                        ╰── here
     6 │ [model]
       ╰────
    "#);
    assert_snapshot!(of(r#"file = "module.pt""#), @r#"
    × weights.file = "module.pt": holds the object `__main__.Regressor`, which only Python can read, by running its code: save model.state_dict() alone
       ╭─[net.toml:5:20]
     4 │ data.source.npz.path = "classes.npz"
     5 │ weights = { file = "module.pt" }
       ·                    ─────┬─────
       ·                         ╰── here
     6 │ [model]
       ╰────
    "#);
    assert_snapshot!(of(r#"file = "number.pt""#), @r#"
    × weights.file = "number.pt": its entry `0.bias` is a whole number and no tensor: name the network's tensors in weights.tensors, or save model.state_dict() alone
       ╭─[net.toml:5:20]
     4 │ data.source.npz.path = "classes.npz"
     5 │ weights = { file = "number.pt" }
       ·                    ─────┬─────
       ·                         ╰── here
     6 │ [model]
       ╰────
    "#);
    assert_snapshot!(of(r#"file = "nan.pt""#), @r#"
    × weights.file = "nan.pt": its tensor `2.weight` is NaN at [0, 0]: at such a point there is no landscape; give weights that are finite
       ╭─[net.toml:5:20]
     4 │ data.source.npz.path = "classes.npz"
     5 │ weights = { file = "nan.pt" }
       ·                    ────┬───
       ·                        ╰── here
     6 │ [model]
       ╰────
    "#);
    assert_snapshot!(of(r#"file = "old.pt""#), @r#"
    × weights.file = "old.pt": is a pickle without a ZIP file around it, as PyTorch wrote before 1.6: load it there, and save its state_dict() again
       ╭─[net.toml:5:20]
     4 │ data.source.npz.path = "classes.npz"
     5 │ weights = { file = "old.pt" }
       ·                    ────┬───
       ·                        ╰── here
     6 │ [model]
       ╰────
    "#);
    assert_snapshot!(of(r#"file = "net.toml""#), @r#"
    × weights.file = "net.toml": begins with the bytes 6c 6f 73 73: it is no file of torch.save (50 4b), no npz (50 4b) and no safetensors
       ╭─[net.toml:5:20]
     4 │ data.source.npz.path = "classes.npz"
     5 │ weights = { file = "net.toml" }
       ·                    ─────┬────
       ·                         ╰── here
     6 │ [model]
       ╰────
    "#);
    assert_snapshot!(of(r#"file = "cut.pt""#), @r#"
    × weights.file = "cut.pt": cannot be unpacked, or is truncated: invalid Zip archive: Could not find EOCD
       ╭─[net.toml:5:20]
     4 │ data.source.npz.path = "classes.npz"
     5 │ weights = { file = "cut.pt" }
       ·                    ────┬───
       ·                        ╰── here
     6 │ [model]
       ╰────
    "#);
    assert_snapshot!(of(r#"file = "cut.safetensors""#), @r#"
    × weights.file = "cut.safetensors": is no safetensors file, or is truncated: incomplete metadata, file not fully covered
       ╭─[net.toml:5:20]
     4 │ data.source.npz.path = "classes.npz"
     5 │ weights = { file = "cut.safetensors" }
       ·                    ────────┬────────
       ·                            ╰── here
     6 │ [model]
       ╰────
    "#);
}

#[test]
fn losses_and_data_that_do_not_fit_are_refused() {
    let desk = desk("file = \"classifier.pt\"");
    let (inputs, targets) = (
        npy("'<f8'", false, &[3, 5], &[1; 120]),
        npy("'|u1'", false, &[3], &[0, 1, 2]),
    );
    let narrow = npz(&[("inputs", inputs), ("targets", targets)], true);
    std::fs::write(desk.path().join("narrow.npz"), narrow).expect("a file");
    let good = description(r#"file = "classifier.pt""#);
    let changed = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        desk.write("net.toml", &good.replace(from, to));
        desk.complaint(&["probe", "net.toml"], 1)
    };
    assert_snapshot!(changed("classes.npz", "values.npz"), @r#"
    × loss is cross-entropy, but the targets are values: use half-squared or mean-squared, or a data source with classes
       ╭─[net.toml:1:8]
     1 │ loss = "cross-entropy"
       ·        ───────┬───────
       ·               ╰── here
     2 │ precision = "f64"
       ╰────
    "#);
    assert_snapshot!(changed("classes.npz", "narrow.npz"), @r#"
    × weights.file = "classifier.pt": its tensor `0.weight` has the shape [8, 6], and layer1.weight needs [8, 5], outputs first: the data have 5 numbers in an input and the first layer 8 outputs, the tensor is for 6 and 8
       ╭─[net.toml:5:20]
     4 │ data.source.npz.path = "narrow.npz"
     5 │ weights = { file = "classifier.pt" }
       ·                    ───────┬───────
       ·                           ╰── here
     6 │ [model]
       ╰────
    "#);
    assert_snapshot!(changed("outputs = 3", "outputs = 4"), @r#"
    × model.layers ends with 4 outputs, and this loss needs 3 for the targets of the data: change the last layer
       ╭─[net.toml:8:10]
     7 │ kind = "chain"
     8 │ layers = [
       ·          ┬
       ·          ╰── here
     9 │     { linear = { outputs = 8 } }, { activation = "tanh" },
       ╰────
    "#);
    assert_snapshot!(changed(r#"source.npz.path = "classes.npz""#, "source.sphere.dimension = 6"), @r#"
    × data.train is missing: `sphere` is drawn, so say how many examples
       ╭─[net.toml:4:1]
     3 │ device = "cpu"
     4 │ data.source.sphere.dimension = 6
       · ──┬─
       ·   ╰── here
     5 │ weights = { file = "classifier.pt" }
       ╰────
    "#);
    assert_snapshot!(changed(r#"{ activation = "tanh" }"#, r#""join""#), @r#"
    × model.layers.1 is a join, and no fork before it is open: add one
        ╭─[net.toml:9:35]
      8 │ layers = [
      9 │     { linear = { outputs = 8 } }, "join",
        ·                                   ───┬──
        ·                                      ╰── here
     10 │     { linear = { outputs = 5 } }, { activation = "gelu" },
        ╰────
    "#);
    assert_snapshot!(changed("{ file", "{ fil"), @r#"
    × unknown key `fil` in `weights`, expected one of `file`, `layout`, `table`, `tensors`
       ╭─[net.toml:5:13]
     4 │ data.source.npz.path = "classes.npz"
     5 │ weights = { fil = "classifier.pt" }
       ·             ─┬─
       ·              ╰── here
     6 │ [model]
       ╰────
      help: did you mean `file`?
    "#);
    assert_snapshot!(changed("gelu", "gleu"), @r#"
    × `model.layers.3.activation` is the text "gleu", expected one of `identity`, `square`, `relu`, `leaky-relu`, `tanh`, `sigmoid`, `gelu`, `softplus`
        ╭─[net.toml:10:50]
      9 │     { linear = { outputs = 8 } }, { activation = "tanh" },
     10 │     { linear = { outputs = 5 } }, { activation = "gleu" },
        ·                                                  ───┬──
        ·                                                     ╰── here
     11 │     { linear = { outputs = 3 } },
        ╰────
      help: did you mean `gelu`?
    "#);
    assert_snapshot!(changed(r#"loss = "cross-entropy""#, r#"loss = "hinge""#), @r#"
    × `loss` is the text "hinge", expected one of `half-squared`, `mean-squared`, `cross-entropy`, `logistic`
       ╭─[net.toml:1:8]
     1 │ loss = "hinge"
       ·        ───┬───
       ·           ╰── here
     2 │ precision = "f64"
       ╰────
    "#);
    desk.write("net.toml", &good);
    let asked = |option: &str, value: &str| desk.complaint(&["probe", "net.toml", option, value], 1);
    assert_snapshot!(asked("--at", "end"), @"× --variant and --at choose among the checkpoints of a run, and this network has one point: leave them out");
    assert_snapshot!(asked("--largest", "999"), @"× variant `classifier.pt`: ends.largest + smallest is 1004, but there are only 119 eigenvalues: ask for fewer");
    assert_snapshot!(asked("--tolerance", "0"), @"× variant `classifier.pt`: ends.tolerance is 0: it must lie between 0 and 1, for instance 1e-3");
}
