//! Tables laid over tables: variants and `--set`.

use super::{Config, ConfigError, VariantConfig, words};
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

/// Sets the value at a dotted path such as `training.step_size` or `probes.0.largest`.
pub(super) fn set(table: &mut Table, path: &str, value: Value) -> Result<(), String> {
    let mut parts = path.split('.').peekable();
    let mut here = table;
    loop {
        let part = parts.next().expect("a split has a part");
        if part.is_empty() {
            return Err(format!(
                "`{path}` has an empty part: write keys as in training.step_size"
            ));
        }
        if parts.peek().is_none() {
            here.insert(part.into(), value);
            return Ok(());
        }
        let mut next = here.entry(part).or_insert_with(|| Value::Table(Table::new()));
        if let Value::Array(entries) = next {
            let index = parts.next().unwrap_or_default();
            let count = entries.len();
            let number = index.parse::<usize>().ok().filter(|i| *i < count);
            next = number.and_then(|i| entries.get_mut(i)).ok_or_else(|| {
                format!("`{path}`: `{part}` is a list of {count}, `{index}` is no index of it")
            })?;
            if parts.peek().is_none() {
                *next = value;
                return Ok(());
            }
        }
        here = match next {
            Value::Table(table) => table,
            other => {
                return Err(format!(
                    "`{path}`: `{part}` is {} and has no keys",
                    other.type_str()
                ));
            }
        };
    }
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
    base.remove("variants");
    if config.variants.is_empty() {
        let config = Config {
            variants: Vec::new(),
            ..config.clone()
        };
        return Ok(vec![VariantConfig {
            name: config.labels.name(),
            config,
        }]);
    }
    let mut all: Vec<VariantConfig> = Vec::new();
    for (i, over) in config.variants.iter().enumerate() {
        let mut over = over.clone();
        let Some(Value::String(name)) = over.remove("name") else {
            return Err(ConfigError::new(format!(
                "variants[{i}] has no name: add name = \"…\""
            )));
        };
        if all.iter().any(|other| other.name == name) {
            return Err(ConfigError::new(format!(
                "two variants are named `{name}`: give each its own name"
            )));
        }
        if let Some(other) = all
            .iter()
            .find(|other| file_name(&other.name) == file_name(&name))
        {
            return Err(ConfigError::new(format!(
                "variants `{}` and `{name}` would share their checkpoint files: let their names differ in letters or \
                 digits",
                other.name
            )));
        }
        for fixed in ["variants", "device", "precision", "question", "answer", "expect"] {
            if over.contains_key(fixed) {
                return Err(ConfigError::new(format!(
                    "variant `{name}` sets `{fixed}`, which is the same for the whole run: move it to the top"
                )));
            }
        }
        let mut table = base.clone();
        lay(&mut table, over);
        let config = serde_path_to_error::deserialize(Value::Table(table)).map_err(|e| {
            let message = e.inner().message();
            ConfigError::new(format!(
                "variant `{name}`, at `{}`: {}",
                e.path(),
                words::plain(message)
            ))
            .with_help(words::suggestion(message))
        })?;
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
        assert_eq!(error, "`a.b`: `a` is integer and has no keys");
        let error = set(&mut base, "probes.3.largest", Value::Integer(1)).unwrap_err();
        assert_eq!(
            error,
            "`probes.3.largest`: `probes` is a list of 1, `3` is no index of it"
        );
    }
}
