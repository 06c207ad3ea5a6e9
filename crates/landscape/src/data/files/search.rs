//! Where files are looked for.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The folders in which a relative path is looked for, in this order, each with what it is: those of `LANDSCAPE_DATA`,
/// the config's or the current one, the user's cache, the system's data sets.
///
/// ```
/// use landscape::data::files::places;
/// use std::path::Path;
/// let variable = |name: &str| (name == "HOME").then(|| "/home/ada".into());
/// let found = places(Some(Path::new("configs")), variable);
/// let folders: Vec<&Path> = found.iter().map(|(folder, _)| folder.as_path()).collect();
/// let cache = Path::new("/home/ada/.cache/landscape");
/// assert_eq!(folders, [Path::new("configs"), cache, Path::new("/usr/share/datasets")]);
/// ```
pub fn places(
    config: Option<&Path>,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Vec<(PathBuf, &'static str)> {
    let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
    let mut places = Vec::new();
    if let Some(named) = variable("LANDSCAPE_DATA") {
        places.extend(env::split_paths(&named).map(|folder| (folder, "LANDSCAPE_DATA")));
    }
    places.extend(config.map(|folder| (folder.to_path_buf(), "the config's or current folder")));
    let cache = variable("XDG_CACHE_HOME")
        .or_else(|| variable("LOCALAPPDATA"))
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(variable("HOME")?).join(".cache")));
    places.extend(cache.map(|folder| (folder.join("landscape"), "your cache")));
    places.push(("/usr/share/datasets".into(), "the system's data sets"));
    places
}

/// The file or folder that a path means: the first of its name along the search path, or why there is none.
pub fn find(path: &Path, config: Option<&Path>) -> Result<PathBuf, String> {
    if path.as_os_str().is_empty() {
        return Err("names no file".into());
    }
    if path.is_absolute() {
        return match path.try_exists() {
            Ok(false) => Err("there is no such file".into()),
            _ => Ok(path.into()),
        };
    }
    let places = places(config, |name| env::var_os(name));
    let found = places.iter().map(|(folder, _)| folder.join(path));
    // A place that cannot be looked into is taken, so that its error is told.
    if let Some(found) = found.into_iter().find(|found| found.try_exists().unwrap_or(true)) {
        return Ok(found);
    }
    let looked: Vec<String> = places
        .iter()
        .map(|(folder, what)| format!("{} ({what})", folder.display()))
        .collect();
    let fetch = if path.starts_with("fashion-mnist") {
        "scripts/fetch-fashion-mnist puts it into your cache; or "
    } else {
        ""
    };
    Err(format!(
        "there is no such file in {}: {fetch}put it into one of these folders, or name its folder in LANDSCAPE_DATA",
        looked.join(", ")
    ))
}
