//! Figures as files.

use std::path::{Path, PathBuf};

use thiserror::Error;

use super::{Figure, csv, draw};
use crate::atomic;

/// Where a figure was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FigureFiles {
    /// The drawing, 3.4 in wide.
    pub svg: PathBuf,
    /// The same at 400 dots per inch.
    pub png: PathBuf,
    /// The numbers behind it.
    pub csv: PathBuf,
}

/// Why a figure could not be written.
#[derive(Debug, Error)]
pub enum FigureError {
    /// The file system refused.
    #[error("cannot write the figure {}: {source}", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The figure could not be turned into pixels.
    #[error("cannot draw the figure `{name}` as PNG: {reason}")]
    Draw {
        /// The figure's name.
        name: String,
        /// What the drawing library said.
        reason: String,
    },
}

/// Writes `folder/NAME.svg`, `.png` and `.csv`, each in one piece; makes the folder where it is missing.
/// A figure without a finite point is omitted: the answer is then `None`.
pub fn render(figure: &Figure, folder: &Path) -> Result<Option<FigureFiles>, FigureError> {
    if figure.is_empty() {
        return Ok(None);
    }
    let file = |ending: &str| folder.join(format!("{}.{ending}", figure.name));
    let files = FigureFiles {
        svg: file("svg"),
        png: file("png"),
        csv: file("csv"),
    };
    let write = |path: &Path, bytes: &[u8]| {
        atomic::write(path, bytes).map_err(|source| FigureError::Write {
            path: path.to_path_buf(),
            source,
        })
    };
    let canvas = draw::draw(figure);
    let png = canvas.png().map_err(|reason| FigureError::Draw {
        name: figure.name.clone(),
        reason,
    })?;
    write(&files.svg, canvas.svg().as_bytes())?;
    write(&files.png, &png)?;
    write(&files.csv, csv(figure).as_bytes())?;
    Ok(Some(files))
}
