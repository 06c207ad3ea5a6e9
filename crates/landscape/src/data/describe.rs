//! Examples in words, for reports.

use models::Examples;

use super::{Answer, DataConfig, Normalise, Source, View, class_counts};

/// Source, sizes, classes, normalisation, in one sentence without a full stop.
pub(super) fn describe(config: &DataConfig, train: &Examples) -> String {
    let mut words = vec![format!(
        "{}: {}",
        source_in_words(&config.source),
        sizes(config.train, config.test)
    )];
    words.push(match train.dimension {
        1 => "1 input".into(),
        d => format!("{d} inputs"),
    });
    words.extend(classes(config, train));
    words.extend(
        match config.view {
            View::Source => None,
            View::OneHot => Some("targets one-hot"),
            View::CentredOneHot => Some("targets one-hot minus 1/C"),
            View::Signs => Some("targets −1 and +1"),
        }
        .map(String::from),
    );
    words.extend(
        match config.normalise() {
            Normalise::None => None,
            Normalise::UnitRange => Some("divided by the largest training input"),
            Normalise::Standardise => Some("each input standardised over the training examples"),
            Normalise::UnitNorm => Some("each example divided by its norm"),
        }
        .map(String::from),
    );
    if config.scale != 1.0 {
        words.push(format!("times {}", config.scale));
    }
    words.join(", ")
}

fn sizes(train: usize, test: usize) -> String {
    let examples = if train == 1 && test == 0 {
        "example"
    } else {
        "examples"
    };
    match test {
        0 => format!("{train} training {examples}"),
        _ => format!("{train} training and {test} test {examples}"),
    }
}

/// Which classes, and how unevenly they are filled where targets are still classes.
fn classes(config: &DataConfig, train: &Examples) -> Option<String> {
    let named = config
        .classes
        .iter()
        .map(u32::to_string)
        .collect::<Vec<_>>()
        .join(", ");
    let Some(counts) = class_counts(train) else {
        return (!named.is_empty()).then(|| format!("classes {named}"));
    };
    let (least, most) = (counts.iter().min()?, counts.iter().max()?);
    let range = if least == most {
        least.to_string()
    } else {
        format!("{least} to {most}")
    };
    let which = if named.is_empty() {
        format!("{} classes", counts.len())
    } else {
        format!("classes {named}")
    };
    Some(format!("{which} ({range} training examples each)"))
}

/// Where examples come from, in words.
pub fn source_in_words(source: &Source) -> String {
    let file = |path: &std::path::Path| {
        let name = path.file_name().unwrap_or(path.as_os_str());
        name.to_string_lossy().into_owned()
    };
    match source {
        Source::Arrays(files) => format!("the arrays {} and {}", file(&files.inputs), file(&files.targets)),
        Source::Npz(npz) => format!("the arrays in {}", file(&npz.path)),
        Source::Csv(csv) => format!("the table {}", file(&csv.path)),
        Source::Cifar10(_) => "colour images of 32×32 pixels (CIFAR-10)".into(),
        Source::Cifar100(_) => "colour images of 32×32 pixels (CIFAR-100)".into(),
        Source::Digits => "handwritten digits of 8×8 pixels (scikit-learn)".into(),
        Source::Fashion => "images of clothing of 28×28 pixels (Fashion-MNIST)".into(),
        Source::Sphere { width, .. } => {
            format!(
                "inputs uniform on the unit sphere, {} from N(0, 1)",
                targets(*width)
            )
        }
        Source::TeacherLinear { width, noise, .. } => {
            let noise = if *noise == 0.0 {
                String::new()
            } else {
                format!(" plus noise of deviation {noise}")
            };
            format!(
                "Gaussian inputs, {} from a linear teacher{noise}",
                targets(*width)
            )
        }
        Source::TeacherTwoLayer {
            hidden,
            width,
            answer,
            ..
        } => {
            let what = match answer {
                Answer::Values => targets(*width),
                Answer::Classes => "classes".into(),
            };
            format!("Gaussian inputs, {what} from a two-layer ReLU teacher with {hidden} hidden units")
        }
        Source::LowRank {
            width,
            singular_values,
            whitened,
            ..
        } => {
            let kind = if *whitened {
                "whitened Gaussian"
            } else {
                "Gaussian"
            };
            format!(
                "{kind} inputs, {} from a linear map of rank {}",
                targets(*width),
                singular_values.len()
            )
        }
    }
}

fn targets(width: usize) -> String {
    match width {
        1 => "1 target".into(),
        _ => format!("{width} targets"),
    }
}
