//! One variant of a run: trained from its start or from its last checkpoint, and what is known of it afterwards.

use super::checkpoint::{self, Counts, Moment};
use super::facts::Facts;
use super::recorded::Recorded;
use super::recorder::Recorder;
use super::{FolderError, RunError, RunFolder, Session, read_point, verdict};
use crate::experiment::Experiment;
use crate::records::VariantStatus;
use probes::PointKind;
use std::io;
use std::path::Path;
use std::time::Instant;
use training::{Reason, Standing, train as move_along};

/// What is known of a variant once it has ended.
pub(crate) struct Summary {
    pub status: VariantStatus,
    pub recorded: Recorded,
    pub facts: Facts,
    /// What kind of point it stopped at, where the probe `ends` looked.
    pub kind: Option<PointKind>,
}

/// Trains a variant to its end, from where its last checkpoint stands.
pub(super) fn train(
    experiment: &Experiment,
    folder: &mut RunFolder,
    session: Session,
) -> Result<Summary, RunError> {
    let name = &experiment.name;
    let (standing, recorded) = stand(experiment, folder)?;
    let (begun, before) = (standing.step, standing.seconds);
    match begun {
        0 => {
            folder.log(&format!("variant `{name}` begins"))?;
            checkpoint::write(folder, experiment, Moment::Start, &standing, recorded)?;
        }
        _ => folder.log(&format!("variant `{name}` goes on at step {begun}"))?,
    }
    let clock = Instant::now();
    let mut recorder = Recorder::new(
        experiment,
        begun,
        recorded,
        folder,
        session.talk,
        session.interrupted,
    );
    let outcome = move_along(&experiment.train, standing, &experiment.plan, &mut recorder);
    let probing = recorder.finish()?;
    let seconds = clock.elapsed().as_secs_f64();
    let recorded = Recorded::read(folder.path(), name)?;
    // Whoever goes on from here makes the last look again, unless it was the last.
    let earlier = |step: u64| step < outcome.end.step;
    let counts = Counts {
        metrics: recorded.metrics.iter().filter(|m| earlier(m.step)).count(),
        findings: recorded.findings.iter().filter(|f| earlier(f.step)).count(),
    };
    folder.sync()?;
    checkpoint::write(folder, experiment, Moment::End, &outcome.end, counts)?;
    folder.remove(&Moment::Latest.path(name))?;
    let word = outcome.reason.word();
    let status = VariantStatus {
        variant: name.clone(),
        outcome: word.into(),
        reason: outcome.reason.sentence(outcome.end.step, outcome.step_size),
        steps: outcome.end.step,
        loss: outcome.slope.value,
        point: verdict::point(word, &recorded),
    };
    folder.log(&format!("variant `{name}` {}", status.reason))?;
    let took = format!(
        "variant `{name}` took {seconds:.2} s: {:.2} s in gradients, {probing:.2} s in probes, {:.2} s elsewhere{}",
        outcome.gradient_seconds,
        seconds - outcome.gradient_seconds - probing,
        match begun {
            0 => String::new(),
            _ => format!("; {before:.2} s before step {begun}"),
        }
    );
    folder.log(&took)?;
    session.talk.detail(&took);
    session
        .talk
        .say(&format!("{name}: {}; loss {:.3e}", status.reason, status.loss));
    let end = matches!(
        outcome.reason,
        Reason::Converged | Reason::StepLimit | Reason::TimeLimit
    )
    .then_some(&outcome.end.at);
    Ok(Summary {
        kind: verdict::kind(word, &recorded),
        facts: Facts::of(experiment, end),
        status,
        recorded,
    })
}

/// What is known of a variant that has ended before.
pub(super) fn ended(
    experiment: &Experiment,
    folder: &Path,
    status: VariantStatus,
) -> Result<Summary, RunError> {
    let recorded = Recorded::read(folder, &experiment.name)?;
    let end = match status.outcome == verdict::DIVERGED {
        true => None,
        false => Some(read_point(folder, experiment, Moment::End)?.1),
    };
    Ok(Summary {
        kind: verdict::kind(&status.outcome, &recorded),
        facts: Facts::of(experiment, end.as_ref()),
        status,
        recorded,
    })
}

/// Where a variant stands: at its last checkpoint, or at its start. What was recorded from there on is removed, since it
/// is recorded again.
fn stand(experiment: &Experiment, folder: &mut RunFolder) -> Result<(Standing, Counts), RunError> {
    let mut last: Option<checkpoint::Read> = None;
    for moment in [Moment::Latest, Moment::End] {
        if !folder.path().join(moment.path(&experiment.name)).exists() {
            continue;
        }
        let read = checkpoint::read(folder.path(), experiment, moment)?;
        if read.finite
            && last
                .as_ref()
                .is_none_or(|last| last.standing.step < read.standing.step)
        {
            last = Some(read);
        }
    }
    let (standing, counts) = match last {
        Some(read) => (read.standing, read.recorded),
        None => (Standing::from(experiment.start()), Counts::default()),
    };
    let (name, step) = (&experiment.name, standing.step);
    folder.retain(
        |metrics| metrics.variant != *name || metrics.step < step,
        |finding| finding.variant != *name || finding.step < step || finding.asked.is_some(),
    )?;
    let recorded = Recorded::read(folder.path(), name)?;
    let found = Counts {
        metrics: recorded.metrics.len(),
        findings: recorded.findings.len(),
    };
    if found != counts {
        let reason = format!(
            "`{name}` has {} metrics and {} findings before step {step}, and its checkpoint was written after {} and \
             {}: lines are missing or double",
            found.metrics, found.findings, counts.metrics, counts.findings
        );
        let source = io::Error::new(io::ErrorKind::InvalidData, reason);
        return Err(FolderError::of("resume", folder.path())(source).into());
    }
    Ok((standing, counts))
}
