//! `landscape probe --measure`: what it prints, what it saves, and how it can be wrong.

use super::Desk;
use super::json::outline;
use insta::assert_snapshot;
use serde_json::Value;

/// Adam on a network of 235 parameters.
const CONFIG: &str = r#"question = "What does the spectrum look like?"
device = "cpu"
loss = "cross-entropy"

[data]
source = "digits"
train = 100

[model]
kind = "perceptron"
hidden = [3]

[start]
kind = "he"

[training]
step_size = 0.01
optimiser = { kind = "adam" }
limits = { steps = 5 }
"#;

/// A desk with a run of this config, and the run's folder.
fn ran(config: &str) -> (Desk, String) {
    let desk = Desk::new();
    desk.write("x.toml", config);
    let (folder, _) = desk.run_folder(&["run", "-q", "x.toml", "--out", "o"], 0);
    let folder = folder.display().to_string();
    (desk, folder)
}

/// A table without its numbers and verdicts: exact numbers are `=`, the others `±`.
fn names(table: &str) -> String {
    let line = |line: &str| {
        let cells: Vec<&str> = line.split('\t').collect();
        let [variant, step, quantity, value, width] = cells[..] else {
            panic!("{line}");
        };
        if quantity == "verdict" {
            return format!("{variant}|{step}|verdict\n");
        }
        assert!(value.parse::<f64>().is_ok(), "{line}");
        let sign = if width == "exact" { "=" } else { "±" };
        assert!(sign == "=" || width.parse::<f64>().is_ok(), "{line}");
        format!("{variant}|{step}|{quantity}|{sign}\n")
    };
    table.lines().map(line).collect()
}

#[test]
fn ends_density_and_trace_in_one_table() {
    let (desk, folder) = ran(CONFIG);
    let measure = [
        "probe",
        &folder,
        "--measure",
        "ends,density,trace",
        "--largest",
        "1",
        "--smallest",
        "1",
    ];
    let sets = ["--set", "density.accuracy=0.2", "--set", "ends.tolerance=1e-3"];
    let probed = desk.run(&[&measure[..], &sets].concat());
    assert_eq!(probed.code, 0, "{}", probed.stderr);
    assert_snapshot!(names(&probed.stdout), @"
    true labels|5|noise floor of the Hessian|=
    true labels|5|symmetry defect|=
    true labels|5|linearity defect|=
    true labels|5|difference from f64|=
    true labels|5|smallest pre-activation, relative to the mean|=
    true labels|5|verdict
    true labels|5|products|=
    true labels|5|largest eigenvalue of the Hessian|±
    true labels|5|smallest eigenvalue of the Hessian|±
    true labels|5|noise of the products|=
    true labels|5|orthogonality defect of the eigenvectors|=
    true labels|5|bound of all other eigenvalues from below|=
    true labels|5|bound of all other eigenvalues from above|=
    true labels|5|largest eigenvalue of the Hessian, half-width by the gap|=
    true labels|5|products saved by sharing|=
    true labels|5|smallest pre-activation, relative to the mean|=
    true labels|5|largest eigenvalues 1|±
    true labels|5|smallest eigenvalues 1|±
    true labels|5|verdict
    true labels|5|verdict
    true labels|5|products|=
    true labels|5|Lanczos steps|=
    true labels|5|random starts|=
    true labels|5|Wasserstein distance, at most|=
    true labels|5|Wasserstein distance over λmax − λmin, at most|=
    true labels|5|trace of the Hessian, by its density|±
    true labels|5|Frobenius norm of the Hessian, by its density|±
    true labels|5|smallest pre-activation, relative to the mean|=
    true labels|5|verdict
    true labels|5|products|=
    true labels|5|trace of the Hessian|±
    true labels|5|Frobenius norm of the Hessian|±
    true labels|5|products saved by sharing|=
    true labels|5|smallest pre-activation, relative to the mean|=
    true labels|5|verdict
    ");
    let saved = probed.stderr.lines().find(|line| line.contains("saved"));
    assert_snapshot!(saved.unwrap_or_default(), @"true labels: 36 products were saved by sharing");

    let again = desk.run(&[&measure[..], &sets, &["--json", "-q", "--again"]].concat());
    let lines: Vec<Value> = again
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let probes: Vec<&str> = lines.iter().filter_map(|line| line["probe"].as_str()).collect();
    assert_eq!(
        (again.stderr.as_str(), &probes[..]),
        ("", &["noise", "ends", "density", "trace"][..])
    );
    assert_snapshot!(outline(&lines[2]), @"
    .asked.device: text
    .asked.probe.accuracy: number
    .asked.probe.block: null
    .asked.probe.confidence: number
    .asked.probe.kind: text
    .asked.probe.operator: text
    .asked.probe.preconditioned: boolean
    .asked.refined: boolean
    .cost.gradients: number
    .cost.products: number
    .cost.seconds: number
    .curves[].along.name: text
    .curves[].along.values[]: number
    .curves[].name: text
    .curves[].uncertainties[]: empty
    .curves[].values[]: number
    .incomplete: boolean
    .probe: text
    .scalars[].name: text
    .scalars[].uncertainty: null
    .scalars[].unit: text
    .scalars[].value: number
    .step: number
    .variant: text
    .verdicts[]: text
    .warnings[]: empty
    ");
    // Whatever is printed is kept.
    let written =
        std::fs::read_to_string(desk.path().join(&folder).join("findings.jsonl")).expect("findings");
    assert!(written.ends_with(&again.stdout));
}

#[test]
fn a_block_as_the_optimiser_feels_it() {
    let (desk, folder) = ran(CONFIG);
    let ends = [
        "probe",
        "-q",
        &folder,
        "--measure",
        "ends",
        "--largest",
        "1",
        "--smallest",
        "0",
    ];
    let sets = [
        "--set",
        "ends.block=layer1.weight",
        "--set",
        "ends.preconditioned=true",
    ];
    let probed = desk.run(&[&ends[..], &sets].concat());
    assert_snapshot!(names(&probed.stdout), @"
    true labels|5|noise floor of the Hessian|=
    true labels|5|symmetry defect|=
    true labels|5|linearity defect|=
    true labels|5|difference from f64|=
    true labels|5|smallest pre-activation, relative to the mean|=
    true labels|5|verdict
    true labels|5|products|=
    true labels|5|largest eigenvalue of the preconditioned block layer1.weight of the Hessian|±
    true labels|5|noise of the products|=
    true labels|5|orthogonality defect of the eigenvectors|=
    true labels|5|bound of all other eigenvalues from below|=
    true labels|5|bound of all other eigenvalues from above|=
    true labels|5|largest eigenvalue of the preconditioned block layer1.weight of the Hessian, half-width by the gap|=
    true labels|5|smallest pre-activation, relative to the mean|=
    true labels|5|largest eigenvalues 1|±
    true labels|5|verdict
    true labels|5|verdict
    true labels|5|products|=
    ");
    let at_start = desk.run(&[&ends[..], &sets, &["--at", "start"]].concat());
    assert!(
        at_start.code == 0 && !at_start.stdout.contains("eigenvalue"),
        "{}",
        at_start.stdout
    );
    let whole = ["probe", &folder, "--measure", "trace", "--gauss-newton"];
    let nystrom = desk.run(&[&whole[..], &["--set", "trace.method=x-nys-trace", "-q"]].concat());
    assert_snapshot!(names(&nystrom.stdout), @"
    true labels|5|noise floor of the Hessian|=
    true labels|5|symmetry defect|=
    true labels|5|linearity defect|=
    true labels|5|difference from f64|=
    true labels|5|smallest pre-activation, relative to the mean|=
    true labels|5|verdict
    true labels|5|products|=
    true labels|5|trace of the Gauss–Newton matrix|±
    true labels|5|smallest pre-activation, relative to the mean|=
    true labels|5|verdict
    true labels|5|products|=
    ");
}

/// One number for all that is a matter of probability; each finding tells it.
#[test]
fn a_confidence_for_every_probe() {
    let (desk, folder) = ran(&CONFIG.replace("optimiser = { kind = \"adam\" }", ""));
    let measure = "ends,density,negative-curvature";
    let asked = ["probe", &folder, "--measure", measure, "--confidence", "0.9"];
    assert!(desk.run(&asked).stdout.contains(", with probability 0.9 ("));
    let found = desk.run(&[&asked[..], &["--json"]].concat()).stdout;
    let chances: Vec<f64> = found
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("a finding in each line"))
        .map(|record| record["asked"]["probe"].clone())
        .filter_map(|probe| {
            probe["confidence"]
                .as_f64()
                .or(probe["delta"].as_f64().map(|delta| 1.0 - delta))
        })
        .collect();
    assert_eq!(chances, [0.9, 0.9, 0.9]);
    let says = |arguments: &[&str], code| desk.complaint(&[&["probe", &folder], arguments].concat(), code);
    assert_snapshot!(says(&["--measure", "trace,movement", "--confidence", "0.9"], 1), @"× --confidence: nothing that trace or movement tells is a matter of probability: leave it out");
    assert_snapshot!(says(&["--confidence", "1"], 2), @"
    error: invalid value '1' for '--confidence <P>': it must lie between 0 and 1, for instance 0.999

    For more information, try '--help'.
    ");
}

#[test]
fn mistakes() {
    let (desk, folder) = ran(&CONFIG.replace("optimiser = { kind = \"adam\" }", ""));
    let says = |arguments: &[&str]| desk.complaint(&[&["probe", &folder], arguments].concat(), 1);
    assert_snapshot!(says(&["--measure", "ends,densty"]), @"
    × --measure densty: there is no such probe, expected one of `ends`, `density`, `trace`, `movement`, `sharpness`, `smoothness`, `surface`, `gram`, `pl`, `structural`, `negative-curvature`, `stationarity`
      help: did you mean `density`?
    ");
    assert_snapshot!(says(&["--measure", "ends,trace,ends"]), @"× --measure names ends twice: name each probe once");
    assert_snapshot!(says(&["--tolerance", "0"]), @"× variant `true labels`: ends.tolerance is 0: it must lie between 0 and 1, for instance 1e-3");
    assert_snapshot!(says(&["--measure", "ends", "--set", "ends.tolerance=0"]), @"
    × variant `true labels`: ends.tolerance is 0: it must lie between 0 and 1, for instance 1e-3
       ╭─[--set:1:16]
     1 │ ends.tolerance=0
       ·                ┬
       ·                ╰── here
       ╰────
    ");
    assert_snapshot!(says(&["--largest", "4000"]), @"× variant `true labels`: ends.largest + smallest is 4005, but there are only 235 eigenvalues: ask for fewer");
    assert_snapshot!(says(&["--measure", "density", "--set", "density.accuracy=1"]), @"
    × variant `true labels`: density.accuracy is 1: it must lie between 0 and 1, for instance 0.02
       ╭─[--set:1:18]
     1 │ density.accuracy=1
       ·                  ┬
       ·                  ╰── here
       ╰────
    ");
    assert_snapshot!(says(&["--measure", "density", "--set", "density.accuracy=nan"]), @"
    × variant `true labels`: density.accuracy is NaN: it must lie between 0 and 1, for instance 0.02
       ╭─[--set:1:18]
     1 │ density.accuracy=nan
       ·                  ─┬─
       ·                   ╰── here
       ╰────
    ");
    assert_snapshot!(says(&["--measure", "density", "--set", "density.confidence=1.5"]), @"
    × variant `true labels`: density.confidence is 1.5: it must lie between 0 and 1, for instance 0.99
       ╭─[--set:1:20]
     1 │ density.confidence=1.5
       ·                    ─┬─
       ·                     ╰── here
       ╰────
    ");
    assert_snapshot!(says(&["--measure", "trace", "--set", "trace.block=layer3.weight"]), @"
    × variant `true labels`: trace.block is `layer3.weight`: the blocks of parameters are `layer1.weight`, `layer1.bias`, `layer2.weight`, `layer2.bias`; what is before the point names all of a layer
       ╭─[--set:1:13]
     1 │ trace.block=layer3.weight
       ·             ──────┬──────
       ·                   ╰── here
       ╰────
    ");
    assert_snapshot!(says(&["--measure", "ends", "--set", "ends.preconditioned=true"]), @"
    × variant `true labels`: ends.preconditioned is true, but the run's optimiser divides by no √v: train with adam, adam-w, rms-prop, ada-grad or adan, or leave it out
       ╭─[--set:1:21]
     1 │ ends.preconditioned=true
       ·                     ──┬─
       ·                       ╰── here
       ╰────
    ");
    assert_snapshot!(says(&["--measure", "trace", "--set", "trace.method=x-nys-trace"]), @r#"
    × variant `true labels`: trace.method is x-nys-trace, which is for semi-definite matrices, and this one may have negative eigenvalues: use x-trace, or operator = "gauss-newton"
       ╭─[--set:1:14]
     1 │ trace.method=x-nys-trace
       ·              ─────┬─────
       ·                   ╰── here
       ╰────
    "#);
    assert_snapshot!(says(&["--measure", "trace", "--set", "trace.products=3"]), @"
    × variant `true labels`: trace.products is 3: XTrace needs at least 4
       ╭─[--set:1:16]
     1 │ trace.products=3
       ·                ┬
       ·                ╰── here
       ╰────
    ");
    assert_snapshot!(says(&["--measure", "trace", "--set", "density.accuracy=0.1"]), @"
    × `density` is not measured, expected `trace`
       ╭─[--set:1:1]
     1 │ density.accuracy=0.1
       · ───┬───
       ·    ╰── here
       ╰────
    ");
    assert_snapshot!(says(&["--measure", "trace", "--set", "trace.methd=x-trace"]), @"
    × unknown key `methd` in `trace` of kind `trace`, expected one of `block`, `kind`, `method`, `operator`, `preconditioned`, `products`
       ╭─[--set:1:7]
     1 │ trace.methd=x-trace
       ·       ──┬──
       ·         ╰── here
       ╰────
      help: did you mean `method`?
    ");
    assert_snapshot!(says(&["--measure", "trace", "--set", "trace.products"]), @"
    × --set has no `=`: write key=value, as in --set density.accuracy=0.02
       ╭─[--set:1:1]
     1 │ trace.products
       · ───────┬──────
       ·        ╰── here
       ╰────
    ");
    assert_snapshot!(says(&["--memory", "0MiB"]), @"× probing `true labels` needs more memory than the 0 MiB there are, even with the smallest bases. It takes 26 MiB: the program 25 MiB, examples 0 MiB (while they are drawn 1 MiB), weights and optimiser 0 MiB, bases of probes 0 MiB, activations 0 MiB, of which 0 MiB are kept between products, comparison with f64 0 MiB before these. Ask for fewer eigenvalues, less accuracy, fewer products or fewer examples, or allow more with --memory");
}
