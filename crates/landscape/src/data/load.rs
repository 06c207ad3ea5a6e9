//! Stored sources, read once.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use super::files::{FileError, FileSource, Limits, Part, Stored, find};
use super::{DataConfig, DataError, Source, digits, error, fashion};

/// The examples of a stored source; `None` for a generator.
///
/// The file source that was read last stays in memory, because the variants of a config share it: it is read again where
/// its files have changed.
pub fn load(config: &DataConfig) -> Result<Option<Arc<Stored>>, DataError> {
    let embedded = |examples| Stored::new(Part::from(examples), None).expect("embedded data are whole");
    let source = match &config.source {
        Source::Digits => return Ok(Some(Arc::new(embedded(digits())))),
        Source::Fashion => return Ok(Some(Arc::new(embedded(fashion())))),
        other => match other.files() {
            Some(source) => source,
            None => return Ok(None),
        },
    };
    let name = config.source.name();
    let wrong = |e: FileError| {
        DataError::new(
            format!("source.{name}.{}", e.field),
            error::quoted(&e.path),
            e.problem,
        )
    };
    let stored = remembered(&config.source, source, config.folder.as_deref()).map_err(wrong)?;
    match source.hash() {
        Some(wanted) if wanted != stored.hash => Err(DataError::new(
            format!("source.{name}.hash"),
            error::quoted(wanted),
            format!(
                "the data found have the hash {}: they are others; use the old ones, or leave hash out",
                stored.hash
            ),
        )),
        _ => Ok(Some(stored)),
    }
}

/// What tells whether files have changed: path, length and time of each.
type Stamp = Vec<(PathBuf, u64, Option<SystemTime>)>;

/// What was read last, and of which files.
type Last = Option<(Source, Stamp, Arc<Stored>)>;

/// Forgets the file source that was read last: nothing more is taken from it.
pub fn forget() {
    *last() = None;
}

fn last() -> MutexGuard<'static, Last> {
    static LAST: Mutex<Last> = Mutex::new(None);
    LAST.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the source reads, or has read last.
fn remembered(
    name: &Source,
    source: &dyn FileSource,
    folder: Option<&Path>,
) -> Result<Arc<Stored>, FileError> {
    let stamp = stamp(source, folder);
    if let Some((their_name, their_stamp, stored)) = &*last()
        && (their_name, their_stamp) == (name, &stamp)
    {
        return Ok(stored.clone());
    }
    // Two would not fit into memory where one is large.
    *last() = None;
    let stored = Arc::new(source.read(folder, Limits::here())?);
    *last() = Some((name.clone(), stamp, stored.clone()));
    Ok(stored)
}

/// The files that a source names, and those in its folders, as far as they can be seen.
fn stamp(source: &dyn FileSource, folder: Option<&Path>) -> Stamp {
    let mut stamp = Stamp::new();
    let mut add = |path: PathBuf| {
        if let Ok(about) = path.metadata() {
            stamp.push((path, about.len(), about.modified().ok()));
        }
    };
    for (_, path) in source.paths() {
        let Ok(found) = find(path, folder) else {
            continue;
        };
        if let Ok(entries) = found.read_dir() {
            entries.flatten().for_each(|entry| add(entry.path()));
        }
        add(found);
    }
    stamp.sort();
    stamp
}
