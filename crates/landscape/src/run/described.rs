//! A folder like that of a run, of a network that was trained elsewhere: nothing was trained, one point was probed.

use super::folder::json;
use super::{RunError, RunFolder, SCHEMA, provenance};
use crate::config::Config;
use crate::device::Opened;
use crate::experiment::Checked;
use crate::records::{FindingRecord, Status, VariantStatus};
use std::path::{Path, PathBuf};

/// What was found of a network that was trained elsewhere.
pub struct Described<'a> {
    /// The description of the network, as TOML.
    pub description: &'a str,
    /// The config that it amounts to.
    pub config: &'a Config,
    /// What the check of that config found.
    pub checked: &'a [Checked],
    /// Where it was probed.
    pub opened: &'a Opened,
    /// What was found.
    pub findings: &'a [FindingRecord],
    /// The command that does it again.
    pub command: &'a str,
}

impl Described<'_> {
    /// Writes a folder `out/name/id` with the description, the findings and their provenance, and a report; tells where
    /// the report is.
    pub fn write(&self, out: &Path, name: &str) -> Result<PathBuf, RunError> {
        let mut provenance = provenance::of(self.config, self.checked, self.opened, self.command);
        provenance.name = name.into();
        let loss = self
            .findings
            .iter()
            .flat_map(|record| &record.finding.scalars)
            .find(|scalar| scalar.name == "loss");
        let begun = self.checked.iter().map(|checked| VariantStatus {
            variant: checked.name.clone(),
            outcome: "trained elsewhere".into(),
            reason: "was trained elsewhere, and probed at the weights that were given".into(),
            steps: 0,
            loss: loss.map_or(f64::NAN, |loss| loss.value),
            point: String::new(),
        });
        let status = Status {
            schema: SCHEMA,
            state: "done".into(),
            variants: begun.collect(),
            checks: Vec::new(),
            verdict: "Nothing was trained: the findings describe the weights that were given.".into(),
        };
        let files = [
            ("network.toml", self.description.as_bytes().to_vec()),
            ("provenance.json", json(&provenance)),
            ("status.json", json(&status)),
        ];
        let mut folder = RunFolder::create(out, name, &files)?;
        for finding in self.findings {
            folder.finding(finding)?;
        }
        Ok(crate::report::write(&[folder.path().to_path_buf()], None)?)
    }
}
