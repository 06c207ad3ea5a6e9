//! `landscape run`.

use super::{Failure, Loudness, device, exit, plain, print};
use crate::config::Source;
use crate::device::{self as devices, DeviceName};
use crate::run::RunError;
use models::Precision;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Arguments of `landscape run`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Config files, such as configs/random-labels.toml.
    #[arg(required = true)]
    configs: Vec<PathBuf>,
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
    #[command(flatten)]
    loudness: Loudness,
}

fn precision(text: &str) -> Result<Precision, String> {
    match text {
        "f32" => Ok(Precision::F32),
        "f64" => Ok(Precision::F64),
        _ => Err("write f32 or f64".into()),
    }
}

/// Runs each config in turn; the exit code is that of the worst outcome.
pub(super) fn run(arguments: &Arguments) -> Result<u8, Failure> {
    let interrupted = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register_conditional_shutdown(signal, exit::STOPPED.into(), interrupted.clone())
            .and_then(|_| signal_hook::flag::register(signal, interrupted.clone()))
            .map_err(plain)?;
    }
    let talk = arguments.loudness.talk();
    let mut code = exit::DONE;
    // All configs are checked before the first one runs.
    let mut configs = Vec::new();
    for path in &arguments.configs {
        let source = Source::read(path, &arguments.sets)?;
        let mut config = source.config()?;
        config.device = device(arguments.device, config.device);
        config.precision = arguments.precision.unwrap_or(config.precision);
        if arguments.device.is_some() || arguments.precision.is_some() {
            // What the command line asks for is no fault of the config's.
            devices::possible(config.device, config.precision).map_err(plain)?;
        }
        crate::experiment::check(&config).map_err(|e| e.within(&source))?;
        configs.push((path, source, config));
    }
    for (path, source, config) in configs {
        let command = command(arguments, path);
        let ended =
            crate::run::run(&config, &arguments.out, &command, talk, &interrupted).map_err(|e| match e {
                RunError::Config(e) => Failure::from(e.within(&source)),
                other => Failure(plain(other)),
            })?;
        let held = ended.status.checks.iter().all(|check| check.holds);
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
        match ended.status.state.as_str() {
            "interrupted" => return Ok(exit::STOPPED),
            "diverged" => code = exit::DIVERGED,
            _ if !held && code == exit::DONE => code = exit::VIOLATED,
            _ => {}
        }
    }
    Ok(code)
}

/// The command that makes the run again.
fn command(arguments: &Arguments, config: &std::path::Path) -> String {
    let quote = |text: &str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+".contains(c);
        if !text.is_empty() && text.chars().all(plain) {
            text.to_string()
        } else {
            format!("'{}'", text.replace('\'', r"'\''"))
        }
    };
    let mut words = vec!["landscape run".to_string(), quote(&config.display().to_string())];
    words.extend(arguments.sets.iter().map(|set| format!("--set {}", quote(set))));
    words.extend(arguments.device.map(|device| format!("--device {device}")));
    words.extend(
        arguments
            .precision
            .map(|p| format!("--precision {}", format!("{p:?}").to_lowercase())),
    );
    words.join(" ")
}
