//! Talk on stderr: a bar on a terminal, plain lines elsewhere, nothing where quiet was asked for.

use crate::device::{Check, Opened};
use crate::records::FindingRecord;
use crate::report::number::measured;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use probes::Cost;
use std::cell::Cell;
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// How a run talks to the person who started it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Talk {
    /// A progress bar: stderr is a terminal.
    Bar,
    /// Plain lines, one every few seconds.
    Lines,
    /// Plain lines with details: the self-test, each finding, where the time went.
    Detailed,
    /// Nothing.
    Quiet,
}

/// Seconds between two plain lines.
const LINE_EVERY: Duration = Duration::from_secs(5);
/// Time between two changes of the bar.
const BAR_EVERY: Duration = Duration::from_millis(100);

impl Talk {
    /// A bar on a terminal, lines elsewhere.
    pub fn choose() -> Talk {
        match std::io::stderr().is_terminal() {
            true => Talk::Bar,
            false => Talk::Lines,
        }
    }

    /// Says a sentence.
    pub fn say(&self, sentence: &str) {
        if *self != Talk::Quiet {
            say(sentence);
        }
    }

    /// Says a detail.
    pub fn detail(&self, sentence: &str) {
        if *self == Talk::Detailed {
            say(sentence);
        }
    }

    /// Says what the self-test of a device measured.
    pub fn opened(&self, opened: &Opened) {
        for Check { operation, share } in &opened.self_test.checks {
            let share = 100.0 * share;
            self.detail(&format!(
                "self-test: {operation}: off by {share:.2} % of what is allowed"
            ));
        }
    }

    /// Says what a probe found, what follows, and what it cost.
    pub fn found(&self, record: &FindingRecord) {
        let FindingRecord {
            variant,
            step,
            finding,
            ..
        } = record;
        let Cost {
            gradients,
            products,
            seconds,
        } = finding.cost;
        let numbers = finding
            .scalars
            .iter()
            .map(|s| format!("{} {}", s.name, measured(s.value, s.uncertainty)));
        let numbers: Vec<String> = numbers.collect();
        self.detail(&format!(
            "{variant}: step {step}: {}: {} ({gradients} gradients, {products} products, {seconds:.2} s)",
            finding.probe,
            numbers.join(", ")
        ));
        let sentences = finding.verdicts.iter().chain(&finding.warnings);
        sentences.for_each(|sentence| self.detail(&format!("{variant}: {sentence}")));
    }
}

/// Writes a line to stderr. A reader that has gone away is no error: talk can be missed.
pub fn say(line: &str) {
    let _gone = writeln!(std::io::stderr().lock(), "{line}");
}

/// The progress of one variant.
pub(super) struct Progress {
    talk: Talk,
    name: String,
    bar: ProgressBar,
    /// When the first step was seen: probes at the start do not count as slow steps.
    first: Cell<Option<(u64, Instant)>>,
    last: Cell<Instant>,
    detail: String,
    limit: u64,
}

impl Progress {
    pub(super) fn new(talk: Talk, name: &str, limit: u64) -> Self {
        let target = if talk == Talk::Bar {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let style =
            ProgressStyle::with_template("{prefix} {bar:24} {pos}/{len} {per_sec} {msg} ({eta} left)");
        let bar = ProgressBar::with_draw_target(Some(limit), target)
            .with_style(style.expect("the template is valid"))
            .with_prefix(name.to_string());
        let now = Instant::now();
        Progress {
            talk,
            name: name.into(),
            bar,
            first: Cell::new(None),
            last: Cell::new(now),
            detail: String::new(),
            limit,
        }
    }

    /// What is known from the last look: accuracy and gradient norm.
    pub(super) fn detail(&mut self, accuracy: Option<f64>, gradient_norm: f64) {
        let accuracy =
            accuracy.map_or_else(String::new, |share| format!(", accuracy {:.1} %", 100.0 * share));
        self.detail = format!("{accuracy}, gradient norm {gradient_norm:.2e}");
    }

    /// A step was made with this loss.
    pub(super) fn step(&self, step: u64, loss: f64) {
        if step > 0 && self.first.get().is_none() {
            self.first.set(Some((step, Instant::now())));
        }
        let every = match self.talk {
            Talk::Quiet => return,
            Talk::Bar => BAR_EVERY,
            Talk::Lines | Talk::Detailed => LINE_EVERY,
        };
        if self.last.get().elapsed() < every {
            return;
        }
        self.last.set(Instant::now());
        let message = format!("loss {loss:.3e}{}", self.detail);
        if self.talk == Talk::Bar {
            self.bar.set_position(step);
            self.bar.set_message(message);
            return;
        }
        let Some((first, since)) = self.first.get() else {
            return;
        };
        let rate = (step - first) as f64 / since.elapsed().as_secs_f64();
        let left = (self.limit.saturating_sub(step)) as f64 / rate.max(1e-9);
        let (name, limit) = (&self.name, self.limit);
        say(&format!(
            "{name}: step {step}/{limit}, {rate:.1} steps/s, {message}, at most {left:.0} s left"
        ));
    }

    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }
}
