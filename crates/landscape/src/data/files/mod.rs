//! Readers of data files, and the sources of examples that use them.
//!
//! | source | files |
//! |---|---|
//! | `arrays` | inputs and targets, each an IDX file (MNIST) or an npy file |
//! | `npz` | one npz file: `inputs`, `targets`, `test_inputs`, `test_targets`, or Keras' `x_train`, `y_train`, `x_test`, `y_test` |
//! | `csv` | a table with a column of labels |
//! | `cifar-10`, `cifar-100` | the folder of the binary version |
//!
//! IDX, npy, CSV and CIFAR files may be packed by gzip: how a file begins decides, not its name.
//!
//! Nothing that a file says is believed before it is checked.
//! A size in a header is compared with the length of the file, with [`Limits::NUMBERS`] and with the free memory before
//! anything is allocated; packed files are unpacked no further than their header promises, or than the limit.
//! Parsers read an [`Input`] and return a sentence where it is wrong; [`FileError`] adds the file.

mod array;
pub mod cifar;
pub mod csv;
pub mod idx;
mod input;
pub mod npy;
pub mod npz;
mod opened;
mod search;
mod source;
mod stored;
mod table;

pub use array::{Array, Numbers};
pub use input::{Input, Limits};
pub use opened::FileError;
pub use search::{find, places};
pub use source::{ArrayFiles, Cifar10, Cifar100, CsvFile, FileSource, NpzFile};
pub use stored::{Fault, MOST_CLASSES, Part, Stored};
