//! `landscape run`.

use super::{Failure, Loudness, device, exit, plain, print, signals};
use crate::config::{Config, Job, Source, StudyConfig};
use crate::device::{self as devices, DeviceName};
use crate::environment::Work;
use crate::experiment::Checked;
use crate::run::{Ended, RunError, Session, Talk};
use models::Precision;
use std::path::{Path, PathBuf};

/// Arguments of `landscape run`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Config files, such as configs/random-labels.toml.
    #[arg(required_unless_present = "resume")]
    configs: Vec<PathBuf>,
    /// Go on with the run in this folder, from its last checkpoint; --set may give it more steps or other probes.
    #[arg(long, value_name = "RUN", conflicts_with = "out")]
    resume: Option<PathBuf>,
    /// Change a value, as in --set training.step_size=0.1 or --set probes.0.largest=5.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    sets: Vec<String>,
    /// auto, cpu, ndarray, wgpu[:N] or cuda[:N]; see `landscape devices`. Default: the config's.
    #[arg(long, value_name = "DEVICE")]
    device: Option<DeviceName>,
    /// f32 or f64. Default: the config's.
    #[arg(long, value_parser = precision)]
    precision: Option<Precision>,
    /// The folder in which run folders are made.
    #[arg(long, value_name = "DIR", default_value = "runs")]
    out: PathBuf,
    /// The host's memory that a run may take, such as 4GiB. Default: what is available.
    #[arg(long, value_name = "SIZE", value_parser = crate::memory::parse)]
    memory: Option<u64>,
    #[command(flatten)]
    loudness: Loudness,
}

impl Arguments {
    /// What the process will do, as far as its configs can be read: a pipe cannot be read twice.
    pub(super) fn work(&self) -> Work {
        let resumed = self.resume.iter().map(|folder| folder.join("config.toml"));
        let mut configs = self.configs.iter().cloned().chain(resumed);
        let study = |path: PathBuf| {
            let source = path
                .is_file()
                .then(|| Source::read(&path, &self.sets).ok())
                .flatten();
            matches!(source.and_then(|source| source.job().ok()), Some(Job::Study(_)))
        };
        match configs.all(study) {
            true => Work::Studying,
            false => Work::Computing,
        }
    }
}

fn precision(text: &str) -> Result<Precision, String> {
    match text {
        "f32" => Ok(Precision::F32),
        "f64" => Ok(Precision::F64),
        _ => Err("write f32 or f64".into()),
    }
}

/// Runs each config in turn, or goes on with a run; the exit code is that of the worst outcome.
pub(super) fn run(arguments: &Arguments) -> Result<u8, Failure> {
    let interrupted = signals::interrupted()?;
    let talk = arguments.loudness.talk();
    let session = Session {
        command: "",
        talk,
        interrupted: &interrupted,
        memory: arguments.memory,
    };
    if let Some(folder) = &arguments.resume {
        let path = match &arguments.configs[..] {
            [] => config_of(folder)?,
            [path] => path.clone(),
            _ => {
                return Err(Failure(miette::Report::msg(
                    "--resume goes on with one run: name at most one config",
                )));
            }
        };
        let command = &command(arguments, arguments.configs.first().map(PathBuf::as_path));
        let session = Session { command, ..session };
        let (source, job) = load(arguments, &path)?;
        let ended = match &job {
            Ready::Train(config, checked) => crate::run::resume(config, checked, folder, session),
            Ready::Study(config) => crate::run::resume_study(config, folder, session),
        };
        return told(talk, ended.map_err(|e| failure(e, &source))?);
    }
    // All configs are checked before the first one runs.
    let mut jobs = Vec::new();
    for path in &arguments.configs {
        jobs.push((path, load(arguments, path)?));
    }
    let mut code = exit::DONE;
    for (path, (source, job)) in jobs {
        let command = &command(arguments, Some(path));
        let session = Session { command, ..session };
        let ended = match &job {
            Ready::Train(config, checked) => crate::run::run(config, checked, &arguments.out, session),
            Ready::Study(config) => crate::run::study(config, &arguments.out, session),
        };
        match told(talk, ended.map_err(|e| failure(e, &source))?)? {
            exit::STOPPED => return Ok(exit::STOPPED),
            exit::DIVERGED => code = exit::DIVERGED,
            exit::VIOLATED if code == exit::DONE => code = exit::VIOLATED,
            _ => {}
        }
    }
    Ok(code)
}

/// A config that was checked.
enum Ready {
    Train(Box<Config>, Vec<Checked>),
    Study(Box<StudyConfig>),
}

/// The config in a run folder.
fn config_of(folder: &Path) -> Result<PathBuf, Failure> {
    let path = folder.join("config.toml");
    if path.is_file() {
        return Ok(path);
    }
    Err(Failure(miette::Report::msg(format!(
        "{} is not a run folder: it has no config.toml; give the folder that `landscape run` made",
        folder.display()
    ))))
}

/// A config with what the command line changes, and what its check found.
fn load(arguments: &Arguments, path: &Path) -> Result<(Source, Ready), Failure> {
    let source = Source::read(path, &arguments.sets)?;
    let mut job = source.job()?;
    let (on, precision) = match &mut job {
        Job::Train(config) => (&mut config.device, &mut config.precision),
        Job::Study(config) => (&mut config.device, &mut config.precision),
    };
    *on = device(arguments.device, *on);
    *precision = arguments.precision.unwrap_or(*precision);
    if arguments.device.is_some() || arguments.precision.is_some() {
        // What the command line asks for is no fault of the config's.
        devices::possible(*on, *precision).map_err(plain)?;
    }
    let ready = match job {
        Job::Train(config) => {
            let checked = crate::experiment::check(&config).map_err(|e| e.within(&source))?;
            Ready::Train(config, checked)
        }
        Job::Study(config) => {
            config.check().map_err(|e| e.within(&source))?;
            Ready::Study(config)
        }
    };
    Ok((source, ready))
}

fn failure(error: RunError, source: &Source) -> Failure {
    match error {
        RunError::Config(e) => Failure::from(e.within(source)),
        other => Failure(plain(other)),
    }
}

/// Says how a run ended, and returns its exit code.
fn told(talk: Talk, ended: Ended) -> Result<u8, Failure> {
    let violated = ended.status.checks.iter().any(crate::records::Check::violated);
    for check in &ended.status.checks {
        talk.say(&format!(
            "{} {} ({})",
            if check.holds { "held:    " } else { "NOT held:" },
            check.expectation,
            check.detail
        ));
    }
    talk.say(&ended.status.verdict);
    print(&format!("{}\n", ended.report.display()))?;
    Ok(match ended.status.state.as_str() {
        "interrupted" => exit::STOPPED,
        "diverged" => exit::DIVERGED,
        _ if violated => exit::VIOLATED,
        _ => exit::DONE,
    })
}

/// The command that makes the run again.
fn command(arguments: &Arguments, config: Option<&Path>) -> String {
    let quote = |text: &str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+".contains(c);
        if !text.is_empty() && text.chars().all(plain) {
            text.to_string()
        } else {
            format!("'{}'", text.replace('\'', r"'\''"))
        }
    };
    let mut words = vec!["landscape run".to_string()];
    let resume = arguments.resume.iter();
    words.extend(resume.map(|folder| format!("--resume {}", quote(&folder.display().to_string()))));
    words.extend(config.map(|config| quote(&config.display().to_string())));
    words.extend(arguments.sets.iter().map(|set| format!("--set {}", quote(set))));
    words.extend(arguments.device.map(|device| format!("--device {device}")));
    words.extend(
        arguments
            .precision
            .map(|p| format!("--precision {}", format!("{p:?}").to_lowercase())),
    );
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use crate::cli::{Cli, Command};
    use crate::environment::Work;
    use clap::Parser;

    #[test]
    fn a_run_of_studies_alone_is_told_from_one_that_trains() {
        let work = |configs: &[&str]| {
            let path = |name: &&str| format!("{}/../../configs/{name}.toml", env!("CARGO_MANIFEST_DIR"));
            let fixed = ["landscape", "run"].map(String::from);
            let cli = Cli::parse_from(fixed.into_iter().chain(configs.iter().map(path)));
            let Command::Run(arguments) = cli.command else {
                panic!("it is a run");
            };
            arguments.work()
        };
        assert_eq!(work(&["octopus-5", "taxonomy"]), Work::Studying);
        assert_eq!(work(&["random-labels"]), Work::Computing);
        assert_eq!(work(&["octopus-5", "random-labels"]), Work::Computing);
        assert_eq!(work(&["there-is-no-such-config"]), Work::Computing);
    }
}
