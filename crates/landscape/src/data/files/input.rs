//! What parsers read from: bytes that come one after another, perhaps packed, and never more than was allowed.

use std::io::{BufRead, BufReader, Cursor, ErrorKind, Read};

use flate2::bufread::MultiGzDecoder;

/// What reading a file may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most numbers in one array.
    pub numbers: u64,
    /// Bytes of memory that are free, where the system tells it.
    pub memory: Option<u64>,
}

impl Limits {
    /// The most numbers in one array: 4 GiB in double precision.
    pub const NUMBERS: u64 = 1 << 29;

    /// The limits on this machine now.
    pub fn here() -> Self {
        Limits {
            numbers: Self::NUMBERS,
            memory: free_memory(),
        }
    }

    /// The limits on a machine with so many bytes of free memory.
    pub fn with_memory(bytes: u64) -> Self {
        Limits {
            numbers: Self::NUMBERS,
            memory: Some(bytes),
        }
    }

    /// Refuses what does not fit into memory. `what` is the subject of the sentence: "the inputs".
    pub(crate) fn fits(&self, needed: u64, what: &str, advice: &str) -> Result<(), String> {
        match self.memory {
            Some(free) if needed > free => Err(format!(
                "{what} need {} of memory, and {} are free: {advice}",
                size(needed),
                size(free)
            )),
            _ => Ok(()),
        }
    }
}

/// Bytes in words.
pub(in crate::data) fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..0x10_0000 => format!("{:.1} KiB", bytes as f64 / 1024.0),
        0x10_0000..0x4000_0000 => format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20)),
        _ => format!("{:.1} GiB", bytes as f64 / f64::from(1 << 30)),
    }
}

/// Bytes of memory that a program can get without others being moved to disk, where `/proc/meminfo` tells it.
fn free_memory() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(1024 * kibibytes)
}

/// Bytes to parse. What begins like a gzip file is unpacked as it is read.
pub struct Input<'a> {
    bytes: Box<dyn BufRead + 'a>,
    /// Bytes in the file.
    length: u64,
    packed: bool,
    /// What reading may cost.
    pub limits: Limits,
}

/// A packed byte becomes at most so many: DEFLATE cannot say more with one.
const MOST_UNPACKED: u64 = 1032;

impl<'a> Input<'a> {
    /// Bytes in memory, such as those of a test.
    pub fn of(bytes: &'a [u8], limits: Limits) -> Result<Self, String> {
        Input::new(Cursor::new(bytes), bytes.len() as u64, limits)
    }

    /// What a reader gives, which is a file of `length` bytes.
    pub fn new(reader: impl Read + 'a, length: u64, limits: Limits) -> Result<Self, String> {
        let mut bytes = BufReader::with_capacity(1 << 16, reader);
        let packed = bytes.fill_buf().map_err(wrong)?.starts_with(&[0x1f, 0x8b]);
        Ok(Input {
            bytes: if packed {
                Box::new(BufReader::with_capacity(1 << 16, MultiGzDecoder::new(bytes)))
            } else {
                Box::new(bytes)
            },
            length,
            packed,
            limits,
        })
    }

    /// One member of an archive, unpacked by its reader; `length` bytes when packed.
    pub fn inside(reader: impl Read + 'a, length: u64, limits: Limits) -> Self {
        Input {
            bytes: Box::new(BufReader::with_capacity(1 << 16, reader)),
            length,
            packed: true,
            limits,
        }
    }

    /// Whether the bytes come packed.
    pub fn is_packed(&self) -> bool {
        self.packed
    }

    /// The first bytes, without reading them; fewer at the end of the file.
    pub fn peek(&mut self) -> Result<&[u8], String> {
        let packed = self.packed;
        self.bytes.fill_buf().map_err(|e| broken(e, packed))
    }

    /// The next `count` bytes of a header.
    pub(super) fn header<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let mut header = [0; N];
        self.bytes.read_exact(&mut header).map_err(|e| match e.kind() {
            ErrorKind::UnexpectedEof if !self.packed => "ends within its header: it is truncated".into(),
            _ => broken(e, self.packed),
        })?;
        Ok(header)
    }

    /// The next bytes, as many as a header promises. Nothing is allocated for a promise that the file cannot keep,
    /// that is not allowed, or that no memory holds.
    pub(crate) fn promised(&mut self, numbers: u64, each: u64) -> Result<Vec<u8>, String> {
        if numbers > self.limits.numbers {
            return Err(format!(
                "its header promises {numbers} numbers, and at most {} are allowed: use fewer examples",
                self.limits.numbers
            ));
        }
        let count = numbers * each;
        let most = self
            .length
            .saturating_mul(if self.packed { MOST_UNPACKED } else { 1 });
        if count > most {
            let there = if self.packed {
                format!("{} packed bytes cannot hold them", self.length)
            } else {
                format!("the whole file has {}", self.length)
            };
            return Err(format!(
                "its header promises {count} bytes, and {there}: it is truncated, or its header is wrong"
            ));
        }
        self.limits.fits(
            count,
            "its numbers",
            "use fewer examples, or a machine with more memory",
        )?;
        // Eight times is more than images are packed; only what really comes takes more.
        let mut bytes = Vec::with_capacity(count.min(8 * self.length) as usize);
        self.take(count, &mut bytes)?;
        if (bytes.len() as u64) < count {
            return Err(format!(
                "its header promises {count} bytes, and only {} follow: it is truncated",
                bytes.len()
            ));
        }
        Ok(bytes)
    }

    /// All that is left, at most as many bytes as numbers are allowed.
    pub(super) fn rest(&mut self) -> Result<Vec<u8>, String> {
        let most = self.limits.numbers;
        let advice = "use a machine with more memory";
        self.limits
            .fits(2 * self.length.min(most), "its numbers", advice)?;
        let mut bytes = Vec::with_capacity(self.length.min(most) as usize);
        self.take(most + 1, &mut bytes)?;
        if bytes.len() as u64 > most {
            return Err(format!(
                "holds more than {most} numbers, which is the most allowed"
            ));
        }
        Ok(bytes)
    }

    /// Refuses what follows the last number.
    pub(super) fn end(&mut self) -> Result<(), String> {
        if self.peek()?.is_empty() {
            return Ok(());
        }
        Err(
            "more bytes follow than its header promises: its header is wrong, or it is two files in one"
                .into(),
        )
    }

    /// The next line without its end; `None` after the last. No line may be longer than `most`.
    pub(super) fn line(&mut self, most: u64, line: &mut Vec<u8>) -> Result<bool, String> {
        line.clear();
        let packed = self.packed;
        let mut part = self.bytes.by_ref().take(most + 2);
        part.read_until(b'\n', line).map_err(|e| broken(e, packed))?;
        let any = !line.is_empty();
        if line.last() == Some(&b'\n') {
            line.pop();
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        if line.len() as u64 > most {
            return Err(format!("is longer than {}: is this a table?", size(most)));
        }
        Ok(any)
    }

    fn take(&mut self, most: u64, bytes: &mut Vec<u8>) -> Result<(), String> {
        let packed = self.packed;
        let mut part = self.bytes.by_ref().take(most);
        part.read_to_end(bytes).map_err(|e| broken(e, packed))?;
        Ok(())
    }
}

fn wrong(e: std::io::Error) -> String {
    match e.kind() {
        ErrorKind::IsADirectory => "is a folder; name the file in it".into(),
        _ => format!("cannot be read: {e}"),
    }
}

fn broken(e: std::io::Error, packed: bool) -> String {
    match e.kind() {
        ErrorKind::UnexpectedEof if packed => "is packed, and ends too soon: it is truncated".into(),
        ErrorKind::InvalidData | ErrorKind::InvalidInput if packed => {
            format!("is packed, and broken ({e}): fetch or pack it again")
        }
        _ => wrong(e),
    }
}
