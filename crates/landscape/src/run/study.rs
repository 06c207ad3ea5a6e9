//! A run of a study: its cases looked at in turn, recorded, judged. One that was stopped goes on with the next case.

use super::provenance::{self, platform};
use super::{Ended, RunError, RunFolder, SCHEMA, Session, folder::json, schema};
use crate::config::{Source, StudyConfig};
use crate::device::{DeviceName, Opened};
use crate::records::{Check, FindingRecord, Provenance, Resumption, Status, VariantStatus};
use crate::run::{Differs, open_device};
use models::Precision;
use probes::Finding;
use std::path::Path;
use std::sync::atomic::Ordering;
use studies::{Inquiry, Judged, Kind, Lab};

/// The outcome of a case that was looked at.
const LOOKED: &str = "done";

/// Does a study in a new folder below `out`, from the device to the report.
pub fn study(config: &StudyConfig, out: &Path, session: Session) -> Result<Ended, RunError> {
    let opened = open(config, session)?;
    let status = Status {
        schema: SCHEMA,
        state: "running".into(),
        variants: Vec::new(),
        checks: Vec::new(),
        verdict: String::new(),
    };
    let files = [
        ("config.toml", config.to_toml().into_bytes()),
        ("provenance.json", json(&about(config, &opened, session.command))),
        ("status.json", json(&status)),
    ];
    let folder = RunFolder::create(out, &config.name, &files)?;
    session
        .talk
        .say(&format!("run folder {}", folder.path().display()));
    go_on(config, &opened, folder, status, session)
}

/// Goes on with a study that was stopped: with the cases that were not looked at. The config must be the same.
pub fn resume_study(config: &StudyConfig, path: &Path, session: Session) -> Result<Ended, RunError> {
    schema::check(path)?;
    let mut folder = RunFolder::open(path)?;
    let begun = Source::read(&path.join("config.toml"), &[])?.study()?;
    let mut provenance: Provenance = crate::report::file(path, "provenance.json")?;
    let mut status: Status = crate::report::file(path, "status.json")?;
    let opened = open(config, session)?;
    let now = about(config, &opened, session.command);
    let mut differences = Vec::new();
    for (what, old, new) in [
        ("the config", &begun.to_toml(), &config.to_toml()),
        ("the version", &provenance.version, &now.version),
        ("the device", &provenance.device, &now.device),
    ] {
        if old != new {
            differences.push(match what {
                "the config" => "the config is another one: a study goes on with the same settings".into(),
                _ => format!("{what} was {old} and is {new}"),
            });
        }
    }
    if !differences.is_empty() {
        let folder = path.display().to_string();
        return Err(Differs { folder, differences }.into());
    }
    // What was found in a case that did not end is found again.
    let ended: Vec<String> = status.variants.iter().map(|case| case.variant.clone()).collect();
    folder.retain(|_| true, |finding| ended.contains(&finding.variant))?;
    status.state = "running".into();
    (status.checks, status.verdict) = (Vec::new(), String::new());
    folder.log("the run goes on")?;
    provenance.resumed.push(Resumption {
        time: provenance::now(),
        command: session.command.into(),
        commit: provenance::commit(),
        changes: Vec::new(),
    });
    folder.write_json("provenance.json", &provenance)?;
    folder.write_json("status.json", &status)?;
    session.talk.say(&format!("run folder {}", path.display()));
    go_on(config, &opened, folder, status, session)
}

/// Opens the device where something is computed on it, and else the processor.
fn open(config: &StudyConfig, session: Session) -> Result<Opened, RunError> {
    let large = config.large();
    let opened = match large.is_empty() && config.device != DeviceName::Cpu {
        true => Opened {
            reason: "no objective of the study is large enough for another device".into(),
            ..open_device(DeviceName::Cpu, Precision::F64)?
        },
        false => open_device(config.device, config.precision)?,
    };
    session
        .talk
        .say(&format!("{} — because {}", opened.label, opened.reason));
    for warning in config.study.inquiry().warnings() {
        session.talk.say(&format!("warning: {warning}"));
    }
    session.talk.opened(&opened);
    Ok(opened)
}

/// Where the cases are computed, and in which precision, in words.
fn computed(config: &StudyConfig, opened: &Opened) -> (String, String) {
    let device = format!("{} (because {})", opened.label, opened.reason);
    let precision = format!("{:?}", opened.device.precision).to_lowercase();
    let (large, all) = (config.large(), config.study.inquiry().cases());
    let host = opened.name == DeviceName::Cpu && opened.device.precision == Precision::F64;
    if host || large.len() == all.len() {
        return (device, precision);
    }
    let small: Vec<String> = all.into_iter().filter(|case| !large.contains(case)).collect();
    (
        format!("{device}; the processor for what is small: {}", small.join(", ")),
        format!("{precision}, and f64 on the processor"),
    )
}

/// Does what is left to do. Whatever fails, the folder says so.
fn go_on(
    config: &StudyConfig,
    opened: &Opened,
    mut folder: RunFolder,
    mut status: Status,
    session: Session,
) -> Result<Ended, RunError> {
    let path = folder.path().to_path_buf();
    match look_and_judge(config, opened, &mut folder, &mut status, session) {
        Ok(()) => Ok(Ended {
            report: crate::report::write(std::slice::from_ref(&path), None)?,
            folder: path,
            status,
        }),
        Err(error) => {
            status.state = "failed".into();
            status.verdict = format!("The run failed: {error}");
            folder.fail(&status);
            Err(error)
        }
    }
}

fn look_and_judge(
    config: &StudyConfig,
    opened: &Opened,
    folder: &mut RunFolder,
    status: &mut Status,
    session: Session,
) -> Result<(), RunError> {
    let inquiry = config.study.inquiry();
    let lab = Lab {
        device: &opened.device,
        seed: config.seed,
        interrupted: &|| session.interrupted.load(Ordering::Relaxed),
    };
    let cases = inquiry.cases();
    for (number, case) in cases.iter().enumerate() {
        if status.variants.iter().any(|ended| ended.variant == *case) {
            continue;
        }
        let found = opened.guard(|| inquiry.look(number, &lab))?;
        let Some(finding) = found.filter(|_| !(lab.interrupted)()) else {
            status.state = "interrupted".into();
            status.verdict = format!("The run was interrupted after {number} of {} cases.", cases.len());
            return Ok(folder.write_json("status.json", status)?);
        };
        let said = finding.verdicts.join(" ");
        session
            .talk
            .say(&format!("{case}: {said} ({:.2} s)", finding.cost.seconds));
        let record = FindingRecord {
            variant: case.clone(),
            step: 0,
            asked: None,
            finding,
        };
        session.talk.found(&record);
        folder.finding(&record)?;
        folder.sync()?;
        status.variants.push(VariantStatus {
            variant: case.clone(),
            outcome: LOOKED.into(),
            reason: "was looked at".into(),
            steps: 0,
            loss: f64::NAN,
            point: said,
        });
        folder.write_json("status.json", status)?;
    }
    let found = recorded(folder.path(), inquiry)?;
    let judged = inquiry.judge(&found);
    let answer = match inquiry.remark(&found) {
        Some(remark) => format!("{} {remark}", config.answer),
        None => config.answer.clone(),
    };
    status.state = LOOKED.into();
    status.verdict = verdict(&answer, &judged);
    status.checks = judged.into_iter().map(Check::from).collect();
    Ok(folder.write_json("status.json", status)?)
}

/// The findings of all cases, in their order.
fn recorded(folder: &Path, inquiry: &dyn Inquiry) -> Result<Vec<Finding>, RunError> {
    let records: Vec<FindingRecord> = crate::report::lines(folder, "findings.jsonl")?;
    let of = |case: &String| records.iter().find(|record| record.variant == *case);
    let cases = inquiry.cases();
    let found = cases.iter().map(|case| {
        let record = of(case).expect("every case was looked at");
        record.finding.clone()
    });
    Ok(found.collect())
}

/// One paragraph: the answer where every prediction held, else what did not hold.
fn verdict(answer: &str, judged: &[Judged]) -> String {
    let count = |kind: Kind| judged.iter().filter(|judged| judged.kind == kind).count();
    let of_kinds = [Kind::Identity, Kind::Bound, Kind::Tendency].map(|kind| match count(kind) {
        1 => format!("1 {}", kind.word()),
        count => format!("{count} {}", kind.words()),
    });
    let broken: Vec<&Judged> = judged.iter().filter(|judged| !judged.holds).collect();
    if broken.is_empty() {
        let counts = of_kinds.join(", ");
        return format!("{answer} Every prediction held: {counts}.").trim().into();
    }
    let broken = broken.iter().map(|judged| {
        format!(
            "{} ({}: {})",
            judged.expectation,
            judged.kind.word(),
            judged.detail
        )
    });
    let broken: Vec<String> = broken.collect();
    format!(
        "{} of {} predictions did not hold: {}.",
        broken.len(),
        judged.len(),
        broken.join("; ")
    )
}

impl From<Judged> for Check {
    fn from(judged: Judged) -> Check {
        Check {
            expectation: judged.expectation,
            holds: judged.holds,
            detail: judged.detail,
            kind: Some(judged.kind),
        }
    }
}

fn about(config: &StudyConfig, opened: &Opened, command: &str) -> Provenance {
    let (device, precision) = computed(config, opened);
    Provenance {
        version: env!("CARGO_PKG_VERSION").into(),
        commit: provenance::commit(),
        command: command.into(),
        question: config.question.clone(),
        name: config.name.clone(),
        started: provenance::now(),
        seed: config.seed.0,
        device,
        precision,
        threads: rayon::current_num_threads(),
        platform: platform(),
        study: Some(config.study.inquiry().subject()),
        loss: String::new(),
        model: String::new(),
        data: String::new(),
        data_hashes: Vec::new(),
        test_hashes: Vec::new(),
        source_hashes: Vec::new(),
        weights_hash: None,
        resumed: Vec::new(),
    }
}
