//! What `torch.save` writes since PyTorch 1.6: a ZIP file with a pickle, and the numbers of each storage in a member.

use std::io::Cursor;
use std::rc::Rc;

use zip::ZipArchive;

use super::pickle::{self, Object, Pickled, Strided, Value};
use super::{Entry, Held, Kind, Place, Tensor, nearest, short, some};
use crate::data::files::{Input, Limits};

type Archive<'a> = ZipArchive<Cursor<&'a [u8]>>;

/// The end of the pickle's name; what comes before it is the folder of all members.
const PICKLE: &str = "/data.pkl";

/// The folder in the archive, where it is one of PyTorch's.
pub(super) fn folder(archive: &Archive) -> Option<String> {
    let names = (0..archive.len()).filter_map(|i| archive.name_for_index(i)?.ok());
    let mut folders = names.filter_map(|name| Some(name.strip_suffix(PICKLE)?.to_string()));
    folders.find(|folder| !folder.contains('/'))
}

/// The entries of the state dict, or of the table of this name in the file.
pub(super) fn entries(bytes: &[u8], table: Option<&str>, limits: Limits) -> Result<Vec<Entry>, String> {
    let mut archive = open(bytes)?;
    let folder = folder(&archive).ok_or("holds no data.pkl: it is no file of torch.save")?;
    if let Ok(order) = member(&mut archive, &format!("{folder}/byteorder"), None, limits)
        && order != b"little"
    {
        return Err("was written on a machine with the highest byte first: save it as safetensors".into());
    }
    let pickled = member(&mut archive, &format!("{folder}{PICKLE}"), None, limits)?;
    let pickled = pickle::read(&pickled)?;
    let root = as_table(&pickled, &pickled.root).ok_or_else(|| {
        format!(
            "is no state dict: it holds {}; save model.state_dict()",
            words(&pickled, &pickled.root)
        )
    })?;
    let chosen = match table {
        None => root,
        Some(name) => inner(&pickled, root, name)?,
    };
    let held = |(key, value): &(Value, Value)| match key {
        Value::Text(name) => Ok(Entry {
            name: name.clone(),
            held: held(&pickled, value),
        }),
        _ => Err("is no state dict: a key of its table is no text; save model.state_dict()".to_string()),
    };
    let entries: Vec<Entry> = chosen.iter().map(held).collect::<Result<_, _>>()?;
    if entries.iter().any(|entry| matches!(entry.held, Held::Tensor(_))) {
        return Ok(entries);
    }
    Err(match &tables(&pickled, chosen)[..] {
        [] => "is no state dict: it has no tensor".into(),
        tables => format!(
            "is no state dict, but holds the tables {}: say in weights.table which of them it is",
            some(tables)
        ),
    })
}

/// The numbers of a tensor in row-major order.
pub(super) fn numbers(
    bytes: &[u8],
    kind: &Kind,
    tensor: &Strided,
    limits: Limits,
) -> Result<Vec<f64>, String> {
    let Strided {
        storage,
        offset,
        shape,
        strides,
    } = tensor;
    let mut archive = open(bytes)?;
    let folder = folder(&archive).ok_or("holds no data.pkl: it is no file of torch.save")?;
    let size = kind.bytes()?;
    if storage.count > limits.numbers {
        return Err(format!(
            "has {} numbers in a storage, and at most {} are read",
            storage.count, limits.numbers
        ));
    }
    let name = format!("{folder}/data/{}", storage.key);
    let raw = member(&mut archive, &name, Some((storage.count, size)), limits)?;
    let all = kind.decode(&raw)?;
    let count = shape
        .iter()
        .try_fold(1_usize, |count, length| count.checked_mul(*length))
        .filter(|count| *count as u64 <= limits.numbers)
        .ok_or_else(|| format!("has the shape {shape:?}, of more numbers than are read"))?;
    let reach = shape
        .iter()
        .zip(strides)
        .map(|(length, stride)| length.saturating_sub(1).saturating_mul(*stride))
        .fold(*offset as usize, usize::saturating_add);
    if count > 0 && reach >= all.len() {
        return Err("has a tensor that reaches beyond its storage: it is damaged".into());
    }
    let place = |mut i: usize| {
        let mut place = *offset as usize;
        for (length, stride) in shape.iter().zip(strides).rev() {
            place += i % length * stride;
            i /= length;
        }
        place
    };
    Ok((0..count).map(|i| all[place(i)]).collect())
}

fn open(bytes: &[u8]) -> Result<Archive<'_>, String> {
    ZipArchive::new(Cursor::new(bytes)).map_err(|e| format!("cannot be unpacked, or is truncated: {e}"))
}

/// The bytes of a member: of so many numbers of so many bytes each, where that is known.
fn member(
    archive: &mut Archive,
    name: &str,
    numbers: Option<(u64, u64)>,
    limits: Limits,
) -> Result<Vec<u8>, String> {
    let member = archive
        .by_name(name)
        .map_err(|e| format!("has no readable `{}`: {e}", short(name)))?;
    let (packed, promised) = (member.compressed_size(), member.size());
    let (count, each) = numbers.unwrap_or((promised, 1));
    if count * each != promised {
        return Err(format!(
            "has {promised} bytes in `{}`, and a storage of {count} numbers of {each} bytes: it is damaged",
            short(name)
        ));
    }
    Input::inside(member, packed, limits)
        .promised(count, each)
        .map_err(|e| format!("`{}`: {e}", short(name)))
}

type Entries = [(Value, Value)];

fn as_table<'a>(pickled: &'a Pickled, value: &Value) -> Option<&'a Entries> {
    let Value::Object(place) = value else { return None };
    match &pickled.objects[*place] {
        Object::Table(entries) => Some(entries),
        _ => None,
    }
}

/// The names of the tables among these entries.
fn tables(pickled: &Pickled, entries: &Entries) -> Vec<Rc<str>> {
    let named = entries.iter().filter_map(|(key, value)| match key {
        Value::Text(name) => as_table(pickled, value).map(|_| name.clone()),
        _ => None,
    });
    named.collect()
}

fn inner<'a>(pickled: &'a Pickled, entries: &Entries, name: &str) -> Result<&'a Entries, String> {
    let found = entries
        .iter()
        .find(|(key, _)| matches!(key, Value::Text(text) if **text == *name));
    match found {
        Some((_, value)) => as_table(pickled, value).ok_or_else(|| {
            format!(
                "has {} under the name `{name}`, and a state dict is needed",
                words(pickled, value)
            )
        }),
        None => Err(format!(
            "has no table `{name}`{}",
            nearest(name, &tables(pickled, entries))
        )),
    }
}

fn held(pickled: &Pickled, value: &Value) -> Held {
    let tensor = match value {
        Value::Object(place) => pickled.tensor(*place),
        _ => None,
    };
    let Some(tensor) = tensor else {
        return Held::Other(words(pickled, value));
    };
    Held::Tensor(Tensor {
        shape: tensor.shape.clone(),
        kind: match &*tensor.storage.kind {
            "Half" => Kind::F16,
            "BFloat16" => Kind::BF16,
            "Float" => Kind::F32,
            "Double" => Kind::F64,
            other => Kind::Other(other.into()),
        },
        place: Place::Strided(tensor),
    })
}

/// What a value is, in words.
fn words(pickled: &Pickled, value: &Value) -> &'static str {
    match value {
        Value::Nothing => "None",
        Value::Truth => "True or False",
        Value::Whole(_) => "a whole number",
        Value::Real => "a number",
        Value::Text(_) => "a text",
        Value::Object(place) => match &pickled.objects[*place] {
            Object::Table(_) => "a table",
            Object::List(_) => "a list",
            Object::Tuple(_) => "a tuple",
            Object::Tensor { .. } => "a tensor",
            Object::Name(_) | Object::Storage(_) => "a part of a tensor",
        },
    }
}
