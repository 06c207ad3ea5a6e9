//! npy, the format of NumPy's arrays: a magic word, a header that is a Python dictionary, and the numbers.

use super::array::{Array, Kind, Numbers};
use super::idx::count;
use super::input::Input;

/// How an npy file begins.
pub const MAGIC: &[u8; 6] = b"\x93NUMPY";

/// The longest header that is read; NumPy's own have 128 bytes.
const LONGEST_HEADER: usize = 1 << 16;

/// The most axes, as in NumPy 2. To turn the order of axes takes a time that is their number squared for each number.
const MOST_AXES: usize = 64;

/// Reads an npy file, of either order of bytes and of axes.
pub fn read(input: &mut Input) -> Result<Array, String> {
    let magic: [u8; 6] = input.header()?;
    if &magic != MAGIC {
        return Err("is no npy file: it does not begin with \\x93NUMPY".into());
    }
    let [major, _] = input.header()?;
    let length = match major {
        1 => usize::from(u16::from_le_bytes(input.header()?)),
        2 | 3 => u32::from_le_bytes(input.header()?) as usize,
        _ => return Err(format!("is npy version {major}, and versions 1 to 3 are read")),
    };
    if length > LONGEST_HEADER {
        return Err(format!(
            "its header promises a length of {length} bytes, and at most {LONGEST_HEADER} are allowed"
        ));
    }
    let mut text = Vec::with_capacity(length);
    for _ in 0..length {
        let [byte] = input.header()?;
        text.push(byte);
    }
    let Header {
        descr,
        fortran,
        shape,
    } = header(&String::from_utf8_lossy(&text))?;
    if shape.len() > MOST_AXES {
        return Err(format!(
            "its header promises {} axes, and at most {MOST_AXES} are read",
            shape.len()
        ));
    }
    let (kind, highest_first) = kind(&descr)?;
    let count = count(&shape)?;
    let bytes = input.promised(count, kind.bytes())?;
    input.end()?;
    let numbers = Numbers::decode(kind, bytes, highest_first)?;
    let numbers = if fortran && shape.len() > 1 {
        numbers.permuted(|i| in_fortran_order(i, &shape))
    } else {
        numbers
    };
    Ok(Array { shape, numbers })
}

/// Where a number that is the i-th in row-major order lies where the first axis runs fastest.
fn in_fortran_order(mut i: usize, shape: &[usize]) -> usize {
    let mut place = 0;
    for (axis, length) in shape.iter().enumerate().rev() {
        place += i % length * shape[..axis].iter().product::<usize>();
        i /= length;
    }
    place
}

/// A type as NumPy writes it, such as `<f4`, and whether the highest byte comes first.
fn kind(descr: &str) -> Result<(Kind, bool), String> {
    let mut letters = descr.chars();
    let order = letters.next().unwrap_or_default();
    let kind = match letters.as_str() {
        "b1" | "u1" => Kind::U8,
        "i1" => Kind::I8,
        "u2" => Kind::U16,
        "i2" => Kind::I16,
        "u4" => Kind::U32,
        "i4" => Kind::I32,
        "u8" => Kind::U64,
        "i8" => Kind::I64,
        "f2" => Kind::F16,
        "f4" => Kind::F32,
        "f8" => Kind::F64,
        "O" => {
            return Err(
                "holds Python objects (dtype O), which only Python can read, by running what they say: save \
                        it as numbers, as with .astype('float32')"
                    .into(),
            );
        }
        _ => {
            return Err(format!(
                "has the dtype '{descr}', and b1, u1, u2, u4, u8, i1, i2, i4, i8, f2, f4 and f8 are read: convert it, as \
                 with .astype('float32')"
            ));
        }
    };
    match order {
        '<' | '|' => Ok((kind, false)),
        '>' => Ok((kind, true)),
        // '=' means the machine that wrote it, which nobody knows.
        _ => Err(format!(
            "has the dtype '{descr}', whose order of bytes is not said"
        )),
    }
}

struct Header {
    descr: String,
    fortran: bool,
    shape: Vec<usize>,
}

/// A header such as `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`.
fn header(text: &str) -> Result<Header, String> {
    let shown: String = text.trim().chars().take(80).collect();
    let wrong = |what: &str| format!("has a header that {what}: {shown}");
    let field = |name: &str| {
        let quoted = [format!("'{name}'"), format!("\"{name}\"")];
        let after = quoted.iter().find_map(|quoted| text.split_once(quoted.as_str()));
        let value = after.and_then(|(_, rest)| rest.trim_start().strip_prefix(':'));
        value
            .map(str::trim_start)
            .ok_or_else(|| wrong(&format!("has no {name}")))
    };
    let descr = field("descr")?;
    if descr.starts_with('[') {
        return Err("holds records with named fields: save its numbers as one plain array".into());
    }
    let quote = descr.chars().next().filter(|c| "'\"".contains(*c));
    let descr = quote.and_then(|quote| descr[1..].split_once(quote));
    let descr = descr
        .ok_or_else(|| wrong("does not say its dtype"))?
        .0
        .to_string();
    let order = field("fortran_order")?;
    let fortran = match (order.starts_with("True"), order.starts_with("False")) {
        (true, _) => true,
        (_, true) => false,
        _ => return Err(wrong("does not say its fortran_order")),
    };
    let inside = field("shape")?
        .strip_prefix('(')
        .and_then(|rest| rest.split_once(')'));
    let inside = inside.ok_or_else(|| wrong("does not say its shape"))?.0;
    let axes = inside.split(',').map(str::trim).filter(|axis| !axis.is_empty());
    let shape = axes.map(|axis| axis.parse().map_err(|_| wrong("does not say its shape")));
    Ok(Header {
        descr,
        fortran,
        shape: shape.collect::<Result<_, _>>()?,
    })
}
