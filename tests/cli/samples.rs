//! Samples that are hardly samples: one example, one class, one value.

use super::{Desk, SMALL, records};

/// A sample of one example has a Hessian of low rank, and one value for all targets a minimum of zero: both are probed
/// as any other. One class leaves nothing to tell apart, and is refused.
#[test]
fn samples_without_variety() {
    let desk = Desk::new();
    let single = |set: &str| {
        let arguments = [
            "run",
            "-q",
            "small.toml",
            "--out",
            "o",
            "--set",
            "data.test=0",
            "--set",
            "data.normalise='none'",
            "--set",
            set,
        ];
        desk.run_folder(&arguments, 0).0
    };
    let folder = single("data.train=1");
    let ends = records(&folder, "findings.jsonl");
    let ends = ends.iter().find(|f| f["probe"] == "ends").expect("the ends");
    // One example of ten classes gives at most nine positive eigenvalues of the Gauss–Newton matrix, and some.
    assert!(ends["curves"][0]["values"][0].as_f64() > Some(0.0), "{ends}");
    desk.write("one.csv", "1,2,0\n3,4,0\n5,6,0\n");
    let base = SMALL.replace("train = 600\ntest = 50", "train = 3");
    let of =
        |answer: &str| format!("{{ csv = {{ path = \"one.csv\", label = -1, answer = \"{answer}\" }} }}");
    desk.write("one.toml", &base.replace("\"digits\"", &of("classes")));
    let said = desk.complaint(&["run", "one.toml"], 1);
    assert!(
        said.contains("there is one class, which leaves nothing to tell apart"),
        "{said}"
    );
    let constant = base
        .replace("\"digits\"", &of("values"))
        .replace("cross-entropy", "mean-squared")
        .replace(
            "\n[[variants]]\nname = \"random labels\"\nlabels = \"random-labels\"\n",
            "",
        );
    desk.write("constant.toml", &constant);
    let (folder, _) = desk.run_folder(&["run", "-q", "constant.toml", "--out", "o"], 0);
    let found = records(&folder, "findings.jsonl");
    let ends: Vec<_> = found.iter().filter(|f| f["probe"] == "ends").collect();
    // Found, with intervals, at the start and at the end, where nothing is said to be wrong.
    assert_eq!(ends.len(), 2, "{found:?}");
    for found in ends {
        assert!(found["incomplete"] == false, "{found}");
        for curve in found["curves"].as_array().expect("curves") {
            let widths = curve["uncertainties"].as_array().expect("intervals");
            assert!(
                widths.len() == 2 && widths.iter().all(|width| width.as_f64() >= Some(0.0)),
                "{found}"
            );
        }
        assert!(found["curves"][0]["values"][0].as_f64() > Some(0.0), "{found}");
    }
}
