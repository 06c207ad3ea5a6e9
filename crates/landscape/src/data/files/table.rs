//! From the labels of a table to classes or values.

use std::collections::{HashMap, HashSet};

use models::Targets;

use super::array::Numbers;
use super::csv::Table;
use super::stored::{MOST_CLASSES, Part};
use crate::data::Answer;

/// The number of each class, by its label.
pub(super) fn class_names(labels: &[String]) -> Result<HashMap<String, u32>, String> {
    let mut names: Vec<&String> = labels.iter().collect::<HashSet<_>>().into_iter().collect();
    if names.len() > MOST_CLASSES {
        return Err(format!(
            "there are {} different labels, and at most {MOST_CLASSES} classes are allowed: if the column holds \
             numbers to predict, say answer = \"values\"",
            names.len()
        ));
    }
    let number = |name: &str| name.parse::<f64>().ok().filter(|x| x.is_finite());
    if names.iter().all(|name| number(name).is_some()) {
        let value = |name: &String| number(name).unwrap_or_default();
        names.sort_by(|a, b| value(a).total_cmp(&value(b)).then(a.cmp(b)));
    } else {
        names.sort();
    }
    // Two spellings of one class would be two classes.
    let mut spellings: HashMap<String, &String> = HashMap::new();
    for name in &names {
        let plain = number(name).map_or_else(|| name.to_lowercase(), |x| x.to_string());
        if let Some(other) = spellings.insert(plain, name) {
            return Err(format!(
                "the labels `{other}` and `{name}` look like one class spelt in two ways: spell it in one"
            ));
        }
    }
    Ok(names.into_iter().cloned().zip(0..).collect())
}

/// A table's rows as examples.
pub(super) fn part(table: Table, answer: Answer, names: &HashMap<String, u32>) -> Result<Part, String> {
    let targets = match answer {
        Answer::Classes => {
            let number = |(i, name): (usize, &String)| {
                names.get(name).copied().ok_or_else(|| {
                    format!(
                        "line {} has the label `{name}`, which the training table has not",
                        table.lines[i]
                    )
                })
            };
            Targets::Classes {
                labels: table
                    .labels
                    .iter()
                    .enumerate()
                    .map(number)
                    .collect::<Result<_, _>>()?,
                classes: names.len(),
            }
        }
        Answer::Values => {
            let value = |(i, text): (usize, &String)| match text.parse::<f64>() {
                Ok(x) if x.is_finite() => Ok(x),
                _ => Err(format!(
                    "line {} has the label `{text}`, which is no finite number",
                    table.lines[i]
                )),
            };
            Targets::Values {
                values: table
                    .labels
                    .iter()
                    .enumerate()
                    .map(value)
                    .collect::<Result<_, _>>()?,
                width: 1,
            }
        }
    };
    Ok(Part {
        inputs: Numbers::Double(table.inputs),
        dimension: table.dimension,
        targets,
    })
}
