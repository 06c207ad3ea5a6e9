//! The folder of a run: everything is written when it is known, whole files atomically, lines one by one.

use crate::atomic;
use crate::records::Metrics;
use serde::Serialize;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A file of a run folder that could not be written or read.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} {}: {source}; what was written before is kept", .path.display())]
pub struct FolderError {
    action: &'static str,
    path: PathBuf,
    source: io::Error,
}

/// A run folder that is being written.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    metrics: File,
    findings: File,
    log: File,
}

impl RunFolder {
    /// Makes a new folder `out/name/id`, whose id is the time in UTC.
    pub fn create(out: &Path, name: &str) -> Result<Self, FolderError> {
        let parent = out.join(name);
        let fail = |action, path: &Path| {
            let path = path.to_path_buf();
            move |source| FolderError { action, path, source }
        };
        std::fs::create_dir_all(&parent).map_err(fail("make the folder", &parent))?;
        let time = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
        let id: String = time.chars().filter(|c| !matches!(c, '-' | ':')).collect();
        // Two runs in one second get different folders: making a folder that is there fails.
        for attempt in 1..=1000 {
            let path = parent.join(if attempt == 1 {
                id.clone()
            } else {
                format!("{id}-{attempt}")
            });
            match std::fs::create_dir(&path) {
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => continue,
                made => made.map_err(fail("make the folder", &path))?,
            }
            return Self::open(&path);
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

    /// Opens a run folder to add to its records.
    pub fn open(path: &Path) -> Result<Self, FolderError> {
        let append = |name: &str| {
            let path = path.join(name);
            let opened = OpenOptions::new().create(true).append(true).open(&path);
            opened.map_err(|source| FolderError {
                action: "write",
                path,
                source,
            })
        };
        Ok(RunFolder {
            path: path.to_path_buf(),
            metrics: append("metrics.jsonl")?,
            findings: append("findings.jsonl")?,
            log: append("log.jsonl")?,
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a whole file, atomically.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), FolderError> {
        let path = self.path.join(name);
        atomic::write(&path, bytes).map_err(|source| FolderError {
            action: "write",
            path,
            source,
        })
    }

    /// Writes a record as a whole JSON file, atomically.
    pub fn write_json(&self, name: &str, record: &impl Serialize) -> Result<(), FolderError> {
        let mut text = serde_json::to_string_pretty(record).expect("a record is plain data");
        text.push('\n');
        self.write(name, text.as_bytes())
    }

    /// Adds a line to `metrics.jsonl`.
    pub fn metrics(&mut self, record: &impl Serialize) -> Result<(), FolderError> {
        append(&mut self.metrics, &self.path, "metrics.jsonl", record)
    }

    /// Adds a line to `findings.jsonl`.
    pub fn finding(&mut self, record: &impl Serialize) -> Result<(), FolderError> {
        append(&mut self.findings, &self.path, "findings.jsonl", record)
    }

    /// Adds a line to `log.jsonl`.
    pub fn log(&mut self, message: &str) -> Result<(), FolderError> {
        let time = humantime::format_rfc3339_millis(SystemTime::now()).to_string();
        append(
            &mut self.log,
            &self.path,
            "log.jsonl",
            &serde_json::json!({ "time": time, "message": message }),
        )
    }

    /// Writes `metrics.csv`: the lines of `metrics.jsonl` as a table, for spreadsheets and data frames.
    pub fn write_metrics_csv(&self) -> Result<(), FolderError> {
        let path = self.path.join("metrics.jsonl");
        let text = std::fs::read_to_string(&path).map_err(|source| FolderError {
            action: "read",
            path,
            source,
        })?;
        let mut table = csv::Writer::from_writer(Vec::new());
        for line in text.lines() {
            let record: Metrics = serde_json::from_str(line).expect("this program wrote the line");
            table.serialize(record).expect("metrics are flat");
        }
        let bytes = table.into_inner().expect("writing to memory succeeds");
        self.write("metrics.csv", &bytes)
    }
}

/// One line in one write, so that a reader never sees two halves.
fn append(file: &mut File, folder: &Path, name: &str, record: &impl Serialize) -> Result<(), FolderError> {
    let mut line = serde_json::to_string(record).expect("a record is plain data");
    line.push('\n');
    let written = file.write_all(line.as_bytes()).and_then(|()| file.flush());
    written.map_err(|source| FolderError {
        action: "write",
        path: folder.join(name),
        source,
    })
}
