//! From a config to things that can run: examples, networks, risks, plans.

mod foresight;
mod motion;
mod theory;

use crate::config::{Config, ConfigError, VariantConfig};
use crate::data::{self, DataConfig, Split, Variant};
use foresight::Known;
use models::{
    Architecture, Device, Examples, Loss, Point, Precision, Problem, Reach, Risk, Seed, Sizes, Targets,
};
use probes::{Measurement, Subject};
use std::sync::Arc;
use training::Plan;

/// One variant, ready to run.
pub struct Experiment {
    /// The variant's name.
    pub name: String,
    /// Its config.
    pub config: Config,
    /// Its examples, labels and inputs replaced where the variant says so.
    pub split: Arc<Split>,
    /// The risk on the training examples.
    pub train: Risk,
    /// The risk on the test examples, where there are any.
    pub test: Option<Risk>,
    /// How to move.
    pub plan: Plan,
}

/// What a config would do, found without a device: sizes in words, or what is wrong.
#[derive(Clone)]
pub struct Checked {
    /// The variant's name.
    pub name: String,
    /// The model in words.
    pub model: String,
    /// The data in words.
    pub data: String,
    /// The number of parameters P.
    pub parameters: usize,
    /// The variant's config.
    pub config: Config,
    /// The numbers of training and of test examples.
    pub examples: (usize, usize),
    /// The widths of inputs and outputs.
    pub widths: (usize, usize),
    /// The network's sizes.
    pub sizes: Sizes,
    /// How many of the parameters the training examples reach at most.
    pub reached: Reach,
    /// The content hash of the training examples.
    pub hash: String,
    /// The content hash of the test examples, where there are any.
    pub test_hash: Option<String>,
    /// The hash of all that is stored, where the examples were taken from something stored.
    pub source_hash: Option<String>,
    /// Bytes of all that is stored, where the examples were taken from something stored.
    pub stored_bytes: u64,
    /// The examples before labels and pixels are replaced, kept for the run where they are those of the first variant:
    /// those of all variants may be large.
    pub drawn: Option<Arc<Split>>,
}

impl Checked {
    /// The hash of the data files that were read, where any were.
    pub fn files_hash(&self) -> Option<String> {
        self.config.data.source.files().and(self.source_hash.clone())
    }

    /// What probes will look at, on the host's processor or on another device.
    pub fn subject(&self, on_host: bool) -> Subject {
        Subject {
            on_host,
            ..subject(&self.config, self.examples.0, self.widths, self.reached)
        }
    }
}

impl Experiment {
    /// Builds the network on a device, and draws the examples unless their check has kept them.
    pub fn build(
        variant: VariantConfig,
        drawn: Option<Arc<Split>>,
        device: &Device,
    ) -> Result<Self, ConfigError> {
        let split = match drawn {
            Some(drawn) => varied(&variant.config, &drawn),
            None => prepare(&variant, None)?.1,
        };
        let VariantConfig { name, config } = variant;
        let outputs = config.loss.outputs(&split.train.targets);
        let network = Arc::new(
            config
                .model
                .build(split.train.dimension, outputs, config.seed, device),
        );
        let risk = |examples: &Examples| Risk::new(network.clone(), config.start, config.loss, examples);
        let train = risk(&split.train);
        let test = split.test.as_ref().map(risk);
        let moves = config.training;
        let plan = Plan {
            optimiser: moves.optimiser,
            step_size: moves.step_size,
            schedule: moves.schedule,
            noise: moves.noise,
            batch: moves.batch,
            goals: moves.goals,
            limits: moves.limits,
            check_every: moves
                .batch
                .map_or(1, |batch| split.train.len().div_ceil(batch) as u64),
            seed: config.seed,
        };
        Ok(Experiment {
            name,
            config,
            split,
            train,
            test,
            plan,
        })
    }

    /// The initial point.
    pub fn start(&self) -> Point {
        models::Objective::start(&self.train, self.config.seed)
    }

    /// What probes look at, wherever its examples reach.
    pub fn subject(&self) -> Subject {
        let network = self.train.network();
        let widths = (network.inputs(), network.outputs());
        let all = Reach::all(network.space().dimension);
        Subject {
            on_host: network.space().device.on_host,
            ..subject(&self.config, self.train.examples(), widths, all)
        }
    }
}

/// What probes of a config with so many examples and such widths look at, on whatever device.
fn subject(config: &Config, examples: usize, (inputs, outputs): (usize, usize), reached: Reach) -> Subject {
    let sizes = config.model.sizes(inputs, outputs);
    Subject {
        parameters: sizes.parameters,
        reached,
        examples,
        outputs,
        widths: inputs + sizes.widths,
        blocks: config.model.blocks(inputs, outputs),
        divides: config.training.optimiser.divides(),
        on_host: false,
        number: config.precision.bytes(),
        kept: usize::try_from(config.checkpoints.passed(config.training.limits.steps)).unwrap_or(usize::MAX),
        has_density: false,
    }
}

/// Checks every variant of a config without a device, and that what is expected can be judged.
pub fn check(config: &Config) -> Result<Vec<Checked>, ConfigError> {
    if let Some(problem) = general(config) {
        return Err(ConfigError::of(problem));
    }
    let variants = config.variants()?;
    let (mut checked, mut known) = (Vec::<Checked>::new(), Vec::new());
    for (i, variant) in variants.iter().enumerate() {
        let first = checked.first().filter(|first| {
            let drawn_from = |config: &Config| (config.data.clone(), config.seed);
            drawn_from(&first.config) == drawn_from(&variant.config)
        });
        let drawn = first.and_then(|first| first.drawn.clone());
        let kept = i == 0 || drawn.is_some();
        let prepared = prepare(variant, drawn).map_err(|e| of_variant(config, e, i, &variant.name));
        let (mut words, split) = prepared?;
        words.drawn = words.drawn.filter(|_| kept);
        checked.push(words);
        known.push(Known::of(variant, &split));
    }
    match foresight::problem(&config.expect, &variants, &known) {
        Some(problem) => Err(ConfigError::of(problem)),
        None => Ok(checked),
    }
}

/// Checks one variant without a device, and keeps none of its examples.
pub fn check_variant(variant: &VariantConfig) -> Result<Checked, ConfigError> {
    let (checked, _) = prepare(variant, None)?;
    Ok(Checked {
        drawn: None,
        ..checked
    })
}

/// An error of a variant, where the config has variants.
fn of_variant(config: &Config, error: ConfigError, i: usize, name: &str) -> ConfigError {
    match config.variants.is_empty() {
        true => error,
        false => error.of_variant(i, name),
    }
}

/// What is wrong with the name and the question of a config.
pub(crate) fn named(name: &str, question: &str) -> Option<Problem> {
    if let Some(complaint) = folder_name(name) {
        return Some(Problem::new("name", complaint));
    }
    let complaint = "is empty: say in a sentence what the run answers";
    question
        .trim()
        .is_empty()
        .then(|| Problem::new("question", complaint))
}

/// What is wrong with the parts of a config that are the same for all variants.
fn general(config: &Config) -> Option<Problem> {
    if let Some(problem) = named(&config.name, &config.question) {
        return Some(problem);
    }
    if !config.answer.is_empty() && config.expect.is_empty() {
        let complaint = "is set, but nothing is expected that could prove it wrong: add [[expect]] tables, or leave it out";
        return Some(Problem::new("answer", complaint));
    }
    let refusal = crate::device::possible(config.device, config.precision).err()?;
    Some(Problem::new("device", format!("cannot be used: {refusal}")))
}

/// What a variant would do, and its examples, made from those that were drawn before where there are any.
fn prepare(variant: &VariantConfig, drawn: Option<Arc<Split>>) -> Result<(Checked, Arc<Split>), ConfigError> {
    let VariantConfig { name, config } = variant;
    let wrong = |problem: Problem| Err(ConfigError::of(problem));
    let moves = &config.training;
    if !(moves.step_size > 0.0 && moves.step_size.is_finite()) {
        return wrong(Problem::new(
            "training.step_size",
            format!("is {}: it must be a positive number", moves.step_size),
        ));
    }
    let problems = [
        config.start.problem().map(|p| p.within("start")),
        config.observe.problem().map(|p| p.within("observe")),
        config.checkpoints.problem().map(|p| p.within("checkpoints")),
        moves.goals.problem().map(|p| p.within("training.goals")),
        moves.limits.problem().map(|p| p.within("training.limits")),
        moves.schedule.problem().map(|p| p.within("training.schedule")),
        moves.noise.problem().map(|p| p.within("training.noise")),
        moves.optimiser.problem().map(|p| p.within("training.optimiser")),
        config.model.problem(WIDEST).map(|p| p.within("model")),
    ];
    if let Some(problem) = problems.into_iter().flatten().next() {
        return wrong(problem);
    }
    let draw = |data: &DataConfig, seed: Seed| {
        let wrong = |e: data::DataError| {
            let complaint = format!("= {}: {}", e.value, e.advice);
            ConfigError::of(Problem::new(format!("data.{}", e.field), complaint))
        };
        data::prepare(data, seed).map(Arc::new).map_err(wrong)
    };
    let drawn = drawn.map_or_else(|| draw(&config.data, config.seed), Ok)?;
    let split = varied(config, &drawn);
    if let Some(problem) = fits(config, &split.train) {
        return wrong(problem);
    }
    if let Some(batch) = moves.batch
        && (batch == 0 || batch > split.train.len())
    {
        let n = split.train.len();
        return wrong(Problem::new(
            "training.batch",
            format!("is {batch}: it must lie between 1 and the {n} training examples"),
        ));
    }
    let outputs = config.loss.outputs(&split.train.targets);
    let sizes = config.model.sizes(split.train.dimension, outputs);
    let parameters = sizes.parameters;
    if let Some(complaint) = too_large(parameters, config.precision, crate::device::host_memory()) {
        return wrong(Problem::new("model", complaint));
    }
    let reached = config.model.reached(&split.train, outputs, config.precision);
    let widths = (split.train.dimension, outputs);
    let subject = subject(config, split.train.len(), widths, reached);
    for (i, probe) in config.probes.iter().enumerate() {
        if let Some(problem) = probe.problem(&subject) {
            return wrong(problem.within(&format!("probes.{i}")));
        }
    }
    let model = config.model.describe(split.train.dimension, outputs);
    let checked = Checked {
        name: name.clone(),
        model,
        data: split.description.clone(),
        parameters,
        config: config.clone(),
        examples: (split.train.len(), split.test.as_ref().map_or(0, Examples::len)),
        widths,
        sizes,
        reached,
        hash: split.train.hash(),
        test_hash: split.test.as_ref().map(Examples::hash),
        source_hash: split.source_hash.clone(),
        stored_bytes: split.stored_bytes,
        drawn: Some(drawn),
    };
    Ok((checked, split))
}

/// The examples of a variant: labels and inputs replaced where it says so.
fn varied(config: &Config, drawn: &Arc<Split>) -> Arc<Split> {
    match config.labels {
        Variant::True => drawn.clone(),
        labels => Arc::new(data::apply(labels, drawn, config.seed)),
    }
}

/// The widest layer allowed: no memory holds the square of it, and sizes below it cannot overflow.
const WIDEST: usize = 1 << 24;

/// Whether not even a point, its gradient and the next point fit into the machine's memory.
fn too_large(parameters: usize, precision: Precision, memory: Option<u64>) -> Option<String> {
    let needed = 3 * parameters as u64 * precision.bytes() as u64;
    let memory = memory.filter(|memory| needed > *memory)?;
    let gibibytes = |bytes: u64| bytes as f64 / f64::from(1 << 30);
    Some(format!(
        "has {parameters} parameters: a point, its gradient and the next point take {:.1} GiB, and \
         this machine has {:.1} GiB; choose smaller widths",
        gibibytes(needed),
        gibibytes(memory)
    ))
}

/// What is wrong with a name that becomes a folder, if anything.
fn folder_name(name: &str) -> Option<String> {
    let bad = name.starts_with('.') || name.contains(['/', '\\']) || name.chars().any(char::is_control);
    bad.then(|| format!("is `{name}`: it names a folder, so it must not begin with a dot or contain a slash"))
}

/// Why loss, targets, model and start do not go together, if they do not.
fn fits(config: &Config, train: &Examples) -> Option<Problem> {
    let values = matches!(train.targets, Targets::Values { .. });
    if values && config.loss == Loss::CrossEntropy {
        let complaint = "is cross-entropy, but the targets are values: use half-squared or mean-squared, or a data \
                         source with classes";
        return Some(Problem::new("loss", complaint));
    }
    if let Targets::Values { values, .. } = &train.targets
        && config.loss == Loss::Logistic
        && values.iter().any(|y| y.abs() != 1.0)
    {
        let complaint = "is logistic, but the targets are not all ±1: use data.view = \"signs\" with two classes, or \
                         another loss";
        return Some(Problem::new("loss", complaint));
    }
    if values && config.training.goals.accuracy.is_some() {
        let complaint = "is set, but the targets are values: use goals.loss or goals.relative_loss";
        return Some(Problem::new("training.goals.accuracy", complaint));
    }
    if let (training::Noise::Labels { .. }, Loss::CrossEntropy | Loss::Logistic) =
        (config.training.noise, config.loss)
    {
        let complaint = "is labels, but the loss is not squared: noise is added to targets that are numbers; use the loss \
                         half-squared or mean-squared, or another noise";
        return Some(Problem::new("training.noise.kind", complaint));
    }
    let outputs = config.loss.outputs(&train.targets);
    if let Some(given) = config
        .model
        .outputs(train.dimension)
        .filter(|given| *given != outputs)
    {
        let complaint = format!(
            "ends with {given} outputs, and this loss needs {outputs} for the targets of the data: change the last layer"
        );
        return Some(Problem::new("model.layers", complaint));
    }
    if let models::Initialisation::Balanced { .. } = config.start {
        let Architecture::DeepLinear { hidden } = &config.model else {
            let complaint = "is balanced, which is defined for deep-linear models: use he, xavier or torch";
            return Some(Problem::new("start.kind", complaint));
        };
        let rank = train.dimension.min(outputs);
        if let Some(i) = hidden.iter().position(|width| *width < rank) {
            let complaint = format!(
                "is {}: a balanced start needs hidden widths of at least {rank}",
                hidden[i]
            );
            return Some(Problem::new(format!("model.hidden.{i}"), complaint));
        }
    }
    None
}
