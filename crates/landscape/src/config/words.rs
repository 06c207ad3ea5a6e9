//! Words for errors in configs.

use toml::Value;

/// What the TOML reader says of a piece of text, where it leaves something out.
pub(super) fn syntax(message: &str, piece: &str) -> String {
    let message = message.trim();
    match message {
        "duplicate key" => format!("`{}` is set twice: leave one of them out", shortened(piece)),
        // The reader knows wider numbers than configs do.
        _ if message.ends_with("value was too large") || message.contains("as i128") => {
            format!(
                "{} is too large: whole numbers go up to {}",
                shortened(piece),
                i64::MAX
            )
        }
        _ if message.is_empty() => "this is no TOML".into(),
        _ => message.into(),
    }
}

/// The names that are allowed: "expected one of `a`, `b`".
pub(super) fn one_of(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.as_slice() {
        [] => "expected none".into(),
        [only] => format!("expected {only}"),
        all => format!("expected one of {}", all.join(", ")),
    }
}

/// The nearest name that is allowed, as advice, where one is near.
pub(super) fn nearest(wrong: &str, allowed: &[&str]) -> Option<String> {
    // Distances to a long text take long, and nothing is near to it.
    let typed: String = wrong.chars().take(40).collect();
    let (distance, nearest) = allowed
        .iter()
        .map(|name| (strsim::damerau_levenshtein(&typed, name), name))
        .min_by_key(|(distance, _)| *distance)?;
    (distance <= 1 + typed.len() / 3).then(|| format!("did you mean `{nearest}`?"))
}

/// A value as an error shows it.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => format!("the text \"{}\"", shortened(text)),
        Value::Table(_) => "a table".into(),
        Value::Array(_) => "a list".into(),
        Value::Datetime(time) => format!("the time {time}"),
        Value::Float(x) if x.is_nan() => "nan".into(),
        other => other.to_string(),
    }
}

/// The beginning of a text.
fn shortened(text: &str) -> String {
    let beginning: String = text.chars().take(60).collect();
    let more = if beginning.len() < text.len() { "…" } else { "" };
    format!("{}{more}", beginning.escape_debug())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_near() {
        let near = |wrong| nearest(wrong, &["width", "hidden"]);
        assert_eq!(near("hiden").as_deref(), Some("did you mean `hidden`?"));
        assert_eq!(near("zzz"), None);
        assert_eq!(nearest("x", &[]), None);
    }

    #[test]
    fn values_are_shown_shortly() {
        assert_eq!(shown(&Value::String("a\nb".into())), r#"the text "a\nb""#);
        let long = shown(&Value::String("é".repeat(1000)));
        assert_eq!(long.chars().count(), "the text \"…\"".chars().count() + 60);
    }
}
