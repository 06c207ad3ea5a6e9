//! Messages of the TOML reader in the words of people who write configs.

use std::ops::Range;

/// Types of Rust as an error names them, and what a config should hold there.
const TYPES: [(&str, &str); 8] = [
    ("usize", "a whole number of at least 0"),
    ("u64", "a whole number of at least 0"),
    ("u32", "a whole number of at least 0"),
    ("f64", "a number"),
    ("f32", "a number"),
    ("a sequence", "a list, such as [1, 2]"),
    ("a boolean", "true or false"),
    ("a string", "a text in quotes"),
];

/// The message without names of types.
pub(super) fn plain(message: &str) -> String {
    let message = message.trim();
    let Some((before, expected)) = message.rsplit_once(", expected ") else {
        return message.into();
    };
    let known = TYPES.iter().find(|(name, _)| *name == expected);
    known.map_or_else(
        || message.into(),
        |(_, words)| format!("{before}, expected {words}"),
    )
}

/// For `unknown field` and `unknown variant`: the nearest name that is allowed.
pub(super) fn suggestion(message: &str) -> Option<String> {
    if !message.starts_with("unknown field") && !message.starts_with("unknown variant") {
        return None;
    }
    let names: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let (wrong, allowed) = names.split_first()?;
    let (distance, nearest) = allowed
        .iter()
        .map(|name| (strsim::damerau_levenshtein(wrong, name), name))
        .min_by_key(|(distance, _)| *distance)?;
    (distance <= 1 + wrong.len() / 3).then(|| format!("did you mean `{nearest}`?"))
}

/// The place that the message is about, where the reader only knows the table around it: tables with a `kind`
/// are read whole before their fields are looked at.
pub(super) fn narrow(message: &str, text: &str, span: Range<usize>) -> Range<usize> {
    let Some(quoted) = quoted(message) else {
        return span;
    };
    let is_key = message.starts_with("unknown field");
    // The span of a table is its heading alone: its entries follow up to the next heading.
    let heading = text[span.clone()].starts_with('[');
    let end = match heading {
        true => text[span.end..]
            .find("\n[")
            .map_or(text.len(), |length| span.end + length),
        false => span.end,
    };
    let start = if heading { span.end } else { span.start };
    let mut found = text[start..end].match_indices(&quoted).filter_map(|(at, _)| {
        let at = start + at;
        let (before, after) = (text[..at].trim_end(), &text[at + quoted.len()..]);
        let whole = !after.starts_with(|c: char| c.is_alphanumeric() || c == '_' || c == '.');
        let starts = text[..at].ends_with(|c: char| c.is_whitespace() || "{,=.".contains(c));
        let role = if is_key {
            after.trim_start().starts_with('=')
        } else {
            before.ends_with('=')
        };
        (whole && starts && role).then_some(at..at + quoted.len())
    });
    match (found.next(), found.next()) {
        (Some(place), None) => place,
        _ => span,
    }
}

/// What the message quotes first, as the config has it: a key, a number, or a text with its quotes.
fn quoted(message: &str) -> Option<String> {
    let ticks = message.split('`').nth(1);
    let text = || message.split('"').nth(1).map(|text| format!("\"{text}\""));
    match message {
        _ if message.starts_with("unknown field") => ticks.map(String::from),
        _ if message.starts_with("invalid type: string") => text(),
        _ if message.starts_with("invalid type") || message.starts_with("invalid value") => {
            ticks.map(String::from)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "[model]\nkind = 'a'\nhiden = 18\nx = { hiden2 = 8 }\n[other]\nhiden = 8\n";

    #[test]
    fn a_table_narrows_to_its_entry() {
        let place = |message, span| narrow(message, TEXT, span);
        let line = TEXT.find("hiden").expect("it is there");
        assert_eq!(
            place("unknown field `hiden`, expected `hidden`", 0..7),
            line..line + 5
        );
        let value = TEXT.find("8 }").expect("it is there");
        assert_eq!(
            place("invalid type: integer `8`, expected a sequence", 0..7),
            value..value + 1
        );
        assert_eq!(
            place("invalid type: integer `9`, expected a sequence", 0..7),
            0..7
        );
        assert_eq!(place("missing field `hiden`", 0..7), 0..7);
    }

    #[test]
    fn types_and_names_are_put_in_words() {
        assert_eq!(
            plain("invalid type: string \"a\", expected f64"),
            "invalid type: string \"a\", expected a number"
        );
        assert_eq!(plain("missing field `x`"), "missing field `x`");
        let near = suggestion("unknown field `hiden`, expected one of `width`, `hidden`");
        assert_eq!(near.as_deref(), Some("did you mean `hidden`?"));
        assert_eq!(
            suggestion("unknown field `zzz`, expected one of `width`, `hidden`"),
            None
        );
        assert_eq!(suggestion("unknown device `gpu`: did you mean `wgpu`?"), None);
    }
}
