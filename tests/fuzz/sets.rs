//! `--set KEY=VALUE`.

use super::configs::explains;
use super::survives_texts;
use crate::cli::SMALL;
use landscape::config;

#[test]
fn sets() {
    let corpus = [
        "training.step_size=0.5",
        "probes.0.largest=7",
        "labels=corrupted-0.5",
        "training.noise={kind=\"sphere\",radius=2}",
        "model.hidden=[3,4]",
        "variants.1.name=shuffled",
        "data.source={sphere={dimension=5}}",
        "variants.0.training.optimiser.kind=adam",
        "expect=[{kind=\"train-accuracy\",at_least=0.5}]",
        "device = wgpu:1",
    ];
    survives_texts("fuzz::sets::sets", &corpus.map(String::from), |bytes| {
        let set = String::from_utf8_lossy(bytes).into_owned();
        let sets = ["seed=2".to_string(), set];
        match config::parse("input.toml", SMALL, &sets) {
            Ok(config) => match config.variants() {
                Ok(_) => Ok(()),
                Err(error) => explains(error.within(&config::Source::new("input.toml", SMALL, &sets))),
            },
            Err(error) => explains(error),
        }
    });
}
