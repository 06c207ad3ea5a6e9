//! From text to a config, with errors that point at the line.

use super::{Config, merge, words};
use miette::{Diagnostic, NamedSource, SourceSpan};
use std::path::Path;
use std::sync::Arc;
use toml::{Table, Value};

/// What is wrong with a config: where, and what would be right.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("{message}")]
pub struct ConfigError {
    message: String,
    #[source_code]
    source_code: Option<Arc<NamedSource<String>>>,
    #[label("here")]
    span: Option<SourceSpan>,
    #[help]
    help: Option<String>,
}

impl ConfigError {
    /// An error that belongs to no line.
    pub fn new(message: impl Into<String>) -> Self {
        ConfigError {
            message: message.into(),
            source_code: None,
            span: None,
            help: None,
        }
    }

    /// The same error with the file that it belongs to, where it does not point into it already.
    pub fn within(mut self, file: &Path) -> Self {
        if self.source_code.is_none() {
            self.message = format!("{}: {}", file.display(), self.message);
        }
        self
    }

    /// The same error with a line of advice.
    pub(super) fn with_help(self, help: Option<String>) -> Self {
        ConfigError { help, ..self }
    }

    fn at(mut self, name: &str, text: &str, span: Option<std::ops::Range<usize>>) -> Self {
        if let Some(span) = span {
            let end = span.end.min(text.len());
            let start = span.start.min(end);
            self.source_code = Some(Arc::new(
                NamedSource::new(name, text.to_string()).with_language("TOML"),
            ));
            self.span = Some((start, (end - start).clamp(1, 200)).into());
        } else {
            self.message = format!("{name}: {}", self.message);
        }
        self
    }
}

/// Reads a config file and lays `--set key=value` over it.
pub fn load(path: &Path, sets: &[String]) -> Result<Config, ConfigError> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|e| {
        let advice = match e.kind() {
            std::io::ErrorKind::NotFound => {
                "no such file; configs are TOML files, such as configs/random-labels.toml"
            }
            std::io::ErrorKind::IsADirectory => "it is a folder; give the config file in it",
            std::io::ErrorKind::PermissionDenied => "no permission to read it",
            std::io::ErrorKind::InvalidData => "it is no text in UTF-8",
            _ => return ConfigError::new(format!("{name}: {e}")),
        };
        ConfigError::new(format!("{name}: {advice}"))
    })?;
    let mut config = parse(&name, &text, sets)?;
    if config.name.is_empty() {
        config.name = path
            .file_stem()
            .map_or_else(|| "run".into(), |stem| stem.to_string_lossy().into_owned());
    }
    if config.reads_files() {
        let here = path.parent().filter(|here| !here.as_os_str().is_empty());
        let folder = here
            .unwrap_or(Path::new("."))
            .join(config.data.folder.unwrap_or_default());
        // As an absolute path, so that the config means the same files wherever it is copied to.
        config.data.folder = Some(std::path::absolute(&folder).unwrap_or(folder));
    }
    Ok(config)
}

/// A config from its text. `name` is what errors call it.
pub fn parse(name: &str, text: &str, sets: &[String]) -> Result<Config, ConfigError> {
    // The file alone first: its errors can point at a line.
    let config: Config = toml::from_str(text).map_err(|e| {
        let span = e.span().map(|span| words::narrow(e.message(), text, span));
        ConfigError::new(words::plain(e.message()))
            .with_help(words::suggestion(e.message()))
            .at(name, text, span)
    })?;
    if sets.is_empty() {
        return Ok(config);
    }
    let mut table: Table = toml::from_str(text).map_err(|e| ConfigError::new(e.to_string()))?;
    for set in sets {
        let Some((key, value)) = set.split_once('=') else {
            return Err(ConfigError::new(format!(
                "--set {set}: write key=value, as in --set training.step_size=0.1"
            )));
        };
        merge::set(&mut table, key.trim(), value_of(value.trim()))
            .map_err(|e| ConfigError::new(format!("--set {set}: {e}")))?;
    }
    serde_path_to_error::deserialize(Value::Table(table)).map_err(|e| {
        let path = e.path().to_string();
        let message = e.inner().message();
        // The last `--set` at, below or above the place: the file without them was right.
        let guilty = sets
            .iter()
            .rev()
            .find(|set| touches(set, &path))
            .map_or("", String::as_str);
        ConfigError::new(format!("--set {guilty}: at `{path}`: {}", words::plain(message)))
            .with_help(words::suggestion(message))
    })
}

/// Whether a `--set` changes what lies at this path, as `serde_path_to_error` writes it: `probes[0].largest`.
fn touches(set: &str, path: &str) -> bool {
    let path = path.replace('[', ".").replace(']', "");
    let key = set.split('=').next().unwrap_or_default().trim();
    let below = |long: &str, short: &str| {
        long.strip_prefix(short)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    below(key, &path) || below(&path, key)
}

/// The right side of `--set`: a TOML value, else a string.
fn value_of(text: &str) -> Value {
    let parsed = toml::from_str::<Table>(&format!("v = {text}"))
        .ok()
        .and_then(|mut table| table.remove("v"));
    parsed.unwrap_or_else(|| Value::String(text.into()))
}
