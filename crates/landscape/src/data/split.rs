//! From a config to training and test examples.

use models::{Examples, Seed, Targets};
use rand::seq::SliceRandom;

use super::describe::describe;
use super::generate::generate;
use super::normalise::normalise;
use super::{DataConfig, DataError, Normalise, Pick, Source, View, digits, error, fashion};

/// Training and test examples, ready for a network.
#[derive(Clone, Debug, PartialEq)]
pub struct Split {
    /// The examples that define the loss.
    pub train: Examples,
    /// Further examples from the same source; `None` where the config asks for none.
    pub test: Option<Examples>,
    /// One sentence for reports: source, sizes, classes, normalisation.
    pub description: String,
}

/// The most numbers in all inputs, in all targets, or in a teacher: 4 GiB.
const MOST_NUMBERS: usize = 1 << 29;

/// The training and test examples of a config.
///
/// Stored sources: choose classes, take `train + test` examples (`pick`), permute them by the stream `split`,
/// and cut.
/// Generators: draw `train + test` examples from the stream `data`, and cut.
/// Then `view`, `normalise`, `scale`, in this order. Costs one pass over the data, plus what the generator
/// costs.
///
/// ```
/// use landscape::data::{DataConfig, Source, View, prepare};
/// use models::Seed;
/// let digits = DataConfig::new(Source::Digits, 300);
/// let config = DataConfig { classes: vec![3, 8], view: View::Signs, ..digits };
/// let split = prepare(&config, Seed(1))?;
/// assert_eq!((split.train.len(), split.train.target_width()), (300, 1));
/// # Ok::<(), landscape::data::DataError>(())
/// ```
pub fn prepare(config: &DataConfig, seed: Seed) -> Result<Split, DataError> {
    check(config)?;
    let (train, test) = (config.train, config.test);
    let examples = match generate(&config.source, train, test, &mut seed.stream("data")) {
        Some(drawn) => drawn,
        None => taken(config, seed)?,
    };
    let examples = seen(config, examples)?;
    let cut: Vec<usize> = (0..train + test).collect();
    let mut train = examples.select(&cut[..train]);
    let mut test = (test > 0).then(|| examples.select(&cut[config.train..]));
    normalise(config.normalise(), &mut train, test.as_mut())?;
    for examples in std::iter::once(&mut train).chain(test.as_mut()) {
        examples.inputs.iter_mut().for_each(|x| *x *= config.scale);
        if !examples.inputs.iter().all(|x| x.is_finite()) {
            return Err(DataError::new(
                "scale",
                config.scale,
                "inputs overflow; use a smaller factor",
            ));
        }
    }
    if let Targets::Values { values, .. } = &examples.targets
        && !values.iter().all(|y| y.is_finite())
    {
        let name = error::quoted(config.source.name());
        return Err(DataError::new(
            "source",
            name,
            "targets overflow; give the source smaller numbers",
        ));
    }
    let description = describe(config, &train);
    Ok(Split {
        train,
        test,
        description,
    })
}

/// How many examples each class has; `None` where targets are values.
///
/// ```
/// let counts = landscape::data::class_counts(&landscape::data::digits()).unwrap();
/// assert_eq!(counts, [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
/// ```
pub fn class_counts(examples: &Examples) -> Option<Vec<usize>> {
    let mut counts = vec![0; examples.target_width()];
    examples
        .labels()?
        .iter()
        .for_each(|&label| counts[label as usize] += 1);
    Some(counts)
}

/// Refuses what can be refused before anything is drawn.
fn check(config: &DataConfig) -> Result<(), DataError> {
    if config.train == 0 {
        return Err(DataError::new("train", 0, "training needs at least 1 example"));
    }
    if !config.scale.is_finite() || config.scale <= 0.0 {
        return Err(DataError::new(
            "scale",
            config.scale,
            "the factor on inputs must be finite and above 0",
        ));
    }
    config.source.check(config.train)?;
    let Some((dimension, width, weights)) = config.source.shape() else {
        return Ok(());
    };
    if weights > MOST_NUMBERS {
        let advice = format!("its teacher would have {weights} weights, more than 4 GiB; make it smaller");
        return Err(DataError::new(
            "source",
            error::quoted(config.source.name()),
            advice,
        ));
    }
    let rows = config.train.saturating_add(config.test);
    if rows.saturating_mul(dimension.max(width)) > MOST_NUMBERS {
        let advice = format!(
            "with test = {}, {dimension} numbers in an input and {width} in a target the examples need more \
             than 4 GiB; ask for at most {} in all",
            config.test,
            MOST_NUMBERS / dimension.max(width)
        );
        return Err(DataError::new("train", config.train, advice));
    }
    if !config.classes.is_empty() {
        let advice = format!(
            "`{}` is drawn, so there are no classes to choose from; leave it out",
            config.source.name()
        );
        return Err(DataError::new("classes", error::list(&config.classes), advice));
    }
    if matches!(config.source, Source::LowRank { whitened: true, .. })
        && config.normalise() != Normalise::None
    {
        let advice = "would undo source.low-rank.whitened; leave one of them out";
        return Err(DataError::new(
            "normalise",
            error::quoted(config.normalise()),
            advice,
        ));
    }
    Ok(())
}

/// `train + test` examples of a stored source, permuted.
fn taken(config: &DataConfig, seed: Seed) -> Result<Examples, DataError> {
    let all = of_classes(
        if config.source == Source::Fashion {
            fashion()
        } else {
            digits()
        },
        &config.classes,
    )?;
    let wanted = config.train.saturating_add(config.test);
    if wanted > all.len() {
        let of = match config.classes.len() {
            0 => String::new(),
            _ => format!(" of classes {}", error::list(&config.classes)),
        };
        let advice = format!(
            "with test = {} that is {wanted} examples, but `{}` has {}{of}; ask for at most that many in all",
            config.test,
            config.source.name(),
            all.len()
        );
        return Err(DataError::new("train", config.train, advice));
    }
    let mut order: Vec<usize> = (0..all.len()).collect();
    if config.pick == Pick::First {
        order.truncate(wanted);
    }
    order.shuffle(&mut seed.stream("split"));
    Ok(all.select(&order[..wanted]))
}

/// The examples of these classes, relabelled 0, 1, … in this order; all examples where no class is named.
fn of_classes(examples: Examples, kept: &[u32]) -> Result<Examples, DataError> {
    let Targets::Classes { labels, classes } = &examples.targets else {
        return Ok(examples);
    };
    if kept.is_empty() {
        return Ok(examples);
    }
    let wrong = |advice: String| Err(DataError::new("classes", error::list(kept), advice));
    if kept.len() == 1 {
        return wrong("one class leaves nothing to tell apart; name at least 2".into());
    }
    if let Some(missing) = kept.iter().find(|&&class| class as usize >= *classes) {
        return wrong(format!(
            "there is no class {missing}; the classes are 0 to {}",
            classes - 1
        ));
    }
    if let Some((_, twice)) = kept
        .iter()
        .enumerate()
        .find(|(i, class)| kept[..*i].contains(class))
    {
        return wrong(format!("class {twice} is named twice; name each class once"));
    }
    let (order, relabelled): (Vec<usize>, Vec<u32>) = labels
        .iter()
        .enumerate()
        .filter_map(|(i, label)| {
            kept.iter()
                .position(|class| class == label)
                .map(|new| (i, new as u32))
        })
        .unzip();
    let targets = Targets::Classes {
        labels: relabelled,
        classes: kept.len(),
    };
    Ok(Examples {
        targets,
        ..examples.select(&order)
    })
}

/// The examples with the targets that `view` asks for.
fn seen(config: &DataConfig, examples: Examples) -> Result<Examples, DataError> {
    let (labels, classes) = match (&examples.targets, config.view) {
        (_, View::Source) => return Ok(examples),
        (Targets::Classes { labels, classes }, _) => (labels, *classes),
        (Targets::Values { .. }, view) => {
            let advice = format!(
                "needs classes, but `{}` gives values; use \"source\"",
                config.source.name()
            );
            return Err(DataError::new("view", error::quoted(view), advice));
        }
    };
    let one_hot = |elsewhere: f64| {
        let mut values = vec![elsewhere; labels.len() * classes];
        labels
            .iter()
            .enumerate()
            .for_each(|(i, &label)| values[i * classes + label as usize] += 1.0);
        Targets::Values {
            values,
            width: classes,
        }
    };
    let targets = match config.view {
        View::Signs if classes != 2 => {
            let advice =
                format!("needs two classes, but there are {classes}; choose two, as in classes = [3, 8]");
            return Err(DataError::new("view", error::quoted(View::Signs), advice));
        }
        View::Signs => Targets::Values {
            values: labels.iter().map(|&l| 2.0 * f64::from(l) - 1.0).collect(),
            width: 1,
        },
        View::CentredOneHot => one_hot(-1.0 / classes as f64),
        View::OneHot | View::Source => one_hot(0.0),
    };
    Ok(Examples { targets, ..examples })
}
