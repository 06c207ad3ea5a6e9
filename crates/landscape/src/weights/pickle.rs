//! The part of Python's pickle format in which `torch.save` writes a state dict.
//!
//! A pickle is a program for a machine with a stack. This machine knows numbers, texts, tables, lists, and the few names
//! by which PyTorch rebuilds a tensor; it can do nothing else, and so nothing in a file is ever run.

use std::rc::Rc;

use super::machine::{Machine, damaged};

/// The most bytes that are read: those of about thirty thousand tensors.
const LONGEST: usize = 4 << 20;

/// The most axes of a tensor that are read; those of networks have at most five.
const MOST_AXES: usize = 8;

/// What the machine holds: small values, and the places of objects that several may share.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Nothing,
    Truth,
    Whole(i64),
    Real,
    Text(Rc<str>),
    Object(usize),
}

#[derive(Clone, Debug)]
pub(super) enum Object {
    /// A dictionary, ordered or not.
    Table(Vec<(Value, Value)>),
    List(Vec<Value>),
    Tuple(Vec<Value>),
    Name(Name),
    Storage(Storage),
    /// The places of its parts: a part may belong to many tensors, and none is copied.
    Tensor {
        storage: usize,
        offset: u64,
        shape: usize,
        strides: usize,
    },
}

/// What may be called or named.
#[derive(Clone, Debug)]
pub(super) enum Name {
    OrderedDict,
    RebuildTensor,
    RebuildParameter,
    /// The type of a storage, such as `Float`.
    StorageOf(Rc<str>),
}

/// Numbers in a member of the archive.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Storage {
    /// The type, such as `Float`.
    pub kind: Rc<str>,
    /// The name of the member.
    pub key: Rc<str>,
    /// How many numbers it has.
    pub count: u64,
}

/// A tensor: a view of a storage.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Strided {
    pub storage: Storage,
    pub offset: u64,
    pub shape: Vec<usize>,
    pub strides: Vec<usize>,
}

/// What a pickle holds.
pub(super) struct Pickled {
    pub objects: Vec<Object>,
    pub root: Value,
}

impl Pickled {
    /// The tensor at a place, where there is one.
    pub fn tensor(&self, place: usize) -> Option<Strided> {
        let Object::Tensor {
            storage,
            offset,
            shape,
            strides,
        } = self.objects[place]
        else {
            return None;
        };
        let Object::Storage(storage) = &self.objects[storage] else {
            return None;
        };
        Some(Strided {
            storage: storage.clone(),
            offset,
            shape: sizes(&self.objects[shape])?,
            strides: sizes(&self.objects[strides])?,
        })
    }
}

/// Runs the machine over these bytes.
pub(super) fn read(bytes: &[u8]) -> Result<Pickled, String> {
    if bytes.len() > LONGEST {
        return Err(format!(
            "describes what it holds in {} bytes, and at most {LONGEST} are read: save the state dict alone",
            bytes.len()
        ));
    }
    let mut machine = Machine::over(bytes);
    loop {
        if let Some(root) = machine.step()? {
            return Ok(Pickled {
                objects: machine.objects,
                root,
            });
        }
    }
}

impl Machine<'_> {
    /// Names what may be called.
    pub(super) fn global(&mut self, module: &str, name: &str) -> Result<(), String> {
        let storage = (module == "torch")
            .then(|| name.strip_suffix("Storage"))
            .flatten();
        let known = match (module, name) {
            ("collections", "OrderedDict") => Name::OrderedDict,
            ("torch._utils", "_rebuild_tensor_v2") => Name::RebuildTensor,
            ("torch._utils", "_rebuild_parameter") => Name::RebuildParameter,
            _ => match storage {
                Some(kind) => Name::StorageOf(kind.into()),
                None => {
                    return Err(format!(
                        "holds the object `{}.{}`, which only Python can read, by running its code: save \
                         model.state_dict() alone",
                        shortened(module),
                        shortened(name)
                    ));
                }
            },
        };
        self.make(Object::Name(known));
        Ok(())
    }

    /// Calls what was named: makes a table, or a tensor.
    pub(super) fn reduce(&mut self) -> Result<(), String> {
        let call = self.last(2)?;
        let [Value::Object(called), Value::Object(given)] = call[..] else {
            return Err(damaged("a call is incomplete"));
        };
        let (Object::Name(called), Object::Tuple(given)) = (&self.objects[called], &self.objects[given])
        else {
            return Err(damaged("a call is incomplete"));
        };
        match (called, &given[..]) {
            (Name::OrderedDict, []) => self.make(Object::Table(Vec::new())),
            (Name::RebuildTensor, [storage, offset, shape, strides, ..]) => {
                let tensor = self.tensor(storage, offset, shape, strides);
                let tensor = tensor.ok_or_else(|| damaged("a tensor is incomplete"))?;
                self.make(tensor);
            }
            // A parameter is its tensor.
            (Name::RebuildParameter, [tensor, ..]) => self.stack.push(tensor.clone()),
            _ => return Err(damaged("a call has other arguments than PyTorch's")),
        }
        Ok(())
    }

    fn tensor(&self, storage: &Value, offset: &Value, shape: &Value, strides: &Value) -> Option<Object> {
        let place = |value: &Value| match value {
            Value::Object(place) => Some(*place),
            _ => None,
        };
        let (storage, shape, strides) = (place(storage)?, place(shape)?, place(strides)?);
        let axes = |place: usize| sizes(&self.objects[place]).map(|sizes| sizes.len());
        let whole_tensor =
            matches!(self.objects[storage], Object::Storage(_)) && axes(shape)? == axes(strides)?;
        whole_tensor.then_some(Object::Tensor {
            storage,
            offset: whole(offset)?,
            shape,
            strides,
        })
    }

    /// What a persistent identifier stands for: ("storage", type, member, device, count).
    pub(super) fn storage(&mut self) -> Result<(), String> {
        let wrong = || damaged("a storage is incomplete");
        let Value::Object(place) = self.pop()? else {
            return Err(wrong());
        };
        let Object::Tuple(parts) = &self.objects[place] else {
            return Err(wrong());
        };
        let [_, Value::Object(kind), Value::Text(key), _, count] = &parts[..] else {
            return Err(wrong());
        };
        let Object::Name(Name::StorageOf(kind)) = &self.objects[*kind] else {
            return Err(wrong());
        };
        let storage = Storage {
            kind: kind.clone(),
            key: key.clone(),
            count: whole(count).ok_or_else(wrong)?,
        };
        self.make(Object::Storage(storage));
        Ok(())
    }
}

/// A whole number of at least 0.
fn whole(value: &Value) -> Option<u64> {
    match value {
        Value::Whole(number) => (*number).try_into().ok(),
        _ => None,
    }
}

/// A tuple of sizes.
fn sizes(tuple: &Object) -> Option<Vec<usize>> {
    match tuple {
        Object::Tuple(items) if items.len() <= MOST_AXES => {
            items.iter().map(|item| whole(item)?.try_into().ok()).collect()
        }
        _ => None,
    }
}

fn shortened(name: &str) -> String {
    name.chars()
        .take(60)
        .collect::<String>()
        .escape_debug()
        .to_string()
}
