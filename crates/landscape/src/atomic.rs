//! Files that are either complete or not there.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// Writes a file in one piece: readers see the old content or the new one, never a part. Makes the folder
/// where it is missing. The file gets the permissions that any new file gets.
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
    // `make_in` rather than `tempfile_in`, whose files only their owner can read.
    let mut file = tempfile::Builder::new()
        .prefix(".writing-")
        .make_in(folder, |path| File::create_new(path))?;
    file.write_all(bytes)?;
    file.persist(path)?;
    Ok(())
}
