//! Panics of devices, caught and turned into errors.
//!
//! Burn reports most failures of a GPU by a panic, often on a thread of its own, and passes it on to whoever
//! waits for the result; a panic in a task that nobody waits for is only logged, and the work goes on with
//! numbers that were never computed. So while a device is watched, a panic hook keeps the panics that come
//! from below Burn's tensors, instead of printing them, and the watcher asks for them afterwards. All other
//! panics are bugs of this program: they are printed and passed on as ever.

use std::any::Any;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, resume_unwind};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use models::Device;

use super::{DeviceError, Opened};

impl Opened {
    /// Does the work, and says so in an error where the device stops answering before it is done.
    ///
    /// The device is synchronised at the end, since a GPU reports its errors late. A panic that does not come
    /// from the device goes through. Do not replace the panic hook during the work: what the hook of this
    /// module does not see counts as a bug.
    ///
    /// ```
    /// use landscape::device::{SelfTest, open};
    /// use models::Precision;
    ///
    /// let opened = open("cpu".parse()?, Precision::F32, |_| Ok(SelfTest::default()))?;
    /// assert_eq!(opened.guard(|| 6 * 7), Ok(42));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn guard<T>(&self, work: impl FnOnce() -> T) -> Result<T, DeviceError> {
        watched(&self.device, work).map_err(|why| DeviceError::Lost { name: self.name, why })
    }
}

/// As [`Opened::guard`], for a device without a name yet.
pub(super) fn watched<T>(device: &Device, work: impl FnOnce() -> T) -> Result<T, String> {
    if device.on_host {
        // The processor does not go away, and a panic there is a bug.
        return Ok(work());
    }
    catch(|| {
        let result = work();
        device
            .tensors
            .sync()
            .map(|()| result)
            .map_err(|error| one_line(&error.to_string()))
    })?
}

/// Does work that may panic below Burn's tensors; `Err` holds that panic's message in one line.
pub(super) fn catch<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    install();
    let watch = Watch::begin();
    let outcome = catch_unwind(AssertUnwindSafe(work));
    let seen = watch.end();
    match outcome {
        Ok(result) => match seen.iter().find(|panic| panic.on_device_thread) {
            None => Ok(result),
            Some(panic) => Err(one_line(&panic.message)),
        },
        // Burn hands a panic on with its payload, so the message tells whether the hook has seen it.
        Err(payload) => match message(payload.as_ref()) {
            Some(text) if seen.iter().any(|panic| panic.message == text) => Err(one_line(text)),
            _ => resume_unwind(payload),
        },
    }
}

/// A panic that came from a device.
#[derive(Clone)]
struct DevicePanic {
    message: String,
    on_device_thread: bool,
}

/// How many watches there are, and what the hook has kept since the first of them began.
struct Kept {
    watches: usize,
    panics: Vec<DevicePanic>,
}

static KEPT: Mutex<Kept> = Mutex::new(Kept {
    watches: 0,
    panics: Vec::new(),
});

fn kept() -> MutexGuard<'static, Kept> {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A stretch of time in which panics of devices are kept.
struct Watch {
    from: usize,
}

impl Watch {
    fn begin() -> Self {
        let mut kept = kept();
        kept.watches += 1;
        Watch {
            from: kept.panics.len(),
        }
    }

    /// What was kept since the beginning.
    fn end(self) -> Vec<DevicePanic> {
        let mut kept = kept();
        let seen = kept.panics[self.from..].to_vec();
        kept.watches -= 1;
        if kept.watches == 0 {
            kept.panics.clear();
        }
        seen
    }
}

/// Puts the hook before the one that is there, once.
fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !keep(info) {
                before(info);
            }
        }));
    });
}

/// Keeps a panic if it is a device's and somebody watches.
fn keep(info: &PanicHookInfo) -> bool {
    let Some(text) = message(info.payload()) else {
        return false;
    };
    let thread = std::thread::current();
    let on_device_thread = thread
        .name()
        .is_some_and(|name| name.starts_with("DSU-") || name.starts_with("DSD-"));
    let below_tensors = info
        .location()
        .is_some_and(|place| is_below_tensors(place.file()));
    // `to_data` and its like panic at their caller's line, which is ours.
    let failed_read =
        text.starts_with("Error while reading data: ") || text.starts_with("Failed to read tensor data");
    if !(on_device_thread || below_tensors || failed_read) {
        return false;
    }
    let mut kept = kept();
    if kept.watches == 0 {
        return false;
    }
    kept.panics.push(DevicePanic {
        message: text.into(),
        on_device_thread,
    });
    true
}

/// Whether a source file belongs to a crate that drives devices. The shape checks of Burn's tensors do not:
/// a wrong shape is a bug of ours.
fn is_below_tensors(file: &str) -> bool {
    const CRATES: [&str; 8] = [
        "cubecl",
        "cubek",
        "burn-cubecl",
        "burn-wgpu",
        "burn-cuda",
        "burn-fusion",
        "wgpu",
        "cudarc",
    ];
    Path::new(file).components().any(|part| {
        let part = part.as_os_str().to_string_lossy();
        CRATES.iter().any(|name| part.starts_with(name))
    })
}

fn message(payload: &(dyn Any + Send)) -> Option<&str> {
    payload
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| payload.downcast_ref::<&str>().copied())
}

/// The cause in a message of Burn or a driver, as one line of bearable length.
pub(super) fn one_line(text: &str) -> String {
    const LONGEST: usize = 200;
    // An error in an error is printed with its line ends escaped.
    let text = text.replace("\\n", "\n");
    let text = text.split("Backtrace:").next().unwrap_or_default();
    let text = text.rsplit("Caused by:").next().unwrap_or_default();
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        None => line,
        Some((end, _)) => format!("{}…", &line[..end]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_below_tensors_are_told_from_bugs() {
        let registry = "/home/me/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f";
        for file in [
            "cubecl-wgpu-0.11.3/src/runtime.rs",
            "wgpu-core-30.0.1/src/lib.rs",
            "burn-cubecl-0.22.1/src/a.rs",
        ] {
            assert!(is_below_tensors(&format!("{registry}/{file}")), "{file}");
        }
        for file in [
            "burn-tensor-0.22.1/src/tensor/api/check.rs",
            "burn-flex-0.22.1/src/lib.rs",
        ] {
            assert!(!is_below_tensors(&format!("{registry}/{file}")), "{file}");
        }
        assert!(!is_below_tensors("crates/models/src/device.rs"));
    }

    /// A task of a device that panics with nobody waiting leaves the work running with numbers never computed.
    #[test]
    fn a_panic_on_a_thread_of_the_device_fails_the_work() {
        let work = || {
            let task = std::thread::Builder::new().name("DSD-0-9".into());
            let task = task
                .spawn(|| panic!("wgpu error: Out of Memory,\n   planted"))
                .expect("a thread");
            assert!(task.join().is_err());
            7
        };
        assert_eq!(catch(work), Err("wgpu error: Out of Memory, planted".into()));
    }

    #[test]
    fn messages_become_one_short_line() {
        assert_eq!(one_line("a\n  b"), "a b");
        let nested =
            "Read(\"An error happened\\nCaused by:\\n  the buffer\\n  is gone\\nBacktrace:\\n none\")";
        assert_eq!(one_line(nested), "the buffer is gone");
        let cut = one_line(&"ä".repeat(1000));
        assert_eq!(cut.chars().count(), 201);
        assert!(cut.ends_with('…'));
    }
}
