//! The folder of a run: everything is written when it is known, whole files atomically, lines one by one.

use super::lines::Lines;
use super::lock::Lock;
use crate::atomic;
use crate::records::{FindingRecord, Metrics, Status};
use serde::Serialize;
use std::cell::Cell;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A file of a run folder that could not be written or read.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} {}: {source}{}", .path.display(), kept(.action))]
pub struct FolderError {
    pub(super) action: &'static str,
    pub(super) path: PathBuf,
    pub(super) source: io::Error,
}

/// What somebody wants to know whose files could not be written to the end.
fn kept(action: &str) -> &'static str {
    match action {
        "write" => "; what was written before is kept",
        _ => "",
    }
}

impl FolderError {
    /// For `map_err`: what was tried on which path.
    pub(super) fn of(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> FolderError {
        let path = path.to_path_buf();
        move |source| FolderError { action, path, source }
    }
}

/// A run folder that is being written, by this program alone.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    metrics: Lines,
    findings: Lines,
    log: Lines,
    lock: Lock,
}

impl RunFolder {
    /// Makes a new folder `out/name/id`, whose id is the time in UTC, with these files in it. It appears under its name
    /// when they are there, so that a run folder always says what it is.
    pub fn create(out: &Path, name: &str, files: &[(&str, Vec<u8>)]) -> Result<Self, FolderError> {
        let parent = out.join(name);
        std::fs::create_dir_all(&parent).map_err(FolderError::of("make the folder", &parent))?;
        let time = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
        let id: String = time.chars().filter(|c| !matches!(c, '-' | ':')).collect();
        let making = parent.join(format!(".making-{id}-{}", std::process::id()));
        std::fs::create_dir(&making).map_err(FolderError::of("make the folder", &making))?;
        let mut folder = Self::open(&making)?;
        for (name, bytes) in files {
            folder.write(name, bytes)?;
        }
        // Two runs in one second get different folders: a folder with files in it is not replaced.
        for attempt in 1..=1000 {
            let path = parent.join(if attempt == 1 {
                id.clone()
            } else {
                format!("{id}-{attempt}")
            });
            if path.exists() {
                continue;
            }
            match std::fs::rename(&making, &path) {
                Err(e)
                    if matches!(
                        e.kind(),
                        io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::AlreadyExists
                    ) =>
                {
                    continue;
                }
                moved => moved.map_err(FolderError::of("make the folder", &path))?,
            }
            folder.moved_to(path);
            atomic::sync_folder(&parent).map_err(FolderError::of("write", &parent))?;
            return Ok(folder);
        }
        Err(FolderError {
            action: "make a new folder in",
            path: parent,
            source: io::Error::new(
                io::ErrorKind::AlreadyExists,
                "a thousand runs began in this second",
            ),
        })
    }

    /// Opens a run folder to add to its records. Refuses one that another program is writing, and removes what a killed
    /// one left unfinished.
    pub fn open(path: &Path) -> Result<Self, FolderError> {
        let lock = Lock::take(path)?;
        for folder in [path.to_path_buf(), path.join("checkpoints"), path.join("figures")] {
            atomic::clean(&folder).map_err(FolderError::of("clean up", &folder))?;
        }
        Ok(RunFolder {
            path: path.to_path_buf(),
            metrics: Lines::open(path.join("metrics.jsonl"))?,
            findings: Lines::open(path.join("findings.jsonl"))?,
            log: Lines::open(path.join("log.jsonl"))?,
            lock,
        })
    }

    fn moved_to(&mut self, path: PathBuf) {
        for lines in [&mut self.metrics, &mut self.findings, &mut self.log] {
            lines.path = path.join(lines.path.file_name().expect("a file has a name"));
        }
        self.path = path;
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a whole file, atomically.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), FolderError> {
        let path = self.path.join(name);
        // A folder that was taken away must not come back with one file in it.
        if !self.path.is_dir() {
            let source = io::Error::new(io::ErrorKind::NotFound, "the run folder is gone");
            return Err(FolderError::of("write", &path)(source));
        }
        atomic::write(&path, bytes).map_err(FolderError::of("write", &path))
    }

    /// Writes a record as a whole JSON file, atomically.
    pub fn write_json(&self, name: &str, record: &impl Serialize) -> Result<(), FolderError> {
        self.write(name, &json(record))
    }

    /// Removes a file that may be missing.
    pub fn remove(&self, name: &str) -> Result<(), FolderError> {
        let path = self.path.join(name);
        match std::fs::remove_file(&path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed.map_err(FolderError::of("remove", &path)),
        }
    }

    /// Says in `status.json` that the run failed and why, even where the disk is full: the lock's file has kept room
    /// for it. What else cannot be written is left as it is, since another error is being told already.
    pub(super) fn fail(&mut self, status: &Status) {
        self.lock.make_room();
        let _untold = self.write_json("status.json", status);
        let _untold = self.log(&status.verdict);
    }

    /// Adds a line to `metrics.jsonl`.
    pub fn metrics(&mut self, record: &Metrics) -> Result<(), FolderError> {
        self.metrics.add(record)
    }

    /// Adds a line to `findings.jsonl`.
    pub fn finding(&mut self, record: &FindingRecord) -> Result<(), FolderError> {
        self.findings.add(record)
    }

    /// Adds a line to `findings.jsonl`, and then removes what was found before by the same request.
    pub fn finding_again(&mut self, record: &FindingRecord) -> Result<(), FolderError> {
        self.findings.add(record)?;
        let same = |other: &FindingRecord| {
            (&other.variant, other.step, &other.asked) == (&record.variant, record.step, &record.asked)
        };
        let all = self.findings.read::<FindingRecord>()?;
        let older = Cell::new(all.iter().filter(|other| same(other)).count() - 1);
        self.findings.retain(|other| {
            let goes = same(other) && older.get() > 0;
            if goes {
                older.set(older.get() - 1);
            }
            !goes
        })
    }

    /// Adds a line to `log.jsonl`.
    pub fn log(&mut self, message: &str) -> Result<(), FolderError> {
        let time = humantime::format_rfc3339_millis(SystemTime::now()).to_string();
        self.log
            .add(&serde_json::json!({ "time": time, "message": message }))
    }

    /// Puts the records written so far on the disk.
    pub(super) fn sync(&self) -> Result<(), FolderError> {
        [&self.metrics, &self.findings, &self.log]
            .iter()
            .try_for_each(|lines| {
                lines
                    .file
                    .sync_data()
                    .map_err(FolderError::of("write", &lines.path))
            })
    }

    /// Leaves those metrics and findings that the condition holds for. The others are written again by the run that
    /// goes on.
    pub(super) fn retain(
        &mut self,
        metrics: impl Fn(&Metrics) -> bool,
        findings: impl Fn(&FindingRecord) -> bool,
    ) -> Result<(), FolderError> {
        self.metrics.retain(metrics)?;
        self.findings.retain(findings)
    }

    /// Writes `metrics.csv`: the lines of `metrics.jsonl` as a table, for spreadsheets and data frames.
    pub fn write_metrics_csv(&self) -> Result<(), FolderError> {
        let mut table = csv::Writer::from_writer(Vec::new());
        for record in self.metrics.read::<Metrics>()? {
            table.serialize(record).expect("metrics are flat");
        }
        let bytes = table.into_inner().expect("writing to memory succeeds");
        self.write("metrics.csv", &bytes)
    }
}

/// A record as the text of a JSON file.
pub(super) fn json(record: &impl Serialize) -> Vec<u8> {
    let mut text = serde_json::to_string_pretty(record).expect("a record is plain data");
    text.push('\n');
    text.into_bytes()
}
