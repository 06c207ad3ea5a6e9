//! The built program: what it prints, how it fails, what it leaves behind.

mod around;
mod configs;
mod data;
mod errors;
mod help;
mod impossible;
mod json;
mod kills;
mod measures;
mod memory;
mod missing;
mod mistakes;
mod names;
mod networks;
mod places;
mod programs;
mod prospects;
mod reached;
mod refusals;
mod resumes;
mod runs;
mod samples;
mod sets;
mod stops;
mod studies;
mod tools;
mod tracks;

use safetensors::SafeTensors;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// A config that runs in a blink.
pub const SMALL: &str = r#"question = "Does it run?"
seed = 1
device = "cpu"
loss = "cross-entropy"

[data]
source = "digits"
train = 600
test = 50

[model]
kind = "perceptron"
hidden = [8]

[start]
kind = "he"

[training]
step_size = 0.2
limits = { steps = 30 }

[[probes]]
kind = "ends"

[[probes]]
kind = "movement"

[[variants]]
name = "true labels"

[[variants]]
name = "random labels"
labels = "random-labels"
"#;

/// A folder of its own, with [`SMALL`] in `small.toml`.
pub struct Desk {
    folder: TempDir,
}

/// What a command left.
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Desk {
    pub fn new() -> Self {
        let desk = Desk {
            folder: TempDir::new().expect("a temporary folder"),
        };
        desk.write("small.toml", SMALL);
        desk
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path().join(name), text).expect("a writable folder");
    }

    /// The program in this folder, in an environment without wishes about colours or threads.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_landscape"));
        command
            .args(arguments)
            .current_dir(self.path())
            .env("LC_ALL", "C.UTF-8");
        for name in [
            "NO_COLOR",
            "CLICOLOR",
            "CLICOLOR_FORCE",
            "FORCE_COLOR",
            "RAYON_NUM_THREADS",
            "NO_GRAPHICS",
            "LANDSCAPE_DATA",
            "XDG_RUNTIME_DIR",
            "WAYLAND_DISPLAY",
        ] {
            command.env_remove(name);
        }
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        Ran::from(self.command(arguments).output().expect("the program starts"))
    }

    /// The run folder that this command makes, and what it left; it must end with this code.
    pub fn run_folder(&self, arguments: &[&str], code: i32) -> (PathBuf, Ran) {
        let ran = self.run(arguments);
        assert_eq!(ran.code, code, "{}", ran.stderr);
        let report = self.path().join(ran.stdout.trim());
        let folder = report
            .parent()
            .expect("the report lies in the run folder")
            .to_path_buf();
        assert!(report.is_file(), "there is no report {}", report.display());
        (folder, ran)
    }

    /// What a command complains about: it must fail with this code and print no data.
    pub fn complaint(&self, arguments: &[&str], code: i32) -> String {
        let ran = self.run(arguments);
        assert_eq!(ran.code, code, "stdout {}, stderr {}", ran.stdout, ran.stderr);
        assert_eq!(ran.stdout, "");
        ran.stderr
            .replace(&self.path().display().to_string(), "DIR")
            .trim()
            .to_string()
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the program writes UTF-8");
        Ran {
            code: output.status.code().expect("the program ends by itself"),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}

/// The lines of a `.jsonl` file, without what the clock says.
pub fn records(folder: &Path, name: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(folder.join(name)).expect(name);
    let timeless = |line: &str| {
        let mut record: Value = serde_json::from_str(line).expect("each line is JSON");
        for cost in ["/seconds", "/cost/seconds"] {
            if let Some(seconds) = record.pointer_mut(cost) {
                *seconds = Value::Null;
            }
        }
        record
    };
    text.lines().map(timeless).collect()
}

/// A checkpoint without what the clock says: its metadata, and the bytes of each tensor.
pub type Checkpoint = (Value, BTreeMap<String, Vec<u8>>);

/// Reads a checkpoint.
pub fn checkpoint(path: &Path) -> Checkpoint {
    let bytes = std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let (_, header) = SafeTensors::read_metadata(&bytes).expect("safetensors");
    let about = &header.metadata().as_ref().expect("metadata")["landscape"];
    let mut about: Value = serde_json::from_str(about).expect("JSON");
    about["seconds"] = Value::Null;
    about["blake3"] = Value::Null;
    let tensors = SafeTensors::deserialize(&bytes).expect("safetensors");
    let tensors = tensors
        .iter()
        .map(|(name, view)| (format!("{name} {:?}", view.shape()), view.data().to_vec()));
    (about, tensors.collect())
}

/// A JSON file.
pub fn read_json(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).expect("JSON")
}
