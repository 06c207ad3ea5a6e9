//! A folder like that of a run, of a network that was trained elsewhere: nothing was trained, one point is probed.

use super::folder::json;
use super::{RunError, RunFolder, SCHEMA, check_schema, provenance};
use crate::config::Config;
use crate::device::Opened;
use crate::experiment::Checked;
use crate::records::{FindingRecord, Provenance, Status, VariantStatus};
use std::path::{Path, PathBuf};

/// The name of the description in such a folder.
pub const DESCRIPTION: &str = "network.toml";

/// A network that was trained elsewhere, as a folder describes it.
pub struct Described<'a> {
    /// The description of the network, as TOML.
    pub description: &'a str,
    /// The config that it amounts to.
    pub config: &'a Config,
    /// What the check of that config found.
    pub checked: &'a [Checked],
    /// Where it is probed.
    pub opened: &'a Opened,
    /// [`weights_hash`] of the weights.
    pub weights_hash: String,
    /// The loss at the weights.
    pub loss: f64,
    /// The command that does it again.
    pub command: &'a str,
}

/// The folder describes other weights or examples than there are now.
#[derive(Debug, thiserror::Error)]
#[error(
    "{}: the {what} are not those that were probed before: probe the description {DESCRIPTION} in it, with --out DIR, for \
     a folder of their own", .folder.display()
)]
pub struct Changed {
    folder: PathBuf,
    what: &'static str,
}

impl Described<'_> {
    /// Begins a folder `out/name/id` with the description and its provenance.
    pub fn begin(&self, out: &Path, name: &str) -> Result<RunFolder, RunError> {
        let mut provenance = provenance::of(self.config, self.checked, self.opened, self.command);
        provenance.name = name.into();
        provenance.weights_hash = Some(self.weights_hash.clone());
        let files = [
            (DESCRIPTION, self.description.as_bytes().to_vec()),
            ("provenance.json", json(&provenance)),
            ("status.json", json(&self.status("running"))),
        ];
        Ok(RunFolder::create(out, name, &files)?)
    }

    /// Opens a folder that was begun before, and reads what was found by then.
    pub fn resume(&self, folder: &Path) -> Result<(RunFolder, Vec<FindingRecord>), RunError> {
        check_schema(folder)?;
        let open = RunFolder::open(folder)?;
        let before: Provenance = crate::report::file(folder, "provenance.json")?;
        let now = provenance::of(self.config, self.checked, self.opened, self.command);
        let changed = |what| Changed {
            folder: folder.to_path_buf(),
            what,
        };
        if before.weights_hash.as_ref() != Some(&self.weights_hash) {
            return Err(changed("weights").into());
        }
        if before.data_hashes != now.data_hashes {
            return Err(changed("examples").into());
        }
        Ok((open, crate::report::lines(folder, "findings.jsonl")?))
    }

    /// Says that everything was measured, or that a signal stopped it, and writes a report; tells where the report is.
    pub fn end(&self, folder: &RunFolder, stopped: bool) -> Result<PathBuf, RunError> {
        let state = if stopped { "interrupted" } else { "done" };
        folder.write_json("status.json", &self.status(state))?;
        Ok(crate::report::write(&[folder.path().to_path_buf()], None)?)
    }

    fn status(&self, state: &str) -> Status {
        let begun = self.checked.iter().map(|checked| VariantStatus {
            variant: checked.name.clone(),
            outcome: "trained elsewhere".into(),
            reason: "was trained elsewhere, and probed at the weights that were given".into(),
            steps: 0,
            loss: self.loss,
            point: String::new(),
        });
        Status {
            schema: SCHEMA,
            state: state.into(),
            variants: begun.collect(),
            checks: Vec::new(),
            verdict: "Nothing was trained: the findings describe the weights that were given.".into(),
        }
    }
}

/// BLAKE3 of weights `[P]`, in double precision.
pub fn weights_hash(weights: &[f64]) -> String {
    let mut hasher = blake3::Hasher::new();
    for weight in weights {
        hasher.update(&weight.to_le_bytes());
    }
    hasher.finalize().to_hex().to_string()
}
