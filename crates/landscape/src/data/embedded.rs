//! The two data sets inside the program. `NOTICE` names their sources and licences;
//! `scripts/make-embedded-data` makes the files again.

use std::io::Read;

use flate2::read::GzDecoder;
use models::{Examples, Targets};

static DIGITS: &[u8] = include_bytes!("../../data/digits.csv.gz");
static FASHION: &[u8] = include_bytes!("../../data/fashion-1000.gz");

/// All 1,797 handwritten digits of scikit-learn: inputs `[1797, 64]` in 0..=16 (8×8 pixels), ten classes.
///
/// Source: Alpaydin and Kaynak (1998), Cascading Classifiers, Kybernetika. Decoding takes milliseconds.
///
/// ```
/// let digits = landscape::data::digits();
/// assert_eq!((digits.len(), digits.dimension), (1797, 64));
/// assert_eq!(digits.labels().unwrap()[..4], [0, 1, 2, 3]);
/// assert_eq!(digits.inputs[..8], [0., 0., 5., 13., 9., 1., 0., 0.]);
/// ```
pub fn digits() -> Examples {
    let mut table = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(GzDecoder::new(DIGITS));
    let (mut inputs, mut labels) = (Vec::with_capacity(1797 * 64), Vec::with_capacity(1797));
    for row in table.deserialize::<Vec<u8>>() {
        let row = row.expect("the embedded digits are a table of small whole numbers");
        let (label, pixels) = row.split_last().expect("a row ends in its label");
        inputs.extend(pixels.iter().map(|&pixel| f64::from(pixel)));
        labels.push(u32::from(*label));
    }
    Examples {
        inputs,
        dimension: 64,
        targets: Targets::Classes { labels, classes: 10 },
    }
}

/// The first 1,000 training images of Fashion-MNIST: inputs `[1000, 784]` in 0..=255 (28×28 pixels), ten
/// classes.
///
/// Source: Xiao, Rasul and Vollgraf (2017), arXiv:1708.07747. Decoding takes milliseconds.
///
/// ```
/// let fashion = landscape::data::fashion();
/// assert_eq!((fashion.len(), fashion.dimension), (1000, 784));
/// assert_eq!(fashion.labels().unwrap()[..5], [9, 0, 0, 3, 0]);
/// ```
pub fn fashion() -> Examples {
    let mut bytes = Vec::with_capacity(1000 * 785);
    GzDecoder::new(FASHION)
        .read_to_end(&mut bytes)
        .expect("the embedded images are whole");
    let (pixels, labels) = bytes.split_at(1000 * 784);
    Examples {
        inputs: pixels.iter().map(|&pixel| f64::from(pixel)).collect(),
        dimension: 784,
        targets: Targets::Classes {
            labels: labels.iter().map(|&label| u32::from(label)).collect(),
            classes: 10,
        },
    }
}
