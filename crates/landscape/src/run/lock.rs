//! One program at a time writes a run folder.

use super::folder::FolderError;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::Path;

/// A run folder's lock: held while this lives, and given up by the system where the program is killed.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
}

/// Bytes that the lock's file takes on the disk, so that a status can still be written where the disk is full.
const ROOM: usize = 1 << 16;

impl Lock {
    /// Takes the lock of a folder, or says who holds it.
    pub fn take(folder: &Path) -> Result<Self, FolderError> {
        let path = folder.join("lock");
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path)
            .map_err(FolderError::of("write", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // Who holds it is only said; that it is held is known.
                let _unknown = file.take(100).read_to_string(&mut holder);
                let holder = holder.trim().to_string();
                let reason = format!(
                    "{} is writing it: wait until it has ended, or stop it",
                    if holder.is_empty() {
                        "another program"
                    } else {
                        &holder
                    }
                );
                let source = io::Error::new(io::ErrorKind::ResourceBusy, reason);
                return Err(FolderError::of("use the run folder", folder)(source));
            }
            Err(TryLockError::Error(e)) if e.kind() == io::ErrorKind::Unsupported => {}
            Err(TryLockError::Error(e)) => return Err(FolderError::of("lock", &path)(e)),
        }
        let mut text = format!("the process {}", std::process::id()).into_bytes();
        text.resize(ROOM, b' ');
        let written = file
            .set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| file.write_all(&text));
        written.map_err(FolderError::of("write", &path))?;
        Ok(Lock { file })
    }

    /// Gives its room on the disk to others.
    pub fn make_room(&mut self) {
        // Where it cannot be given there is nothing to gain by saying so.
        let _kept = self.file.set_len(0);
    }
}
