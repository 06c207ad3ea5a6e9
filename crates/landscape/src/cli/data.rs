//! `landscape data check`, `landscape data describe`.

use super::describe::columns;
use super::{Failure, exit, print};
use crate::config::{self, ConfigError};
use crate::data::files::{ArrayFiles, Cifar10, Cifar100, CsvFile, NpzFile, find};
use crate::data::{self, Answer, Answers, DataConfig, NEAR, PARALLEL, Source, Survey};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Arguments of `landscape data check` and `landscape data describe`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// A config; or data: an npz file, a table, a folder of MNIST, Fashion-MNIST, CIFAR-10 or CIFAR-100, or IDX or npy
    /// files in the order inputs, targets, test inputs, test targets.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// The column of a table that holds the labels: its name, or its number from 0; −1 is the last.
    #[arg(long, value_name = "COLUMN", allow_hyphen_values = true)]
    label: Option<String>,
    /// That labels of a table are values, not classes.
    #[arg(long)]
    values: bool,
    /// Change a value of a config, as in --set data.train=100.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    sets: Vec<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// What is known of one source, or of one variant of a config.
#[derive(Serialize)]
struct Described {
    /// What it is, in words.
    data: String,
    /// The variants of a config that have these examples.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    variants: Vec<String>,
    /// The hash of all that is stored; `None` where examples were drawn.
    source_hash: Option<String>,
    parts: Vec<Survey>,
}

/// Checks data, and describes them closely where that is asked.
pub(super) fn data(arguments: &Arguments, closely: bool) -> Result<u8, Failure> {
    let described = match &arguments.paths[..] {
        [config] if config.extension().is_some_and(|ending| ending == "toml") => {
            of_config(config, &arguments.sets, closely)?
        }
        paths => vec![of_files(paths, arguments, closely)?],
    };
    if arguments.json {
        let text = serde_json::to_string_pretty(&described).expect("plain data");
        print(&format!("{text}\n"))?;
        return Ok(exit::DONE);
    }
    let tables: Vec<String> = described.iter().map(|one| text(one, closely)).collect();
    print(&tables.join("\n"))?;
    Ok(exit::DONE)
}

fn of_config(path: &Path, sets: &[String], closely: bool) -> Result<Vec<Described>, Failure> {
    let source = config::Source::read(path, sets)?;
    let config = source.config()?;
    let mut all: Vec<(data::Split, Described)> = Vec::new();
    for variant in config.variants().map_err(|e| e.within(&source))? {
        let wrong =
            |e: data::DataError| ConfigError::new(format!("variant `{}`: {e}", variant.name)).within(&source);
        let split = data::prepare(&variant.config.data, variant.config.seed).map_err(wrong)?;
        let split = data::apply(variant.config.labels, &split, variant.config.seed);
        if let Some((_, same)) = all.iter_mut().find(|(other, _)| *other == split) {
            same.variants.push(variant.name);
            continue;
        }
        let described = Described {
            data: split.description.clone(),
            variants: vec![variant.name],
            source_hash: split.source_hash.clone(),
            parts: split.survey(closely),
        };
        all.push((split, described));
    }
    Ok(all.into_iter().map(|(_, described)| described).collect())
}

fn of_files(paths: &[PathBuf], arguments: &Arguments, closely: bool) -> Result<Described, Failure> {
    let source = guess(paths, arguments).map_err(|what| Failure(miette::Report::msg(what)))?;
    let config = DataConfig {
        folder: std::env::current_dir().ok(),
        ..DataConfig::new(source, 1)
    };
    let stored = data::load(&config)
        .map_err(|e| {
            Failure(miette::Report::msg(format!(
                "{}: {}",
                e.value.trim_matches('"'),
                e.advice
            )))
        })?
        .expect("files are stored");
    Ok(Described {
        data: data::source_in_words(&config.source),
        variants: Vec::new(),
        source_hash: Some(stored.hash.clone()),
        parts: stored.survey(closely),
    })
}

/// The source that these paths are.
fn guess(paths: &[PathBuf], arguments: &Arguments) -> Result<Source, String> {
    let arrays = |paths: &[&Path]| {
        Source::Arrays(ArrayFiles {
            inputs: paths[0].into(),
            targets: paths[1].into(),
            test_inputs: paths.get(2).map(|path| path.into()),
            test_targets: paths.get(3).map(|path| path.into()),
            hash: None,
        })
    };
    let [path] = paths else {
        return match paths.len() {
            2 | 4 => Ok(arrays(&paths.iter().map(PathBuf::as_path).collect::<Vec<_>>())),
            other => Err(format!(
                "{other} files were given: give inputs and targets, and perhaps test inputs and test targets"
            )),
        };
    };
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .to_lowercase();
    let (path, hash) = (path.clone(), None);
    let folder = std::env::current_dir().ok();
    if let Some(path) = find(&path, folder.as_deref()).ok().filter(|path| path.is_dir()) {
        if path.join("data_batch_1.bin").exists() {
            return Ok(Source::Cifar10(Cifar10 { folder: path, hash }));
        }
        if path.join("train.bin").exists() {
            let labels = Default::default();
            return Ok(Source::Cifar100(Cifar100 {
                folder: path,
                labels,
                hash,
            }));
        }
        for ending in ["", ".gz"] {
            let names = [
                "train-images-idx3",
                "train-labels-idx1",
                "t10k-images-idx3",
                "t10k-labels-idx1",
            ];
            let files = names.map(|name| path.join(format!("{name}-ubyte{ending}")));
            if files[0].exists() {
                return Ok(arrays(&files.each_ref().map(PathBuf::as_path)));
            }
        }
        return Err(format!(
            "{}: this folder has neither data_batch_1.bin (CIFAR-10) nor train.bin (CIFAR-100) nor \
             train-images-idx3-ubyte (MNIST), plain or with .gz: name the files",
            path.display()
        ));
    }
    if name.ends_with(".npz") {
        return Ok(Source::Npz(NpzFile { path, hash }));
    }
    if name.ends_with(".csv") || name.ends_with(".csv.gz") {
        let Some(label) = &arguments.label else {
            return Err(format!(
                "{}: say which column holds the labels, as in --label species or --label -1",
                path.display()
            ));
        };
        return Ok(Source::Csv(CsvFile {
            path,
            label: label.as_str().into(),
            answer: if arguments.values {
                Answer::Values
            } else {
                Answer::Classes
            },
            test_path: None,
            hash,
        }));
    }
    Err(format!(
        "{}: one file of data is an npz file (.npz) or a table (.csv, .csv.gz), and a config ends in .toml; IDX and npy \
         files come in pairs, inputs and targets",
        path.display()
    ))
}

/// Tables for readers.
fn text(described: &Described, closely: bool) -> String {
    let mut text = format!("{}\n", described.data);
    if !described.variants.is_empty() {
        text += &format!("variants: {}\n", described.variants.join(", "));
    }
    if let Some(hash) = &described.source_hash {
        text += &format!("hash of the source: {hash}\n");
    }
    let rows: Vec<[String; 9]> = described
        .parts
        .iter()
        .map(|part| {
            [
                part.part.clone(),
                part.examples.to_string(),
                part.inputs.to_string(),
                number(part.range.least),
                number(part.range.largest),
                number(part.range.mean),
                part.constant.to_string(),
                targets(&part.targets),
                part.hash.clone(),
            ]
        })
        .collect();
    let heading = [
        "part", "examples", "inputs", "least", "largest", "mean", "constant", "targets", "hash",
    ];
    text += &columns(&heading, &rows);
    if closely {
        let heading = [
            "part",
            "zero",
            "equal",
            "contradictory",
            "compared",
            "parallel",
            "near",
            "smallest angle",
        ];
        text += &columns(
            &heading,
            &described.parts.iter().filter_map(alike).collect::<Vec<_>>(),
        );
        for part in &described.parts {
            if let Some(seen @ 1..) = part.seen {
                text += &format!(
                    "{seen} of the {} test inputs are also training inputs\n",
                    part.examples
                );
            }
        }
        text += &format!(
            "Pairs are parallel where the angle of their lines is at most {PARALLEL:e}, near where it is at most {NEAR}; \
             cosines of all pairs among the compared inputs were computed in f32, angles of near ones in f64.\n"
        );
    }
    text
}

/// A number with four decimals, or fewer where they are zeros.
fn number(x: f64) -> String {
    let rounded = format!("{x:.4}");
    match rounded.trim_end_matches('0').trim_end_matches('.') {
        "-0" => "0".into(),
        short => short.into(),
    }
}

fn targets(targets: &Answers) -> String {
    match targets {
        Answers::Classes(counts) => {
            let least = counts.iter().min().copied().unwrap_or_default();
            let most = counts.iter().max().copied().unwrap_or_default();
            let each = if least == most {
                least.to_string()
            } else {
                format!("{least} to {most}")
            };
            format!("{} classes of {each}", counts.len())
        }
        Answers::Values { width, range } => {
            let one = if *width == 1 { "value" } else { "values" };
            format!(
                "{width} {one} from {} to {}",
                number(range.least),
                number(range.largest)
            )
        }
    }
}

/// The row of one part's pairs.
fn alike(part: &Survey) -> Option<[String; 8]> {
    let pairs = part.pairs.as_ref()?;
    let counted = |count: u64| {
        let more = if pairs.uncounted { "at least " } else { "" };
        format!("{more}{count}")
    };
    let compared = match pairs.compared + pairs.zero {
        all if all == part.examples => pairs.compared.to_string(),
        _ => format!("{} evenly spaced", pairs.compared),
    };
    let smallest = pairs.closest.map_or_else(
        || "–".into(),
        |closest| {
            let [i, j] = closest.examples;
            format!(
                "{:.2e}, at least {:.2e} (examples {i} and {j})",
                closest.angle, closest.at_least
            )
        },
    );
    Some([
        part.part.clone(),
        pairs.zero.to_string(),
        pairs.equal.to_string(),
        part.contradictions.unwrap_or_default().to_string(),
        compared,
        counted(pairs.parallel),
        counted(pairs.near),
        smallest,
    ])
}
