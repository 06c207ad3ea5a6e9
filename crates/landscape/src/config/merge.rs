//! Tables laid over tables: variants and `--set`.

use super::{Config, ConfigError, VariantConfig, parse, schema, shape, words};
use models::Problem;
use std::ops::Range;
use toml::{Table, Value};

/// Lays `over` on `base`, table by table. A table with a `kind` replaces the whole table below it, because
/// another kind has other fields; so does another `source`, whose one key is its kind.
pub(super) fn lay(base: &mut Table, over: Table) {
    for (key, value) in over {
        match (base.get_mut(&key), value) {
            (Some(Value::Table(below)), Value::Table(above))
                if !above.contains_key("kind") && key != "source" =>
            {
                lay(below, above)
            }
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}

/// The deepest path that `set` takes. TOML's own reader stops there too.
const DEEPEST: usize = 80;

/// Sets the value at a dotted path such as `training.step_size` or `probes.0.largest`. An error comes with the part of
/// the path that it is about.
pub(super) fn set(table: &mut Table, path: &str, value: Value) -> Result<(), (String, Range<usize>)> {
    let parts = parts(path);
    if parts.len() > DEEPEST {
        let message = format!(
            "the key has {} parts: no key of a config is that deep",
            parts.len()
        );
        return Err((message, 0..path.len()));
    }
    let mut parts = parts.into_iter().peekable();
    let mut here = table;
    while let Some((part, span)) = parts.next() {
        if part.is_empty() {
            let message = "the key has an empty part: write keys as in training.step_size";
            return Err((message.into(), span));
        }
        if parts.peek().is_none() {
            here.insert(part.into(), value);
            return Ok(());
        }
        let mut next = here.entry(part).or_insert_with(|| Value::Table(Table::new()));
        if let Value::Array(entries) = next {
            let (index, span) = parts.next().unwrap_or_default();
            let count = entries.len();
            let number = index.parse::<usize>().ok().filter(|i| *i < count);
            next = number.and_then(|i| entries.get_mut(i)).ok_or_else(|| {
                let message = match count {
                    0 => format!("`{part}` is an empty list, so that `{index}` is no index of it"),
                    _ => format!(
                        "`{part}` is a list of {count}, `{index}` is no index of it: write 0 to {}",
                        count - 1
                    ),
                };
                (message, span)
            })?;
            if parts.peek().is_none() {
                *next = value;
                return Ok(());
            }
        }
        here = match next {
            Value::Table(table) => table,
            other => {
                let message = format!("`{part}` is {}, which has no keys", words::shown(other));
                return Err((message, span));
            }
        };
    }
    Ok(())
}

/// The parts of a dotted path, each with its place.
fn parts(path: &str) -> Vec<(&str, Range<usize>)> {
    let mut begin = 0;
    let part = |part: &str| {
        let span = begin..begin + part.len().max(1);
        begin += part.len() + 1;
        span
    };
    let spans: Vec<Range<usize>> = path.split('.').map(part).collect();
    path.split('.').map(str::trim).zip(spans).collect()
}

/// A variant's name as part of a file name: small letters, digits and dashes.
pub fn file_name(variant: &str) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    variant.chars().map(plain).collect()
}

/// Each variant of a config.
pub(super) fn variants(config: &Config) -> Result<Vec<VariantConfig>, ConfigError> {
    let mut base = Table::try_from(config).map_err(|e| ConfigError::new(e.to_string()))?;
    if let Some(fault) = shape::fault(&base, schema::schema()) {
        return Err(ConfigError::from_fault(fault));
    }
    base.remove("variants");
    if config.variants.is_empty() {
        return Ok(vec![VariantConfig {
            name: config.labels.name(),
            config: config.clone(),
        }]);
    }
    let mut all: Vec<VariantConfig> = Vec::new();
    for (i, over) in config.variants.iter().enumerate() {
        let mut over = over.clone();
        let name = match over.remove("name") {
            Some(Value::String(name)) => name,
            _ => String::new(),
        };
        let wrong = |complaint: String| {
            let field = format!("variants.{i}.name");
            ConfigError::of(Problem::new(field, format!("is `{name}`{complaint}")))
        };
        if name.trim().is_empty() {
            return Err(wrong(": say in a few words what differs".into()));
        }
        if all.iter().any(|other| other.name == name) {
            return Err(wrong(
                ", as is that of another variant: give each its own name".into(),
            ));
        }
        if let Some(other) = all
            .iter()
            .find(|other| file_name(&other.name) == file_name(&name))
        {
            return Err(wrong(format!(
                ", which would share its checkpoint files with `{}`: let their names differ in letters or digits",
                other.name
            )));
        }
        let mut table = base.clone();
        lay(&mut table, over);
        let config = parse::typed(table, schema::schema()).map_err(|e| e.of_variant(i, &name))?;
        all.push(VariantConfig { name, config });
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Table {
        toml::from_str(text).expect("valid TOML")
    }

    #[test]
    fn tables_merge_and_kinds_replace() {
        let mut base = table("a.b = 1\na.c = 2\nnoise = { kind = 'ball', radius = 1 }");
        lay(&mut base, table("a.c = 3\nnoise.kind = 'none'"));
        assert_eq!(base, table("a.b = 1\na.c = 3\nnoise = { kind = 'none' }"));
        let mut base = table("data.source.low-rank.width = 3\ndata.train = 5");
        lay(&mut base, table("data.source.sphere.dimension = 2"));
        assert_eq!(base, table("data.source.sphere.dimension = 2\ndata.train = 5"));
    }

    #[test]
    fn dotted_paths_reach_tables_and_lists() {
        let mut base = table("a = 1\n[[probes]]\nlargest = 2");
        set(&mut base, "probes.0.largest", Value::Integer(5)).unwrap();
        set(&mut base, "x.y", Value::Boolean(true)).unwrap();
        assert_eq!(base, table("a = 1\nx.y = true\n[[probes]]\nlargest = 5"));
        let error = set(&mut base, "a.b", Value::Integer(1)).unwrap_err();
        assert_eq!(error, ("`a` is 1, which has no keys".into(), 0..1));
        let error = set(&mut base, "probes.3.largest", Value::Integer(1)).unwrap_err();
        let message = "`probes` is a list of 1, `3` is no index of it: write 0 to 0";
        assert_eq!(error, (message.into(), 7..8));
        let deep = vec!["a"; 100_000].join(".");
        assert!(set(&mut base, &deep, Value::Integer(1)).is_err());
    }
}
