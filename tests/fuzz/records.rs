//! The JSON lines and files of a run folder, as reports read them.

use super::survives_texts;
use landscape::records::{FindingRecord, Metrics};
use landscape::report::{self, Run};
use proptest::prelude::*;
use std::io::{Error, ErrorKind};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

const FILES: [(&str, &str); 4] = [
    (
        "provenance.json",
        r#"{"version":"0.1.0","command":"landscape run a.toml","question":"q?","name":"a","started":"2026-01-02T03:04:05Z",
        "seed":1,"device":"cpu (because it was asked for by name)","precision":"f32","threads":2,"platform":"linux x86_64",
        "loss":"(1/2n) Σ ‖z − y‖²","model":"perceptron 4-8-1","data":"10 examples","data_hashes":[["plain","00ff"]]}"#,
    ),
    (
        "status.json",
        r#"{"schema":1,"state":"done","variants":[{"variant":"plain","outcome":"converged","reason":"reached its goals",
        "steps":10,"loss":0.25,"point":"It stopped at a strict saddle."}],"checks":[{"expectation":"plain: the loss falls",
        "holds":true,"detail":"1 → 0.5"}],"verdict":"Yes."}"#,
    ),
    (
        "metrics.jsonl",
        concat!(
            r#"{"variant":"plain","step":0,"loss":1.0,"gradient_norm":0.5,"train_accuracy":0.5,"test_accuracy":null,"#,
            r#""test_loss":0.9,"step_size":0.1,"seconds":0.0}"#,
            "\n",
            r#"{"variant":"plain","step":10,"loss":null,"gradient_norm":1e-3,"train_accuracy":1.0,"test_accuracy":null,"#,
            r#""test_loss":null,"step_size":0.1,"seconds":0.25}"#,
            "\n"
        ),
    ),
    (
        "findings.jsonl",
        concat!(
            r#"{"variant":"plain","step":0,"probe":"ends","scalars":[{"name":"largest eigenvalue of the Hessian","#,
            r#""value":2.5,"uncertainty":1e-3,"unit":""}],"curves":[{"name":"largest eigenvalues","values":[2.5,1.0],"#,
            r#""uncertainties":[1e-3,1e-4]},{"name":"smallest eigenvalues","values":[-0.5],"uncertainties":[]}],"#,
            r#""incomplete":false,"warnings":["careful"],"cost":{"gradients":1,"products":40,"seconds":0.1}}"#,
            "\n"
        ),
    ),
];

/// A run of these files with one of them replaced.
fn read(name: &str, bytes: &[u8]) -> Result<Run, report::ReportError> {
    Run::from_files(Path::new("folder"), |asked| {
        if asked == name {
            return Ok(bytes.to_vec());
        }
        let known = FILES.iter().find(|(known, _)| *known == asked);
        let (_, text) = known.ok_or_else(|| Error::from(ErrorKind::NotFound))?;
        Ok(text.as_bytes().to_vec())
    })
}

#[test]
fn the_files_themselves_are_read() {
    let run = read("", b"").expect("a run");
    assert_eq!(
        (run.metrics.len(), run.findings.len(), run.notes.len()),
        (2, 1, 0)
    );
    assert!(run.metrics[1].loss.is_nan());
}

#[test]
fn records() {
    let (pages, count) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let corpus = FILES.map(|(_, text)| text.to_string());
    let here = survives_texts("fuzz::records::records", &corpus, |bytes| {
        let draws = count.fetch_add(1, Relaxed).is_multiple_of(50);
        for (name, _) in FILES {
            match read(name, bytes) {
                Err(error) => {
                    let words = error.to_string();
                    prop_assert!(words.contains(name) && words.len() < 2000, "{}", words);
                }
                // Pages take a thousand times as long as the lines that they show.
                Ok(run) if draws => {
                    prop_assert!(report::page(&[run], "figures").ends_with("</html>\n"));
                    pages.fetch_add(1, Relaxed);
                }
                Ok(run) => {
                    // What was read is written so that it is read again.
                    let lines = |record: Result<String, _>| {
                        record.map_err(|e: serde_json::Error| TestCaseError::fail(e.to_string()))
                    };
                    for metrics in &run.metrics {
                        let line = lines(serde_json::to_string(metrics))?;
                        prop_assert!(serde_json::from_str::<Metrics>(&line).is_ok(), "{}", line);
                    }
                    for finding in &run.findings {
                        let line = lines(serde_json::to_string(finding))?;
                        prop_assert!(serde_json::from_str::<FindingRecord>(&line).is_ok(), "{}", line);
                    }
                }
            }
        }
        Ok(())
    });
    let pages = pages.into_inner();
    assert!(!here || pages > 100, "only {pages} pages were drawn");
}
