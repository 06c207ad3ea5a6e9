//! What was written of a variant, read back: a run that was stopped and went on has it from nowhere else.

use crate::records::{FindingRecord, Metrics};
use crate::report::ReportError;
use std::path::Path;

/// The records that a run itself made of a variant.
#[derive(Default)]
pub(crate) struct Recorded {
    pub metrics: Vec<Metrics>,
    pub findings: Vec<FindingRecord>,
}

impl Recorded {
    /// Reads the records of a variant from its run folder; findings that `landscape probe` added are left out.
    pub(super) fn read(folder: &Path, variant: &str) -> Result<Self, ReportError> {
        let mut metrics: Vec<Metrics> = crate::report::lines(folder, "metrics.jsonl")?;
        let mut findings: Vec<FindingRecord> = crate::report::lines(folder, "findings.jsonl")?;
        metrics.retain(|record| record.variant == variant);
        findings.retain(|record| record.variant == variant && record.asked.is_none());
        Ok(Recorded { metrics, findings })
    }
}
