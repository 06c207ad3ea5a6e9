//! The number of the layout that run folders and checkpoints have.

use super::FolderError;
use serde::Deserialize;
use std::io;
use std::path::Path;

/// The layout of run folders and checkpoints that this version reads and writes.
pub const SCHEMA: u32 = 2;

/// Why a layout of this number is not read.
pub(super) fn other(what: &str, found: u32) -> String {
    let advice = match found < SCHEMA {
        true => "use the version that wrote it, or run its config.toml again",
        false => "a newer version wrote it: use that one",
    };
    format!("{what} has the layout {found}, this version reads the layout {SCHEMA}; {advice}")
}

/// Refuses a run folder of another layout, by its `status.json`. A folder without one is left to whoever needs it.
pub(crate) fn check(folder: &Path) -> Result<(), FolderError> {
    #[derive(Deserialize)]
    struct Numbered {
        schema: u32,
    }
    let path = folder.join("status.json");
    let Ok(text) = std::fs::read(&path) else {
        return Ok(());
    };
    let wrong = |reason: String| {
        let source = io::Error::new(io::ErrorKind::InvalidData, reason);
        FolderError::of("use", &path)(source)
    };
    let found: Numbered =
        serde_json::from_slice(&text).map_err(|e| wrong(format!("it says no layout: {e}")))?;
    match found.schema {
        SCHEMA => Ok(()),
        number => Err(wrong(other("the run folder", number))),
    }
}
