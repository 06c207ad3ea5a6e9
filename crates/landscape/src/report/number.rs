//! Numbers in print: never with more digits than they have, nor without their uncertainty.

use crate::figure::label::superscript;

/// Digits of a number that is exact up to rounding.
const DIGITS: i32 = 5;
/// Digits printed of a value at the most, however small its uncertainty.
const MOST_DIGITS: i32 = 7;

/// A number that is exact up to rounding, to five digits.
pub(crate) fn exact(value: f64) -> String {
    if !value.is_finite() {
        return "not finite".into();
    }
    if value == 0.0 {
        return "0".into();
    }
    let power = power(value);
    let shown = if (-3..6).contains(&power) { 0 } else { power };
    let decimals = (DIGITS - 1 - (power - shown)).max(0) as usize;
    let text = format!("{:.decimals$}", value / 10f64.powi(shown));
    let text = if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        &text
    };
    format!("{}{}", text.replace('-', "−"), times_ten(shown))
}

/// A number with the half-width of its interval, to two digits of the half-width. The printed interval contains
/// the given one: rounding widens it. `None` means exact up to rounding, and is said.
pub(crate) fn measured(value: f64, uncertainty: Option<f64>) -> String {
    let half = match uncertainty {
        _ if !value.is_finite() => return "not finite".into(),
        None | Some(0.0) => return format!("{} (exact)", exact(value)),
        Some(half) if half.is_finite() => half.abs(),
        Some(_) => return format!("{} ± unknown", exact(value)),
    };
    let size = power(value.abs().max(half));
    let shown = if (-3..6).contains(&size) { 0 } else { size };
    let finest = size - MOST_DIGITS + 1;
    let place = (power(half) - 1).max(finest).min(shown);
    let unit = 10f64.powi(place);
    let rounded = (value / unit).round() * unit;
    let widened = ((half + (value - rounded).abs()) / unit * (1.0 - 1e-9)).ceil() * unit;
    let decimals = (shown - place) as usize;
    let print = |number: f64| format!("{:.decimals$}", number / 10f64.powi(shown)).replace('-', "−");
    match shown {
        0 => format!("{} ± {}", print(rounded), print(widened)),
        _ => format!("({} ± {}){}", print(rounded), print(widened), times_ten(shown)),
    }
}

/// A share in percent. Only exactly everything is called 100 %, only exactly nothing 0 %.
pub(crate) fn share(value: f64) -> String {
    match value {
        value if !value.is_finite() => "not finite".into(),
        value if (0.99995..1.0).contains(&value) => "> 99.99 %".into(),
        value if value > 0.0 && value < 0.00005 => "< 0.01 %".into(),
        value => format!("{:.2} %", 100.0 * value),
    }
}

/// The power of ten of the leading digit, kept where powers of ten and a few digits below are finite numbers.
fn power(value: f64) -> i32 {
    (value.abs().log10().floor() as i32).clamp(-300, 300)
}

fn times_ten(power: i32) -> String {
    if power == 0 {
        String::new()
    } else {
        format!("·10{}", superscript(power))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uncertainty_decides_the_digits() {
        assert_eq!(measured(12.34567, Some(0.0123)), "12.346 ± 0.013");
        assert_eq!(measured(-1.2345e-5, Some(2e-7)), "(−1.235 ± 0.021)·10⁻⁵");
        assert_eq!(measured(3.0, None), "3 (exact)");
        assert_eq!(measured(1234.5, Some(250.0)), "1235 ± 251");
        assert_eq!(measured(f64::NAN, Some(1.0)), "not finite");
        assert_eq!(measured(1.0, Some(f64::NAN)), "1 ± unknown");
    }

    #[test]
    fn the_printed_interval_contains_the_given_one() {
        let cases = [
            (12.345678901234, 1e-9),
            (0.5, 0.5),
            (-7.77777, 3e-4),
            (123456.7, 0.01),
            (99.95, 0.06),
            (0.0, 0.3),
        ];
        for (value, half) in cases {
            let text = measured(value, Some(half));
            let (left, right) = text.split_once(" ± ").expect("two parts");
            let (shown, widened): (f64, f64) = (
                left.replace('−', "-").parse().expect("a number"),
                right.parse().expect("a number"),
            );
            let slack = 1e-12 * (1.0 + value.abs());
            assert!(
                shown - widened <= value - half + slack && shown + widened >= value + half - slack,
                "{text}"
            );
        }
    }

    #[test]
    fn exact_numbers_have_five_digits() {
        assert_eq!(exact(1.234567), "1.2346");
        assert_eq!(exact(1.5), "1.5");
        assert_eq!(exact(100.0), "100");
        assert_eq!(exact(0.0), "0");
        assert_eq!(exact(-4.56789e-9), "−4.5679·10⁻⁹");
        assert_eq!(exact(f64::INFINITY), "not finite");
    }

    #[test]
    fn only_everything_is_all() {
        assert_eq!(share(1.0), "100.00 %");
        assert_eq!(share(0.99999), "> 99.99 %");
        assert_eq!(share(0.0), "0.00 %");
        assert_eq!(share(0.1042), "10.42 %");
    }
}
