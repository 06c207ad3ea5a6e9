//! A file with one JSON record a line, which is written line by line and never ends in the middle of one.

use super::folder::FolderError;
use crate::atomic;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A file of records, open at its end.
#[derive(Debug)]
pub(super) struct Lines {
    pub path: PathBuf,
    pub file: File,
}

impl Lines {
    /// Opens the file, which may be missing, and removes the half of a line that a killed program left.
    pub fn open(path: PathBuf) -> Result<Self, FolderError> {
        let file = open(&path).map_err(FolderError::of("write", &path))?;
        whole_lines(&path, &file).map_err(FolderError::of("repair", &path))?;
        Ok(Lines { path, file })
    }

    /// Adds a record, in one write, so that a reader never sees two halves. What a full disk took only a part of is
    /// removed again.
    pub fn add(&mut self, record: &impl Serialize) -> Result<(), FolderError> {
        let mut line = serde_json::to_string(record).expect("a record is plain data");
        line.push('\n');
        let written = self.file.metadata().and_then(|before| {
            self.file.write_all(line.as_bytes()).inspect_err(|_| {
                // A second error would say no more than the first.
                let _untold = self.file.set_len(before.len());
            })
        });
        // A file without a name takes lines that nobody can read.
        let named = written.and_then(|()| std::fs::metadata(&self.path).map(|_| ()));
        named.map_err(FolderError::of("write", &self.path))
    }

    /// Leaves the lines whose records the condition holds for, as they are, byte by byte.
    pub fn retain<T: DeserializeOwned>(&mut self, keep: impl Fn(&T) -> bool) -> Result<(), FolderError> {
        let text = self.text()?;
        let mut kept = String::with_capacity(text.len());
        for (number, line) in text.split_inclusive('\n').enumerate() {
            if keep(&self.record(number, line)?) {
                kept.push_str(line);
            }
        }
        if kept.len() < text.len() {
            atomic::write(&self.path, kept.as_bytes()).map_err(FolderError::of("write", &self.path))?;
            self.file = open(&self.path).map_err(FolderError::of("write", &self.path))?;
        }
        Ok(())
    }

    /// All records.
    pub fn read<T: DeserializeOwned>(&self) -> Result<Vec<T>, FolderError> {
        let text = self.text()?;
        let lines = text.split_inclusive('\n').enumerate();
        lines.map(|(number, line)| self.record(number, line)).collect()
    }

    fn text(&self) -> Result<String, FolderError> {
        std::fs::read_to_string(&self.path).map_err(FolderError::of("read", &self.path))
    }

    fn record<T: DeserializeOwned>(&self, number: usize, line: &str) -> Result<T, FolderError> {
        serde_json::from_str(line).map_err(|e| {
            let reason = format!("line {} is no record of a run: {e}", number + 1);
            FolderError::of("read", &self.path)(io::Error::new(io::ErrorKind::InvalidData, reason))
        })
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}

fn whole_lines(path: &Path, file: &File) -> io::Result<()> {
    let bytes = std::fs::read(path)?;
    let whole = bytes
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |end| end + 1);
    if whole < bytes.len() {
        file.set_len(whole as u64)?;
    }
    Ok(())
}
