//! Arrays as files hold them.

/// Numbers in the smallest type that holds what the file holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Numbers {
    /// Bytes, such as pixels.
    Bytes(Vec<u8>),
    /// Other whole numbers.
    Whole(Vec<i64>),
    /// Numbers in single precision.
    Single(Vec<f32>),
    /// Numbers in double precision.
    Double(Vec<f64>),
}

/// Numbers in row-major order, and their shape.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// The length of each axis; the first counts examples.
    pub shape: Vec<usize>,
    /// As many numbers as the product of the shape.
    pub numbers: Numbers,
}

/// The type of a number in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    U64,
    I64,
    F16,
    F32,
    F64,
}

impl Kind {
    /// Bytes in one number.
    pub(super) fn bytes(self) -> u64 {
        match self {
            Kind::U8 | Kind::I8 => 1,
            Kind::U16 | Kind::I16 | Kind::F16 => 2,
            Kind::U32 | Kind::I32 | Kind::F32 => 4,
            Kind::U64 | Kind::I64 | Kind::F64 => 8,
        }
    }
}

impl Numbers {
    /// Numbers from their bytes, the highest byte first or last. A rest of bytes that is no number is left out.
    pub(super) fn decode(kind: Kind, bytes: Vec<u8>, highest_first: bool) -> Result<Numbers, String> {
        if kind == Kind::U8 {
            return Ok(Numbers::Bytes(bytes));
        }
        macro_rules! read {
            ($type:ty) => {
                bytes.as_chunks().0.iter().map(|&b| {
                    if highest_first {
                        <$type>::from_be_bytes(b)
                    } else {
                        <$type>::from_le_bytes(b)
                    }
                })
            };
        }
        Ok(match kind {
            Kind::U8 | Kind::I8 => Numbers::Whole(read!(i8).map(i64::from).collect()),
            Kind::U16 => Numbers::Whole(read!(u16).map(i64::from).collect()),
            Kind::I16 => Numbers::Whole(read!(i16).map(i64::from).collect()),
            Kind::U32 => Numbers::Whole(read!(u32).map(i64::from).collect()),
            Kind::I32 => Numbers::Whole(read!(i32).map(i64::from).collect()),
            Kind::I64 => Numbers::Whole(read!(i64).collect()),
            Kind::U64 => {
                let too_large = |x: u64| format!("holds {x}: whole numbers are read up to {}", i64::MAX);
                let whole = read!(u64).map(|x| i64::try_from(x).map_err(|_| too_large(x)));
                Numbers::Whole(whole.collect::<Result<_, _>>()?)
            }
            Kind::F16 => Numbers::Single(read!(u16).map(half).collect()),
            Kind::F32 => Numbers::Single(read!(f32).collect()),
            Kind::F64 => Numbers::Double(read!(f64).collect()),
        })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Numbers::Bytes(x) => x.len(),
            Numbers::Whole(x) => x.len(),
            Numbers::Single(x) => x.len(),
            Numbers::Double(x) => x.len(),
        }
    }

    /// True where there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes that they take in memory.
    pub(super) fn bytes(&self) -> u64 {
        let each = match self {
            Numbers::Bytes(_) => 1,
            Numbers::Single(_) => 4,
            Numbers::Whole(_) | Numbers::Double(_) => 8,
        };
        each * self.len() as u64
    }

    /// Whether the file's type is one of whole numbers.
    pub fn are_whole(&self) -> bool {
        matches!(self, Numbers::Bytes(_) | Numbers::Whole(_))
    }

    /// The number at a place. Whole numbers beyond ±2⁵³ are rounded, see [`Numbers::problem`].
    pub fn at(&self, i: usize) -> f64 {
        match self {
            Numbers::Bytes(x) => f64::from(x[i]),
            Numbers::Whole(x) => x[i] as f64,
            Numbers::Single(x) => f64::from(x[i]),
            Numbers::Double(x) => x[i],
        }
    }

    /// Adds the numbers of a range to others.
    pub(super) fn append_to(&self, out: &mut Vec<f64>, range: std::ops::Range<usize>) {
        match self {
            Numbers::Bytes(x) => out.extend(x[range].iter().map(|&x| f64::from(x))),
            Numbers::Whole(x) => out.extend(x[range].iter().map(|&x| x as f64)),
            Numbers::Single(x) => out.extend(x[range].iter().map(|&x| f64::from(x))),
            Numbers::Double(x) => out.extend_from_slice(&x[range]),
        }
    }

    /// The first place with a number that cannot be computed with, and what it holds.
    pub(super) fn problem(&self) -> Option<(usize, String)> {
        const EXACT: i64 = 1 << 53;
        match self {
            Numbers::Bytes(_) => None,
            Numbers::Whole(x) => x
                .iter()
                .position(|x| !(-EXACT..=EXACT).contains(x))
                .map(|i| (i, format!("{}, which no f64 holds exactly", x[i]))),
            Numbers::Single(x) => x
                .iter()
                .position(|x| !x.is_finite())
                .map(|i| (i, format!("{}, which is no finite number", x[i]))),
            Numbers::Double(x) => x
                .iter()
                .position(|x| !x.is_finite())
                .map(|i| (i, format!("{}, which is no finite number", x[i]))),
        }
    }

    /// Feeds type and numbers to a hash, in an order of bytes that no machine changes.
    pub(super) fn hash(&self, hash: &mut blake3::Hasher) {
        const PIECE: usize = 1 << 13;
        let mut buffer = Vec::with_capacity(8 * PIECE);
        macro_rules! feed {
            ($name:literal, $numbers:expr) => {{
                hash.update($name);
                for piece in $numbers.chunks(PIECE) {
                    buffer.clear();
                    piece
                        .iter()
                        .for_each(|x| buffer.extend_from_slice(&x.to_le_bytes()));
                    hash.update(&buffer);
                }
            }};
        }
        match self {
            Numbers::Bytes(x) => {
                hash.update(b"bytes").update(x);
            }
            Numbers::Whole(x) => feed!(b"whole", x),
            Numbers::Single(x) => feed!(b"single", x),
            Numbers::Double(x) => feed!(b"double", x),
        }
    }

    /// The same numbers in another order: number i of the result is number `from(i)`.
    pub(super) fn permuted(self, from: impl Fn(usize) -> usize) -> Numbers {
        fn take<T: Copy>(x: &[T], from: impl Fn(usize) -> usize) -> Vec<T> {
            (0..x.len()).map(|i| x[from(i)]).collect()
        }
        match self {
            Numbers::Bytes(x) => Numbers::Bytes(take(&x, from)),
            Numbers::Whole(x) => Numbers::Whole(take(&x, from)),
            Numbers::Single(x) => Numbers::Single(take(&x, from)),
            Numbers::Double(x) => Numbers::Double(take(&x, from)),
        }
    }
}

/// The number that 16 bits stand for (IEEE 754, binary16): f32 holds each of them exactly.
fn half(bits: u16) -> f32 {
    let sign = if bits >> 15 == 0 { 1.0 } else { -1.0 };
    let fraction = f32::from(bits & 0x3ff);
    sign * match bits >> 10 & 0x1f {
        0 => fraction * 2f32.powi(-24),
        31 if fraction == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        exponent => (1024.0 + fraction) * 2f32.powi(i32::from(exponent) - 25),
    }
}
