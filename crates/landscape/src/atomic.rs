//! Files that are either complete or not there, whatever happens to the program or the machine.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// How files that are being written are called; one that is left over belongs to a program that was killed.
const UNFINISHED: &str = ".writing-";

/// Writes a file in one piece: readers see the old content or the new one, never a part. Makes the folder
/// where it is missing. The file gets the permissions that any new file gets. When this returns, the file and its
/// name are on the disk, not only in the system's memory.
///
/// ```
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("figures/loss.csv");
/// landscape::atomic::write(&path, b"x,y\n")?;
/// assert_eq!(std::fs::read(&path)?, b"x,y\n");
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let unfinished = folder.join(format!("{UNFINISHED}{}-{number}", std::process::id()));
    let written = File::create(&unfinished).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&unfinished, path)
    });
    if written.is_err() {
        // The first error is the one to be told; this makes room again where the disk is full.
        let _untold = fs::remove_file(&unfinished);
    }
    written.and_then(|()| sync_folder(folder))
}

/// Puts the names in a folder on the disk, where the system lets a program do so.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// Removes what a killed program left unfinished in a folder, which may be missing.
pub fn clean(folder: &Path) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
