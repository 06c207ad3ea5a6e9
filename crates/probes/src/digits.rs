//! Numbers in sentences.

/// A number to five digits, as a power of ten where it is very large or very small.
pub(crate) fn digits(value: f64) -> String {
    let power = value.abs().log10().floor();
    match (-3.0..5.0).contains(&power) {
        true => format!("{value:.*}", (4.0 - power).max(0.0) as usize),
        false if value == 0.0 => "0".into(),
        false => format!("{value:.4e}"),
    }
}

#[cfg(test)]
mod tests {
    use super::digits;

    #[test]
    fn five_digits_are_shown() {
        let all = [6.0 + 2.0 / 3.0, -0.0012345678, 12345.678, 1e5, -2.5e-9, 0.0].map(digits);
        assert_eq!(
            all,
            ["6.6667", "-0.0012346", "12346", "1.0000e5", "-2.5000e-9", "0"]
        );
    }
}
