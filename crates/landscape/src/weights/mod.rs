//! Weights that the user brings: the tensors of a file, and which of them belong to which parameters of a network.
//!
//! | file | how it begins |
//! |---|---|
//! | a state dict of PyTorch 1.6 or newer, `.pt` or `.pth` | a ZIP file with a `data.pkl` |
//! | `.safetensors` | a length and a header of JSON |
//! | `.npz` | a ZIP file of npy files |
//!
//! How a file begins decides, not its name. Nothing in a file is run, and nothing that it says is believed before it is
//! checked.

mod machine;
mod matching;
mod numbers;
mod pickle;
mod torch;

pub use matching::{Layout, Match, WeightsFile, matched};

use std::io::{Cursor, Read};
use std::path::Path;
use std::rc::Rc;

use numbers::Kind;
use pickle::Strided;
use safetensors::tensor::{Dtype, SafeTensors};
use zip::ZipArchive;

use crate::data::files::{Array, Limits, find, npz};

/// The tensors of a file, listed; their numbers are read when they are asked for.
pub struct Weights {
    bytes: Vec<u8>,
    entries: Vec<Entry>,
    limits: Limits,
}

/// One entry of a file.
struct Entry {
    name: Rc<str>,
    held: Held,
}

/// What an entry holds.
enum Held {
    Tensor(Tensor),
    /// Something else, in words.
    Other(&'static str),
}

/// A tensor whose numbers were not read yet.
struct Tensor {
    shape: Vec<usize>,
    kind: Kind,
    place: Place,
}

/// Where the numbers of a tensor are.
enum Place {
    /// In a storage of PyTorch's.
    Strided(Strided),
    /// In a safetensors file, under the entry's name.
    Named,
    /// In memory already.
    Here(Array),
}

impl Weights {
    /// Reads a file, which is looked for as those of data are: its tensors, or those of one table in it.
    pub fn read(path: &Path, folder: Option<&Path>, table: Option<&str>) -> Result<Self, String> {
        let limits = Limits::here();
        let found = find(path, folder)?;
        let wrong = |e: std::io::Error| match e.kind() {
            std::io::ErrorKind::PermissionDenied => "no permission to read it".to_string(),
            std::io::ErrorKind::IsADirectory => "is a folder: name the file in it".to_string(),
            _ => format!("cannot be read: {e}"),
        };
        let file = std::fs::File::open(&found).map_err(wrong)?;
        let length = file.metadata().map_err(wrong)?.len();
        let advice = "use a machine with more memory";
        limits.fits(length, "its bytes", advice)?;
        let mut bytes = Vec::new();
        // A file that grows, or a device that never ends, is read no further than it was long.
        file.take(length).read_to_end(&mut bytes).map_err(wrong)?;
        Weights::of(bytes, table, limits)
    }

    /// The same from the bytes of a file.
    pub fn of(bytes: Vec<u8>, table: Option<&str>, limits: Limits) -> Result<Self, String> {
        let entries = entries(&bytes, table, limits)?;
        Ok(Weights {
            bytes,
            entries,
            limits,
        })
    }

    /// The names and shapes of all tensors, in the order of the file.
    pub fn tensors(&self) -> Vec<(&str, &[usize])> {
        let listed = self.entries.iter().filter_map(|entry| match &entry.held {
            Held::Tensor(tensor) => Some((&*entry.name, &tensor.shape[..])),
            Held::Other(_) => None,
        });
        listed.collect()
    }

    /// The numbers of a tensor in row-major order.
    pub fn numbers(&self, name: &str) -> Result<Vec<f64>, String> {
        let entry = self.entries.iter().find(|entry| *entry.name == *name);
        let Some(Entry {
            held: Held::Tensor(tensor),
            ..
        }) = entry
        else {
            return Err(format!("has no tensor `{name}`"));
        };
        match &tensor.place {
            Place::Strided(strided) => torch::numbers(&self.bytes, &tensor.kind, strided, self.limits),
            Place::Here(array) => Ok((0..array.numbers.len()).map(|i| array.numbers.at(i)).collect()),
            Place::Named => {
                let file = SafeTensors::deserialize(&self.bytes).map_err(broken)?;
                tensor.kind.decode(file.tensor(name).map_err(broken)?.data())
            }
        }
    }
}

/// What a file holds, by how it begins.
fn entries(bytes: &[u8], table: Option<&str>, limits: Limits) -> Result<Vec<Entry>, String> {
    let without_tables = || match table {
        None => Ok(()),
        Some(name) => Err(format!(
            "has no tables, so that there is no `{name}`: leave it out"
        )),
    };
    match bytes {
        [] => Err("is empty".into()),
        [b'P', b'K', ..] => {
            let archive = ZipArchive::new(Cursor::new(bytes));
            let archive = archive.map_err(|e| format!("cannot be unpacked, or is truncated: {e}"))?;
            if torch::folder(&archive).is_some() {
                return torch::entries(bytes, table, limits);
            }
            without_tables()?;
            arrays(bytes, limits)
        }
        [_, _, _, _, _, _, _, _, b'{', ..] => {
            without_tables()?;
            named(bytes)
        }
        [0x80, 2..=5, ..] => Err(
            "is a pickle without a ZIP file around it, as PyTorch wrote before 1.6: load it there, and save its \
             state_dict() again"
                .into(),
        ),
        _ => {
            let shown: Vec<String> = bytes.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
            Err(format!(
                "begins with the bytes {}: it is no file of torch.save (50 4b), no npz (50 4b) and no safetensors",
                shown.join(" ")
            ))
        }
    }
}

fn broken(e: safetensors::SafeTensorError) -> String {
    format!("is no safetensors file, or is truncated: {e}")
}

/// The tensors of a safetensors file. Its header has no order: names are sorted as their layers are numbered, and each
/// layer's weight comes before its bias.
fn named(bytes: &[u8]) -> Result<Vec<Entry>, String> {
    let file = SafeTensors::deserialize(bytes).map_err(broken)?;
    let mut entries: Vec<Entry> = file
        .iter()
        .map(|(name, view)| Entry {
            name: name.into(),
            held: Held::Tensor(Tensor {
                shape: view.shape().to_vec(),
                kind: match view.dtype() {
                    Dtype::F16 => Kind::F16,
                    Dtype::BF16 => Kind::BF16,
                    Dtype::F32 => Kind::F32,
                    Dtype::F64 => Kind::F64,
                    other => Kind::Other(format!("{other:?}").into()),
                },
                place: Place::Named,
            }),
        })
        .collect();
    entries.sort_by_cached_key(|entry| by_layer(&entry.name));
    Ok(entries)
}

/// A name in pieces: numbers compare as numbers, `weight` comes before all other last parts.
fn by_layer(name: &str) -> Vec<(bool, u64, String)> {
    let mut pieces: Vec<(bool, u64, String)> = Vec::new();
    let parts: Vec<&str> = name.split('.').collect();
    for (i, part) in parts.iter().enumerate() {
        let last = i + 1 == parts.len();
        if let Ok(number) = part.parse() {
            pieces.push((false, number, String::new()));
        } else if last && *part == "weight" {
            pieces.push((false, 0, String::new()));
        } else {
            let word = part.trim_end_matches(|c: char| c.is_ascii_digit());
            pieces.push((true, 0, word.into()));
            pieces.push((true, part[word.len()..].parse().unwrap_or(0), String::new()));
        }
    }
    pieces
}

/// The arrays of an npz file.
fn arrays(bytes: &[u8], limits: Limits) -> Result<Vec<Entry>, String> {
    let length = bytes.len() as u64;
    let arrays = npz::all(Cursor::new(bytes), length, limits)?;
    let entry = |(name, array): (String, Array)| Entry {
        name: name.into(),
        held: Held::Tensor(Tensor {
            shape: array.shape.clone(),
            kind: match array.numbers.are_whole() {
                true => Kind::Other("whole numbers".into()),
                false => Kind::F64,
            },
            place: Place::Here(array),
        }),
    };
    Ok(arrays.into_iter().map(entry).collect())
}

/// "; did you mean …?" for a name that is not there, where one is near.
fn nearest(wrong: &str, names: &[Rc<str>]) -> String {
    let typed: String = wrong.chars().take(80).collect();
    let near = names
        .iter()
        .take(10_000)
        .map(|name| (strsim::damerau_levenshtein(&typed, &short(name)), name))
        .min_by_key(|(distance, _)| *distance);
    match near {
        Some((distance, name)) if distance <= 2 + typed.len() / 3 => {
            format!("; did you mean `{}`?", short(name))
        }
        _ if names.is_empty() => String::new(),
        _ => format!("; there are {}", some(names)),
    }
}

/// The first of these names, in quotes.
fn some(names: &[Rc<str>]) -> String {
    const SHOWN: usize = 8;
    let shown: Vec<String> = names
        .iter()
        .take(SHOWN)
        .map(|name| format!("`{}`", short(name)))
        .collect();
    match names.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// The beginning of a name.
fn short(name: &str) -> String {
    name.chars().take(80).collect()
}
