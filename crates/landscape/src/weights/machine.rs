//! The machine that a pickle is a program for: a stack, marks, a memory, and objects.

use std::collections::HashMap;

use super::pickle::{Object, Value};

/// The machine in the middle of its program.
pub(super) struct Machine<'a> {
    rest: &'a [u8],
    pub stack: Vec<Value>,
    /// The stacks below each open mark.
    marked: Vec<Vec<Value>>,
    memo: HashMap<u32, Value>,
    pub objects: Vec<Object>,
}

pub(super) fn damaged(what: &str) -> String {
    format!("is damaged: {what} in its description of what it holds")
}

impl<'a> Machine<'a> {
    /// The machine before its first step.
    pub fn over(bytes: &'a [u8]) -> Self {
        Machine {
            rest: bytes,
            stack: Vec::new(),
            marked: Vec::new(),
            memo: HashMap::new(),
            objects: Vec::new(),
        }
    }

    /// Does one thing; the value is there after the last.
    pub fn step(&mut self) -> Result<Option<Value>, String> {
        let [code] = self.take()?;
        match code {
            b'.' => return self.pop().map(Some),
            // PROTO and FRAME only frame what follows.
            0x80 => drop(self.take::<1>()?),
            0x95 => drop(self.take::<8>()?),
            b'N' => self.stack.push(Value::Nothing),
            0x88 | 0x89 => self.stack.push(Value::Truth),
            b'K' => {
                let [byte] = self.take()?;
                self.stack.push(Value::Whole(byte.into()));
            }
            b'M' => {
                let number = u16::from_le_bytes(self.take()?);
                self.stack.push(Value::Whole(number.into()));
            }
            b'J' => {
                let number = i32::from_le_bytes(self.take()?);
                self.stack.push(Value::Whole(number.into()));
            }
            0x8a => self.long()?,
            b'G' => {
                self.take::<8>()?;
                self.stack.push(Value::Real);
            }
            b'X' => {
                let length = u32::from_le_bytes(self.take()?);
                self.text(length as usize)?;
            }
            0x8c => {
                let [length] = self.take()?;
                self.text(length.into())?;
            }
            b'}' => self.make(Object::Table(Vec::new())),
            b']' => self.make(Object::List(Vec::new())),
            b')' => self.make(Object::Tuple(Vec::new())),
            b'(' => self.marked.push(std::mem::take(&mut self.stack)),
            b't' => {
                let items = self.since_mark()?;
                self.make(Object::Tuple(items));
            }
            0x85..=0x87 => {
                let items = self.last(usize::from(code - 0x84))?;
                self.make(Object::Tuple(items));
            }
            b's' => {
                let pair = self.last(2)?;
                self.set(pair)?;
            }
            b'u' => {
                let pairs = self.since_mark()?;
                self.set(pairs)?;
            }
            b'a' => {
                let item = self.last(1)?;
                self.append(item)?;
            }
            b'e' => {
                let items = self.since_mark()?;
                self.append(items)?;
            }
            b'c' => {
                let (module, name) = (self.line()?, self.line()?);
                self.global(&module, &name)?;
            }
            0x93 => {
                let names = self.last(2)?;
                let [Value::Text(module), Value::Text(name)] = &names[..] else {
                    return Err(damaged("a name is no text"));
                };
                self.global(module, name)?;
            }
            b'R' => self.reduce()?,
            // The state of an object, such as the versions of a state dict's layers.
            b'b' => drop(self.pop()?),
            b'Q' => self.storage()?,
            b'q' => {
                let [place] = self.take()?;
                self.remember(place.into())?;
            }
            b'r' => {
                let place = u32::from_le_bytes(self.take()?);
                self.remember(place)?;
            }
            0x94 => self.remember(self.memo.len() as u32)?,
            b'h' => {
                let [place] = self.take()?;
                self.recall(place.into())?;
            }
            b'j' => {
                let place = u32::from_le_bytes(self.take()?);
                self.recall(place)?;
            }
            other => {
                return Err(format!(
                    "holds something other than tensors (opcode {other:#04x}): save model.state_dict() alone"
                ));
            }
        }
        Ok(None)
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let (taken, rest) = self
            .rest
            .split_first_chunk::<N>()
            .ok_or_else(|| damaged("the end is missing"))?;
        self.rest = rest;
        Ok(*taken)
    }

    fn bytes(&mut self, length: usize) -> Result<&[u8], String> {
        let (taken, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or_else(|| damaged("the end is missing"))?;
        self.rest = rest;
        Ok(taken)
    }

    fn line(&mut self) -> Result<String, String> {
        let length = self.rest.iter().position(|byte| *byte == b'\n');
        let length = length.ok_or_else(|| damaged("the end is missing"))?;
        let line = String::from_utf8_lossy(self.bytes(length)?).into_owned();
        self.take::<1>()?;
        Ok(line)
    }

    fn text(&mut self, length: usize) -> Result<(), String> {
        let text = std::str::from_utf8(self.bytes(length)?).map_err(|_| damaged("a text is no UTF-8"))?;
        let text = Value::Text(text.into());
        self.stack.push(text);
        Ok(())
    }

    /// A whole number of any length, the lowest byte first.
    fn long(&mut self) -> Result<(), String> {
        let [length] = self.take()?;
        let bytes = self.bytes(length.into())?;
        if bytes.len() > 8 {
            return Err(damaged("a whole number is too large"));
        }
        let negative = bytes.last().is_some_and(|byte| byte >> 7 == 1);
        let mut all = [if negative { 0xff } else { 0 }; 8];
        all[..bytes.len()].copy_from_slice(bytes);
        self.stack.push(Value::Whole(i64::from_le_bytes(all)));
        Ok(())
    }

    pub fn pop(&mut self) -> Result<Value, String> {
        self.stack.pop().ok_or_else(|| damaged("a value is missing"))
    }

    pub fn last(&mut self, count: usize) -> Result<Vec<Value>, String> {
        let start = self.stack.len().checked_sub(count);
        let start = start.ok_or_else(|| damaged("a value is missing"))?;
        Ok(self.stack.split_off(start))
    }

    fn since_mark(&mut self) -> Result<Vec<Value>, String> {
        let below = self.marked.pop().ok_or_else(|| damaged("a mark is missing"))?;
        Ok(std::mem::replace(&mut self.stack, below))
    }

    pub fn make(&mut self, object: Object) {
        self.stack.push(Value::Object(self.objects.len()));
        self.objects.push(object);
    }

    /// The object on top of the stack, which stays there.
    fn top(&mut self) -> Result<&mut Object, String> {
        match self.stack.last() {
            Some(Value::Object(place)) => Ok(&mut self.objects[*place]),
            _ => Err(damaged("a table or list is missing")),
        }
    }

    fn set(&mut self, flat: Vec<Value>) -> Result<(), String> {
        let Object::Table(entries) = self.top()? else {
            return Err(damaged("a table is missing"));
        };
        let mut flat = flat.into_iter();
        while let Some(key) = flat.next() {
            let value = flat.next().ok_or_else(|| damaged("a value is missing"))?;
            entries.push((key, value));
        }
        Ok(())
    }

    fn append(&mut self, items: Vec<Value>) -> Result<(), String> {
        let Object::List(list) = self.top()? else {
            return Err(damaged("a list is missing"));
        };
        list.extend(items);
        Ok(())
    }

    fn remember(&mut self, place: u32) -> Result<(), String> {
        let value = self.stack.last().cloned();
        let value = value.ok_or_else(|| damaged("a value is missing"))?;
        self.memo.insert(place, value);
        Ok(())
    }

    fn recall(&mut self, place: u32) -> Result<(), String> {
        let value = self.memo.get(&place).cloned();
        self.stack
            .push(value.ok_or_else(|| damaged("a value is missing"))?);
        Ok(())
    }
}
