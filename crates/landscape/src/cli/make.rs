//! What is written for others to use: an example config, completions, man pages.

use super::{Cli, Failure, exit, plain, print};
use clap::CommandFactory;
use std::io::Write;
use std::path::Path;

/// A config with comments, which runs as it is.
const EXAMPLE: &str = include_str!("example.toml");

/// Writes the example config where no file is yet.
pub(super) fn init(path: &Path) -> Result<u8, Failure> {
    let made = std::fs::File::create_new(path);
    let written = made.and_then(|mut file| file.write_all(EXAMPLE.as_bytes()));
    written.map_err(|e| {
        let advice = match e.kind() {
            std::io::ErrorKind::AlreadyExists => "it is there already; name another file".into(),
            std::io::ErrorKind::NotFound => "its folder does not exist; make it first".into(),
            _ => e.to_string(),
        };
        Failure(miette::Report::msg(format!(
            "cannot write {}: {advice}",
            path.display()
        )))
    })?;
    print(&format!("{}\n", path.display()))?;
    Ok(exit::DONE)
}

/// Prints the completions of a shell.
pub(super) fn completions(shell: clap_complete::Shell) -> Result<u8, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "landscape", &mut script);
    print(&String::from_utf8_lossy(&script))?;
    Ok(exit::DONE)
}

/// Prints the man page of the program, or writes one for each command into a folder.
pub(super) fn man(folder: Option<&Path>) -> Result<u8, Failure> {
    let Some(folder) = folder else {
        let mut page = Vec::new();
        clap_mangen::Man::new(Cli::command())
            .render(&mut page)
            .map_err(plain)?;
        print(&String::from_utf8_lossy(&page))?;
        return Ok(exit::DONE);
    };
    let written =
        std::fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(Cli::command(), folder));
    written.map_err(|e| {
        Failure(miette::Report::msg(format!(
            "cannot write man pages to {}: {e}",
            folder.display()
        )))
    })?;
    print(&format!("{}\n", folder.display()))?;
    Ok(exit::DONE)
}
