//! Which tensor of a file is which parameter of a network.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use models::{Parameter, Problem};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Held, Weights, nearest, some};

/// A file with the weights of a network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WeightsFile {
    /// The file: a state dict that `torch.save` wrote, safetensors, or npz.
    pub file: PathBuf,
    /// The table of the state dict, where the file holds more, such as `model`. Default: the file is the state dict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// The names of the network's tensors, layer after layer, each weight before its bias. Default: all in the file, in
    /// its order; those of safetensors files are sorted by name, since they have no order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tensors: Vec<String>,
    /// Which axis of a weight matrix comes first. Default: outputs, as in PyTorch.
    #[serde(default)]
    pub layout: Layout,
}

/// The order of the axes of a weight matrix.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Layout {
    /// `[outputs, inputs]`, as in PyTorch.
    #[default]
    OutputsFirst,
    /// `[inputs, outputs]`, as in Burn, Flax and Keras.
    InputsFirst,
}

impl Layout {
    /// The shape that a parameter of ours has in the file: ours are `[inputs, outputs]`.
    fn shape(self, ours: &[usize]) -> Vec<usize> {
        match self {
            Layout::InputsFirst => ours.to_vec(),
            Layout::OutputsFirst => ours.iter().rev().copied().collect(),
        }
    }

    fn other(self) -> Self {
        match self {
            Layout::OutputsFirst => Layout::InputsFirst,
            Layout::InputsFirst => Layout::OutputsFirst,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Layout::OutputsFirst => "outputs first",
            Layout::InputsFirst => "inputs first",
        }
    }
}

/// A parameter and the tensor that it was taken from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// The parameter, such as `layer1.weight`.
    pub parameter: String,
    /// The tensor's name in the file.
    pub tensor: String,
}

/// The coordinates `[P]` that a file gives these parameters, and which tensor became which parameter. `folder` is where
/// the file is looked for first. Everything is checked: names, shapes, and that all numbers are finite.
pub fn matched(
    wanted: &WeightsFile,
    folder: Option<&Path>,
    parameters: &[Parameter],
) -> Result<(Vec<f64>, Vec<Match>), Problem> {
    let wrong = |what: String| {
        Problem::new(
            "file",
            format!("= {:?}: {what}", wanted.file.display().to_string()),
        )
    };
    let weights = Weights::read(&wanted.file, folder, wanted.table.as_deref()).map_err(wrong)?;
    let names = match wanted.tensors.len() {
        0 => weights.all(parameters, wanted.layout).map_err(wrong)?,
        _ => weights.chosen(&wanted.tensors, parameters)?,
    };
    let mut point = Vec::with_capacity(parameters.iter().map(|p| p.range.len()).sum());
    for (i, (name, parameter)) in names.iter().zip(parameters).enumerate() {
        weights
            .fits(name, parameter, wanted.layout, i == 0)
            .map_err(wrong)?;
        let numbers = weights.numbers(name);
        let numbers = numbers.map_err(|e| wrong(format!("its tensor `{name}` {e}")))?;
        let shape = wanted.layout.shape(&parameter.shape);
        if let Some(place) = numbers.iter().position(|x| !x.is_finite()) {
            return Err(wrong(format!(
                "its tensor `{name}` is {} at {:?}: at such a point there is no landscape; give weights that are finite",
                numbers[place],
                indices(place, &shape)
            )));
        }
        match (wanted.layout, &parameter.shape[..]) {
            (Layout::OutputsFirst, [inputs, outputs]) => {
                let (inputs, outputs) = (*inputs, *outputs);
                point.extend((0..inputs * outputs).map(|i| numbers[i % outputs * inputs + i / outputs]));
            }
            _ => point.extend(numbers),
        }
    }
    let matches = names.iter().zip(parameters).map(|(name, parameter)| Match {
        parameter: parameter.name.clone(),
        tensor: name.to_string(),
    });
    Ok((point, matches.collect()))
}

impl Weights {
    /// All tensors of the file in its order: as many as there are parameters.
    fn all(&self, parameters: &[Parameter], layout: Layout) -> Result<Vec<Rc<str>>, String> {
        if let Some((entry, what)) = self.entries.iter().find_map(|entry| match entry.held {
            Held::Other(what) => Some((entry, what)),
            Held::Tensor(_) => None,
        }) {
            return Err(format!(
                "its entry `{}` is {what} and no tensor: name the network's tensors in weights.tensors, or save \
                 model.state_dict() alone",
                entry.name
            ));
        }
        let names: Vec<Rc<str>> = self.entries.iter().map(|entry| entry.name.clone()).collect();
        if names.len() != parameters.len() {
            let needed: Vec<String> = parameters
                .iter()
                .take(8)
                .map(|p| format!("{} {:?}", p.name, layout.shape(&p.shape)))
                .collect();
            return Err(format!(
                "it holds {} tensors, {}, and the network has {}: {}; change the model, as with bias = false, or name \
                 the network's tensors in weights.tensors",
                names.len(),
                some(&names),
                parameters.len(),
                needed.join(", ")
            ));
        }
        Ok(names)
    }

    /// The tensors of these names, one for each parameter.
    fn chosen(&self, tensors: &[String], parameters: &[Parameter]) -> Result<Vec<Rc<str>>, Problem> {
        if tensors.len() != parameters.len() {
            let needed: Vec<&str> = parameters.iter().map(|p| p.name.as_str()).collect();
            let complaint = format!(
                "has {} names, and the network has {} parameters: {}",
                tensors.len(),
                needed.len(),
                needed.join(", ")
            );
            return Err(Problem::new("tensors", complaint));
        }
        let names: Vec<Rc<str>> = self.entries.iter().map(|entry| entry.name.clone()).collect();
        let one = |(i, wanted): (usize, &String)| {
            let found = self.entries.iter().find(|entry| *entry.name == **wanted);
            let complaint = match found.map(|entry| &entry.held) {
                Some(Held::Tensor(_)) => return Ok(found.expect("it was found").name.clone()),
                Some(Held::Other(what)) => {
                    format!("is `{wanted}`, which is {what} in the file and no tensor")
                }
                None => format!(
                    "is `{wanted}`, and the file has no such tensor{}",
                    nearest(wanted, &names)
                ),
            };
            Err(Problem::new(format!("tensors.{i}"), complaint))
        };
        tensors.iter().enumerate().map(one).collect()
    }

    /// Whether a tensor has the shape of a parameter; if not, what would be right.
    fn fits(&self, name: &str, parameter: &Parameter, layout: Layout, first: bool) -> Result<(), String> {
        let listed = self.tensors();
        let found = listed.iter().find(|(other, _)| *other == name);
        let found = found.map(|(_, shape)| *shape).unwrap_or_default();
        let needed = layout.shape(&parameter.shape);
        if *found == needed {
            return Ok(());
        }
        let ours = match &parameter.shape[..] {
            [_, _] => format!("{needed:?}, {}", layout.words()),
            _ => format!("{needed:?}"),
        };
        let advice = if found == layout.other().shape(&parameter.shape) {
            format!(
                ": if the file has {}, say so in weights.layout",
                layout.other().words()
            )
        } else if let ([inputs, outputs], [theirs, their_outputs], true) =
            (&parameter.shape[..], &layout.shape(found)[..], first)
        {
            format!(
                ": the data have {inputs} numbers in an input and the first layer {outputs} outputs, the tensor is for \
                 {theirs} and {their_outputs}"
            )
        } else {
            ": change the model, or name the tensors in the network's order in weights.tensors".into()
        };
        Err(format!(
            "its tensor `{name}` has the shape {found:?}, and {} needs {ours}{advice}",
            parameter.name
        ))
    }
}

/// The indices of the number at a place.
fn indices(mut place: usize, shape: &[usize]) -> Vec<usize> {
    let mut indices: Vec<usize> = shape
        .iter()
        .rev()
        .map(|length| {
            let index = place % length;
            place /= length;
            index
        })
        .collect();
    indices.reverse();
    indices
}
