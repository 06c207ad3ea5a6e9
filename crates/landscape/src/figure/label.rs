//! Numbers as tick labels, and how wide text is.

/// The most lines of a text.
const LINES: usize = 3;

/// 10 to the power of `exponent`: written out where `exact`, else as a power.
pub(super) fn decade(exponent: i32, exact: bool) -> String {
    match (exact, exponent) {
        (true, 0..) => format!("1{}", "0".repeat(exponent as usize)),
        (true, _) => format!("0.{}1", "0".repeat((-exponent - 1) as usize)),
        (false, _) => format!("10{}", superscript(exponent)),
    }
}

/// `value` with the decimals that ticks at distance `step` need, on an axis whose largest tick is `largest`.
pub(super) fn plain(value: f64, step: f64, largest: f64) -> String {
    if value == 0.0 {
        return "0".into();
    }
    if (1e-3..1e5).contains(&largest) {
        let decimals = decimals(step);
        return format!("{value:.decimals$}").replace('-', "−");
    }
    let exponent = largest.log10().floor() as i32;
    let decimals = decimals(step / 10f64.powi(exponent));
    let mantissa = format!("{:.decimals$}", value / 10f64.powi(exponent)).replace('-', "−");
    format!("{mantissa}·10{}", superscript(exponent))
}

/// An upper estimate of the width of `text` in units of its size, for DejaVu Sans.
pub(super) fn width(text: &str) -> f64 {
    text.chars().map(advance).sum()
}

/// `text`, shortened with an ellipsis to at most `most` times its size.
pub(super) fn shorten(text: &str, most: f64) -> String {
    if width(text) <= most {
        return text.to_string();
    }
    let mut room = most - 1.0;
    let kept = text.chars().take_while(|c| {
        room -= advance(*c);
        room >= 0.0
    });
    format!("{}…", kept.collect::<String>().trim_end())
}

/// `text` on as many lines as it takes where each is at most `most` times its size, and on three at most: the last is
/// shortened to fit.
pub(super) fn wrap(text: &str, most: f64) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = text;
    while width(rest) > most && lines.len() + 1 < LINES {
        let fits = |(at, _): &(usize, &str)| width(&rest[..*at]) <= most;
        let Some((at, _)) = rest.match_indices(' ').take_while(fits).last() else {
            break;
        };
        lines.push(rest[..at].to_string());
        rest = &rest[at + 1..];
    }
    lines.push(shorten(rest, most));
    lines
}

fn advance(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | ' ' | '·' => 0.34,
        'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '/' | '-' => 0.42,
        '⁰' | '¹' | '²' | '³' | '⁴' | '⁵' | '⁶' | '⁷' | '⁸' | '⁹' => 0.42,
        'm' | 'w' | 'M' | 'W' | '…' | '%' | '@' => 1.0,
        'A'..='Z' => 0.74,
        '−' | '⁻' | '+' | '=' | '<' | '>' | '±' => 0.84,
        c if c.is_ascii() => 0.64,
        c if (c as u32) < 0x2000 => 0.75,
        _ => 1.0,
    }
}

/// A whole number in raised digits.
pub(crate) fn superscript(number: i32) -> String {
    let digit = |c: char| match c {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        '0' | '4'..='9' => char::from_u32('⁰' as u32 + c as u32 - '0' as u32).unwrap_or(c),
        other => other,
    };
    number.to_string().chars().map(digit).collect()
}

fn decimals(step: f64) -> usize {
    (0..12)
        .find(|n| {
            ((step * 10f64.powi(*n)).round() - step * 10f64.powi(*n)).abs() < 1e-6 * step * 10f64.powi(*n)
        })
        .unwrap_or(12) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_round_and_carry_the_right_power() {
        assert_eq!(decade(-2, true), "0.01");
        assert_eq!(decade(3, true), "1000");
        assert_eq!(decade(-12, false), "10⁻¹²");
        assert_eq!(plain(0.25, 0.05, 1.0), "0.25");
        assert_eq!(plain(-300.0, 100.0, 300.0), "−300");
        assert_eq!(plain(2.5e7, 5e6, 3e7), "2.5·10⁷");
        assert_eq!(plain(2e-6, 2e-6, 8e-6), "2·10⁻⁶");
    }

    #[test]
    fn long_text_is_shortened_to_its_room() {
        let text = "a very long name of a variant that does not fit";
        let short = shorten(text, 10.0);
        assert!(short.ends_with('…') && width(&short) <= 10.0, "{short}");
        assert_eq!(shorten("short", 10.0), "short");
        assert_eq!(
            wrap("share of patterns changed", 12.0),
            ["share of patterns", "changed"]
        );
        assert_eq!(
            wrap("share of negative eigenvalues in the bin around here", 15.0),
            ["share of negative", "eigenvalues in the bin", "around here"]
        );
        assert_eq!(wrap("unbreakablyLongName", 5.0).len(), 1);
    }
}
