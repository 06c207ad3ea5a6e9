//! The embedded sets are the published ones.

use crate::data::{class_counts, digits, fashion};

#[test]
fn digits_are_those_of_scikit_learn() {
    let digits = digits();
    assert_eq!(
        digits.hash(),
        "aaff21b58c1ecd8952d6c1040349fb88fffb67082e1a5c4bacf7af5d2b6c4bda"
    );
    assert_eq!(
        (digits.len(), digits.dimension, digits.target_width()),
        (1797, 64, 10)
    );
    assert!(
        digits
            .inputs
            .iter()
            .all(|x| x.fract() == 0.0 && (0.0..=16.0).contains(x))
    );
    assert!(
        class_counts(&digits)
            .unwrap()
            .iter()
            .all(|count| (174..=183).contains(count))
    );
}

#[test]
fn fashion_is_the_beginning_of_the_training_set() {
    let fashion = fashion();
    assert_eq!(
        fashion.hash(),
        "f967e95e89be6f9e90e7146b8ca54ec3e53b378ed28cb30711d4d9466f393c81"
    );
    assert_eq!(
        (fashion.len(), fashion.dimension, fashion.target_width()),
        (1000, 784, 10)
    );
    assert!(
        fashion
            .inputs
            .iter()
            .all(|x| x.fract() == 0.0 && (0.0..=255.0).contains(x))
    );
    let counts = class_counts(&fashion).unwrap();
    assert_eq!(
        (counts.iter().min(), counts.iter().max()),
        (Some(&86), Some(&115))
    );
}
